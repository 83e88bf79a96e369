//! Makes a failing script small: delta debugging (Zeller and Hildebrandt, 2002) over its actions and faults.

use crate::script::Script;
use crate::stage::Stage;
use crate::tally::Tally;
use crate::violation::Broken;
use crate::world::{play, play_and_record};

/// The smallest script found that breaks the same promise.
pub fn shrink(stage: &Stage, script: &Script, broken: Broken) -> Script {
    let fails = |script: &Script| {
        play(stage, script, &mut Tally::default())
            .is_some_and(|violation| violation.broken == broken)
    };
    let mut best = script.clone();
    let by_time = Script {
        faults: play_and_record(stage, script, &mut Tally::default(), None).1,
        ..script.clone()
    };
    if fails(&by_time) {
        best = by_time;
    }
    loop {
        let before = best.actions.len() + best.faults.len();
        best = without(best, &fails, |script| &mut script.faults);
        best = without(best, &fails, |script| &mut script.actions);
        if best.actions.len() + best.faults.len() == before {
            return best;
        }
    }
}

/// Takes out runs of one list, ever shorter ones, as long as the script fails.
fn without<T: Clone>(
    mut best: Script,
    fails: &impl Fn(&Script) -> bool,
    list: impl Fn(&mut Script) -> &mut Vec<T>,
) -> Script {
    let mut length = list(&mut best).len();
    while length > 0 {
        let mut at = 0;
        while at < list(&mut best).len() {
            let mut candidate = best.clone();
            let items = list(&mut candidate);
            let end = (at + length).min(items.len());
            items.drain(at..end);
            if fails(&candidate) {
                best = candidate;
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    best
}
