//! What is sent: invariants 4, 5, 6, and the place for 7.

use crate::arena::Id;
use crate::consumer::Kept;
use crate::host::{Basket, Person};
use crate::stage::Configured;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::DeliveryKey;
use homing_core::object::shopper::Release;
use homing_core::token::{LinkPurpose, Token};

/// A stop that was acknowledged to whoever asked for it.
pub(crate) struct Stop {
    /// What was left before this time is not written about any more; for ever, if none.
    pub(crate) ordered_at: Option<u64>,
    pub(super) acknowledged_at: u64,
}

impl Stop {
    pub(crate) fn new(ordered_at: Option<u64>, acknowledged_at: u64) -> Self {
        Self {
            ordered_at,
            acknowledged_at,
        }
    }
}

/// What providers have seen of one step.
pub(crate) struct Delivered {
    pub(crate) key: DeliveryKey,
    /// Tries that are not proved to have failed.
    open: u32,
    first_try_at: Option<u64>,
    accepted: u32,
    /// A digest of the message.
    pub(crate) body: u64,
    pub(crate) kept: Option<Kept>,
    link: Option<(String, Id<Basket>)>,
}

impl World<'_> {
    /// Invariant 6: an unsubscribe was acknowledged.
    pub(crate) fn unsubscribed(&mut self, id: Id<Person>) {
        self.tally.unsubscribes += 1;
        self.stop_acknowledged(id, None);
    }

    /// Invariants 6 and 8: a right to send was given.
    pub(crate) fn released(&mut self, id: Id<Person>, key: DeliveryKey, release: &Release) {
        self.tally.releases += 1;
        let now = self.now;
        let link = self.link_in(&release.message.text);
        let person = self.people.at(id);
        let due_at = person
            .hosted
            .memory
            .as_ref()
            .and_then(|shopper| shopper.deliveries().iter().find(|known| known.key == key))
            .map_or(0, |delivery| delivery.due_at);
        if due_at > now {
            self.broke(Broken::TooEarly, || format!("{key:?} of {due_at}"));
        }
        let own = self.people.at(id).id;
        if self
            .kin
            .of(id)
            .iter()
            .any(|other| self.people.at(*other).id < own)
        {
            self.broke(Broken::ReleasedByLoser, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        let is_own = |other: Id<Person>| self.kin.are_said(id, other);
        let mut own = self.people.ids().filter(|other| is_own(*other));
        if !own.any(|other| self.people.at(other).email.as_ref() == Some(&release.message.to)) {
            self.broke(Broken::StrangersCart, || {
                String::from("somebody else's message")
            });
        }
        match &link {
            Some((_, basket)) => {
                let model = &self.baskets.at(*basket).model;
                let owner = model.shopper.and_then(|shopper| self.person_of(shopper));
                if !owner.is_some_and(|owner| self.kin.are_said(id, owner)) {
                    self.broke(Broken::StrangersCart, || format!("a message of {key:?}"));
                }
            }
            // What was looked at is shown with its own page: there is no cart to bring back.
            None if self.config.settings.look_ms().is_some()
                && release.message.text.contains("https://shop.example/") =>
            {
                self.tally.looks += 1;
            }
            None => self.broke(Broken::StrangersCart, || {
                String::from("a message without link")
            }),
        }
        let active_at = self.active_at(id, link.as_ref().map(|(_, basket)| *basket));
        let stopped = self.people.at(id).stops.iter().any(|stop| {
            stop.ordered_at
                .is_none_or(|ordered_at| active_at <= ordered_at)
        });
        if stopped {
            self.broke(Broken::ReleasedAfterStop, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        let body = digest(&release.message.html) ^ digest(&release.message.subject);
        let delivered = self.delivered(id, key);
        delivered.body = body;
        delivered.link = link;
    }

    /// The last activity on the cart that a message is about; on any of the person's, where it is about none.
    fn active_at(&self, id: Id<Person>, basket: Option<Id<Basket>>) -> u64 {
        if let Some(basket) = basket {
            return self.baskets.at(basket).model.active_at;
        }
        let shopper = Some(self.people.at(id).id);
        let models = self
            .baskets
            .ids()
            .map(|basket| &self.baskets.at(basket).model);
        let own = models.filter(|model| model.shopper == shopper);
        own.map(|model| model.active_at).max().unwrap_or(0)
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
                    body: 0,
                    kept: None,
                    link: None,
                });
                delivered.len() - 1
            }
        };
        &mut delivered[place]
    }

    /// Invariant 5: a message is offered to the provider.
    pub(crate) fn tried_at_provider(&mut self, id: Id<Person>, key: DeliveryKey) {
        self.tally.tries += 1;
        let (now, provider) = (self.now, self.script.provider);
        let delivered = self.delivered(id, key);
        let since = now.saturating_sub(*delivered.first_try_at.get_or_insert(now));
        let inside = provider
            .idempotency_window_ms()
            .is_some_and(|window| since < window);
        let wrong = delivered.open > 0 && !inside;
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

    pub(crate) fn bytes_differ(&mut self, key: DeliveryKey) {
        self.broke(Broken::BytesDiffer, || format!("{key:?}"));
    }

    /// Invariants 4, 6 (and 7, once there are caps and quiet hours: this is the one place where a provider accepts, with the
    /// time): a message is on its way to a mailbox.
    pub(crate) fn accepted(&mut self, id: Id<Person>, key: DeliveryKey, lease_until: u64) {
        self.tally.accepted += 1;
        let now = self.now;
        let delivered = self.delivered(id, key);
        delivered.accepted += 1;
        let twice = delivered.accepted > 1;
        let link = delivered.link.clone();
        if twice {
            self.broke(Broken::SentTwice, || {
                format!("person {}, {key:?}", id.number())
            });
        }
        let active_at = self.active_at(id, link.as_ref().map(|(_, basket)| *basket));
        let crossed = self.people.at(id).stops.iter().any(|stop| {
            stop.acknowledged_at < now
                && stop
                    .ordered_at
                    .is_none_or(|ordered_at| active_at <= ordered_at)
        });
        if crossed {
            self.tally.crossed += 1;
            if now < lease_until {
                self.broke(Broken::StoppedTooEarly, || {
                    format!("person {}, {key:?}", id.number())
                });
            }
        }
        self.restrained(id, lease_until);
        if let Some(link) = link {
            self.people.at_mut(id).mailbox.push(link);
        }
    }
}

impl World<'_> {
    /// Invariants 7 and 9, by rules of the simulation's own. What a provider accepts after the lease has ended, nobody can hold.
    fn restrained(&mut self, id: Id<Person>, lease_until: u64) {
        let (now, config) = (self.now, self.config);
        if !config.restrained || now > lease_until {
            return;
        }
        let identities = self.kin.of(id);
        if identities
            .iter()
            .any(|one| config.holds_out(self.people.at(*one).id))
        {
            self.broke(Broken::HeldOut, || format!("person {}", id.number()));
        }
        let hour = (now + Configured::AHEAD_MS) / 3_600_000 % 24;
        let (from, to) = Configured::NIGHT;
        if hour >= from || hour < to {
            self.broke(Broken::QuietHours, || format!("at {hour} o'clock"));
        }
        let before = &self.people.at(id).accepted_at;
        let within = |window: u64| before.iter().filter(|at| **at + window > now).count();
        let crowded =
            within(Configured::WINDOW_MS) >= Configured::CAP || within(Configured::GAP_MS) > 0;
        for one in identities {
            self.people.at_mut(one).accepted_at.push(now);
        }
        if crowded {
            self.broke(Broken::Capped, || format!("person {}", id.number()));
        }
    }
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
