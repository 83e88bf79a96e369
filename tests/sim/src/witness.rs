//! Sees everything that happens and knows what must not: design.md's invariants 1 to 8 and 10.

use crate::arena::Id;
use crate::browser::Page;
use crate::consumer::Kept;
use crate::fault::Fault;
use crate::host::{Basket, Person};
use crate::stage::PLANTED;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::{DeliveryKey, State};
use homing_core::log::{Body, Page as LogPage, Record, What};
use homing_core::object::cart::{Collected, Status, fold_one};
use homing_core::object::codec;
use homing_core::object::shopper::{Release, Report, Shopper};
use homing_core::token::{LinkPurpose, Token};

/// The latest that a wake-up may be, ms.
const OVERDUE_MS: u64 = 15 * 60_000;
/// The longest wait between two hints, ms; the core's `wake.rs`.
const HINT_MAX_MS: u64 = 600_000;

/// A stop that was acknowledged to whoever asked for it.
pub(crate) struct Stop {
    /// What was left before this time is not written about any more; for ever, if none.
    ordered_at: Option<u64>,
    acknowledged_at: u64,
}

/// What providers have seen of one step.
pub(crate) struct Delivered {
    key: DeliveryKey,
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
    /// Invariants 1, 2, 3, 10: what a Cart has just made durable.
    pub(crate) fn cart_written(&mut self, id: Id<Basket>, pages: &[LogPage]) {
        let mut orders = Vec::new();
        let basket = &mut self.baskets[id];
        let Some(cart) = &basket.hosted.memory else {
            return;
        };
        let spilled = pages.iter().flat_map(|page| &page.entries);
        let mut broken = None;
        for entry in spilled.chain(cart.log().tail()) {
            if entry.seq <= basket.seq {
                continue;
            }
            if entry.seq != basket.seq + 1 {
                broken = Some(Broken::ChainBroken);
            }
            basket.seq = entry.seq;
            basket.head = entry.hash(&basket.head);
            let Body::Kept { payload, .. } = &entry.body else {
                broken = Some(Broken::ChainBroken);
                continue;
            };
            if contains_planted(payload) {
                broken = Some(Broken::ContactLeaked);
            }
            let Ok(record) = codec::decode::<Record>(payload) else {
                broken = Some(Broken::ChainBroken);
                continue;
            };
            if fold_one(&mut basket.shadow, entry.seq, &record).is_err() {
                broken = Some(Broken::NotTheFold);
            }
            basket.model.take(&record);
            match (&record.what, record.id) {
                (What::Identified { .. }, Some(event)) => basket.identified.push(event),
                (What::Order { .. }, _) => basket.orders_to_ack += 1,
                (What::ForkOrdered { dots, fork }, _) => {
                    orders.push((*fork, dots.iter().map(|dot| dot.id).collect::<Vec<_>>()));
                }
                _ => {}
            }
        }
        if basket.head != cart.log().head() || basket.seq != cart.log().seq() {
            broken = Some(Broken::ChainBroken);
        }
        if basket.shadow != *cart.state() {
            broken = Some(Broken::NotTheFold);
        }
        if !basket.model.agrees(cart.state()) {
            broken = Some(Broken::LinesDiffer);
        }
        let (own, seq) = (basket.id, basket.seq);
        for (fork, dots) in orders {
            let origin = self
                .basket_of(fork)
                .and_then(|fork| self.baskets[fork].model.origin.as_ref());
            let allowed = origin.is_some_and(|origin| {
                origin.cart == own && dots.iter().all(|dot| origin.dots.contains(dot))
            });
            if !allowed {
                broken = Some(Broken::ForkTooStrong);
            }
        }
        if let Some(broken) = broken {
            self.broke(broken, || format!("cart {} at entry {seq}", id.number()));
        }
    }

    /// After a kill the row is what was last seen of it.
    pub(crate) fn check_cart_row(&mut self, id: Id<Basket>) {
        let basket = &self.baskets[id];
        let same = match &basket.hosted.memory {
            Some(cart) => cart.log().seq() == basket.seq && cart.log().head() == basket.head,
            None => basket.seq == 0,
        };
        if !same {
            self.broke(Broken::RowDiffers, || format!("cart {}", id.number()));
        }
    }

    /// Invariant 1, and the stops of invariant 6: what a Cart is about to acknowledge.
    pub(crate) fn acknowledged(&mut self, id: Id<Basket>, collected: &Collected) {
        let basket = &self.baskets[id];
        if !collected.acked.iter().all(|id| basket.shadow.has_seen(*id)) {
            return self.broke(Broken::AcknowledgedLost, || format!("cart {}", id.number()));
        }
        let stranger = collected
            .changes
            .iter()
            .any(|change| !basket.model.knows(change.id));
        if stranger {
            return self.broke(Broken::StrangersCart, || format!("cart {}", id.number()));
        }
        let introduced = basket
            .identified
            .iter()
            .any(|event| collected.acked.contains(event));
        if introduced && let Some(shopper) = basket.model.shopper {
            let cart = basket.id;
            let knows = self.person_of(shopper).is_some_and(|person| {
                let hosted = &self.people[person].hosted;
                let shopper = hosted.memory.as_ref().filter(|_| hosted.is_written());
                shopper.is_some_and(|shopper| {
                    shopper.carts().contains_key(&cart)
                        || shopper.carts().len() >= Shopper::MAX_CARTS
                })
            });
            if !knows {
                return self.broke(Broken::AcknowledgedLost, || {
                    format!("the contact of cart {}", id.number())
                });
            }
        }
        if self.baskets[id].orders_to_ack == 0 {
            return;
        }
        let orders: Vec<(homing_core::cart::EventId, u64)> = self.baskets[id]
            .model
            .bought
            .iter_mut()
            .filter(|bought| !bought.acknowledged && collected.acked.contains(&bought.id))
            .map(|bought| {
                bought.acknowledged = true;
                (bought.id, bought.taken_at)
            })
            .collect();
        for (event, taken_at) in orders {
            self.baskets[id].orders_to_ack -= 1;
            self.tally.orders += 1;
            self.order_in_force(id, event, taken_at);
        }
    }

    /// An order counts for whoever watches its cart, and for the cart that this one was copied from.
    fn order_in_force(&mut self, id: Id<Basket>, event: homing_core::cart::EventId, at: u64) {
        let model = &self.baskets[id].model;
        let (own, now) = (self.baskets[id].id, self.now);
        if let Some(person) = model.shopper.and_then(|shopper| self.person_of(shopper)) {
            self.people[person].stops.push(Stop {
                ordered_at: Some(at),
                acknowledged_at: now,
            });
        }
        let Some(origin) = &self.baskets[id].model.origin else {
            return;
        };
        let Some(parent) = self.basket_of(origin.cart) else {
            return;
        };
        let generation = origin.generation;
        let above = &self.baskets[parent].model;
        // The parent numbers a fork's orders by the epochs that they closed: its latest stands for all before it.
        let told = above
            .bought
            .iter()
            .rev()
            .find(|bought| bought.fork == Some(own) && bought.taken_at >= at)
            .map(|bought| (bought.id, bought.taken_at));
        match told {
            Some((event, taken_at)) => self.order_in_force(parent, event, taken_at),
            // A revoked link has lost its power.
            None if above.generation != generation => {}
            None => self.broke(Broken::OrderNotTold, || {
                format!("order {event} of cart {}", id.number())
            }),
        }
    }

    /// Invariant 6: an unsubscribe was acknowledged.
    pub(crate) fn unsubscribed(&mut self, id: Id<Person>) {
        self.tally.unsubscribes += 1;
        let acknowledged_at = self.now;
        self.people[id].stops.push(Stop {
            ordered_at: None,
            acknowledged_at,
        });
    }

    /// What a Shopper knows of its carts only becomes newer.
    pub(crate) fn shopper_written(&mut self, id: Id<Person>) {
        let person = &mut self.people[id];
        person.written_at = self.now;
        let Some(shopper) = &person.hosted.memory else {
            return;
        };
        let mut older = false;
        for (cart, bound) in shopper.carts() {
            match person.versions.iter_mut().find(|(known, _)| known == cart) {
                Some((_, version)) => {
                    older |= bound.slot.version < *version;
                    *version = bound.slot.version;
                }
                None => person.versions.push((*cart, bound.slot.version)),
            }
        }
        if older {
            self.broke(Broken::OlderSlot, || format!("person {}", id.number()));
        }
    }

    /// Invariant 8: how late the wake-ups of open steps are.
    pub(crate) fn check_overdue(&mut self, id: Id<Person>) {
        let Some(shopper) = &self.people[id].hosted.memory else {
            return;
        };
        let wakes = shopper.deliveries().iter().filter_map(|delivery| {
            Some(match delivery.state {
                State::Scheduled => delivery.due_at,
                State::Queued { hinted_at, .. } => hinted_at + HINT_MAX_MS,
                State::Released { lease_until } => lease_until,
                _ => return None,
            })
        });
        // A plan that begins late is due at once, not overdue.
        let since = self.people[id].written_at;
        let late = wakes
            .min()
            .map_or(0, |at| self.now.saturating_sub(at.max(since)));
        self.tally.latest_ms = self.tally.latest_ms.max(late);
        // Where a run of the sweep failed and the object that the next one woke was killed, it is the one after that.
        let allowed = match self.strikes.struck(Fault::SweepFails) {
            0 => OVERDUE_MS,
            _ => OVERDUE_MS + 300_000,
        };
        if late > allowed {
            self.broke(Broken::Overdue, || {
                format!("person {}, {late} ms", id.number())
            });
        }
    }

    /// Invariants 6 and 8: a right to send was given.
    pub(crate) fn released(&mut self, id: Id<Person>, key: DeliveryKey, release: &Release) {
        self.tally.releases += 1;
        let now = self.now;
        let link = self.link_in(&release.message.text);
        let person = &self.people[id];
        let due_at = person
            .hosted
            .memory
            .as_ref()
            .and_then(|shopper| shopper.deliveries().iter().find(|known| known.key == key))
            .map_or(0, |delivery| delivery.due_at);
        if due_at > now {
            self.broke(Broken::TooEarly, || format!("{key:?} of {due_at}"));
        }
        if release.message.to != self.people[id].email {
            self.broke(Broken::StrangersCart, || {
                String::from("somebody else's message")
            });
        }
        match &link {
            Some((_, basket)) => {
                let model = &self.baskets[*basket].model;
                if model.shopper != Some(self.people[id].id) {
                    self.broke(Broken::StrangersCart, || format!("a message of {key:?}"));
                }
                let active_at = self.baskets[*basket].model.active_at;
                let stopped = self.people[id].stops.iter().any(|stop| {
                    stop.ordered_at
                        .is_none_or(|ordered_at| active_at <= ordered_at)
                });
                if stopped {
                    self.broke(Broken::ReleasedAfterStop, || {
                        format!("person {}, {key:?}", id.number())
                    });
                }
            }
            None => self.broke(Broken::StrangersCart, || {
                String::from("a message without link")
            }),
        }
        let body = digest(&release.message.html) ^ digest(&release.message.subject);
        let delivered = self.delivered(id, key);
        delivered.body = body;
        delivered.link = link;
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

    /// What is known of one step at the provider.
    #[expect(
        clippy::indexing_slicing,
        reason = "the place was found or filled one line before"
    )]
    pub(crate) fn delivered(&mut self, id: Id<Person>, key: DeliveryKey) -> &mut Delivered {
        let delivered = &mut self.people[id].delivered;
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
        let active_at = link
            .as_ref()
            .map_or(0, |(_, basket)| self.baskets[*basket].model.active_at);
        let crossed = self.people[id].stops.iter().any(|stop| {
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
        if let Some(link) = link {
            self.people[id].mailbox.push(link);
        }
    }

    /// Invariant 10: what the desk is told.
    pub(crate) fn check_reports(&mut self, reports: &[Report]) {
        let leaks = |report: &Report| {
            contains_planted(report.code.as_bytes()) || contains_planted(report.state.as_bytes())
        };
        if reports.iter().any(leaks) {
            self.broke(Broken::ContactLeaked, || String::from("at the desk"));
        }
    }

    /// What has to be true when everything has come to rest.
    pub(crate) fn end(&mut self) {
        if self.violation.is_some() {
            return;
        }
        for id in self.baskets.ids() {
            self.end_of_cart(id);
        }
        for id in self.pages.ids() {
            self.end_of_page(id);
        }
        for id in self.people.ids() {
            self.end_of_person(id);
        }
        self.tally.worlds += 1;
        self.tally.strike(&self.strikes.struck);
    }

    fn end_of_cart(&mut self, id: Id<Basket>) {
        let basket = &self.baskets[id];
        let Some(cart) = basket.hosted.memory.as_ref().filter(|_| basket.seq > 0) else {
            return;
        };
        self.tally.lives += 1;
        let row = codec::encode(cart).unwrap_or_default();
        let leaked = contains_planted(&row);
        let same = codec::encode(cart.state()) == codec::encode(&basket.shadow);
        if leaked {
            self.broke(Broken::ContactLeaked, || format!("cart {}", id.number()));
        }
        if !same {
            self.broke(Broken::NotTheFold, || format!("cart {}", id.number()));
        }
        // A hint that the relay's queue lost is not put in again before somebody comes back.
        if self.strikes.struck(Fault::RelayLost) == 0 {
            self.end_of_left_cart(id);
        }
    }

    /// Somebody who left a cart and agreed to be written to has been thought of.
    fn end_of_left_cart(&mut self, id: Id<Basket>) {
        let basket = &self.baskets[id];
        let Some(cart) = &basket.hosted.memory else {
            return;
        };
        let person = basket
            .model
            .shopper
            .and_then(|shopper| self.person_of(shopper));
        let Some(shopper) = person.and_then(|person| self.people[person].hosted.memory.as_ref())
        else {
            return;
        };
        let epoch = cart.state().epoch();
        let spoken_for = cart.state().is_empty()
            || !shopper.is_reachable()
            || Some(basket.model.active_at) <= shopper.ordered_at()
            || match shopper.carts().get(&basket.id) {
                None => shopper.carts().len() >= Shopper::MAX_CARTS,
                Some(bound) => {
                    let knows_open = bound.slot.status == Status::Open && bound.slot.epoch == epoch;
                    // Activity soon after a push is told with the next one; nothing may come after it.
                    let not_told =
                        knows_open && Some(bound.slot.last_activity_at) <= shopper.ordered_at();
                    bound.conversed == Some(epoch) || not_told
                }
            };
        if !spoken_for {
            self.broke(Broken::LeftAlone, || format!("cart {}", id.number()));
        }
    }

    /// Invariant 3: every page shows what its cart holds.
    fn end_of_page(&mut self, id: Id<Page>) {
        let page = &self.pages[id];
        if page.held {
            return;
        }
        if !page.pending.is_empty() && !page.is_idle() {
            return self.broke(Broken::Restless, || format!("page {}", id.number()));
        }
        let Some(cart) = &self.baskets[page.basket].hosted.memory else {
            return;
        };
        if page.view.lines() != cart.state().lines() {
            let (basket, device) = (page.basket.number(), page.device);
            self.broke(Broken::NotConverged, || {
                format!("page {} of device {device}, cart {basket}", id.number())
            });
        }
    }

    /// Invariant 8: every step ended, and whoever has to know does.
    fn end_of_person(&mut self, id: Id<Person>) {
        let person = &self.people[id];
        let Some(shopper) = person.hosted.memory.as_ref() else {
            return;
        };
        let mut broken = None;
        for delivery in shopper.deliveries() {
            self.tally.closed(&delivery.state);
            if !delivery.state.is_closed() {
                broken = Some(Broken::Forgotten);
            }
            let wants_report = matches!(
                delivery.state,
                State::Unknown { .. } | State::DeadLettered { .. }
            );
            if wants_report && !self.desk.reports.contains(&(id, delivery.key)) {
                broken = broken.or(Some(Broken::Unreported));
            }
        }
        self.tally.conversations += shopper.deliveries().len() as u64;
        if let Some(broken) = broken {
            self.broke(broken, || format!("person {}", id.number()));
        }
    }
}

/// Whether a planted contact is in some bytes.
fn contains_planted(bytes: &[u8]) -> bool {
    let Some((first, _)) = PLANTED.split_first() else {
        return false;
    };
    bytes.iter().enumerate().any(|(at, byte)| {
        byte == first
            && bytes
                .get(at..)
                .is_some_and(|rest| rest.starts_with(PLANTED))
    })
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
