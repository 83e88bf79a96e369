//! Draws a world's script from its seed.

use crate::coincidence::coincidences;
use crate::dice::Dice;
use crate::fault::{Opportunity, Strike};
use crate::place::{Place, french_holidays};
use crate::script::{Action, BasketChange, Deed, Device, Notice, Script};
use crate::shops::{
    DRAWN, ERRANDS, HABITS, NEWS, NOTIFICATIONS, OWN_BASKETS, OWN_RULES, SURVEYS, TEXTS_AMERICA,
    TEXTS_FRANCE, drawn,
};
use crate::stage::{BEGINNING, due_ms};
use crate::word::{Channels, Word};
use homing_core::shop::Provider;

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;

/// Opportunities of one kind beyond which nothing goes wrong any more.
const REACH: u32 = 400;

/// Variants that the shop sells, and one that is not in its catalogue.
pub(crate) const VARIANTS: u8 = 7;
const GHOST: u8 = VARIANTS;

/// Draws the script of the world `seed`.
pub fn draw(seed: u64) -> Script {
    let mut dice = Dice::new(seed);
    let people = 1 + dice.small(3);
    let provider = if dice.percent(40) {
        Provider::Smtp
    } else {
        Provider::Resend
    };
    let sequence = drawn(dice.small(DRAWN));
    let place = place(&mut dice, sequence);
    let day = day(&mut dice, place);
    let mut devices = Vec::new();
    let mut actions = Vec::new();
    for who in 0..people {
        for _ in 0..1 + dice.small(3) {
            let device = devices.len() as u8;
            devices.push(Device {
                skew_ms: skew(&mut dice),
                pages: if dice.percent(25) { 2 } else { 1 },
                owner: Some(who),
            });
            let variants = variants(&mut dice);
            live(
                &mut dice,
                &mut actions,
                Life {
                    device,
                    pages: devices.last().map_or(1, |device: &Device| device.pages),
                    who,
                    people,
                    sequence,
                    variants,
                },
            );
        }
        if dice.percent(10) {
            let at = due(&mut dice, sequence);
            let cause = dice.small(5);
            let hours = dice.pick(&[0, 1, 6, 30]).unwrap_or(0);
            actions.push(by_nobody(at, Deed::Suppress { who, cause, hours }));
        }
        if dice.percent(25) {
            // Somewhere around a send.
            let at = due(&mut dice, sequence);
            actions.push(by_nobody(at, Deed::Unsubscribe { who }));
        }
    }
    if sequence == SURVEYS && dice.percent(70) {
        // Soon after the question, most of the time.
        let at = 2 * HOUR + dice.below(9 * HOUR);
        let who = dice.small(people);
        actions.push(by_nobody(at, Deed::Answer { who }));
    }
    if sequence == NOTIFICATIONS {
        stops_notifications(&mut dice, &mut actions, &devices, people);
    }
    if sequence == ERRANDS {
        withdrawals(&mut dice, &mut actions, &devices);
    }
    if sequence == NEWS {
        pushes(&mut dice, &mut actions);
    }
    if sequence == OWN_BASKETS {
        baskets(&mut dice, &mut actions, &devices, people);
    }
    if dice.percent(8) {
        let at = dice.below(40 * HOUR);
        actions.push(by_nobody(at, Deed::Pause { on: true }));
        let until = at + dice.between(MINUTE, 9 * HOUR);
        actions.push(by_nobody(until, Deed::Pause { on: false }));
    }
    actions.sort_by_key(|action| action.at);
    let faults = faults(&mut dice);
    let phones = joins(&mut dice, &mut actions, &devices, people, sequence);
    actions.sort_by_key(|action| action.at);
    let replays = match dice.below(100) {
        0..50 => 80,
        50..60 => 20,
        _ => 0,
    };
    coincidences(&mut dice, &mut actions, &devices, people, sequence);
    actions.sort_by_key(|action| action.at);
    Script {
        seed,
        provider,
        sequence,
        place: place as u8,
        day,
        people,
        phones,
        replays,
        devices,
        actions,
        faults,
    }
}

/// Prices fall and rise, things are sold out and come back; much of it is taken back soon, or said once more.
fn pushes(dice: &mut Dice, actions: &mut Vec<Action>) {
    for _ in 0..6 + dice.below(18) {
        let mut at = match dice.below(100) {
            0..25 => dice.below(2 * HOUR),
            25..60 => due(dice, NEWS),
            _ => dice.below(70 * HOUR),
        };
        let variant = dice.small(VARIANTS);
        let full = 900 + 100 * u64::from(variant);
        for _ in 0..1 + dice.below(4) {
            let percent = dice.pick(&[50, 75, 90, 97, 100, 120]).unwrap_or(100);
            let push = Deed::Push {
                variant,
                price: (full * percent / 100) as u16,
                available: dice.percent(60),
            };
            actions.push(by_nobody(at, push));
            at += dice.between(20, 30 * MINUTE);
        }
    }
}

/// Some want no notifications any more, about when one is sent; some browsers get a new address each time that they are asked.
fn stops_notifications(dice: &mut Dice, actions: &mut Vec<Action>, devices: &[Device], people: u8) {
    if dice.percent(30) {
        let at = due(dice, NOTIFICATIONS);
        let who = dice.small(people);
        actions.push(by_nobody(at, Deed::StopNotifications { who }));
    }
    if dice.percent(20) {
        let device = dice.small(devices.len() as u8);
        let mut at = dice.below(2 * HOUR);
        for _ in 0..9 + dice.below(6) {
            actions.push(Action {
                at,
                device,
                page: 0,
                deed: Deed::Notify(Notice::Fresh),
            });
            at += pause(dice);
        }
    }
}

/// Some take back what they have agreed to, about when they are given to advertising.
fn withdrawals(dice: &mut Dice, actions: &mut Vec<Action>, devices: &[Device]) {
    for (n, device) in (0_u8..).zip(devices) {
        let owns = |action: &&Action| action.device == n && is_activity(action.deed);
        let last = actions.iter().filter(owns).map(|action| action.at).max();
        let step = dice.pick(due_ms(ERRANDS)).unwrap_or(HOUR);
        let at = last.unwrap_or(0) + step + dice.below(120 * SECOND);
        let deed = match dice.below(100) {
            0..25 => Deed::Identify(Word {
                who: device.owner.unwrap_or(0),
                consent: None,
                channels: Channels::Both,
                ads: Some(false),
            }),
            25..45 => Deed::Order,
            45..60 => Deed::Unsubscribe {
                who: device.owner.unwrap_or(0),
            },
            60..70 => Deed::Quote { on: false },
            _ => continue,
        };
        actions.push(Action {
            at,
            device: n,
            page: 0,
            deed,
        });
    }
}

/// The shop's own baskets change. Most of the time the browser that shows its token is the one that the basket belongs to; sometimes
/// another one shows its own with it, or somebody says to be somebody else.
fn baskets(dice: &mut Dice, actions: &mut Vec<Action>, devices: &[Device], people: u8) {
    for (n, device) in (0_u8..).zip(devices) {
        if dice.percent(20) {
            continue;
        }
        let owner = device.owner.unwrap_or(0);
        let mut at = dice.below(3 * HOUR);
        for _ in 0..4 + dice.below(9) {
            let by = if dice.percent(80) {
                n
            } else {
                dice.small(devices.len() as u8)
            };
            let change = match dice.below(100) {
                0..62 => BasketChange::Put {
                    variant: dice.small(VARIANTS),
                    qty: dice.below(4) as u16,
                },
                62..65 => BasketChange::Withdraw,
                65..86 => BasketChange::Whose(Word {
                    who: if dice.percent(80) {
                        owner
                    } else {
                        dice.small(people)
                    },
                    consent: dice
                        .pick(&[Some(true), Some(true), Some(true), Some(false), None])
                        .flatten(),
                    channels: channels(dice),
                    ads: None,
                }),
                _ => BasketChange::Buy {
                    who: match dice.below(10) {
                        0..5 => None,
                        5..9 => Some(owner),
                        _ => Some(dice.small(people)),
                    },
                },
            };
            actions.push(Action {
                at,
                device: by,
                page: 0,
                deed: Deed::Basket {
                    basket: n,
                    change,
                    claim: dice.percent(40),
                },
            });
            at += match dice.below(100) {
                0..70 => pause(dice),
                70..85 => dice.between(MINUTE, 30 * MINUTE),
                // Just when a message is on its way.
                _ => dice.pick(due_ms(OWN_BASKETS)).unwrap_or(HOUR) + dice.below(26 * SECOND),
            };
        }
    }
}

/// In some worlds people turn out to be one; who is known by a telephone number, a bit each.
fn joins(
    dice: &mut Dice,
    actions: &mut Vec<Action>,
    devices: &[Device],
    people: u8,
    sequence: u8,
) -> u8 {
    if people < 2 || !dice.percent(40) {
        return 0;
    }
    let phones = if dice.percent(30) {
        1 << dice.small(people)
    } else {
        0
    };
    for _ in 0..1 + dice.below(3) {
        let (a, b) = (dice.small(people), dice.small(people));
        let at = match dice.below(100) {
            0..25 => dice.below(2 * HOUR),
            25..50 => due(dice, sequence),
            // Just when a message is on its way.
            50..80 => {
                let owns = |action: &&Action| {
                    let device = devices.get(usize::from(action.device));
                    device.is_some_and(|device| device.owner == Some(a)) && is_activity(action.deed)
                };
                let last = actions.iter().filter(owns).map(|action| action.at).max();
                let step = dice.pick(due_ms(sequence)).unwrap_or(HOUR);
                last.unwrap_or(0) + step + dice.below(4 * SECOND)
            }
            _ => dice.below(60 * HOUR),
        };
        actions.push(by_nobody(at, join(a, b)));
        if dice.percent(50) {
            // Another one crosses it.
            let at = at + dice.below(200);
            let c = dice.small(people);
            let (a, b) = if dice.percent(50) { (b, a) } else { (b, c) };
            actions.push(by_nobody(at, join(a, b)));
        }
    }
    phones
}

fn join(a: u8, b: u8) -> Deed {
    let released = None;
    Deed::Join { a, b, released }
}

/// Whether a cart's message counts from it.
fn is_activity(deed: Deed) -> bool {
    matches!(
        deed,
        Deed::Add { .. }
            | Deed::Set { .. }
            | Deed::Checkout { .. }
            | Deed::Identify(_)
            | Deed::View { .. }
            | Deed::Quote { .. }
    )
}

pub(crate) fn by_nobody(at: u64, deed: Deed) -> Action {
    Action {
        at,
        device: 0,
        page: 0,
        deed,
    }
}

/// Clocks are right, a little wrong, or absurd.
fn skew(dice: &mut Dice) -> i64 {
    let sign = if dice.percent(50) { 1 } else { -1 };
    let most = match dice.below(100) {
        0..45 => return 0,
        45..65 => 30 * SECOND,
        65..80 => 10 * MINUTE,
        80..90 => 30 * HOUR,
        _ => 80 * 365 * 24 * HOUR,
    };
    i64::try_from(dice.below(most)).unwrap_or(0) * sign
}

struct Life {
    device: u8,
    pages: u8,
    who: u8,
    people: u8,
    sequence: u8,
    /// What is looked at and bought here.
    variants: std::ops::Range<u8>,
}

/// Most people are where their shop's rules matter.
fn place(dice: &mut Dice, sequence: u8) -> Place {
    match sequence {
        TEXTS_FRANCE if dice.percent(85) => Place::Paris,
        OWN_RULES if dice.percent(50) => Place::Paris,
        TEXTS_AMERICA if dice.percent(85) => Place::NewYork,
        _ => Place::of(dice.small(4)),
    }
}

/// Any day of the year from 15 January 2027; in France often one just before a holiday.
fn day(dice: &mut Dice, place: Place) -> u16 {
    let first = BEGINNING / (24 * HOUR);
    if place == Place::Paris && dice.percent(30) {
        let holidays: Vec<u64> = french_holidays(2027)
            .filter_map(|day| day.checked_sub(first + 2))
            .collect();
        let before = dice.pick(&holidays).unwrap_or(0) + dice.below(3);
        return u16::try_from(before).unwrap_or(0);
    }
    dice.below(365) as u16
}

/// Some carts hold one thing, and some what the catalogue does not know.
fn variants(dice: &mut Dice) -> std::ops::Range<u8> {
    match dice.below(100) {
        0..4 => GHOST..GHOST + 1,
        4..16 => {
            let only = dice.small(VARIANTS);
            only..only + 1
        }
        _ => 0..VARIANTS,
    }
}

/// A time at which one of the sequence's messages may be on its way, if the cart was left in the first hour.
pub(crate) fn due(dice: &mut Dice, sequence: u8) -> u64 {
    let steps = due_ms(sequence);
    let step = dice.pick(steps).unwrap_or(HOUR);
    step + dice.below(HOUR)
}

/// What is done on one device.
fn live(dice: &mut Dice, actions: &mut Vec<Action>, life: Life) {
    let mut now = dice.below(2 * HOUR);
    let comes_daily = life.sequence == HABITS && dice.percent(50);
    let visits = if comes_daily { 7 } else { 1 + dice.below(4) };
    for visit in 0..visits {
        // Where this person arrives from: mostly by themselves, sometimes by a message's link.
        if visit > 0 && dice.percent(35) {
            let who = if dice.percent(85) {
                life.who
            } else {
                dice.small(life.people)
            };
            actions.push(on(dice, &life, now, Deed::OpenLink { who }));
            now += dice.between(SECOND, MINUTE);
        }
        let deeds = if comes_daily {
            2 + dice.below(5)
        } else {
            5 + dice.below(12)
        };
        let introduces = dice.percent(if visit == 0 { 85 } else { 25 });
        let introduced_at = dice.below(deeds);
        for n in 0..deeds {
            let deed = if introduces && n == introduced_at {
                identify(dice, &life)
            } else {
                deed(dice, &life)
            };
            actions.push(on(dice, &life, now, deed));
            now += pause(dice);
        }
        if dice.percent(70) {
            let rest = dice.percent(50);
            actions.push(on(dice, &life, now, Deed::Leave { rest }));
        }
        if dice.percent(4) {
            actions.push(on(dice, &life, now, Deed::Revoke));
        }
        let left = now;
        now += match dice.below(100) {
            // An hour later again, then at the same time of the next day.
            _ if comes_daily && visit % 2 == 0 => dice.between(65 * MINUTE, 75 * MINUTE),
            _ if comes_daily => dice.between(22 * HOUR, 22 * HOUR + HOUR / 2),
            0..25 => dice.between(MINUTE, 25 * MINUTE),
            25..55 => dice.between(HOUR / 2, 20 * HOUR),
            // Just when a message is on its way.
            55..85 => {
                let steps = due_ms(life.sequence);
                dice.pick(steps).unwrap_or(HOUR) + dice.below(26 * SECOND)
            }
            _ => dice.between(20 * HOUR, 80 * HOUR),
        };
        if dice.percent(12) {
            // Buys while the message is on its way.
            let steps = due_ms(life.sequence);
            let at = left + dice.pick(steps).unwrap_or(HOUR) + dice.below(26 * SECOND);
            actions.push(on(dice, &life, at, Deed::Order));
        }
    }
}

fn on(dice: &mut Dice, life: &Life, at: u64, deed: Deed) -> Action {
    Action {
        at,
        device: life.device,
        page: dice.small(life.pages),
        deed,
    }
}

/// People pause for a moment, sometimes for long.
fn pause(dice: &mut Dice) -> u64 {
    match dice.below(100) {
        0..30 => dice.between(20, 400),
        30..90 => dice.between(SECOND, 40 * SECOND),
        _ => dice.between(MINUTE, 12 * MINUTE),
    }
}

/// Most people say who they are, and agree; some lie, some err, some do not agree.
fn identify(dice: &mut Dice, life: &Life) -> Deed {
    let who = if dice.percent(90) {
        life.who
    } else {
        dice.small(life.people)
    };
    let consent = match dice.below(100) {
        0..88 => Some(true),
        88..94 => Some(false),
        _ => None,
    };
    Deed::Identify(Word {
        who,
        consent,
        channels: channels(dice),
        ads: if life.sequence == ERRANDS {
            dice.pick(&[
                Some(true),
                Some(true),
                Some(true),
                Some(true),
                None,
                Some(false),
            ])
            .flatten()
        } else {
            None
        },
    })
}

/// Most questions are about both.
fn channels(dice: &mut Dice) -> Channels {
    match dice.below(100) {
        0..76 => Channels::Both,
        76..88 => Channels::Email,
        _ => Channels::Sms,
    }
}

fn deed(dice: &mut Dice, life: &Life) -> Deed {
    let variant = if dice.percent(4) {
        GHOST
    } else {
        let sold = &life.variants;
        sold.start + dice.small(sold.end - sold.start)
    };
    let qty = 1 + dice.below(4) as u16;
    if life.sequence == NOTIFICATIONS && dice.percent(14) {
        return Deed::Notify(match dice.below(100) {
            0..55 => Notice::Fresh,
            55..75 => Notice::Again,
            75..88 => Notice::Gone,
            _ => Notice::No,
        });
    }
    if matches!(life.sequence, NEWS | ERRANDS) && dice.percent(4) {
        return Deed::Quote {
            on: dice.percent(75),
        };
    }
    match dice.below(100) {
        0..34 => Deed::Add { variant, qty },
        34..46 => Deed::Set { variant, qty },
        46..53 => Deed::Set { variant, qty: 0 },
        // What is sold out is looked at as much as the rest together.
        53..70 if dice.percent(50) => Deed::View {
            variant: VARIANTS - 1,
        },
        53..70 => Deed::View { variant },
        70..74 => Deed::Exit,
        74..84 => Deed::Checkout {
            stage: dice.small(7),
        },
        84..88 => Deed::Order,
        88..90 => Deed::Clear,
        90..93 => Deed::Offline,
        93..97 => Deed::Online,
        _ => Deed::Repeat,
    }
}

/// Some worlds are calm in one respect, some are a storm in it.
fn faults(dice: &mut Dice) -> Vec<Strike> {
    let mut faults = Vec::new();
    for opportunity in Opportunity::ALL {
        // What seldom comes up has to go wrong the more often.
        let (times, of) = match opportunity {
            Opportunity::CartStep | Opportunity::Effect => (1, 2),
            Opportunity::Consumer => (2, 1),
            Opportunity::Try => (4, 1),
            Opportunity::Relay => (6, 1),
            Opportunity::Sweep | Opportunity::Telling => (4, 1),
            Opportunity::Code | Opportunity::Errand => (6, 1),
            Opportunity::Wish => (20, 1),
            _ => (1, 1),
        };
        let per_mille = match dice.below(100) {
            0..40 => continue,
            40..75 => 10,
            75..95 => 40,
            _ => 150,
        } * times
            / of;
        let mut nth = dice.gap(per_mille);
        while nth <= REACH {
            if let Some(fault) = dice.pick(opportunity.faults()) {
                faults.push(Strike {
                    nth,
                    from: 0,
                    fault,
                });
            }
            nth += dice.gap(per_mille);
        }
    }
    faults
}
