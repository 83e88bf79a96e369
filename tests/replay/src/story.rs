//! What happens in the shop. Every shopper is there for a reason, which a test counts on.

use crate::pen::{Pen, SHOP};
use homing_core::cart::{Dot, Op};
use homing_core::error::Invalid;
use homing_core::ids::ShopperId;
use homing_core::log::{Stage, What};

/// Monday 2 March 2026, 10:00 UTC, epoch ms.
pub const MONDAY_MS: u64 = 1_772_445_600_000;
const HOUR: u64 = 3_600_000;
const MINUTE: u64 = 60_000;

/// The shopper with this number.
pub fn shopper(number: u8) -> ShopperId {
    ShopperId([number; 16])
}

/// A cart that is filled and left ten minutes apart from the one before, with its shopper's address.
fn left(number: u8, lines: &[(&str, u32)], consent: bool) -> Result<(Pen, Vec<Dot>, u64), Invalid> {
    left_at(
        MONDAY_MS + u64::from(number) * 10 * MINUTE,
        number,
        lines,
        consent,
    )
}

fn left_at(
    at: u64,
    number: u8,
    lines: &[(&str, u32)],
    consent: bool,
) -> Result<(Pen, Vec<Dot>, u64), Invalid> {
    let mut pen = Pen::new(SHOP, number);
    let mut dots = Vec::new();
    for (variant, qty) in lines {
        dots.push(pen.add(at, variant, *qty)?);
    }
    pen.identify(at, shopper(number), consent);
    Ok((pen, dots, at))
}

/// The whole history as an export.
pub fn history() -> Result<Vec<u8>, Invalid> {
    let mut out = Vec::new();
    let mut done = |pen: Pen| pen.export(&mut out);

    // 1 to 8 leave and never come back.
    let stay_away: [&[(&str, u32)]; 8] = [
        &[("mug-blue", 1)],
        &[("bag-navy", 1)],
        &[("bowl-oak", 1)],
        &[("mug-blue", 2)],
        &[("bag-navy", 1), ("mug-blue", 1)],
        &[("bowl-oak", 2)],
        &[("mug-blue", 1)],
        &[("bag-navy", 2)],
    ];
    for (number, lines) in (1..).zip(stay_away) {
        done(left(number, lines, true)?.0);
    }
    // 9 to 12 order 36 hours later.
    for (number, variant) in (9..).zip(["mug-blue", "bag-navy", "bowl-oak", "bag-navy"]) {
        let (mut pen, dots, at) = left(number, &[(variant, 1)], true)?;
        pen.order(at + 36 * HOUR, dots, "late");
        done(pen);
    }
    // 13 and 14 order before the first message.
    for number in [13, 14] {
        let (mut pen, dots, at) = left(number, &[("mug-blue", 1)], true)?;
        pen.order(at + 12 * HOUR, dots, "early");
        done(pen);
    }
    // 15 does not want messages.
    done(left(15, &[("bowl-oak", 1)], false)?.0);
    // 16 leaves at eight in the evening.
    done(left_at(MONDAY_MS + 10 * HOUR, 16, &[("bag-navy", 1)], true)?.0);
    // 17 fills a second cart two hours later, on another device.
    let (pen, _, at) = left(17, &[("mug-blue", 1)], true)?;
    done(pen);
    let mut second = Pen::new(SHOP, 117);
    second.add(at + 2 * HOUR, "bowl-oak", 1)?;
    second.identify(at + 2 * HOUR, shopper(17), true);
    done(second);
    // 18 follows the first message's link on another device and orders there: a fork.
    let (mut parent, dots, at) = left(18, &[("mug-blue", 3)], true)?;
    let mut fork = Pen::new(SHOP, 118);
    let began = What::Fork {
        parent: parent.id(),
        dots: dots.clone(),
        generation: 0,
        merged: false,
    };
    fork.event(at + 26 * HOUR, began);
    let copied = fork.add(at + 26 * HOUR, "mug-blue", 3)?;
    fork.identify(at + 26 * HOUR, shopper(18), true);
    fork.order(at + 27 * HOUR, vec![copied], "fork");
    parent.fork_ordered(at + 27 * HOUR + 1, fork.id(), dots);
    done(parent);
    done(fork);
    // 19 comes back half an hour before the second message, puts a bag in, and leaves again.
    let (mut pen, _, at) = left(19, &[("mug-blue", 1)], true)?;
    pen.add(at + 47 * HOUR + 30 * MINUTE, "bag-navy", 1)?;
    done(pen);
    // 20 wants what the catalogue does not know.
    done(left(20, &[("ghost", 1)], true)?.0);
    // 21's payment fails.
    let (mut pen, _, at) = left(21, &[("bowl-oak", 1)], true)?;
    let failed = What::Checkout {
        stage: Stage::PaymentFailed,
        latency_ms: None,
        code: Some(String::from("card_declined")),
    };
    pen.event(at + MINUTE, failed);
    done(pen);
    // 22 takes everything out again.
    let (mut pen, dots, at) = left(22, &[("mug-blue", 1)], true)?;
    pen.event(at + HOUR, What::Lines(Op::Close { dots }));
    done(pen);
    // 24 looks at a bowl for 45 seconds and puts nothing in; 25 for three.
    for (number, dwell_ms) in [(24, 45_000), (25, 3_000)] {
        let (mut pen, _, at) = left(number, &[], true)?;
        let variant = String::from("bowl-oak");
        pen.event(at + MINUTE, What::View { variant, dwell_ms });
        done(pen);
    }
    // 26 asks for a quote.
    let (mut pen, _, at) = left(26, &[("mug-blue", 10)], true)?;
    pen.event(at + MINUTE, What::Quote { quote: true });
    done(pen);
    // 23 is the last who is heard of: what is sent to them comes after the history's end.
    done(left_at(MONDAY_MS + 21 * 24 * HOUR, 23, &[("bowl-oak", 1)], true)?.0);
    Ok(out)
}
