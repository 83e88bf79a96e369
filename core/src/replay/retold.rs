//! What a cart was given, told again from its log.

use crate::cart::EventId;
use crate::contact::Email;
use crate::flood::Voice;
use crate::ids::{CartId, ShopId};
use crate::log::{Record, What};
use crate::object::cart::{Collect, Identify, Incoming};
use crate::object::shopper::PlanSettings;
use alloc::vec::Vec;

/// The request that records came with.
pub(super) fn collect(
    (shop, cart): (ShopId, CartId),
    records: &[Record],
    email: &Email,
    settings: &PlanSettings,
) -> Collect {
    let mut collect = Collect {
        shop,
        cart,
        seen: 0,
        page: None,
        events: Vec::new(),
        identify: None,
        withdrawn: None,
        refused: Vec::new(),
        push_every_ms: settings.push_every_ms(),
        look_ms: settings.look_ms(),
        by_link: false,
        doubt: None,
    };
    for record in records {
        match (&record.what, record.id) {
            (What::Page(page), _) => collect.page = Some(page.clone()),
            (What::Identified { shopper, consent }, Some(id)) => {
                collect.say(Identify {
                    id,
                    at: record.at,
                    told_at: None,
                    shopper: *shopper,
                    email: Some(email.clone()),
                    phone: None,
                    consent: consent.clone(),
                    push: None,
                    earlier: Vec::new(),
                    voice: Voice::default(),
                });
            }
            (what, Some(id)) => collect.events.push(Incoming {
                id,
                at: record.at,
                what: what.clone(),
            }),
            (_, None) => {}
        }
    }
    collect
}

/// The cart in which an order was placed of which a fork told. Only the beginning of its id stands in the log, in the event's own id.
pub(super) fn origin(fork: CartId, id: Option<EventId>) -> CartId {
    let Some(id) = id else { return fork };
    let begin = id.replica.0.to_be_bytes();
    if fork.0.starts_with(&begin) {
        return fork;
    }
    let [a, b, c, d, e, f, g, h] = begin;
    CartId([a, b, c, d, e, f, g, h, 0, 0, 0, 0, 0, 0, 0, 0])
}
