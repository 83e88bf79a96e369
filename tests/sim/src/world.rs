//! One world: its things, its time, and what happens next.

use crate::agenda::Agenda;
use crate::arena::{Arena, Id, Slab};
use crate::consumer::Consumer;
use crate::desk::Desk;
use crate::dice::Dice;
use crate::errand::Trip;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity, Strike, Strikes};
use crate::host::{Basket, CartTask, Person, ShopperTask};
use crate::kin::{Kin, Pair};
use crate::news::{Shelved, Telling};
use crate::page::Page;
use crate::place::Place;
use crate::script::Script;
use crate::server::{Errand, ShopBasket};
use crate::stage::{BEGINNING, Configured, Contact, Stage};
use crate::tally::Tally;
use crate::violation::{Broken, Violation};
use crate::witness::{Alerts, Audiences, Codes, Notices, Replays, Spoken, Stopped};
use homing_core::catalogue::Product;
use homing_core::ids::CartId;
use homing_core::news::News;
use homing_core::object::cart::Reply as CartReply;
use homing_core::prices::Prices;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events after which a world should long have come to rest.
const MOST_EVENTS: u32 = 200_000;

/// One shop and everybody in it.
pub(crate) struct World<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) config: &'a Configured,
    pub(crate) script: &'a Script,
    pub(crate) place: Place,
    /// When it begins, epoch ms.
    pub(crate) beginning: u64,
    pub(crate) now: u64,
    /// Delays; thrown anew at each moment.
    pub(crate) dice: Dice,
    /// Ids and salts.
    pub(crate) names: Dice,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) strikes: Strikes,
    pub(crate) baskets: Arena<Basket>,
    pub(crate) people: Arena<Person>,
    pub(crate) kin: Kin,
    /// Joins that wait for a release to either, and how long after it they come, ms.
    pub(crate) joins_to_come: Vec<(Pair, u16)>,
    pub(crate) pages: Arena<Page>,
    pub(crate) devices: Vec<Vec<Id<Page>>>,
    pub(crate) cart_tasks: Slab<CartTask>,
    pub(crate) shopper_tasks: Slab<ShopperTask>,
    pub(crate) consumers: Slab<Consumer>,
    pub(crate) tellings: Slab<Telling>,
    /// The shop's own baskets by their numbers, and what its server is telling of them.
    pub(crate) shop_baskets: BTreeMap<u8, ShopBasket>,
    pub(crate) errands: Slab<Errand>,
    /// Tries at services that carry no messages, and what is known of them.
    pub(crate) trips: Slab<Trip>,
    pub(crate) audiences: Audiences,
    pub(crate) alerts: Alerts,
    pub(crate) codes: Codes,
    pub(crate) replays: Replays,
    /// Where each device's browser takes notifications, and what was said of it.
    pub(crate) reached: Vec<Option<u32>>,
    pub(crate) notices: Notices,
    pub(crate) stopped: Vec<Stopped>,
    /// Carts whose ids say nothing about their place.
    pub(crate) behind: Vec<(CartId, Id<Basket>)>,
    pub(crate) desk: Desk,
    /// The catalogue as it is now; what was changed in it, and what of that was news.
    pub(crate) products: Arc<BTreeMap<String, Product>>,
    pub(crate) shelf: Vec<Shelved>,
    /// What each has cost, as the desk keeps it; one that never changed is not in it.
    pub(crate) prices: BTreeMap<String, Prices>,
    pub(crate) announced: Vec<News>,
    /// What was answered about messages.
    pub(crate) spoken: Vec<Spoken>,
    pub(crate) paused: bool,
    pub(crate) tally: &'a mut Tally,
    pub(crate) violation: Option<Violation>,
    /// Where to tell what happens.
    teller: Option<&'a mut dyn FnMut(String)>,
}

/// Plays a script to its end; what it broke, if anything.
pub fn play(stage: &Stage, script: &Script, tally: &mut Tally) -> Option<Violation> {
    play_and_tell(stage, script, tally, None)
}

/// The same, telling what happens line by line.
pub fn play_and_tell<'a>(
    stage: &'a Stage,
    script: &'a Script,
    tally: &'a mut Tally,
    teller: Option<&'a mut dyn FnMut(String)>,
) -> Option<Violation> {
    play_and_record(stage, script, tally, teller).0
}

/// The same, with what went wrong by time.
pub(crate) fn play_and_record<'a>(
    stage: &'a Stage,
    script: &'a Script,
    tally: &'a mut Tally,
    teller: Option<&'a mut dyn FnMut(String)>,
) -> (Option<Violation>, Vec<Strike>) {
    let Some(config) = stage.config(script.provider, script.sequence) else {
        return (None, Vec::new());
    };
    let beginning = BEGINNING + u64::from(script.day) * 86_400_000;
    let mut world = World {
        stage,
        config,
        script,
        place: Place::of(script.place),
        beginning,
        now: beginning,
        dice: Dice::new(script.seed),
        names: Dice::new(script.seed ^ 0x5eed),
        agenda: Agenda::default(),
        strikes: Strikes::new(&script.faults),
        baskets: Arena::default(),
        people: Arena::default(),
        kin: Kin::new(usize::from(script.people)),
        joins_to_come: Vec::new(),
        pages: Arena::default(),
        devices: Vec::new(),
        cart_tasks: Slab::default(),
        shopper_tasks: Slab::default(),
        consumers: Slab::default(),
        tellings: Slab::default(),
        shop_baskets: BTreeMap::new(),
        errands: Slab::default(),
        trips: Slab::default(),
        audiences: Audiences::default(),
        alerts: Alerts::default(),
        codes: Codes::default(),
        replays: Replays::default(),
        reached: Vec::new(),
        notices: Notices::default(),
        stopped: Vec::new(),
        behind: Vec::new(),
        desk: Desk::default(),
        products: Arc::clone(&stage.products),
        shelf: Vec::new(),
        prices: BTreeMap::new(),
        announced: Vec::new(),
        spoken: Vec::new(),
        paused: false,
        tally,
        violation: None,
        teller,
    };
    world.begin();
    world.run();
    world.come_to_rest();
    world.end();
    (world.violation, world.strikes.record)
}

impl World<'_> {
    fn begin(&mut self) {
        // Which of the contacts live here; so that different worlds hash differently.
        let first = self.script.seed as usize % 61;
        for who in 0..usize::from(self.script.people) {
            let place = Place::of(self.script.place);
            let n = (first + who) % self.stage.contacts.len();
            let by_phone = (self.script.phones >> who & 1 == 1)
                .then(|| Contact::by_phone(self.stage, place, n as u8))
                .flatten();
            if let Some(contact) = by_phone.as_ref().or(self.stage.contacts.get(n)) {
                self.people.push(Person::new(contact, place));
            }
        }
        for (n, device) in self.script.devices.iter().enumerate() {
            let basket = self.new_basket();
            let pages = (0..device.pages.max(1))
                .map(|_| {
                    let page = Page::new(n as u8, device.skew_ms, basket, self.names.number());
                    self.pages.push(page)
                })
                .collect();
            self.devices.push(pages);
        }
        let mut last = self.beginning;
        for (n, action) in self.script.actions.iter().enumerate() {
            let at = self.beginning.saturating_add(action.at);
            last = last.max(at);
            self.agenda.put(at, Event::Deed(n as u32));
        }
        self.agenda.put(last + 60_000, Event::Calm);
    }

    /// A cart that nobody has written to. Its id ends with its number, so that it is found by it.
    pub(crate) fn new_basket(&mut self) -> Id<Basket> {
        let [a, b, c, d, e, f, g, h] = self.names.number().to_be_bytes();
        let [i, j, k, l, ..] = self.names.number().to_be_bytes();
        let number = u32::try_from(self.baskets.len()).unwrap_or(u32::MAX);
        let [w, x, y, z] = number.to_be_bytes();
        let id = CartId([a, b, c, d, e, f, g, h, i, j, k, l, w, x, y, z]);
        self.baskets.push(Basket::new(id))
    }

    /// The cart of this id.
    pub(crate) fn basket_of(&self, cart: CartId) -> Option<Id<Basket>> {
        if let Some((_, found)) = self.behind.iter().find(|(id, _)| *id == cart) {
            return Some(*found);
        }
        let [.., w, x, y, z] = cart.0;
        let place = u32::from_be_bytes([w, x, y, z]) as usize;
        self.baskets
            .get(place)
            .filter(|basket| basket.id == cart)
            .map(|_| Id::new(place))
    }

    /// The person of this id.
    pub(crate) fn person_of(&self, shopper: homing_core::ids::ShopperId) -> Option<Id<Person>> {
        let place = self.people.iter().position(|person| person.id == shopper);
        place.map(Id::new)
    }

    fn run(&mut self) {
        let mut events = 0_u32;
        while let Some((at, event)) = self.agenda.next() {
            if at > self.now {
                self.now = at;
                self.dice = Dice::of_moment(self.script.seed, at);
            }
            self.happen(event);
            events += 1;
            if self.violation.is_some() {
                return;
            }
            if events > MOST_EVENTS {
                return self.broke(Broken::Restless, String::new);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deed(n) => self.deed(n),
            Event::Flush { page, visit } => self.flush(page, visit),
            Event::Arrive(beacon) => self.arrive(*beacon),
            Event::Answered { sender, answer } => self.answered(sender, answer),
            Event::Call { to, back, lost } => {
                let back = if lost { self.unheard(back) } else { back };
                match *to {
                    Callee::Cart(basket, input) => self.call_cart(basket, input, back),
                    Callee::Shopper(person, ask) => self.call_shopper(person, ask, back),
                    Callee::Desk(ask) => self.call_desk(ask, back),
                }
            }
            Event::Back { to, answer } => self.come_back(to, *answer),
            Event::Alarm {
                person,
                armed,
                tries,
            } => self.alarm(person, armed, tries),
            Event::Hint { person, key } => self.consume(person, key),
            Event::Relay { basket, attempts } => self.relay(basket, attempts),
            Event::Sweep(planned) => self.sweep(planned),
            Event::Accept {
                person,
                key,
                lease_until,
                code,
            } => self.accepted(person, key, lease_until, code),
            Event::Report(consumer) => self.report(consumer),
            Event::Join(joining) => self.ask_to_join(joining),
            Event::Click {
                person,
                stopping,
                polls,
            } => self.click(person, stopping, polls),
            Event::Decide(verdict) => self.decide(verdict),
            Event::News { attempts } => self.tell_news(attempts),
            Event::Tell(errand) => self.set_out(errand),
            Event::Offer(consumer) => self.offer_on(consumer),
            Event::Errand(trip) => self.errand_arrives(trip),
            Event::Enlist(record) => self.enlisted(record),
            Event::Returned(trip) => self.errand_returned(trip),
            Event::Wish(wish) => self.wish(wish),
            Event::Wishes { attempts } => self.wishes(attempts),
            Event::Calm => self.calm_down(),
        }
    }

    /// The answer is lost on its way: whoever waits learns of a failure instead, as soon.
    fn unheard(&mut self, back: Back) -> Back {
        let at = self.now + self.dice.between(5, 2_000);
        self.agenda.put(
            at,
            Event::Back {
                to: back,
                answer: Box::new(Answer::Failed),
            },
        );
        Back::Nobody
    }

    /// Has an answer arrive after the usual time.
    pub(crate) fn answer(&mut self, to: Back, answer: Answer) {
        match to {
            Back::Nobody => {}
            Back::Swept(person) => self.swept(person, &answer),
            Back::Browser(sender) => {
                let answer = match answer {
                    Answer::Cart(CartReply::Collected(collected)) => Some(Box::new(collected)),
                    _ => None,
                };
                self.reply_to_browser(sender, answer);
            }
            to => {
                let at = self.now + self.latency();
                let answer = Box::new(answer);
                self.agenda.put(at, Event::Back { to, answer });
            }
        }
    }

    fn come_back(&mut self, to: Back, answer: Answer) {
        match to {
            Back::Cart(task) => self.cart_heard(task, answer),
            Back::Shopper(task) => self.shopper_heard(task, answer),
            Back::Consumer(task) => self.consumer_heard(task, answer),
            Back::Link {
                page,
                generation,
                epoch,
            } => self.restored(page, generation, epoch, answer),
            Back::Relay { basket, attempts } => self.relayed(basket, attempts, answer),
            Back::Join(joining) => self.join_heard(joining, answer),
            Back::Click {
                person,
                stopping,
                polls,
            } => self.clicked(person, stopping, polls, answer),
            Back::Decided(verdict) => self.decided(verdict, answer),
            Back::News { telling, person } => self.news_heard(telling, person, &answer),
            Back::Swept(person) => self.swept(person, &answer),
            Back::Told(errand) => self.told(errand, answer),
            Back::Errand(trip) => self.quote_read(trip, &answer),
            Back::Wished { wish, listed } => self.wished(wish, listed, &answer),
            Back::Browser(_) | Back::Nobody => {}
        }
    }

    /// How long a call between objects takes, ms.
    pub(crate) fn latency(&mut self) -> u64 {
        1 + self.dice.below(12)
    }

    pub(crate) fn call(&mut self, to: Callee, back: Back) {
        let at = self.now + self.latency();
        self.agenda.put(
            at,
            Event::Call {
                to: Box::new(to),
                back,
                lost: false,
            },
        );
    }

    /// What is left: every page hears the truth once more, and nothing goes wrong any more.
    fn come_to_rest(&mut self) {
        if self.violation.is_some() {
            return;
        }
        self.strikes.calm();
        for page in self.pages.ids() {
            self.synchronise(page);
        }
        self.run();
    }

    pub(crate) fn is_told(&self) -> bool {
        self.teller.is_some()
    }

    /// Tells what happens, where somebody listens.
    #[inline]
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        let at = self.now - self.beginning;
        if let Some(teller) = &mut self.teller {
            teller(format!("{at:>12} {}", line()));
        }
    }

    /// Counts an opportunity; whether something goes wrong there.
    pub(crate) fn strike(&mut self, opportunity: Opportunity) -> Option<Fault> {
        let fault = self.strikes.at(opportunity, self.now - self.beginning);
        if let Some(fault) = fault {
            self.tell(|| format!("FAULT: {}", fault.name()));
        }
        fault
    }

    /// Notes the first thing that broke.
    pub(crate) fn broke(&mut self, broken: Broken, detail: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation {
                broken,
                at: self.now - self.beginning,
                detail: detail(),
            });
        }
    }
}
