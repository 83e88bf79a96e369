//! What people do at the same time, drawn on purpose: in a life of days, two things that each take a moment seldom meet by chance.

use crate::dice::Dice;
use crate::draw::{HOUR, MINUTE, SECOND, VARIANTS, by_nobody, due};
use crate::script::{Action, Deed, Device, Notice};
use crate::shops::NOTIFICATIONS;

/// Draws those of one world. They are thrown last, so that nothing else in it depends on them.
pub(crate) fn coincidences(
    dice: &mut Dice,
    actions: &mut Vec<Action>,
    devices: &[Device],
    people: u8,
    sequence: u8,
) {
    if people > 1 && dice.percent(5) {
        joins_on_the_way(dice, actions, people, sequence);
    }
    if dice.percent(2) {
        buys_at_once(dice, actions, devices);
    }
    if sequence == NOTIFICATIONS && dice.percent(40) {
        ends_elsewhere(dice, actions, devices, people);
    }
}

/// Two people turn out to be one while a message to either is on its way, as when somebody comes back without it and signs in.
fn joins_on_the_way(dice: &mut Dice, actions: &mut Vec<Action>, people: u8, sequence: u8) {
    let a = dice.small(people);
    let b = (a + 1 + dice.small(people - 1)) % people;
    let at = match dice.below(100) {
        0..50 => dice.below(2 * HOUR),
        50..75 => due(dice, sequence),
        _ => dice.below(60 * HOUR),
    };
    // Mostly before the provider has answered; else anywhere in the lease.
    let most = if dice.percent(60) { 400 } else { 20_000 };
    let released = Some(dice.below(most) as u16);
    actions.push(by_nobody(at, Deed::Join { a, b, released }));
}

/// A button adds a thing, buys it and goes on to another page, while the request that tells of the thing is under way.
fn buys_at_once(dice: &mut Dice, actions: &mut Vec<Action>, devices: &[Device]) {
    let device = dice.small(devices.len() as u8);
    let add = Deed::Add {
        variant: dice.small(VARIANTS),
        qty: 1,
    };
    let at = dice.below(4 * HOUR);
    // A page waits for 300 ms before it tells of what was done in it.
    let request = 300 + dice.below(60);
    let deeds = [
        (0, add),
        (request, Deed::Order),
        (1 + dice.below(10), Deed::Leave { rest: true }),
    ];
    on(actions, device, at, deeds);
}

/// A browser that takes notifications about one cart goes on with another one by a link, and takes none any more there.
fn ends_elsewhere(dice: &mut Dice, actions: &mut Vec<Action>, devices: &[Device], people: u8) {
    let device = dice.small(devices.len() as u8);
    // Links are passed on; the newest one of its owner's mostly leads to the cart that is here.
    let who = dice.small(people);
    let at = dice.below(2 * HOUR);
    let asked = Deed::Notify(Notice::Fresh);
    let deeds = [
        (0, asked),
        (due(dice, NOTIFICATIONS), Deed::OpenLink { who }),
        (dice.between(SECOND, MINUTE), Deed::Notify(Notice::Again)),
        (dice.between(SECOND, MINUTE), Deed::Notify(Notice::No)),
    ];
    on(actions, device, at, deeds);
}

/// One after the other in one page, each so long after the one before it, ms.
fn on<const N: usize>(
    actions: &mut Vec<Action>,
    device: u8,
    begins_at: u64,
    deeds: [(u64, Deed); N],
) {
    let mut at = begins_at;
    for (later, deed) in deeds {
        at += later;
        actions.push(Action {
            at,
            device,
            page: 0,
            deed,
        });
    }
}
