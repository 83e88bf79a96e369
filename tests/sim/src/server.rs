//! The shop's own server: baskets that it keeps by itself, and what it tells of them
//! (`worker/src/http/baskets.rs`). It tells the same until it is answered.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::Basket;
use crate::script::BasketChange;
use crate::witness::Spoke;
use crate::word::{Channels, Word};
use crate::world::World;
use homing_core::cart::Quantity;
use homing_core::ids::{CartId, ShopperId};
use homing_core::object::cart::{
    Heard, Introduction, Next, Passage, Purchase, Reply, Step, Telling, Whose,
};
use std::collections::{BTreeMap, BTreeSet};

const FIRST_WAIT_MS: u64 = 2_000;
const LONGEST_WAIT_MS: u64 = 600_000;

/// A basket of the shop's own, and what is known of it from outside.
pub(crate) struct ShopBasket {
    /// The cart that its token names.
    pub(crate) alias: Id<Basket>,
    pub(crate) lines: BTreeMap<u8, u16>,
    pub(crate) version: u64,
    orders: u32,
    /// Who it belongs to as far as the shop knows, and what they agreed to.
    whose: Option<Word>,
    /// The last that was said of consent.
    agreed: Option<Word>,
    /// When what the shop knows of consent was said.
    agreed_at: u64,
    /// Tellings that are not answered yet, and answers about consent that those may make new ones.
    pub(crate) unanswered: BTreeSet<u64>,
    pub(crate) answers: Vec<u64>,
    /// Carts whose browsers have shown their tokens with it.
    pub(crate) claimed: Vec<Id<Basket>>,
    /// Which of them has got lines from it.
    pub(crate) fed: Option<Id<Basket>>,
    /// Whose it was said to be, by which telling.
    pub(crate) said: Vec<(u64, ShopperId)>,
    /// The newest of these that was answered.
    pub(crate) owner: Option<(u64, ShopperId)>,
    /// The newest telling, but an order, that says whose it is, or that it is nobody's.
    pub(crate) last_word: Option<(u64, Option<ShopperId>)>,
    /// Carts that have to hear of an order: everything about them was answered.
    pub(crate) known: Vec<Id<Basket>>,
    /// The newest telling that was answered, and by which cart.
    pub(crate) newest: Option<(u64, Id<Basket>)>,
}

/// Whether the shop knows of a basket when its owner has answered. Of the others it only has what they answered last.
pub(crate) fn knows_when(number: u8) -> bool {
    number % 2 == 1
}

/// Whether each telling of a basket says whose it is. Of the others only those do by which that changes: their lines are told by payloads
/// that have no place for a contact.
fn says_always(number: u8) -> bool {
    number % 4 < 2
}

/// A telling under way.
pub(crate) struct Errand {
    number: u8,
    telling: Telling,
    passage: Passage,
    attempts: u32,
    /// Carts that were known when this attempt began.
    pub(crate) known: Vec<Id<Basket>>,
    /// The first answer will be lost.
    unheard: bool,
}

impl World<'_> {
    /// Changes a basket, and has the server tell of it.
    pub(crate) fn change_basket(
        &mut self,
        number: u8,
        change: BasketChange,
        shown: Option<(u8, u8)>,
    ) {
        let claim = shown.and_then(|(device, page)| self.claimed_by(device, page));
        if !self.shop_baskets.contains_key(&number) {
            let alias = self.new_basket();
            self.shop_baskets.insert(
                number,
                ShopBasket {
                    alias,
                    lines: BTreeMap::new(),
                    version: 0,
                    orders: 0,
                    whose: None,
                    agreed: None,
                    agreed_at: 0,
                    unanswered: BTreeSet::new(),
                    answers: Vec::new(),
                    claimed: Vec::new(),
                    fed: None,
                    said: Vec::new(),
                    owner: None,
                    last_word: None,
                    known: Vec::new(),
                    newest: None,
                },
            );
        }
        // A server says all that it knows, each time.
        let basket = self.shop_baskets.get(&number);
        let known = basket.and_then(|basket| basket.whose);
        let agreed_at = match change {
            BasketChange::Whose(_) => self.now,
            _ => basket.map_or(0, |basket| basket.agreed_at),
        };
        let said = match change {
            BasketChange::Whose(word) => Some(word),
            BasketChange::Buy { who: Some(who) } => Some(Word {
                who,
                consent: None,
                channels: Channels::Both,
            }),
            BasketChange::Buy { who: None } | BasketChange::Put { .. } => known,
            BasketChange::Withdraw => None,
        };
        let is_quiet = !says_always(number)
            && matches!(
                change,
                BasketChange::Buy { who: None } | BasketChange::Put { .. }
            );
        let told = said.filter(|_| !is_quiet);
        let person = |who: u8| self.people.get(usize::from(who));
        let named = told.and_then(|word| Some((person(word.who)?, word)));
        let named = named.map(|(person, word)| Introduction {
            shopper: person.id,
            email: person.email.clone(),
            // Somebody who is named by a number gives that one.
            phone: person.phone.clone().filter(|_| person.email.is_none()),
            consent: word.receipt(person.texts, "/checkout"),
            agreed_at: knows_when(number).then_some(agreed_at),
        });
        let is_order = matches!(change, BasketChange::Buy { .. });
        let contact = match named {
            Some(named) => Whose::Of(named),
            None if is_quiet || is_order => Whose::Unsaid,
            None => Whose::Nobody,
        };
        let claimed = claim.map(|basket| self.baskets.at(basket).id);
        let now = self.now;
        let push_every_ms = self.config.push_every_ms;
        let Some(basket) = self.shop_baskets.get_mut(&number) else {
            return;
        };
        basket.version += 1;
        basket.whose = said;
        basket.agreed_at = agreed_at;
        basket.unanswered.insert(basket.version);
        let alias = self.baskets.at(basket.alias).id;
        let mut order = None;
        let mut bought = None;
        match change {
            BasketChange::Put { variant, qty: 0 } => {
                basket.lines.remove(&variant);
            }
            BasketChange::Put { variant, qty } => {
                basket.lines.insert(variant, qty);
            }
            BasketChange::Whose(_) | BasketChange::Withdraw => {}
            BasketChange::Buy { .. } => {
                basket.orders += 1;
                let reference = format!("{number}/{}", basket.orders);
                order = Some(Purchase::new(alias, &reference, reference.clone()));
                bought = Some(std::mem::take(&mut basket.lines));
            }
        }
        let lines = bought.as_ref().unwrap_or(&basket.lines);
        let lines = lines.iter().filter_map(|(variant, qty)| {
            let line = self.stage.lines.get(usize::from(*variant))?;
            Some((line.clone(), Quantity::new(u32::from(*qty)).ok()?))
        });
        let telling = Telling {
            alias,
            version: basket.version,
            changed_at: now,
            lines: Some(lines.collect()),
            order,
            quote: None,
            contact,
            claim: claimed,
            by_link: false,
            step: Step::First,
            moved: false,
            later: None,
            push_every_ms,
        };
        if let Some(claim) = claim {
            self.tally.claims += 1;
            if basket.claimed.last().is_some_and(|last| *last != claim) {
                self.tally.rival_claims += 1;
            }
            basket.claimed.push(claim);
        }
        if !is_order && telling.contact.is_said() {
            basket.last_word = Some((basket.version, telling.contact.shopper()));
        }
        if let Some(contact) = telling.contact.named() {
            let last = basket.said.last();
            if last.is_some_and(|(_, shopper)| *shopper != contact.shopper) {
                self.tally.moves += 1;
            }
            basket.said.push((basket.version, contact.shopper));
        }
        self.tally.tellings += 1;
        self.tally.events += 1;
        // Where the shop does not know when, what was refused before and is told once more is no new word; a yes may be one.
        let texts = |word: &Word| person(word.who).is_some_and(|person| person.texts);
        let words = |word: &Word| (word.who, word.receipt(texts(word), "/"));
        let agreed = basket.agreed;
        basket.agreed = told.filter(|word| word.consent.is_some()).or(agreed);
        let is_new = |word: &Word| {
            let is_said = knows_when(number) && matches!(change, BasketChange::Whose(_));
            let is_other = agreed.as_ref().map(words) != Some(words(word));
            is_said || is_other || word.consent == Some(true)
        };
        if let Some(word) = told.filter(is_new) {
            self.spoke(Spoke::Telling(number, telling.version), word);
        }
        self.send_telling(number, telling);
    }

    /// The cart of a browser that has a token to show.
    fn claimed_by(&self, device: u8, page: u8) -> Option<Id<Basket>> {
        let pages = self.devices.get(usize::from(device))?;
        let id = pages.get(usize::from(page) % pages.len().max(1))?;
        let page = self.pages.at(*id);
        page.token.map(|_| page.basket)
    }

    fn send_telling(&mut self, number: u8, telling: Telling) {
        let mut at = self.now + self.dice.between(5, 200);
        let mut unheard = false;
        match self.strike(Opportunity::Telling) {
            Some(Fault::ToldTwice) => {
                let again = at + self.dice.between(1, 600_000);
                self.put_errand(again, number, telling.clone(), false);
            }
            Some(Fault::ToldLate) => at += self.dice.between(1_000, 7_200_000),
            Some(Fault::ToldUnheard) => unheard = true,
            _ => {}
        }
        self.put_errand(at, number, telling, unheard);
    }

    fn put_errand(&mut self, at: u64, number: u8, telling: Telling, unheard: bool) {
        let errand = self.errands.put(Errand {
            number,
            passage: Passage::new(telling.clone()),
            telling,
            attempts: 0,
            known: Vec::new(),
            unheard,
        });
        self.agenda.put(at, Event::Tell(errand));
    }

    /// The server tells, from the beginning.
    pub(crate) fn set_out(&mut self, number: u32) {
        let Some(errand) = self.errands.get_mut(number) else {
            return;
        };
        errand.passage = Passage::new(errand.telling.clone());
        errand.attempts += 1;
        if let Some(basket) = self.shop_baskets.get(&errand.number) {
            errand.known.clone_from(&basket.known);
        }
        self.ask_on(number);
    }

    fn ask_on(&mut self, number: u32) {
        let Some(errand) = self.errands.get_mut(number) else {
            return;
        };
        let (asked, input) = (errand.passage.asked(), errand.passage.input());
        let basket = self.basket_of(asked).unwrap_or_else(|| {
            let basket = self.baskets.push(Basket::new(asked));
            self.behind.push((asked, basket));
            basket
        });
        self.call(Callee::Cart(basket, input), Back::Told(number));
    }

    /// A cart has answered, or has not.
    pub(crate) fn told(&mut self, number: u32, answer: Answer) {
        let heard = match answer {
            Answer::Cart(Reply::Told(heard)) => Some(*heard),
            _ => None,
        };
        let Some(errand) = self.errands.get_mut(number) else {
            return;
        };
        match heard.map(|heard: Heard| errand.passage.heard(heard)) {
            Some(Next::Ask(_)) => self.ask_on(number),
            Some(Next::Done(taken)) => {
                let unheard = std::mem::take(&mut errand.unheard);
                let (basket, telling) = (errand.number, errand.telling.clone());
                let known = std::mem::take(&mut errand.known);
                self.telling_answered(basket, &telling, &taken, &known);
                if unheard {
                    self.tell_again(number);
                } else {
                    self.errands.take(number);
                }
            }
            Some(Next::Again) | None => self.tell_again(number),
        }
    }

    fn tell_again(&mut self, number: u32) {
        let attempts = self
            .errands
            .get_mut(number)
            .map_or(0, |errand| errand.attempts);
        let wait = (FIRST_WAIT_MS << attempts.min(10)).min(LONGEST_WAIT_MS);
        self.agenda.put(self.now + wait, Event::Tell(number));
    }

    /// The carts that stand for a basket, whoever it was said to be of.
    pub(crate) fn carts_of(&self, basket: &ShopBasket) -> Vec<CartId> {
        let alias = self.baskets.at(basket.alias).id;
        let said = basket.said.iter();
        let behind = said.map(|(_, shopper)| CartId::behind(alias, *shopper));
        std::iter::once(alias).chain(behind).collect()
    }
}
