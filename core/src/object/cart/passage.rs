//! The way of one telling: from the alias to the cart that the basket is in, and with an order to all that have something of it.

use super::{Cart, Heard, Input, Step, Taken, Telling, Whose};
use crate::bugs::{self, Bug};
use crate::ids::CartId;
use alloc::{boxed::Box, vec::Vec};

/// A telling under way. Nothing of it is kept anywhere: when it is broken off the whole is told again, which changes nothing twice.
#[derive(Clone, Debug)]
pub struct Passage {
    telling: Telling,
    asked: CartId,
    /// Carts that have to hear of the order, and those that have.
    to_tell: Vec<CartId>,
    told: Vec<CartId>,
    taken: Option<Taken>,
    /// What goes on once the cart that it is for has heard of an order.
    waiting: Option<Telling>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask this cart for [`Passage::input`].
    Ask(CartId),
    /// All have heard.
    Done(Taken),
    /// Somebody could not be told: tell it all again later.
    Again,
}

impl Passage {
    /// Begins at the alias.
    pub fn new(telling: Telling) -> Self {
        Self {
            asked: telling.alias,
            telling: Telling {
                step: Step::First,
                moved: false,
                later: None,
                ..telling
            },
            to_tell: Vec::new(),
            told: Vec::new(),
            taken: None,
            waiting: None,
        }
    }

    /// Whom to ask.
    pub fn asked(&self) -> CartId {
        self.asked
    }

    /// What to ask.
    pub fn input(&self) -> Input {
        Input::Tell(Box::new(self.telling.clone()))
    }

    /// An answer has come.
    pub fn heard(&mut self, heard: Heard) -> Next {
        match (heard, self.telling.step) {
            (Heard::Taken(taken), _) if taken.in_force => match self.waiting.take() {
                Some(telling) => {
                    self.telling = telling;
                    self.ask(self.asked, Step::Behind)
                }
                None => self.taken(taken),
            },
            (Heard::Elsewhere { cart, also }, Step::First) => {
                self.to_tell.extend(also);
                self.ask(cart, Step::Second)
            }
            (Heard::Behind { cart, moved, later }, Step::First | Step::Second) => {
                self.telling.moved = moved;
                self.telling.later = later;
                match Cart::purchase_told(&self.telling) {
                    Some(purchase) => {
                        self.waiting = Some(core::mem::replace(&mut self.telling, purchase));
                        self.ask(cart, Step::PassedOn)
                    }
                    None => self.ask(cart, Step::Behind),
                }
            }
            (Heard::BoundElsewhere { also }, Step::First | Step::Second) => {
                let Some(shopper) = self.telling.contact.shopper() else {
                    return Next::Again;
                };
                let own = CartId::behind(self.telling.alias, shopper);
                self.to_tell.extend(also);
                self.to_tell.push(self.asked);
                self.ask(own, Step::Behind)
            }
            _ => Next::Again,
        }
    }

    fn ask(&mut self, cart: CartId, step: Step) -> Next {
        self.asked = cart;
        self.telling.step = step;
        Next::Ask(cart)
    }

    fn taken(&mut self, taken: Taken) -> Next {
        self.told.push(self.asked);
        if self.telling.order.is_some() && !bugs::is(Bug::OrderNotPassedOn) {
            self.to_tell.extend(taken.also.iter().copied());
            if let Some(order) = &mut self.telling.order {
                order.heard_at = order.heard_at.or(taken.ordered_at);
            }
            // The others hear of the order alone.
            self.telling.contact = Whose::Unsaid;
            self.telling.claim = None;
            // A link has led to the one that was bought, and to none of theirs.
            self.telling.by_link = false;
        } else {
            self.to_tell.clear();
        }
        let first = self.taken.get_or_insert(taken).clone();
        while let Some(cart) = self.to_tell.pop() {
            if !self.told.contains(&cart) {
                return self.ask(cart, Step::PassedOn);
            }
        }
        Next::Done(first)
    }
}
