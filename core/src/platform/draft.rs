//! Baskets and orders of which nothing but the necessary is known yet.

use super::instant::When;
use super::line::Lines;
use super::model::{Basket, Customer, Order, Person, Tokens, Totals};
use super::object::Notes;
use alloc::{string::String, vec::Vec};

impl Basket {
    pub(super) fn new(tokens: Tokens, lines: Lines, when: When) -> Self {
        Self {
            tokens,
            version: when.version,
            changed_at: when.changed_at,
            created_at: when.created_at,
            completed_at: None,
            currency: None,
            shown_in: None,
            lines: lines.lines,
            discounts: Vec::new(),
            totals: Totals::default(),
            customer: Customer::default(),
            attributes: Vec::new(),
            intent: None,
            shipping_method: None,
            resume_url: None,
            is_quote: false,
            refused: lines.refused,
            unread: Vec::new(),
        }
    }

    pub(super) fn with(self, notes: Notes) -> Self {
        Self {
            unread: notes.into_unread(),
            ..self
        }
    }
}

impl Order {
    pub(super) fn new(id: String, placed_at: u64, version: u64) -> Self {
        Self {
            id,
            name: None,
            tokens: Tokens {
                cart: None,
                checkout: None,
            },
            version,
            placed_at,
            currency: None,
            shown_in: None,
            lines: None,
            discounts: Vec::new(),
            totals: Totals::default(),
            customer: Customer::default(),
            attributes: Vec::new(),
            intent: None,
            shipping_method: None,
            refused: Vec::new(),
            unread: Vec::new(),
        }
    }

    pub(super) fn with(self, notes: Notes) -> Self {
        Self {
            unread: notes.into_unread(),
            ..self
        }
    }
}

impl Person {
    pub(super) fn with(self, notes: Notes) -> Self {
        Self {
            unread: notes.into_unread(),
            ..self
        }
    }
}
