//! Sequences to begin with. A merchant takes what suits and edits it.

use super::definition::Step;
use super::{Gives, Offer, Sequence, SequenceId, Template, Trigger};
use crate::channel::Channel;
use crate::document::text::{NotAllowed, Text};
use crate::money::Currency;
use crate::rules::{AmountBounds, CalendarDay, Condition, DaySpan, Device, OneOf};
use crate::survey::Answer;
use alloc::{string::String, vec, vec::Vec};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The library, in the order in which the sequences are tried where their priorities are equal. What is of high value is said in
/// `currency`: 200 of its main unit.
pub fn library(currency: Currency) -> Vec<Sequence> {
    let all = [
        payment_failed(),
        quote(),
        high_value(currency),
        season(),
        mobile_first(),
        standard_sequence(),
        browse(),
        back_in_stock(),
        price_drop(),
        asked(),
        win_back(),
    ];
    // Every text here is a constant, and a test reads them all; none is left out.
    all.into_iter().flatten().collect()
}

/// The standard messages, and a week later the question what kept the shopper.
fn asked() -> Built {
    let mut standard = standard_sequence()?;
    standard.steps.push(Step::new(10 * DAY, Template::Survey));
    Ok(Sequence {
        id: SequenceId::new("asked")?,
        name: Text::new("Standard, and a question")?,
        ..standard
    })
}

/// Whoever says that it is a matter of price gets a better one.
fn win_back() -> Built {
    let trigger = Trigger::Answer {
        answers: vec![Answer::Price, Answer::ShippingCost],
        threshold_ms: None,
    };
    let steps = vec![Step {
        offer: Some(Offer {
            code: String::from("WINBACK15"),
            gives: Gives::Percent(15),
            minimum: None,
        }),
        ..Step::new(2 * HOUR, Template::Offer)
    }];
    sequence("win-back", "Win back", trigger, 0, steps)
}

/// What a shop sends that says nothing: the library's first sequence for any cart.
pub fn standard() -> Vec<Sequence> {
    standard_sequence().into_iter().collect()
}

type Built = Result<Sequence, NotAllowed>;

fn sequence(id: &str, name: &str, trigger: Trigger, priority: u16, steps: Vec<Step>) -> Built {
    Ok(Sequence {
        id: SequenceId::new(id)?,
        version: 1,
        name: Text::new(name)?,
        trigger,
        when: None,
        priority,
        flag: None,
        approval: false,
        steps,
    })
}

fn ten_percent() -> Option<Offer> {
    Some(Offer {
        code: String::from("COMEBACK10"),
        gives: Gives::Percent(10),
        minimum: None,
    })
}

/// A reminder after a day, ten percent after two, a last word after three.
fn standard_sequence() -> Built {
    let steps = vec![
        Step::new(DAY, Template::Reminder),
        Step {
            offer: ten_percent(),
            ..Step::new(2 * DAY, Template::Offer)
        },
        Step {
            offer: ten_percent(),
            ..Step::new(3 * DAY, Template::LastChance)
        },
    ];
    let trigger = Trigger::Cart { threshold_ms: None };
    sequence(
        "standard",
        "Reminder, offer, last chance",
        trigger,
        0,
        steps,
    )
}

/// Who leaves much needs time and a person, not a discount; a person reads each message before it goes.
fn high_value(currency: Currency) -> Built {
    let steps = vec![
        Step::new(2 * DAY, Template::HighValue),
        Step::new(7 * DAY, Template::HighValue),
    ];
    let trigger = Trigger::Cart {
        threshold_ms: Some(4 * HOUR),
    };
    let decimals = currency.0.exponent().unwrap_or(0);
    let worth = AmountBounds {
        at_least_minor: Some(200_u64.saturating_mul(10_u64.saturating_pow(u32::from(decimals)))),
        below_minor: None,
        currency,
    };
    Ok(Sequence {
        when: Some(Condition::CartValue(worth)),
        approval: true,
        ..sequence("high-value", "High-value carts", trigger, 300, steps)?
    })
}

/// Who shops on a phone is reached where the phone is looked at.
fn mobile_first() -> Built {
    let channels = vec![Channel::Push, Channel::Sms, Channel::Email];
    let steps = vec![
        Step {
            channels: channels.clone(),
            ..Step::new(4 * HOUR, Template::Reminder)
        },
        Step {
            offer: ten_percent(),
            channels,
            ..Step::new(2 * DAY, Template::Offer)
        },
        Step {
            offer: ten_percent(),
            ..Step::new(3 * DAY, Template::LastChance)
        },
    ];
    let trigger = Trigger::Cart { threshold_ms: None };
    let reachable = Condition::Any(vec![
        Condition::Consent(Channel::Push),
        Condition::Consent(Channel::Sms),
    ]);
    let phone = Condition::Device(OneOf(vec![Device::Phone]));
    Ok(Sequence {
        when: Some(Condition::All(vec![phone, reachable])),
        ..sequence("mobile-first", "Mobile first", trigger, 100, steps)?
    })
}

/// Who wanted to pay and could not is helped within minutes.
fn payment_failed() -> Built {
    let steps = vec![
        Step {
            channels: vec![Channel::Push, Channel::Sms, Channel::Email],
            ..Step::new(10 * MINUTE, Template::PaymentFailed)
        },
        Step::new(DAY, Template::PaymentFailed),
    ];
    let trigger = Trigger::PaymentFailed {
        codes: Vec::new(),
        threshold_ms: Some(5 * MINUTE),
    };
    sequence("payment-failed", "Payment failed", trigger, 0, steps)
}

/// One message about what was looked at, and no discount for a look.
fn browse() -> Built {
    let trigger = Trigger::Browse {
        min_dwell_ms: 30_000,
        threshold_ms: None,
    };
    let steps = vec![Step::new(DAY, Template::Browse)];
    sequence("browse", "Looked at", trigger, 0, steps)
}

/// A business buyer's quote: a person approves what is written.
fn quote() -> Built {
    let trigger = Trigger::Quote {
        threshold_ms: Some(4 * HOUR),
    };
    let steps = vec![
        Step::new(DAY, Template::Quote),
        Step::new(5 * DAY, Template::Quote),
    ];
    Ok(Sequence {
        approval: true,
        ..sequence("quote", "Quotes", trigger, 0, steps)?
    })
}

fn back_in_stock() -> Built {
    let trigger = Trigger::BackInStock { threshold_ms: None };
    let steps = vec![Step {
        channels: vec![Channel::Push, Channel::Email],
        ..Step::new(0, Template::BackInStock)
    }];
    sequence("back-in-stock", "Back in stock", trigger, 0, steps)
}

fn price_drop() -> Built {
    let trigger = Trigger::PriceDrop {
        min_percent: 5,
        threshold_ms: None,
    };
    let steps = vec![Step {
        channels: vec![Channel::Push, Channel::Email],
        ..Step::new(0, Template::PriceDrop)
    }];
    sequence("price-drop", "Price drop", trigger, 0, steps)
}

/// Black Friday and Cyber Monday: a shopper decides within hours then, and the season's offer ends. The days cover every year's
/// Black Friday (23 to 29 November) and Cyber Monday (26 November to 2 December).
fn season() -> Built {
    let days = DaySpan {
        first: CalendarDay::new("11-20")?,
        last: CalendarDay::new("12-02")?,
    };
    let in_season = Condition::LocalDate(days);
    let offer = Some(Offer {
        code: String::from("BLACKFRIDAY15"),
        gives: Gives::Percent(15),
        minimum: None,
    });
    let steps = vec![
        Step {
            offer: offer.clone(),
            when: Some(in_season.clone()),
            ..Step::new(4 * HOUR, Template::Season)
        },
        Step {
            offer,
            when: Some(in_season.clone()),
            ..Step::new(DAY, Template::LastChance)
        },
    ];
    let trigger = Trigger::Cart { threshold_ms: None };
    Ok(Sequence {
        when: Some(in_season),
        ..sequence("black-friday", "Black Friday", trigger, 200, steps)?
    })
}
