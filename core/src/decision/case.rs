//! The decision: a pure function of the shopper, the carts, the shop's configuration and the moment.

use super::denial::{suppressed, switched_off};
use super::restraint::{Place, restrained};
use super::{Hold, Made, Wordings, facts, occasion, select};
use crate::bugs::{self, Bug};
use crate::calendar::{Activity, Season, Sent, Zone, active, country_of};
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::Skip;
use crate::experiment::{Assigned, Draws, Enrolled, Parting};
use crate::ids::CartId;
use crate::object::cart::{Snapshot, Status};
use crate::object::shopper::{ChannelWord, Suppression, Vouching};
use crate::rules::{Consents, Explanation, Orders};
use crate::sequence::{Occasion, Offer, Sequence, Step};
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

/// How long a send waits before it is looked at again while nothing says when its reason ends, ms.
const AGAIN_MS: u64 = 60_000;
/// A pause is somebody's decision and lasts: asking every minute would cost each shopper that waits a row a minute.
const PAUSED_MS: u64 = 5 * 60_000;
/// How long a message waits for its approval before it is looked at again, ms; an approval wakes it at once.
const APPROVAL_MS: u64 = 3_600_000;

/// What is known of the shopper.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Why nothing may be sent, if there is a reason.
    pub suppressed: Option<Suppression>,
    /// What was agreed to.
    pub consents: Consents,
    /// The versions of the wordings that were answered, by channel.
    pub wordings: Wordings<'a>,
    /// Channels that were left, beside consent.
    pub words: &'a [ChannelWord],
    /// The address.
    pub email: Option<&'a Email>,
    /// The number.
    pub phone: Option<&'a Phone>,
    /// Whether a browser takes notifications in which one of the carts was left.
    pub push: bool,
    /// Whether that browser may be somebody else's, who has named this person: any other channel goes before it.
    pub push_yields: bool,
    /// What went out, and what may have gone out.
    pub sent: &'a [Sent],
    /// The latest order, epoch ms.
    pub ordered_at: Option<u64>,
    /// Orders so far.
    pub orders: Orders,
    /// The customer's tier, as the shop names it; `None`: the shop has not said.
    pub tier: Option<Option<&'a str>>,
    /// When the shopper is usually there.
    pub activity: &'a Activity,
    /// Held out: never written to, so that what the messages bring can be measured.
    pub held_out: bool,
    /// Who vouches for the contact.
    pub vouching: &'a Vouching,
}

/// One step that is due.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The edge's clock, epoch ms.
    pub now: u64,
    /// How long the send may take until it is accepted, ms.
    pub lease_ms: u64,
    /// The shopper.
    pub shopper: Standing<'a>,
    /// The carts as they are now; `None` for one that could not be read.
    pub carts: &'a [Option<&'a Snapshot>],
    /// What happened, where it is not that a cart was left.
    pub occasion: Option<&'a Occasion>,
    /// The catalogue's entries for their lines, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// The shop.
    pub config: &'a ShopConfig,
    /// The sequence that the shopper is under way on; `None` before the first decision.
    pub sequence: Option<&'a Sequence>,
    /// The arms with which it was begun.
    pub arms: &'a [Enrolled],
    /// What the shop's draws say of the shopper now.
    pub draws: &'a Draws,
    /// Which step of it.
    pub step: u8,
    /// The channel of an earlier try, which may have been accepted: what was decided then stays decided.
    pub begun: Option<Channel>,
    /// Whether a person has approved the message.
    pub approved: bool,
    /// Whether it has waited for the shopper's usual hour before.
    pub waited: bool,
    /// Whether it goes without its offer, because there is no code for it.
    pub without_offer: bool,
}

/// A decision and what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What.
    pub made: Made,
    /// What it saw, as one sentence.
    pub seen: String,
}

/// A decision with all that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The decision.
    pub judged: Judged,
    /// The sequence that was chosen by this decision.
    pub chosen: Option<Sequence>,
    /// The arms that it was made with.
    pub arms: Vec<Enrolled>,
    /// What the shopper counts as from here on, in experiments and by flags. Nobody who is held out.
    pub counts: Vec<Assigned>,
    /// Whether the shopper counts from here on in what is measured: whoever would be written to, held out or not.
    pub exposed: bool,
    /// The carts to write about, the latest first.
    pub carts: Vec<CartId>,
    /// What is offered.
    pub offer: Option<Offer>,
}

/// Decides about a step. `until_rested` tells until when the shopper counts as active under a sequence (`None`: before one is
/// chosen), epoch ms; `starts` when a sequence's first step would be due.
pub fn decide(
    case: &Case<'_>,
    until_rested: impl Fn(Option<&Sequence>, &[&Snapshot]) -> Option<u64>,
    starts: impl Fn(&Sequence) -> u64,
) -> Verdict {
    let mut verdict = Verdict {
        judged: plain(Made::Skip(Skip::Emptied)),
        chosen: None,
        arms: Vec::new(),
        counts: Vec::new(),
        exposed: false,
        carts: Vec::new(),
        offer: None,
    };
    verdict.judged = match judge(case, &until_rested, &starts, &mut verdict) {
        Ok(judged) | Err(judged) => judged,
    };
    verdict
}

fn plain(made: Made) -> Judged {
    Judged {
        made,
        seen: String::new(),
    }
}

fn skip(skip: Skip) -> Judged {
    plain(Made::Skip(skip))
}

fn defer(until: u64, hold: Hold) -> Judged {
    plain(Made::Defer { until, hold })
}

/// `Err` ends the questions early.
fn judge(
    case: &Case<'_>,
    until_rested: &impl Fn(Option<&Sequence>, &[&Snapshot]) -> Option<u64>,
    starts: &impl Fn(&Sequence) -> u64,
    verdict: &mut Verdict,
) -> Result<Judged, Judged> {
    let now = case.now;
    suppressed(case)?;
    if case.carts.iter().any(Option::is_none) {
        return Err(defer(now.saturating_add(AGAIN_MS), Hold::CartUnreadable));
    }
    if case.config.paused {
        return Err(defer(now.saturating_add(PAUSED_MS), Hold::Paused));
    }
    let carts = open_carts(case)?;
    verdict.carts = carts.iter().map(|cart| cart.slot.cart).collect();
    let Some(latest) = carts.first().copied() else {
        return Err(skip(Skip::Emptied));
    };
    if let Some(until) = until_rested(case.sequence, &carts) {
        return Err(defer(until, Hold::Active));
    }
    let zone = latest.page.tz.as_deref().and_then(Zone::named);
    let country = country_of(
        case.shopper.phone,
        latest.page.locale.as_deref(),
        latest.page.tz.as_deref(),
    );
    let season = active(&case.config.seasons, &case.config.time_zone, now);
    let place = Place {
        zone,
        country,
        season,
    };
    let known = facts(
        latest,
        case.products,
        &case.shopper,
        place.zone.as_ref(),
        country,
        now,
    );
    let mut seen = String::new();
    if case.sequence.is_none() {
        let occasion = case
            .occasion
            .cloned()
            .unwrap_or_else(|| occasion(&latest.slot, latest.payment_error.as_deref()));
        let selection = select(case.config, season, &known, &occasion, case.draws);
        seen = selection.seen;
        count(&mut verdict.counts, case, selection.flags);
        verdict.arms = selection.arms;
        let Some(sequence) = selection.sequence else {
            let why = if selection.switched_off {
                Skip::FlagOff
            } else {
                Skip::NoSequence
            };
            return Err(Judged {
                made: Made::Skip(why),
                seen,
            });
        };
        verdict.chosen = Some(sequence);
        let parted = parted(&verdict.arms, Parting::Choice);
        count(&mut verdict.counts, case, parted);
    }
    let Some(sequence) = case.sequence.or(verdict.chosen.as_ref()) else {
        return Err(skip(Skip::NoSequence));
    };
    let Some(step) = sequence.steps.get(usize::from(case.step)) else {
        return Err(skip(Skip::NoSequence));
    };
    if case.sequence.is_none() {
        let resting = until_rested(Some(sequence), &carts);
        let due = starts(sequence).max(resting.unwrap_or(0));
        if due > now {
            return Err(Judged {
                made: Made::Defer {
                    until: due,
                    hold: Hold::Schedule,
                },
                seen,
            });
        }
    }
    if let Some(flag) = switched_off(case, sequence) {
        return Err(Judged {
            made: Made::Skip(Skip::FlagOff),
            seen: format!("The flag “{}” is off.", flag.id),
        });
    }
    // From here on the message would go, were it not for what holds it: the held and the others are alike up to this line.
    verdict.exposed = true;
    if case.shopper.held_out && !bugs::is(Bug::HoldoutLeak) {
        return Err(skip(Skip::Holdout));
    }
    let arms = if case.sequence.is_some() {
        case.arms
    } else {
        &verdict.arms
    };
    let tested = arms.iter().any(|arm| arm.decides_offer(case.step));
    let parted = parted(arms, Parting::Step(case.step));
    verdict.offer = offered(step, season, tested).filter(|_| !case.without_offer);
    count(&mut verdict.counts, case, parted);
    let rule = |channel| restrained(case, &place, channel, latest.slot.last_activity_at);
    let (channel, held) = match case.begun {
        Some(channel) => {
            permitted(case, sequence, channel).map_err(skip)?;
            (channel, rule(channel))
        }
        None => {
            if let Some(judged) = step.judge(&known) {
                seen = it_saw(&judged);
                if !judged.outcome.is_met() {
                    let made = Made::Skip(Skip::ConditionUnmet);
                    return Err(Judged { made, seen });
                }
            }
            first_channel(case, sequence, &step.channels, rule).map_err(|why| {
                let declined = step.channels.iter().copied().filter(|channel| {
                    why == Skip::NoConsent && case.shopper.consents.of(*channel) == Some(false)
                });
                Judged {
                    made: Made::Skip(why),
                    seen: case.shopper.wordings.declined(declined),
                }
            })?
        }
    };
    if sequence.approval && !case.approved && case.begun.is_none() {
        return Err(defer(now.saturating_add(APPROVAL_MS), Hold::Approval));
    }
    if case.begun.is_none() && !case.waited {
        let at =
            case.shopper
                .activity
                .next_at_usual_hour(&Zone::UTC, now, case.config.usual_hour_ms);
        if at > now {
            return Err(defer(at, Hold::UsualHour));
        }
    }
    if let Some(held) = held {
        return Err(held);
    }
    let relied_on = case.shopper.wordings.relied_on(channel);
    if !seen.is_empty() && !relied_on.is_empty() {
        seen.push(' ');
    }
    seen.push_str(&relied_on);
    Ok(Judged {
        made: Made::Send(channel),
        seen,
    })
}

/// What a step's condition looked at, as a sentence.
fn it_saw(judged: &Explanation) -> String {
    format!("It saw that {}.", judged.sentence())
}

/// The shopper counts from this decision on. Those who are held out get no treatment, so they count in none.
fn count(counts: &mut Vec<Assigned>, case: &Case<'_>, more: Vec<Assigned>) {
    if !case.shopper.held_out {
        counts.extend(more);
    }
}

/// What a step offers: in a season what that offers, unless it is what an experiment tries out (`tested`).
pub fn offered(step: &Step, season: Option<&Season>, tested: bool) -> Option<Offer> {
    let own = step.offer.clone()?;
    let seasonal = season.filter(|_| !tested);
    Some(
        seasonal
            .and_then(|season| season.changes.offer.clone())
            .unwrap_or(own),
    )
}

/// What those count as whose arms have parted by the decision `at`.
fn parted(arms: &[Enrolled], at: Parting) -> Vec<Assigned> {
    arms.iter()
        .filter(|arm| arm.parting <= at)
        .map(|arm| arm.assigned.clone())
        .collect()
}

/// What was left and not bought since, the latest first.
fn open_carts<'a>(case: &Case<'a>) -> Result<Vec<&'a Snapshot>, Judged> {
    let mut open: Vec<&'a Snapshot> = case
        .carts
        .iter()
        .filter_map(|cart| *cart)
        .filter(|cart| cart.slot.status == Status::Open)
        .collect();
    if open.is_empty() {
        return Err(skip(Skip::Emptied));
    }
    open.retain(|cart| Some(cart.slot.last_activity_at) > case.shopper.ordered_at);
    if open.is_empty() {
        return Err(skip(Skip::Ordered));
    }
    open.sort_by_key(|cart| core::cmp::Reverse(cart.slot.last_activity_at));
    let keeps_back = |cart: &&Snapshot| case.shopper.vouching.keeps_back(cart);
    let why = open.iter().find_map(keeps_back);
    open.retain(|cart| keeps_back(cart).is_none());
    match why.filter(|_| open.is_empty()) {
        Some(why) => Err(skip(why)),
        None => Ok(open),
    }
}

/// The first channel that may be used, now or later, with what `rule` says of it; when none may, why the preferred one may not. One
/// that is forbidden for good is only used where there is no other.
fn first_channel(
    case: &Case<'_>,
    sequence: &Sequence,
    channels: &[Channel],
    rule: impl Fn(Channel) -> Option<Judged>,
) -> Result<(Channel, Option<Judged>), Skip> {
    let yields = |channel: &Channel| *channel == Channel::Push && case.shopper.push_yields;
    let first = channels.iter().filter(|channel| !yields(channel));
    let last = channels.iter().filter(|channel| yields(channel));
    let answers = first.chain(last).map(|channel| {
        let answer = permitted(case, sequence, *channel).map(|()| rule(*channel));
        (*channel, answer)
    });
    first_of(answers)
}

/// Of channels in the order of preference, each with what keeps it from being used, or from being used now.
pub(super) fn first_of(
    answers: impl Iterator<Item = (Channel, Result<Option<Judged>, Skip>)>,
) -> Result<(Channel, Option<Judged>), Skip> {
    let mut refused = None;
    let mut forbidden = None;
    for (channel, answer) in answers {
        match answer {
            Ok(Some(held)) if matches!(held.made, Made::Skip(_)) => {
                forbidden = forbidden.or(Some((channel, Some(held))));
            }
            Ok(held) => return Ok((channel, held)),
            Err(skip) => {
                // A channel that the shop does not have says less than a consent that is missing.
                refused = refused
                    .filter(|known| *known != Skip::NoChannel)
                    .or(Some(skip));
            }
        }
    }
    forbidden.ok_or(refused.unwrap_or(Skip::NoChannel))
}

fn permitted(case: &Case<'_>, sequence: &Sequence, channel: Channel) -> Result<(), Skip> {
    let flow = case.config.flow(channel, Some(&sequence.id), case.step);
    if flow.is_none() && case.config.carrier(channel).is_none() {
        return Err(Skip::NoChannel);
    }
    let mut words = case.shopper.words.iter();
    let word = words.find(|word| word.channel == channel);
    if let Some(cause) = word.and_then(|word| word.refused)
        && !bugs::is(Bug::ChannelNoForgotten)
    {
        return Err(cause);
    }
    if case.shopper.consents.of(channel) != Some(true) {
        return Err(Skip::NoConsent);
    }
    let reachable = match channel {
        Channel::Email => case.shopper.email.is_some(),
        Channel::Sms => case.shopper.phone.is_some(),
        Channel::Push => case.shopper.push,
    };
    if reachable {
        Ok(())
    } else {
        Err(Skip::NoContact)
    }
}
