//! The reference workload: what a million carts are taken to do when it is said what they cost.

use crate::place::Place;
use crate::script::{Action, Deed, Device, Script};
use crate::shops::REFERENCE;
use crate::stage::Stage;
use crate::tally::Tally;
use crate::violation::Violation;
use crate::word::Word;
use crate::world::play;
use homing_core::shop::Provider;

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
/// When the last visit is.
const LAST_VISIT: u64 = 8 * HOUR;

/// Carts after which the workload repeats itself.
const PERIOD: u64 = 100;

/// When a shopper leaves an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// In the first visit: all later ones are told to the Shopper.
    First,
    /// In the last one: at the checkout, which is then left.
    Last,
}

/// Plays `carts` carts without faults, rounded up to whole periods.
pub fn play_reference(stage: &Stage, carts: u64, contact: Contact) -> Result<Tally, Violation> {
    let mut tally = Tally::default();
    for n in 0..carts.div_ceil(PERIOD) * PERIOD {
        if let Some(violation) = play(stage, &reference(n, contact), &mut tally) {
            return Err(violation);
        }
    }
    Ok(tally)
}

/// One cart: six changes, sent as four requests in three visits. Four carts in ten have a contact, who gets two reminders; one
/// reminder in ten is clicked, on another device; one cart in twenty is ordered, after both of its reminders.
fn reference(n: u64, contact: Contact) -> Script {
    let has_contact = n % 10 < 4;
    // Four of fifty: of their forty reminders.
    let is_clicked = matches!(n % 50, 0 | 11 | 22 | 33);
    let is_ordered = n % 20 == 3;
    let add = |variant| Deed::Add { variant, qty: 1 };
    let mut actions = vec![
        (0, 0, add(0)),
        (100, 0, add(1)),
        (20 * SECOND, 0, Deed::Set { variant: 0, qty: 2 }),
        (60 * SECOND, 0, Deed::Leave { rest: true }),
        (2 * HOUR, 0, add(2)),
        (2 * HOUR + 100, 0, Deed::Set { variant: 1, qty: 0 }),
        (2 * HOUR + 60 * SECOND, 0, Deed::Leave { rest: true }),
        (LAST_VISIT, 0, Deed::Set { variant: 2, qty: 2 }),
        (LAST_VISIT + 60 * SECOND, 0, Deed::Leave { rest: true }),
    ];
    if has_contact {
        // It goes with a change that is sent then.
        let at = match contact {
            Contact::First => 20 * SECOND,
            Contact::Last => LAST_VISIT,
        };
        actions.push((at + 100, 0, Deed::Identify(Word::yes(0))));
    }
    if is_clicked {
        actions.push((LAST_VISIT + 25 * HOUR, 1, Deed::OpenLink { who: 0 }));
    }
    if is_ordered {
        actions.push((LAST_VISIT + 49 * HOUR, 0, Deed::Order));
    }
    actions.sort_by_key(|(at, _, _)| *at);
    let device = Device {
        skew_ms: 0,
        pages: 1,
        owner: None,
    };
    Script {
        seed: n,
        provider: Provider::Resend,
        sequence: REFERENCE,
        place: Place::Delhi as u8,
        day: 0,
        people: 1,
        phones: 0,
        replays: 0,
        devices: vec![device; 2],
        actions: actions
            .into_iter()
            .map(|(at, device, deed)| Action {
                at,
                device,
                page: 0,
                deed,
            })
            .collect(),
        faults: Vec::new(),
    }
}
