//! Each deliberate bug is found: `npm run bugs`.
#![cfg(feature = "bugs")]

use homing_core::bugs::{Bug, activate};
use homing_sim::{Limits, run};

/// One test for all: the bug that is in is the whole process's.
#[test]
fn each_deliberate_bug_is_found_within_a_hundred_thousand_lives() {
    let mut hidden = Vec::new();
    println!("\n{:<28}{:>8}  what it broke", "bug", "lives");
    for bug in Bug::ALL {
        activate(Some(*bug));
        let limits = Limits {
            lives: 100_000,
            seed: 1,
            threads: 2,
        };
        let (tally, found) = run(limits, &|_| {});
        activate(None);
        let (name, lives) = (bug.name(), tally.lives);
        match found {
            Some(found) => println!("{name:<28}{lives:>8}  {:?}", found.violation.broken),
            None => hidden.push(name),
        }
    }
    assert!(hidden.is_empty(), "hid for 100,000 lives: {hidden:?}");
}
