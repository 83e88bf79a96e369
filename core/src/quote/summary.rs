//! What a shop's own people are told of a left quote: what is in it, whose it is, how far it came, and what can be done next. It says
//! nothing that does not stand in the cart, the catalogue or the shopper's own record.

use crate::catalogue::Product;
use crate::document::text::shown;
use crate::log::Stage;
use crate::money::Money;
use crate::object::cart::Snapshot;
use crate::object::shopper::Profile;
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

/// What a summary is made from.
#[derive(Debug)]
pub struct Quote<'a> {
    /// The cart, as it is now.
    pub cart: &'a Snapshot,
    /// The catalogue's entries for its lines, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// Whose it is.
    pub who: &'a Profile,
    /// Brings the cart back.
    pub link: &'a str,
}

/// A left quote in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// In one line.
    pub subject: String,
    /// What is in it, a line each.
    pub lines: Vec<String>,
    /// What it comes to; `None` where not all of it has a known price in one currency.
    pub total: Option<Money>,
    /// How far it came.
    pub stage: Option<Stage>,
    /// What can be done next, a sentence each.
    pub actions: Vec<String>,
    /// Brings the cart back.
    pub link: String,
}

/// Most lines that are told.
const MAX_LINES: usize = 30;

impl Quote<'_> {
    /// In words.
    pub fn summary(&self) -> Summary {
        let known = |variant: &str| self.products.get(variant);
        let mut lines: Vec<String> = self
            .cart
            .lines
            .iter()
            .take(MAX_LINES)
            .map(|view| {
                let variant = view.line.variant().as_str();
                match known(variant) {
                    Some(product) => format!(
                        "{} × {} at {}",
                        view.qty,
                        product.title,
                        product.price().with_code()
                    ),
                    None => format!("{} × {variant}, which is not in the catalogue", view.qty),
                }
            })
            .collect();
        let more = self.cart.lines.len().saturating_sub(MAX_LINES);
        if more > 0 {
            lines.push(format!("and {more} more lines"));
        }
        let pieces: u64 = self.cart.lines.iter().map(|view| u64::from(view.qty)).sum();
        let total = self.total();
        let worth = total.map_or_else(String::new, |total| format!(", {}", total.with_code()));
        let whom = self
            .whom()
            .map_or_else(String::new, |whom| format!(" by {whom}"));
        Summary {
            subject: format!("Left quote{whom}: {pieces} pieces{worth}"),
            lines,
            total,
            stage: self.cart.slot.stage,
            actions: self.actions(),
            link: self.link.to_string(),
        }
    }

    fn whom(&self) -> Option<&str> {
        let who = self.who;
        let names = [&who.name, &who.email, &who.phone, &who.reference];
        names.into_iter().flatten().next().map(String::as_str)
    }

    fn total(&self) -> Option<Money> {
        let mut sum: Option<Money> = None;
        for view in &self.cart.lines {
            let price = self.products.get(view.line.variant().as_str())?.price();
            let minor = price.minor.saturating_mul(u64::from(view.qty));
            sum = Some(match sum {
                Some(sum) if sum.currency != price.currency => return None,
                Some(sum) => Money {
                    minor: sum.minor.saturating_add(minor),
                    ..sum
                },
                None => Money { minor, ..price },
            });
        }
        sum
    }

    fn actions(&self) -> Vec<String> {
        let mut actions = Vec::new();
        if let Some(phone) = &self.who.phone {
            actions.push(format!("Call {phone}."));
        }
        if let Some(email) = &self.who.email {
            actions.push(format!("Write to {email} with an offer for what is in it."));
        }
        for view in self.cart.lines.iter().take(MAX_LINES) {
            let product = self.products.get(view.line.variant().as_str());
            if let Some(product) = product.filter(|product| !product.available) {
                actions.push(format!(
                    "Offer something in place of {}, which cannot be bought now.",
                    product.title
                ));
            }
        }
        match self.cart.slot.stage {
            Some(Stage::PaymentFailed) => {
                let code = self.cart.payment_error.as_deref().map(shown);
                let why = code.map_or_else(String::new, |code| format!(" ({code})"));
                actions.push(format!("Offer another way to pay: a payment failed{why}."));
            }
            Some(Stage::Shipping | Stage::Price) => {
                actions.push(String::from(
                    "Confirm shipping and the total: the checkout was left there.",
                ));
            }
            _ => {}
        }
        actions.push(format!("Open the cart: {}", self.link));
        actions
    }
}

impl Summary {
    /// As plain text.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if let Some(total) = self.total {
            text.push_str(&format!("\nTotal {}", total.with_code()));
        }
        text.push_str("\n\nNext:");
        for action in &self.actions {
            text.push_str(&format!("\n- {action}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, LineView, Variant};
    use crate::ids::{CartId, ShopperId};
    use crate::log::PageContext;
    use crate::object::cart::{Slot, Status};

    fn line(variant: &str, qty: u32) -> LineView {
        LineView {
            line: LineKey::new(Variant::new(variant).unwrap(), &BTreeMap::new()).unwrap(),
            qty,
            dots: vec![],
        }
    }

    fn product(variant: &str, available: bool) -> (String, Product) {
        let json = serde_json::json!({
            "variant": variant, "title": format!("The {variant}"), "price_minor": 1_950, "currency": "EUR",
            "image": "https://shop.example/m.png", "url": "https://shop.example/m", "available": available,
        });
        (variant.into(), serde_json::from_value(json).unwrap())
    }

    fn told(lines: Vec<LineView>, products: &BTreeMap<String, Product>) -> Summary {
        let cart = Snapshot {
            slot: Slot {
                cart: CartId([1; 16]),
                version: 1,
                epoch: 0,
                status: Status::Open,
                last_activity_at: 5,
                stage: Some(Stage::Shipping),
                ordered: None,
                quote: true,
                look: None,
                marks: crate::news::Marks::default(),
            },
            generation: 0,
            lines,
            page: PageContext::default(),
            head: [0; 32],
            entries: 1,
            shopper: None,
            payment_error: None,
            trace: None,
            doubt: None,
        };
        let who = Profile {
            shopper: ShopperId([1; 16]),
            email: Some("ada@example.com".into()),
            phone: None,
            name: Some("Ada".into()),
            reference: None,
            consent_email: None,
            consent_sms: None,
            carts: vec![],
        };
        Quote {
            cart: &cart,
            products,
            who: &who,
            link: "https://edge.example/r/T",
        }
        .summary()
    }

    #[test]
    fn says_what_whose_how_far_and_what_next() {
        let products = [product("mug", true), product("bowl", false)].into();
        let summary = told(vec![line("mug", 20), line("bowl", 2)], &products);
        assert_eq!(summary.subject, "Left quote by Ada: 22 pieces, 429.00 EUR");
        assert_eq!(
            summary.text(),
            "20 × The mug at 19.50 EUR\n2 × The bowl at 19.50 EUR\nTotal 429.00 EUR\n\nNext:\n\
             - Write to ada@example.com with an offer for what is in it.\n\
             - Offer something in place of The bowl, which cannot be bought now.\n\
             - Confirm shipping and the total: the checkout was left there.\n\
             - Open the cart: https://edge.example/r/T"
        );
    }

    #[test]
    fn what_has_no_price_has_no_total() {
        let products = [product("mug", true)].into();
        let summary = told(vec![line("mug", 1), line("vase", 1)], &products);
        assert_eq!(summary.total, None);
        assert_eq!(summary.subject, "Left quote by Ada: 2 pieces");
        assert!(
            summary
                .text()
                .contains("vase, which is not in the catalogue")
        );
    }
}
