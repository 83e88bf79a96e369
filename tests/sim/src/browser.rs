//! Browsers: a page's journal keeps what the edge has not acknowledged and resends it in order, as the SDK's does
//! (`client-sdk/src/journal.rs`, `client-sdk/js/{journal,draft,transport,restore}.js`).

use crate::arena::Id;
use crate::fault::{Fault, Opportunity};
use crate::host::{Basket, Person};
use crate::stage::SHOP;
use crate::world::{Answer, Back, Callee, Event, World};
use homing_core::cart::{CartState, Dot, EventId, LineKey, Op, Quantity, Replica};
use homing_core::log::{ConsentReceipt, What};
use homing_core::object::cart::{
    Collect, Collected, Identify, Incoming, Input as CartInput, Refusal, Reply as CartReply,
};

const DEBOUNCE_MS: u64 = 300;
const TIMEOUT_MS: u64 = 20_000;
const MOST_EVENTS: usize = 200;
const MOST_REBINDS: u8 = 3;

/// A page and its journal.
pub(crate) struct Page {
    pub(crate) device: u8,
    skew_ms: i64,
    pub(crate) basket: Id<Basket>,
    replica: u64,
    counter: u32,
    pub(crate) base: CartState,
    pub(crate) view: CartState,
    pub(crate) pending: Vec<Pending>,
    /// The generation of the cart's own token, once there is one.
    token: Option<u8>,
    /// A link brought this cart, and no person has touched it yet.
    pub(crate) held: bool,
    offline: bool,
    closed: bool,
    /// Grows when the page closes: what was under way is not heard of any more.
    visit: u32,
    scheduled: bool,
    flying: Option<(Id<Basket>, Vec<EventId>)>,
    attempt: u8,
    rebinds: u8,
    forked: Vec<Id<Basket>>,
    repeatable: Option<Box<Beacon>>,
}

/// An event that the edge has not acknowledged.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) basket: Id<Basket>,
    pub(crate) id: EventId,
    at: u64,
    said: Said,
}

#[derive(Clone)]
enum Said {
    What(What),
    Identify { who: u8, consent: Option<bool> },
}

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

impl Page {
    pub(crate) fn new(device: u8, skew_ms: i64, basket: Id<Basket>, replica: u64) -> Self {
        Self {
            device,
            skew_ms,
            basket,
            replica,
            counter: 1,
            base: CartState::default(),
            view: CartState::default(),
            pending: Vec::new(),
            token: None,
            held: false,
            offline: false,
            closed: true,
            visit: 0,
            scheduled: false,
            flying: None,
            attempt: 0,
            rebinds: 0,
            forked: Vec::new(),
            repeatable: None,
        }
    }

    fn clock(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.skew_ms)
    }

    /// Writes one event.
    pub(crate) fn write(&mut self, now: u64, what: What) -> bool {
        let id = EventId {
            replica: Replica(self.replica),
            counter: self.counter,
        };
        let fits = match &what {
            What::Lines(op) => self.place(id, op),
            What::Order { dots, .. } => self.place(id, &Op::Close { dots: dots.clone() }),
            _ => true,
        };
        if fits {
            self.say(id, now, Said::What(what));
        }
        fits
    }

    fn place(&mut self, id: EventId, op: &Op) -> bool {
        self.view.skip_to(id);
        self.view.place(id, op, self.base.seq()).is_ok()
    }

    fn say(&mut self, id: EventId, now: u64, said: Said) {
        self.counter += 1;
        self.pending.push(Pending {
            basket: self.basket,
            id,
            at: self.clock(now),
            said,
        });
    }

    fn identify(&mut self, now: u64, who: u8, consent: Option<bool>) {
        let id = EventId {
            replica: Replica(self.replica),
            counter: self.counter,
        };
        self.say(id, now, Said::Identify { who, consent });
    }

    pub(crate) fn add(&mut self, now: u64, line: LineKey, qty: Quantity) -> bool {
        let epoch = self.view.epoch();
        let clock = self.view.clock().tick(self.clock(now));
        self.write(
            now,
            What::Lines(Op::Add {
                epoch,
                clock,
                line,
                qty,
            }),
        )
    }

    /// A line's quantity: of several adds behind it one gets the whole quantity, the others go. How many events that were.
    pub(crate) fn set(&mut self, now: u64, line: &LineKey, qty: u32) -> u64 {
        let mut dots: Vec<Dot> = self
            .view
            .entries()
            .filter(|(_, entry)| entry.is_live() && entry.line.as_ref() == Some(line))
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect();
        let mut written = 0;
        if let Ok(qty) = Quantity::new(qty) {
            match dots.pop() {
                Some(dot) => {
                    let clock = self.view.clock().tick(self.clock(now));
                    written += u64::from(self.write(now, What::Lines(Op::Set { clock, dot, qty })));
                }
                None => written += u64::from(self.add(now, line.clone(), qty)),
            }
        }
        if !dots.is_empty() {
            written += u64::from(self.write(now, What::Lines(Op::Remove { dots })));
        }
        written
    }

    /// The live adds that the page shows.
    pub(crate) fn dots(&self) -> Vec<Dot> {
        self.view
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect()
    }

    /// Views and exits of a visitor without a cart stay here.
    pub(crate) fn is_idle(&self) -> bool {
        self.base.seq() == 0
            && self.pending.iter().all(|pending| {
                matches!(
                    pending.said,
                    Said::What(What::View { .. } | What::Exit { .. })
                )
            })
    }

    /// The cart whose events go next; those of an earlier cart go first.
    fn due(&self) -> Option<Id<Basket>> {
        if self.is_idle() {
            return None;
        }
        let is_due = |pending: &&Pending| !(self.held && pending.basket == self.basket);
        let first = self.pending.iter().find(is_due)?;
        Some(first.basket)
    }

    fn rename(&mut self, replica: u64) {
        self.replica = replica;
        self.counter = 1;
    }

    fn rebuild(&mut self) {
        let mut view = self.base.clone();
        for pending in &self.pending {
            if pending.basket != self.basket {
                continue;
            }
            let close;
            let op = match &pending.said {
                Said::What(What::Lines(op)) => op,
                Said::What(What::Order { dots, .. }) => {
                    close = Op::Close { dots: dots.clone() };
                    &close
                }
                _ => continue,
            };
            view.skip_to(pending.id);
            let _ = view.place(pending.id, op, self.base.seq());
        }
        self.view = view;
    }

    /// Takes the edge's answer; false when it builds on a base that is not here.
    fn learn(&mut self, collected: &Collected, seen: u64) -> bool {
        let at = self.base.seq();
        if !collected.full && seen > at {
            return false;
        }
        let rewound = collected.full && seen > collected.seq;
        if rewound || collected.seq >= at {
            self.base.learn(
                collected.epoch,
                collected.seq,
                collected.clock,
                collected.full,
                collected.changes.clone(),
            );
        }
        if collected.meaningful {
            self.token = Some(collected.generation);
        }
        true
    }
}

impl World<'_> {
    /// The page that an action is done in: somebody has touched it.
    pub(crate) fn open_page(&mut self, device: u8, page: u8) -> Option<Id<Page>> {
        let pages = self.devices.get(usize::from(device))?;
        let id = *pages.get(usize::from(page) % pages.len().max(1))?;
        self.pages[id].closed = false;
        Some(id)
    }

    pub(crate) fn schedule_flush(&mut self, id: Id<Page>, after: u64) {
        let page = &mut self.pages[id];
        if !page.scheduled {
            page.scheduled = true;
            let visit = page.visit;
            self.agenda
                .put(self.now + after, Event::Flush { page: id, visit });
        }
    }

    pub(crate) fn wrote(&mut self, id: Id<Page>, events: u64) {
        self.tally.events += events;
        self.pages[id].held = false;
        self.schedule_flush(id, DEBOUNCE_MS);
    }

    pub(crate) fn says_who(&mut self, id: Id<Page>, who: u8, consent: Option<bool>) {
        let now = self.now;
        self.pages[id].identify(now, who, consent);
        self.wrote(id, 1);
    }

    pub(crate) fn connect(&mut self, id: Id<Page>, online: bool) {
        let page = &mut self.pages[id];
        page.offline = !online;
        if online {
            page.attempt = 0;
            self.schedule_flush(id, 0);
        }
    }

    pub(crate) fn flush(&mut self, id: Id<Page>, visit: u32) {
        let page = &mut self.pages[id];
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
                .collect();
            self.pages[id].flying = Some((basket, ids));
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
        let page = &self.pages[id];
        let seen = if basket == page.basket {
            page.base.seq()
        } else {
            0
        };
        let mut collect = Collect {
            shop: SHOP,
            cart: self.baskets[basket].id,
            seen,
            page: Some(self.stage.page.clone()),
            events: Vec::new(),
            identify: None,
            refused: Vec::new(),
            push_every_ms: self.config.push_every_ms,
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
                Said::Identify { who, consent } => {
                    let person = self.people.get(usize::from(*who))?;
                    let mut found = Identify {
                        id: pending.id,
                        at: pending.at,
                        shopper: person.id,
                        email: Some(person.email.clone()),
                        phone: None,
                        consent: consent.map(|email| ConsentReceipt {
                            email: Some(email),
                            sms: None,
                            wording: String::from("w1"),
                            page: String::from("/"),
                        }),
                    };
                    // As `worker/src/http/beacon.rs` does it: the last word counts.
                    if let Some(earlier) = collect.identify.take() {
                        collect.refused.push((earlier.id, Refusal::Superseded));
                        if earlier.shopper == found.shopper {
                            found.consent = found.consent.or(earlier.consent);
                        }
                    }
                    collect.identify = Some(found);
                }
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
        let skew = (self.now as i64).saturating_sub(beacon.sent_at as i64);
        let now = self.now;
        let corrected = |at: u64| at.saturating_add_signed(skew).min(now);
        for event in &mut beacon.collect.events {
            event.at = corrected(event.at);
        }
        if let Some(identify) = &mut beacon.collect.identify {
            identify.at = corrected(identify.at);
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
        let page = &mut self.pages[id];
        if page.visit != sender.visit {
            return;
        }
        page.flying = None;
        let went_on = answer.is_some_and(|collected| self.settle(sender, &collected));
        let page = &mut self.pages[id];
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
        let page = &mut self.pages[sender.page];
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
            if let Said::Identify { who, consent } = &pending.said
                && refused
            {
                asked = Some((*who, *consent));
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

    /// The cart speaks for another contact: goes on in a copy, and says there who is asking.
    fn rebind(&mut self, id: Id<Page>, asked: Option<(u8, Option<bool>)>) {
        let page = &mut self.pages[id];
        page.rebuild();
        let dots = page.dots();
        let parent = page.token.map(|generation| (page.basket, generation));
        self.fork(id, parent, dots, &[]);
        if let Some((who, consent)) = asked {
            let now = self.now;
            self.pages[id].identify(now, who, consent);
        }
    }

    /// Goes on in a new cart that begins as a copy: of both carts' lines, the larger quantities.
    fn fork(
        &mut self,
        id: Id<Page>,
        parent: Option<(Id<Basket>, u8)>,
        dots: Vec<Dot>,
        lines: &[(LineKey, u32)],
    ) {
        let (now, replica) = (self.now, self.names.number());
        let basket = self.new_basket();
        let parent = parent.map(|(parent, generation)| (self.baskets[parent].id, generation));
        let page = &mut self.pages[id];
        let mut copied: Vec<(LineKey, u32)> = Vec::new();
        let own = page.view.lines();
        let merged = !lines.is_empty() && !own.is_empty();
        let own = own.into_iter().map(|view| (view.line, view.qty));
        for (line, qty) in own.chain(lines.iter().cloned()) {
            match copied.iter_mut().find(|(known, _)| *known == line) {
                Some((_, most)) => *most = qty.max(*most),
                None => copied.push((line, qty)),
            }
        }
        page.basket = basket;
        page.rename(replica);
        page.base = CartState::default();
        page.view = CartState::default();
        page.token = None;
        page.held = false;
        if let Some((parent, generation)) = parent {
            page.write(
                now,
                What::Fork {
                    parent,
                    dots,
                    generation,
                    merged,
                },
            );
        }
        for (line, qty) in copied {
            if let Ok(qty) = Quantity::new(qty) {
                page.add(now, line, qty);
            }
        }
        self.tally.forks += 1;
    }

    /// Asks for the cart behind the newest message's link.
    pub(crate) fn open_link(&mut self, id: Id<Page>, person: Id<Person>) {
        let Some((text, basket)) = self.people[person].mailbox.last().cloned() else {
            return;
        };
        let Some(token) = self.verified(&text) else {
            return;
        };
        let page = &self.pages[id];
        if page.offline || page.forked.contains(&basket) || page.basket == basket {
            return;
        }
        self.tally.links += 1;
        let back = Back::Link {
            page: id,
            generation: token.generation,
            epoch: token.epoch,
        };
        self.call(Callee::Cart(basket, CartInput::Read), back);
    }

    /// The link's cart becomes this page's, as a copy; nothing is sent before a person touches it.
    pub(crate) fn restored(&mut self, id: Id<Page>, generation: u8, epoch: u16, answer: Answer) {
        let Answer::Cart(CartReply::Snapshot(snapshot)) = answer else {
            return;
        };
        let Some(basket) = self.basket_of(snapshot.slot.cart) else {
            return;
        };
        // As `worker/src/http/restore.rs` does it.
        let was_ordered = snapshot.slot.ordered.is_some_and(|ordered| {
            let closed = (ordered.epoch & 0xffff) as u16;
            closed.wrapping_sub(epoch) < 0x8000
        });
        if was_ordered
            || snapshot.generation != generation
            || snapshot.lines.is_empty()
            || self.pages[id].basket == basket
        {
            return;
        }
        let dots = snapshot
            .lines
            .iter()
            .flat_map(|view| view.dots.iter().copied())
            .collect();
        let lines: Vec<_> = snapshot
            .lines
            .into_iter()
            .map(|view| (view.line, view.qty))
            .collect();
        self.fork(id, Some((basket, generation)), dots, &lines);
        let page = &mut self.pages[id];
        page.forked.push(basket);
        page.held = true;
    }

    /// The page closes: what is unsent goes by beacon, and nobody waits for an answer.
    pub(crate) fn leave(&mut self, id: Id<Page>, rest: bool) {
        let page = &mut self.pages[id];
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
                self.pages[id].repeatable = Some(beacon.clone());
            }
            self.send(beacon);
        }
        let page = &mut self.pages[id];
        page.visit += 1;
        page.scheduled = false;
        page.closed = true;
    }

    pub(crate) fn repeat(&mut self, id: Id<Page>) {
        if let Some(beacon) = self.pages[id].repeatable.clone() {
            self.send(beacon);
        }
    }

    /// Opens every page with a good line.
    pub(crate) fn calm_down(&mut self) {
        for id in self.pages.ids() {
            let page = &mut self.pages[id];
            page.offline = false;
            page.closed = false;
            page.attempt = 0;
            self.schedule_flush(id, 0);
        }
    }

    /// A last look at the edge.
    pub(crate) fn synchronise(&mut self, id: Id<Page>) {
        let page = &self.pages[id];
        if page.held || page.base.seq() == self.baskets[page.basket].seq {
            return;
        }
        let basket = page.basket;
        if let Some(beacon) = self.beacon(id, basket, true, &[]) {
            self.send(beacon);
        }
    }
}
