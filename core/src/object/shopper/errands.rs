//! What is done for a shopper at services that carry no messages: see [`crate::errand`]. What is wanted follows from the shopper's state
//! alone and is looked at in every step, so that whatever ends a wish (an order, a word about consent, a suppression) ends it in the step
//! that takes it.

use super::consent::Said;
use super::{Commit, Effect, Reply, Shopper};
use crate::audience::{Audience, Digests, Member, Settled};
use crate::bugs::{self, Bug};
use crate::delivery::DeliveryKey;
use crate::errand::{Ended, Errand, Service, WAITS_MS, Work};
use crate::ids::CartId;
use crate::log::ConsentReceipt;
use crate::object::cart::Status;
use crate::quote::{Alert, Fate, QuoteAlerts};
use crate::shop::ShopConfig;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What of a shop's configuration errands are made from. It goes along with every slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrandSettings {
    audiences: Vec<Audience>,
    quotes: Option<QuoteAlerts>,
    /// Waits between tries, ms; none where nothing is to be done.
    waits_ms: Vec<u64>,
}

impl ErrandSettings {
    /// From a shop's configuration.
    pub fn of(config: &ShopConfig) -> Self {
        if config.audiences.is_empty() && config.quote_alerts.is_none() {
            return Self::default();
        }
        let waits = config.retry_ms.clone();
        Self {
            audiences: config.audiences.clone(),
            quotes: config.quote_alerts.clone(),
            waits_ms: waits.unwrap_or_else(|| WAITS_MS.to_vec()),
        }
    }
}

/// What is done for one shopper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Errands {
    /// What was said to advertising.
    said: Said,
    pub(super) settings: ErrandSettings,
    members: Vec<Member>,
    alerts: Vec<Alert>,
    /// When something begins to be wanted that is not yet, epoch ms.
    starts_at: Option<u64>,
}

/// A membership as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewMembership {
    /// Where.
    pub service: String,
    /// Which audience there.
    pub list: String,
    /// `joining`, `member`, `leaving`, `left`, `refused` or `failed`.
    pub state: String,
    /// Tries ever begun.
    pub attempts: u32,
    /// When it ends at the latest, epoch ms.
    pub until: u64,
    /// Why the last try has not succeeded.
    pub code: Option<String>,
}

/// An alert as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewAlert {
    /// Where.
    pub service: String,
    /// About which cart.
    pub cart: String,
    /// `open`, `told`, `unknown`, `failed` or `needless`.
    pub state: String,
    /// Tries ever begun.
    pub attempts: u32,
    /// The service's own id for it.
    pub id: Option<String>,
    /// Why the last try has not succeeded.
    pub code: Option<String>,
}

/// A membership that the shopper's state wants: from when to when, epoch ms.
struct Wish {
    audience: Audience,
    who: Digests,
    from: u64,
    until: u64,
}

impl Errands {
    /// Memberships at once, those that are being ended included. None is begun beyond it; one that has to end is never forgotten.
    const MAX_MEMBERS: usize = 32;
    /// Alerts remembered: what is forgotten may be told again.
    const MAX_ALERTS: usize = 48;

    /// Takes what was said at `at`, epoch ms.
    pub(super) fn hear(&mut self, receipt: &ConsentReceipt, at: u64) {
        self.said.take(receipt.ads, &receipt.wording, at);
    }

    /// What was said to advertising.
    pub(super) fn answer(&self) -> &Said {
        &self.said
    }

    /// Whether the contact may be given to advertising services.
    pub(super) fn may_advertise(&self) -> bool {
        self.said.agreed == Some(true)
    }

    /// Nobody is to be a member of anything any more, and nothing else is to be known: what was given out is taken back as it was given.
    pub(super) fn leave(&mut self, now: u64) {
        for member in &mut self.members {
            member.wish(false, now);
        }
        self.members.retain(Member::is_needed);
        *self = Self {
            settings: ErrandSettings {
                waits_ms: core::mem::take(&mut self.settings.waits_ms),
                ..ErrandSettings::default()
            },
            members: core::mem::take(&mut self.members),
            alerts: core::mem::take(&mut self.alerts),
            ..Self::default()
        };
        self.forget_alerts(|_| false);
    }

    /// Forgets alerts about other carts than these, but for those on their way: whoever waits has to know of them. Whether there were any.
    pub(super) fn forget_alerts(&mut self, is_kept: impl Fn(CartId) -> bool) -> bool {
        let before = self.alerts.len();
        self.alerts
            .retain(|alert| alert.tries.lease_until.is_some() || is_kept(alert.cart));
        self.alerts.len() < before
    }

    /// Memberships whose end no service has confirmed.
    pub(super) fn leaving(&self) -> usize {
        self.members.iter().filter(|member| !member.wanted).count()
    }

    /// Somebody has been at a cart: what there was nothing to tell of may be a quote by now, and may be left again.
    pub(super) fn renew(&mut self, cart: CartId) {
        self.alerts
            .retain(|alert| alert.cart != cart || alert.fate != Fate::Needless);
    }

    /// Those of one person's other identity. What that one was given out as is taken back as such; where both are wanted, the winner's own
    /// wishes bring it back.
    pub(super) fn join(&mut self, other: Self, now: u64) {
        self.said.join(other.said);
        if self.settings == ErrandSettings::default() {
            self.settings = other.settings;
        }
        for mut member in other.members {
            let own = |known: &&mut Member| known.is(member.service, &member.list, &member.who);
            match self.members.iter_mut().find(own) {
                // One contact cannot name two identities; a number may have been given out under both.
                Some(known) => known.join(&member, now),
                None => {
                    member.wish(false, now);
                    self.members.push(member);
                }
            }
        }
        for alert in other.alerts {
            let own = |known: &Alert| known.is(alert.service, alert.cart, alert.epoch);
            if !self.alerts.iter().any(own) {
                self.alerts.push(alert);
            }
        }
    }
}

impl Shopper {
    /// The memberships that are wanted.
    fn wishes(&self, now: u64) -> Vec<Wish> {
        let errands = &self.errands;
        let may_advertise = errands.may_advertise() || bugs::is(Bug::AddedWithoutConsent);
        if !may_advertise || self.suppressed(now).is_some() {
            return Vec::new();
        }
        let wish = |audience: &Audience| {
            let left = self.carts.values().map(|bound| &bound.slot);
            let left = left
                .filter(|slot| self.is_left(slot) && audience.is_about(&slot.marks))
                .max_by_key(|slot| slot.last_activity_at)?;
            // A number that a browser said beside an address is good for that cart alone.
            let number = self.phone.as_ref();
            let number = number.and_then(|number| number.about(core::iter::once(left.cart)));
            let who = Digests::of(audience.service.into(), self.email.as_ref(), number)?;
            let (from, until) = audience.stay(left.last_activity_at);
            let audience = audience.clone();
            (now < until).then_some(Wish {
                audience,
                who,
                from,
                until,
            })
        };
        errands.settings.audiences.iter().filter_map(wish).collect()
    }

    /// Brings what is wanted in line with what is known; whether anything changed.
    pub(super) fn mind_errands(&mut self, now: u64) -> bool {
        let nothing = self.errands.settings == ErrandSettings::default()
            && self.errands.members.is_empty()
            && self.errands.alerts.is_empty();
        // Whoever goes over to another identity leaves it to that one.
        if nothing || self.is_going() {
            return false;
        }
        let members = self.mind_members(now);
        let alerts = self.mind_alerts(now);
        let starts_at = self.starts_at(now);
        let starts = core::mem::replace(&mut self.errands.starts_at, starts_at) != starts_at;
        members || alerts || starts
    }

    /// When the next wish or alert begins that does not stand there yet, epoch ms.
    fn starts_at(&self, now: u64) -> Option<u64> {
        let wishes = self.wishes(now).into_iter().map(|wish| wish.from);
        let quotes = self.left_quotes().map(|(_, at)| at);
        wishes.chain(quotes).filter(|at| *at > now).min()
    }

    fn mind_members(&mut self, now: u64) -> bool {
        let wishes = self.wishes(now);
        let errands = &mut self.errands;
        let mut changed = false;
        let names = |member: &Member, wish: &Wish| {
            member.is(wish.audience.service.into(), &wish.audience.list, &wish.who)
        };
        for member in &mut errands.members {
            let wish = wishes.iter().find(|wish| names(member, wish));
            match wish {
                // Who is active again stays a member until the cart is bought, or not left in time.
                Some(wish) => {
                    if wish.until != member.until {
                        member.until = wish.until;
                        changed = true;
                    }
                    if wish.from <= now {
                        changed |= member.wish(true, now);
                    }
                }
                None => changed |= member.wish(false, now),
            }
        }
        for wish in wishes.iter().filter(|wish| wish.from <= now) {
            let is_known = errands.members.iter().any(|member| names(member, wish));
            if !is_known && errands.members.len() < Errands::MAX_MEMBERS {
                changed = true;
                errands.members.push(Member::new(
                    wish.audience.service.into(),
                    wish.audience.list.clone(),
                    wish.who,
                    wish.until,
                    now,
                ));
            }
        }
        let before = errands.members.len();
        errands.members.retain(Member::is_needed);
        changed || errands.members.len() < before
    }

    /// The quotes that were left, with when they count as such, epoch ms.
    fn left_quotes(&self) -> impl Iterator<Item = (&super::Bound, u64)> {
        let after_ms = self
            .errands
            .settings
            .quotes
            .as_ref()
            .map(|one| one.after_ms);
        let left = self.carts.values().filter(|bound| {
            bound.slot.quote && bound.slot.status == Status::Open && self.is_left(&bound.slot)
        });
        left.filter_map(move |bound| {
            Some((bound, bound.slot.last_activity_at.saturating_add(after_ms?)))
        })
    }

    fn mind_alerts(&mut self, now: u64) -> bool {
        let left: Vec<_> = self
            .left_quotes()
            .filter(|(_, at)| *at <= now)
            .map(|(bound, _)| (bound.slot.cart, bound.slot.epoch))
            .collect();
        let mut changed = false;
        let is_open = |alert: &Alert, carts: &alloc::collections::BTreeMap<_, super::Bound>| {
            let bound = carts.get(&alert.cart);
            bound.is_some_and(|bound| {
                let slot = &bound.slot;
                slot.quote && slot.status == Status::Open && slot.epoch == alert.epoch
            })
        };
        for alert in &mut self.errands.alerts {
            let is_over = !is_open(alert, &self.carts) && !bugs::is(Bug::AlertAfterOrder);
            if alert.fate == Fate::Open && is_over {
                alert.drop_it();
                changed |= alert.fate != Fate::Open;
            }
        }
        let quotes = self.errands.settings.quotes.as_ref();
        let (to, key) = quotes.map_or((Vec::new(), None), |quotes| {
            (quotes.to.clone(), quotes.external_id.clone())
        });
        for service in to.into_iter().map(Service::from) {
            for (cart, epoch) in &left {
                let mut known = self.errands.alerts.iter();
                if known.any(|alert| alert.is(service, *cart, *epoch)) {
                    continue;
                }
                changed = true;
                let key = key.clone().filter(|_| service == Service::Salesforce);
                let alert = Alert::new(service, (*cart, *epoch), key, now);
                self.errands.alerts.push(alert);
            }
        }
        while self.errands.alerts.len() > Errands::MAX_ALERTS {
            let mut alerts = self.errands.alerts.iter();
            let Some(place) = alerts.position(|alert| alert.fate != Fate::Open) else {
                break;
            };
            self.errands.alerts.remove(place);
        }
        changed
    }

    /// When errands have to be looked at, epoch ms.
    pub(super) fn errands_at(&self) -> Option<u64> {
        if self.is_going() {
            return None;
        }
        let errands = &self.errands;
        let members = errands.members.iter();
        let tries = members.clone().filter_map(|member| member.tries.wake_at());
        let ends = members.filter(|member| member.wanted);
        let ends = ends.map(|member| member.until);
        let alerts = errands.alerts.iter();
        let alerts_at = alerts.filter_map(|alert| alert.tries.wake_at());
        tries
            .chain(ends)
            .chain(alerts_at)
            .chain(errands.starts_at)
            .min()
    }

    /// Closes leases that ended without a word and begins what is due; what to do, and whether anything changed.
    pub(super) fn begin_errands(&mut self, now: u64) -> (Vec<Effect>, bool) {
        if self.is_going() {
            return (Vec::new(), false);
        }
        let mut changed = self.mind_errands(now);
        let seed = self.spread();
        let waits = self.errands.settings.waits_ms.clone();
        let mut begun = Vec::new();
        let mut unknown = Vec::new();
        for member in &mut self.errands.members {
            changed |= member.lose(&waits, seed, now);
            begun.extend(member.begin(now));
        }
        for alert in &mut self.errands.alerts {
            if alert.lose(&waits, seed, now) {
                changed = true;
                unknown.push(alert.clone());
            }
            if let Some(bound) = self.carts.get(&alert.cart) {
                begun.extend(alert.begin(&bound.object, now));
            }
        }
        for alert in unknown {
            self.tell_of_alert(&alert, now);
        }
        changed |= !begun.is_empty();
        let effects = begun.into_iter().map(|one| Effect::Errand(Box::new(one)));
        (effects.collect(), changed)
    }

    /// Takes what came of a try.
    pub(super) fn errand_done(
        &mut self,
        errand: &Errand,
        ended: Ended,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let seed = self.spread();
        let waits = self.errands.settings.waits_ms.clone();
        match &errand.work {
            Work::Audience {
                service,
                list,
                act,
                who,
            } => {
                let mut members = self.errands.members.iter_mut();
                let member = members.find(|member| member.is(*service, list, who));
                let Some(member) = member else {
                    return Commit::read(Reply::Done);
                };
                let settled = member.settle((errand.number, *act), ended, (&waits, seed), now);
                let code = member.tries.code.clone();
                if settled == Settled::Failed {
                    self.tell_of(*service, "audience_failed", code, now);
                }
            }
            Work::Alert {
                service,
                cart,
                epoch,
                ..
            } => {
                let mut alerts = self.errands.alerts.iter_mut();
                let alert = alerts.find(|alert| alert.is(*service, *cart, *epoch));
                let Some(alert) = alert else {
                    return Commit::read(Reply::Done);
                };
                alert.settle(errand.number, ended, (&waits, seed), now);
                let alert = alert.clone();
                self.tell_of_alert(&alert, now);
                // Somebody has been there while it was tried.
                let is_here = self
                    .left_quotes()
                    .any(|(bound, at)| bound.slot.cart == alert.cart && at > now);
                if is_here {
                    self.errands.renew(alert.cart);
                }
            }
        }
        self.commit(true, now, Reply::Done)
    }

    /// Alerts on their way about carts that are not this person's any more.
    pub(super) fn alerts_on_their_way(&self) -> usize {
        let alerts = self.errands.alerts.iter();
        let is_on_its_way = |alert: &&Alert| {
            alert.tries.lease_until.is_some() && !self.carts.contains_key(&alert.cart)
        };
        alerts.filter(is_on_its_way).count()
    }

    /// Stops trying to end memberships, and says so; whether there were any.
    pub(super) fn give_up_leaving(&mut self, now: u64) -> bool {
        let members = self.errands.members.iter();
        let given_up: Vec<Service> = members
            .filter(|member| !member.wanted)
            .map(|member| member.service)
            .collect();
        self.errands.members.retain(|member| member.wanted);
        for service in &given_up {
            let code = Some(String::from("removal_given_up"));
            self.tell_of(*service, "audience_failed", code, now);
        }
        !given_up.is_empty()
    }

    fn tell_of_alert(&mut self, alert: &Alert, now: u64) {
        let state = match alert.fate {
            Fate::Unknown => "alert_unknown",
            Fate::Failed => "alert_failed",
            _ => return,
        };
        self.tell_of(alert.service, state, alert.tries.code.clone(), now);
    }

    /// Tells the desk of an errand.
    fn tell_of(&mut self, service: Service, state: &str, code: Option<String>, now: u64) {
        let place = Service::ALL.iter().position(|one| *one == service);
        let key = DeliveryKey {
            conversation: 0,
            step: place.and_then(|n| u8::try_from(n).ok()).unwrap_or(u8::MAX),
        };
        let code = code.unwrap_or_default();
        self.report(key, state, &code, now);
    }

    pub(super) fn shown_memberships(&self) -> Vec<ViewMembership> {
        let members = self.errands.members.iter();
        members
            .map(|member| ViewMembership {
                service: String::from(member.service.name()),
                list: member.list.clone().into(),
                state: String::from(member.state()),
                attempts: member.tries.number,
                until: member.until,
                code: member.tries.code.clone(),
            })
            .collect()
    }

    pub(super) fn shown_alerts(&self) -> Vec<ViewAlert> {
        let alerts = self.errands.alerts.iter();
        alerts
            .map(|alert| ViewAlert {
                service: String::from(alert.service.name()),
                cart: alloc::format!("{}", alert.cart),
                state: String::from(alert.state()),
                attempts: alert.tries.number,
                id: match &alert.fate {
                    Fate::Told(id) if !id.is_empty() => Some(id.clone()),
                    _ => None,
                },
                code: alert.tries.code.clone(),
            })
            .collect()
    }
}
