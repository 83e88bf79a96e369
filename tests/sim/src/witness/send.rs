//! What is sent: invariants 4, 5, 6, 7 and 9.

use super::news::Telling;
use crate::arena::Id;
use crate::consumer::Kept;
use crate::desk::Verdict;
use crate::event::Stopping;
use crate::host::{Basket, Person};
use crate::reason::Why;
use crate::shops::{Broke, Mail};
use crate::stage::PUBLIC_URL;
use crate::violation::Broken;
use crate::world::World;
use homing_core::channel::Channel;
use homing_core::decision::{Decided, Made};
use homing_core::delivery::{Body, DeliveryKey};
use homing_core::object::shopper::Release;
use homing_core::shop::Carrier;
use homing_core::short_link::ShortCode;
use homing_core::token::{LinkPurpose, Token};

/// A stop that was acknowledged to whoever asked for it.
#[derive(Clone, Copy)]
pub(crate) struct Stop {
    /// What was left before this time is not written about any more; for ever, if none.
    pub(crate) ordered_at: Option<u64>,
    pub(crate) acknowledged_at: u64,
    /// Until when; for ever, if none.
    pub(crate) until: Option<u64>,
}

impl Stop {
    /// Whether it is the end of what was handed to a flow at `released_at`, epoch ms: soon enough after it, and for good.
    pub(super) fn ends(&self, released_at: u64) -> bool {
        let at = self.ordered_at.unwrap_or(self.acknowledged_at);
        let soon = released_at..released_at.saturating_add(20 * 86_400_000);
        self.until.is_none() && soon.contains(&at)
    }

    /// Whether it forbids at `now` what was left at `active_at`, epoch ms.
    pub(super) fn forbids(&self, now: u64, active_at: u64) -> bool {
        self.until.is_none_or(|until| now < until)
            && self
                .ordered_at
                .is_none_or(|ordered_at| active_at <= ordered_at)
    }
}

/// What providers have seen of one step.
pub(crate) struct Delivered {
    pub(crate) key: DeliveryKey,
    /// Tries that are not proved to have failed.
    open: u32,
    first_try_at: Option<u64>,
    accepted: u32,
    /// Who carries it.
    carrier: Option<Carrier>,
    /// A digest of the message.
    pub(crate) body: u64,
    pub(crate) kept: Option<Kept>,
    link: Option<(String, Id<Basket>)>,
    /// How it went, when that was decided last, and when the carts had been left then.
    channel: Channel,
    released_at: u64,
    left_at: u64,
    /// Whether a person was asked and has said yes; whether a no was taken.
    approved: bool,
    rejected: bool,
    /// What it tells of news, once it was released.
    news: Telling,
    /// Its name at the provider, as a digest.
    name: u64,
    /// How often somebody has decided that it may go although it may have gone out, and how often it went by that.
    pardons: u32,
    pardoned: u32,
    /// Who was offered it when no try was open.
    tried_by: Option<Carrier>,
}

impl World<'_> {
    /// Invariant 6: an unsubscribe, or a merchant's word, was acknowledged.
    pub(crate) fn stopped(&mut self, id: Id<Person>, stopping: Stopping) {
        let is_answer = matches!(stopping, Stopping::Answer { .. });
        self.tally.unsubscribes += u64::from(!is_answer);
        self.tally.answers += u64::from(is_answer);
        let until = match stopping {
            Stopping::Unsubscribe => None,
            Stopping::Notifications => return self.left_notifications(id),
            Stopping::Suppress { until, .. } => until,
            Stopping::Answer { until: None } => return,
            Stopping::Answer { until } => until,
        };
        self.stop_acknowledged(id, None, until);
    }

    /// Invariants 6 and 8: a right to send was given.
    pub(crate) fn released(&mut self, id: Id<Person>, key: DeliveryKey, release: &Release) {
        self.tally.releases += 1;
        let now = self.now;
        let text = match &release.message.body {
            Body::Push { url, .. } => url,
            _ => release.message.text(),
        };
        let link = match &release.message.body {
            Body::LinkedSms { link, .. } => self.behind_code(text, link),
            _ => self.link_in(text),
        };
        let person = self.people.at(id);
        let delivery = person
            .hosted
            .memory
            .as_ref()
            .and_then(|shopper| shopper.deliveries().iter().find(|known| known.key == key));
        let due_at = delivery.map_or(0, |delivery| delivery.due_at);
        let channel = delivery.and_then(|delivery| delivery.channel);
        let template = delivery.map(|delivery| delivery.template);
        if due_at > now {
            self.broke(Broken::TooEarly, || format!("{key:?} of {due_at}"));
        }
        if self.has_gone_over(id) {
            self.broke(Broken::ReleasedByLoser, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        if key.is_recall() {
            // No message, so that no rule about messages is for it: it tells a platform to send none.
            self.tally.recalls += 1;
            return;
        }
        let is_own = |other: Id<Person>| self.kin.are_said(id, other);
        let mut own = self.people.ids().filter(|other| is_own(*other));
        let is_theirs = match &release.message.body {
            Body::Email { to, .. } => {
                own.any(|other| self.people.at(other).email.as_ref() == Some(to))
            }
            // To whose number a text goes is looked at below.
            Body::Sms { to, .. } | Body::LinkedSms { to, .. } => {
                let shopper = self.people.at(id).hosted.memory.as_ref();
                shopper.and_then(|shopper| shopper.phone()) == Some(to)
            }
            // Which browser that is, is looked at below.
            Body::Push { .. } => true,
            Body::Event { to, .. } => own.any(|other| {
                let email = self.people.at(other).email.as_ref();
                email.is_some_and(|email| email.as_str() == to.as_str())
            }),
        };
        let goes_as = release.message.body.channel();
        if !is_theirs || channel != Some(goes_as) {
            self.broke(Broken::StrangersCart, || {
                String::from("somebody else's message")
            });
        }
        match &link {
            Some((_, basket)) => {
                if !self.is_of(id, &self.baskets.at(*basket).model) {
                    self.broke(Broken::StrangersCart, || format!("a message of {key:?}"));
                }
            }
            // What was looked at is shown with its own page: there is no cart to bring back.
            None if self.config.settings.look_ms().is_some()
                && release.message.text().contains("https://shop.example/") =>
            {
                self.tally.looks += 1;
            }
            None => self.broke(Broken::StrangersCart, || {
                String::from("a message without link")
            }),
        }
        let left_at = self.active_at(id, None);
        let active_at = self.active_at(id, link.as_ref().map(|(_, basket)| *basket));
        let quiet_ms = self.config.rules.after_order_ms;
        let stopped = self.people.at(id).stops.iter().any(|stop| {
            stop.forbids(now, active_at) || stop.ordered_at.is_some_and(|at| now < at + quiet_ms)
        });
        if stopped {
            self.broke(Broken::ReleasedAfterStop, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        match &release.message.body {
            Body::Push { to, .. } => self.check_browser(id, to, release.message.cart),
            _ => self.check_consent(id, key, channel.unwrap_or(Channel::Email)),
        }
        self.check_stopped(id, key, &release.message.body);
        if channel == Some(Channel::Sms) {
            self.check_number(id, link.as_ref().map(|(_, basket)| *basket));
        }
        let body = match &release.message.body {
            Body::Email { html, subject, .. } => digest(html) ^ digest(subject),
            Body::Sms { text, .. } | Body::LinkedSms { text, .. } | Body::Push { text, .. } => {
                digest(text)
            }
            Body::Event { properties, .. } => digest(properties),
        };
        // What may have been told is told again where somebody has decided so.
        let delivered = self.delivered(id, key);
        let is_new = delivered.body != body && (delivered.body == 0 || delivered.pardons == 0);
        let news = template
            .filter(|_| is_new)
            .and_then(|template| self.check_news(id, key, template, release.message.text()));
        let name = digest(&release.message.key);
        let delivered = self.delivered(id, key);
        if delivered.name != name {
            // What the provider knows of another name says nothing of this one.
            delivered.name = name;
            delivered.first_try_at = None;
            delivered.kept = None;
        }
        if delivered.carrier != Some(release.provider) && delivered.open == 0 {
            // Another channel begins anew: nothing of what was tried before was accepted.
            delivered.first_try_at = None;
        }
        delivered.carrier = Some(release.provider);
        delivered.body = body;
        delivered.news = news.or(delivered.news.take());
        delivered.link = link;
        delivered.channel = channel.unwrap_or(Channel::Email);
        delivered.released_at = now;
        delivered.left_at = left_at;
        let (approved, rejected) = (delivered.approved, delivered.rejected);
        if rejected || self.config.rules.approval && !approved {
            self.broke(Broken::NotApproved, || {
                format!("person {}, {key:?}", id.number())
            });
        }
    }

    /// A decision was made at the gate: what it gave as its reason.
    pub(crate) fn reasoned(&mut self, id: Id<Person>, key: DeliveryKey) {
        let now = self.now;
        let shopper = self.people.at(id).hosted.memory.as_ref();
        let delivery =
            shopper.and_then(|shopper| shopper.deliveries().iter().find(|known| known.key == key));
        let dropped = delivery.is_some_and(|delivery| {
            let mut decisions = delivery.decisions.iter().rev();
            let is_deferral =
                |one: &Decided| one.at == now && matches!(one.made, Made::Defer { .. });
            delivery.state.is_closed() && decisions.any(is_deferral)
        });
        let decided = delivery.and_then(|delivery| delivery.decisions.last());
        if let Some(why) = decided
            .filter(|decided| decided.at == now)
            .and_then(Why::of)
        {
            self.tally.reason(why);
        }
        if dropped {
            self.broke(Broken::DeferralDropped, || {
                format!("person {}, {key:?}", id.number())
            });
        }
    }

    /// Somebody says of a message that waits whether it may go; it may arrive whatever becomes of the answer.
    pub(crate) fn asked(&mut self, verdict: &Verdict) {
        if verdict.approved {
            self.delivered(verdict.person, verdict.key).approved = true;
        }
    }

    /// Their word is in force.
    pub(crate) fn verdict_taken(&mut self, verdict: &Verdict) {
        if !verdict.approved {
            self.delivered(verdict.person, verdict.key).rejected = true;
        }
    }

    /// The last activity on the cart that a message is about; on any of the person's, where it is about none.
    pub(super) fn active_at(&self, id: Id<Person>, basket: Option<Id<Basket>>) -> u64 {
        if let Some(basket) = basket {
            return self.baskets.at(basket).model.active_at;
        }
        let own = self.models_of(id);
        own.map(|model| model.active_at).max().unwrap_or(0)
    }

    /// The link that a text's short one leads to: the one that stands in it has to be that of its token.
    fn behind_code(&self, text: &str, token: &Token) -> Option<(String, Id<Basket>)> {
        let code = ShortCode::of(token, &self.stage.keys)?;
        let link = format!("{PUBLIC_URL}/r/{} ", code.as_str());
        let signed = token
            .sign(&self.stage.keys)
            .filter(|_| text.contains(&link))?;
        self.link_in(&format!("/r/{signed}"))
    }

    /// The link in a message, as its reader would find it.
    fn link_in(&self, text: &str) -> Option<(String, Id<Basket>)> {
        let (_, rest) = text.split_once("/r/")?;
        let text = rest.get(..Token::TEXT_LEN)?;
        let token = self.verified(text)?;
        Some((text.to_owned(), self.basket_of(token.cart())?))
    }

    /// A recovery link's token, checked as the edge checks it.
    pub(crate) fn verified(&self, text: &str) -> Option<Token> {
        let claimed = Token::read(text).ok()?;
        let (_, purpose, _) = claimed.key();
        let token = claimed.verify(self.stage.recovery.clone(), self.now).ok()?;
        (purpose == LinkPurpose::Recovery).then_some(token)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the place was found or filled one line before"
    )]
    pub(crate) fn delivered(&mut self, id: Id<Person>, key: DeliveryKey) -> &mut Delivered {
        let delivered = &mut self.people.at_mut(id).delivered;
        let place = match delivered.iter().position(|known| known.key == key) {
            Some(place) => place,
            None => {
                delivered.push(Delivered {
                    key,
                    open: 0,
                    first_try_at: None,
                    accepted: 0,
                    carrier: None,
                    body: 0,
                    kept: None,
                    link: None,
                    channel: Channel::Email,
                    released_at: 0,
                    left_at: 0,
                    approved: false,
                    rejected: false,
                    news: None,
                    name: 0,
                    pardons: 0,
                    pardoned: 0,
                    tried_by: None,
                });
                delivered.len() - 1
            }
        };
        &mut delivered[place]
    }

    /// Invariant 5: a message is offered to the provider.
    pub(crate) fn tried_at_provider(&mut self, id: Id<Person>, key: DeliveryKey) {
        self.tally.tries += 1;
        let now = self.now;
        let delivered = self.delivered(id, key);
        let since = now.saturating_sub(*delivered.first_try_at.get_or_insert(now));
        let inside = delivered
            .carrier
            .and_then(Carrier::idempotency_window_ms)
            .is_some_and(|window| since < window);
        let is_same = delivered.tried_by == delivered.carrier;
        let mut wrong = delivered.open > 0 && !(inside && is_same);
        if wrong && delivered.pardoned < delivered.pardons {
            delivered.pardoned += 1;
            delivered.open = 0;
            delivered.first_try_at = Some(now);
            wrong = false;
        }
        if delivered.open == 0 {
            delivered.tried_by = delivered.carrier;
        }
        delivered.open += 1;
        if wrong {
            self.broke(Broken::TriedAfterUnknown, || {
                format!("person {}, {key:?}", id.number())
            });
        }
    }

    /// A try is proved to have failed.
    pub(crate) fn proved(&mut self, id: Id<Person>, key: DeliveryKey) {
        let delivered = self.delivered(id, key);
        delivered.open = delivered.open.saturating_sub(1);
    }

    /// Somebody decides about a message that may have gone out that it may go.
    pub(crate) fn pardon(&mut self, id: Id<Person>, key: DeliveryKey) {
        self.delivered(id, key).pardons += 1;
    }

    /// Whether a provider that recognises a name may be offered other bytes under it, and has to refuse them.
    pub(crate) fn bytes_may_differ(&mut self, id: Id<Person>, key: DeliveryKey) -> bool {
        self.delivered(id, key).pardons > 0
    }

    pub(crate) fn bytes_differ(&mut self, key: DeliveryKey) {
        self.broke(Broken::BytesDiffer, || format!("{key:?}"));
    }

    /// Invariants 4, 6, 7 and 9: a message is on its way to a mailbox.
    pub(crate) fn accepted(
        &mut self,
        id: Id<Person>,
        key: DeliveryKey,
        lease_until: u64,
        code: Option<String>,
    ) {
        self.tally.accepted += 1;
        let now = self.now;
        let delivered = self.delivered(id, key);
        delivered.accepted += 1;
        let twice = delivered.accepted > 1 + delivered.pardoned;
        let link = delivered.link.clone();
        let news = delivered.news.take();
        self.news_accepted(id, news);
        self.check_code(key, code);
        if twice {
            self.broke(Broken::SentTwice, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        let active_at = self.active_at(id, link.as_ref().map(|(_, basket)| *basket));
        let crossed = self
            .people
            .at(id)
            .stops
            .iter()
            .any(|stop| stop.acknowledged_at < now && stop.forbids(now, active_at));
        if crossed {
            self.tally.crossed += 1;
            if now < lease_until {
                self.broke(Broken::StoppedTooEarly, || {
                    format!("person {}, {key:?}", id.number())
                });
            }
        }
        if now < lease_until && self.has_gone_over(id) {
            self.broke(Broken::ReleasedByLoser, || {
                format!("person {}, {key:?}, accepted", id.number())
            });
        }
        self.restrained(id, key, lease_until);
        if let Some(link) = link {
            self.people.at_mut(id).mailbox.push(link);
        }
    }
}

impl World<'_> {
    /// Invariants 7 and 9, by rules of the simulation's own. What a provider accepts after the lease has ended, nobody can hold.
    fn restrained(&mut self, id: Id<Person>, key: DeliveryKey, lease_until: u64) {
        let (now, rules, place) = (self.now, self.config.rules, self.place);
        if now > lease_until {
            return;
        }
        let identities = self.kin.of(id);
        if identities
            .iter()
            .any(|one| rules.holds_out(self.people.at(*one).id))
        {
            self.broke(Broken::HeldOut, || format!("person {}", id.number()));
        }
        let delivered = self.delivered(id, key);
        let (released_at, left_at) = (delivered.released_at, delivered.left_at);
        let of = delivered.name;
        let mail = Mail {
            at: now,
            of,
            channel: delivered.channel,
        };
        let goes_again = delivered.accepted > 1;
        let before = &self.people.at(id).mails;
        let broke = if goes_again {
            // What may have gone out does not count against itself.
            let others = before.iter().filter(|one| one.of != of).copied();
            let others: Vec<Mail> = others.collect();
            rules.judge(place, mail, &others, released_at, left_at)
        } else {
            rules.judge(place, mail, before, released_at, left_at)
        };
        for one in identities {
            let mails = &mut self.people.at_mut(one).mails;
            if goes_again {
                mails.retain(|known| known.of != of);
            }
            mails.push(mail);
        }
        let broken = match broke {
            None => return,
            Some(Broke::Night) => Broken::QuietHours,
            Some(Broke::Cap) => Broken::Capped,
            Some(Broke::Law) => Broken::Unlawful,
        };
        self.broke(broken, || format!("person {}, {key:?}", id.number()));
    }
}

/// FNV-1a, of eight bytes at a time.
fn digest(text: &str) -> u64 {
    let take = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        take(hash, u64::from_le_bytes(*word))
    });
    rest.iter()
        .fold(hash, |hash, byte| take(hash, u64::from(*byte)))
}
