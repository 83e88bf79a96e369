//! Browsers: requests, answers and what pages do when they open and close, as the SDK does it
//! (`client-sdk/js/transport.js`; requests as `worker/src/http/beacon.rs` parses them).

use crate::arena::Id;
use crate::event::{Back, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::Basket;
use crate::page::{Page, Said};
use crate::stage::SHOP;
use crate::witness::Spoke;
use crate::word::Word;
use crate::world::World;
use homing_core::cart::EventId;
use homing_core::flood::Voice;
use homing_core::object::cart::{Collect, Collected, Identify, Incoming, Input as CartInput};

const DEBOUNCE_MS: u64 = 300;
const TIMEOUT_MS: u64 = 20_000;
const MOST_EVENTS: usize = 200;
const MOST_REBINDS: u8 = 3;

/// A request on its way.
#[derive(Clone)]
pub(crate) struct Beacon {
    sender: Sender,
    sent_at: u64,
    collect: Collect,
}

/// Who sent a request, and what about.
#[derive(Clone, Copy)]
pub(crate) struct Sender {
    page: Id<Page>,
    visit: u32,
    basket: Id<Basket>,
    seen: u64,
    events: u16,
    waits: bool,
    answer_lost: bool,
}

impl World<'_> {
    /// The page that an action is done in: somebody has touched it.
    pub(crate) fn open_page(&mut self, device: u8, page: u8) -> Option<Id<Page>> {
        let pages = self.devices.get(usize::from(device))?;
        let id = *pages.get(usize::from(page) % pages.len().max(1))?;
        self.pages.at_mut(id).closed = false;
        Some(id)
    }

    pub(crate) fn schedule_flush(&mut self, id: Id<Page>, after: u64) {
        let page = self.pages.at_mut(id);
        if !page.scheduled {
            page.scheduled = true;
            let visit = page.visit;
            self.agenda
                .put(self.now + after, Event::Flush { page: id, visit });
        }
    }

    pub(crate) fn wrote(&mut self, id: Id<Page>, events: u64) {
        self.tally.events += events;
        self.pages.at_mut(id).held = false;
        self.schedule_flush(id, DEBOUNCE_MS);
    }

    pub(crate) fn says_who(&mut self, id: Id<Page>, word: Word) {
        self.identify(id, word);
        self.wrote(id, 1);
    }

    pub(crate) fn identify(&mut self, id: Id<Page>, word: Word) {
        let event = self.pages.at_mut(id).identify(self.now, word);
        self.spoke(Spoke::Browser(event), word);
    }

    pub(crate) fn connect(&mut self, id: Id<Page>, online: bool) {
        let page = self.pages.at_mut(id);
        page.offline = !online;
        if online {
            page.attempt = 0;
            self.schedule_flush(id, 0);
        }
    }

    pub(crate) fn flush(&mut self, id: Id<Page>, visit: u32) {
        let page = self.pages.at_mut(id);
        if page.visit != visit {
            return;
        }
        page.scheduled = false;
        if page.offline || page.closed || page.flying.is_some() {
            return;
        }
        let Some(basket) = page.due() else { return };
        if let Some(beacon) = self.beacon(id, basket, true, &[]) {
            let ids = beacon.collect.events.iter().map(|event| event.id);
            let ids = ids
                .chain(beacon.collect.identify.as_ref().map(|identify| identify.id))
                .chain(
                    beacon
                        .collect
                        .withdrawn
                        .as_ref()
                        .map(|identify| identify.id),
                )
                .collect();
            self.pages.at_mut(id).flying = Some((basket, ids));
            self.send(beacon);
        }
    }

    /// The oldest events of one cart as a request, as the edge's parser would hand it on.
    fn beacon(
        &mut self,
        id: Id<Page>,
        basket: Id<Basket>,
        waits: bool,
        without: &[EventId],
    ) -> Option<Box<Beacon>> {
        let page = self.pages.at(id);
        let seen = if basket == page.basket {
            page.base.seq()
        } else {
            0
        };
        let mut collect = Collect {
            shop: SHOP,
            cart: self.baskets.at(basket).id,
            seen,
            page: self.stage.page(self.place).cloned(),
            events: Vec::new(),
            identify: None,
            withdrawn: None,
            refused: Vec::new(),
            push_every_ms: self.config.push_every_ms,
            look_ms: self.config.settings.look_ms(),
            by_link: false,
            doubt: crate::flood::doubt(self.script, self.baskets.at(basket).id),
        };
        let mut events = 0;
        for pending in page
            .pending
            .iter()
            .filter(|pending| pending.basket == basket && !without.contains(&pending.id))
            .take(MOST_EVENTS)
        {
            events += 1;
            match &pending.said {
                Said::What(what) => collect.events.push(Incoming {
                    id: pending.id,
                    at: pending.at,
                    what: what.clone(),
                }),
                Said::Identify(word) => {
                    let person = self.people.get(usize::from(word.who))?;
                    let found = Identify {
                        id: pending.id,
                        at: pending.at,
                        told_at: None,
                        shopper: person.id,
                        email: person.email.clone(),
                        // Whoever they claim to be: the number is their own.
                        phone: self.number_said_on(page.device, person),
                        consent: word.receipt(person.texts, "/"),
                        push: None,
                        earlier: Vec::new(),
                        voice: crate::flood::voice(self.script, pending.id),
                    };
                    collect.say(found);
                }
                Said::Push(word) => collect.say(Identify {
                    id: pending.id,
                    at: pending.at,
                    told_at: None,
                    shopper: word.shopper(self.stage)?,
                    email: None,
                    phone: None,
                    consent: None,
                    push: word.pushed(),
                    earlier: Vec::new(),
                    voice: Voice::Unlimited,
                }),
            }
        }
        Some(Box::new(Beacon {
            sender: Sender {
                page: id,
                visit: page.visit,
                basket,
                seen,
                events,
                waits,
                answer_lost: false,
            },
            sent_at: page.clock(self.now),
            collect,
        }))
    }

    /// Puts a request on the line.
    fn send(&mut self, mut beacon: Box<Beacon>) {
        self.tally.requests += 1;
        let sender = beacon.sender;
        let at = self.now + self.dice.between(5, 120);
        match self.strike(Opportunity::Request) {
            Some(Fault::RequestLost) => return self.no_answer(sender),
            Some(Fault::AnswerLost) => beacon.sender.answer_lost = true,
            Some(Fault::RequestTwice) => {
                let mut again = beacon.clone();
                again.sender.waits = false;
                let later = at + self.dice.between(10, 600_000);
                self.agenda.put(later, Event::Arrive(again));
            }
            Some(Fault::RequestSlow) => {
                self.no_answer(sender);
                beacon.sender.waits = false;
                let later = at + self.dice.between(1_000, 300_000);
                return self.agenda.put(later, Event::Arrive(beacon));
            }
            _ => {}
        }
        self.agenda.put(at, Event::Arrive(beacon));
    }

    fn no_answer(&mut self, sender: Sender) {
        if sender.waits {
            let at = self.now + self.dice.between(100, TIMEOUT_MS);
            let answer = None;
            self.agenda.put(at, Event::Answered { sender, answer });
        }
    }

    /// A request reaches the edge.
    pub(crate) fn arrive(&mut self, mut beacon: Beacon) {
        self.tally.bill.worker_requests += 1;
        self.tally.bill.look_ups += 1;
        let skew = (self.now as i64).saturating_sub(beacon.sent_at as i64);
        let now = self.now;
        let corrected = |at: u64| at.saturating_add_signed(skew).min(now);
        for event in &mut beacon.collect.events {
            event.at = corrected(event.at);
        }
        let contacts = [&mut beacon.collect.identify, &mut beacon.collect.withdrawn];
        for identify in contacts.into_iter().flatten() {
            identify.at = corrected(identify.at);
            for word in &mut identify.earlier {
                word.at = corrected(word.at);
            }
            let said = &mut self.baskets.at_mut(beacon.sender.basket).said;
            said.extend(identify.phone.clone());
        }
        let back = Back::Browser(beacon.sender);
        self.call_cart(
            beacon.sender.basket,
            CartInput::Collect(beacon.collect),
            back,
        );
    }

    pub(crate) fn reply_to_browser(&mut self, sender: Sender, answer: Option<Box<Collected>>) {
        if !sender.waits {
            return;
        }
        if sender.answer_lost {
            return self.no_answer(sender);
        }
        let at = self.now + self.dice.between(5, 120);
        self.agenda.put(at, Event::Answered { sender, answer });
    }

    /// An answer, or none, reaches the page.
    pub(crate) fn answered(&mut self, sender: Sender, answer: Option<Box<Collected>>) {
        let id = sender.page;
        let page = self.pages.at_mut(id);
        if page.visit != sender.visit {
            return;
        }
        page.flying = None;
        let went_on = answer.is_some_and(|collected| self.settle(sender, &collected));
        let page = self.pages.at_mut(id);
        if went_on {
            page.attempt = 0;
            if page.due().is_some() {
                self.schedule_flush(id, 0);
            }
        } else {
            let wait = (1_000_u64 << page.attempt.min(8)).min(300_000);
            page.attempt = page.attempt.saturating_add(1);
            let wait = wait / 2 + self.dice.below(wait / 2);
            self.schedule_flush(id, wait);
        }
    }

    /// Whether it is worth going on.
    fn settle(&mut self, sender: Sender, collected: &Collected) -> bool {
        let replica = self.names.number();
        let page = self.pages.at_mut(sender.page);
        let is_current = sender.basket == page.basket;
        if is_current && !page.learn(collected, sender.seen) {
            return true;
        }
        let was_refused = |id: EventId| collected.refused.iter().any(|(known, _)| *known == id);
        let mut asked = None;
        let before = page.pending.len();
        page.pending.retain(|pending| {
            let of_this = pending.basket == sender.basket;
            let refused = of_this && was_refused(pending.id);
            if let Said::Identify(word) = &pending.said
                && refused
            {
                asked = Some(*word);
            }
            !(refused || of_this && collected.acked.contains(&pending.id))
        });
        let ended = before - page.pending.len();
        if !collected.refused.is_empty() {
            page.rename(replica);
        }
        if collected.rebind && is_current && page.rebinds < MOST_REBINDS {
            page.rebinds += 1;
            self.rebind(sender.page, asked);
            return true;
        }
        if is_current {
            page.rebuild();
        }
        ended > 0 || sender.events == 0
    }

    /// The page closes: what is unsent goes by beacon, and nobody waits for an answer.
    pub(crate) fn leave(&mut self, id: Id<Page>, rest: bool) {
        let page = self.pages.at_mut(id);
        let flying = page.flying.take();
        let without = flying
            .filter(|_| rest)
            .map(|(_, ids)| ids)
            .unwrap_or_default();
        let due = page.due().filter(|_| !page.offline);
        if let Some(basket) = due
            && let Some(beacon) = self.beacon(id, basket, false, &without)
        {
            if self.dice.percent(50) {
                self.pages.at_mut(id).repeatable = Some(beacon.clone());
            }
            self.send(beacon);
        }
        let page = self.pages.at_mut(id);
        page.visit += 1;
        page.scheduled = false;
        page.closed = true;
    }

    pub(crate) fn repeat(&mut self, id: Id<Page>) {
        if let Some(beacon) = self.pages.at(id).repeatable.clone() {
            self.send(beacon);
        }
    }

    /// Opens every page with a good line.
    pub(crate) fn calm_down(&mut self) {
        for id in self.pages.ids() {
            let page = self.pages.at_mut(id);
            page.offline = false;
            page.closed = false;
            page.attempt = 0;
            self.schedule_flush(id, 0);
        }
    }

    /// A last look at the edge.
    pub(crate) fn synchronise(&mut self, id: Id<Page>) {
        let page = self.pages.at(id);
        if page.held || page.base.seq() == self.baskets.at(page.basket).seq {
            return;
        }
        let basket = page.basket;
        if let Some(beacon) = self.beacon(id, basket, true, &[]) {
            self.send(beacon);
        }
    }
}
