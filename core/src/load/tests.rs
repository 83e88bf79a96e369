use super::gauge::Gauge;
use super::{Level, Limits, Load, Work};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    in_flight: 10,
    answer_ms: 100,
    crowd: 4,
};

/// An ordinary day, far from the epoch.
const START: u64 = 1_800_000_000_000;

/// `waiting` requests under way since `now`.
fn waiting(load: &mut Load, waiting: u32, now: u64) {
    for _ in 0..waiting {
        load.begin(now);
    }
}

#[test]
fn work_is_put_aside_in_the_documented_order_and_captures_never() {
    let order = [
        Work::Enrichment,
        Work::Tile,
        Work::View,
        Work::Probe,
        Work::Send,
    ];
    for (level, kept) in Level::ALL.into_iter().zip((0..=5).rev()) {
        let shed = order.iter().filter(|work| level.sheds(**work)).count();
        assert_eq!(shed, order.len() - kept, "{level:?}");
        assert!(order.iter().take(shed).all(|work| level.sheds(*work)));
        assert!(!level.sheds(Work::Capture));
    }
}

#[test]
fn levels_are_reached_one_by_one_while_the_crowd_waits() {
    let mut load = Load::new(LIMITS);
    waiting(&mut load, 30, START);
    let seen: Vec<Level> = (0..10)
        .map(|n| load.level(START + n * Load::RISE_MS))
        .collect();
    assert_eq!(seen[..5], Level::ALL[1..]);
    assert!(seen[5..].iter().all(|level| *level == Level::Sends));
}

#[test]
fn a_level_holds_until_the_pressure_is_well_below_it() {
    let mut load = Load::new(Limits {
        answer_ms: u32::MAX,
        ..LIMITS
    });
    waiting(&mut load, 15, START);
    for n in 0..3 {
        load.level(START + n * Load::RISE_MS);
    }
    // Fifteen reach the views; ten do not, but are not well below.
    let calmer = START + 600;
    (0..5).for_each(|_| load.end(START, calmer));
    let low = calmer + 10 * Load::FALL_MS;
    assert_eq!(load.level(low), Level::Views);
    load.end(START, low);
    assert_eq!(load.level(low + Load::FALL_MS - 1), Level::Views);
    assert_eq!(load.level(low + Load::FALL_MS), Level::Tiles);
}

#[test]
fn slow_objects_are_load_only_when_many_wait_for_them() {
    let slow = |at_once: u32| {
        let mut load = Load::new(LIMITS);
        let mut highest = Level::Calm;
        for n in 0..40 {
            let now = START + n * 250;
            waiting(&mut load, at_once, now);
            highest = highest.max(load.level(now));
            (0..at_once).for_each(|_| load.end(now, now + 240));
        }
        assert!(load.answer_ms() > 200);
        highest
    };
    assert_eq!(slow(3), Level::Calm);
    assert_eq!(slow(5), Level::Probes);
}

#[test]
fn a_crowd_that_is_not_answered_need_not_end_to_be_noticed() {
    let after = |waiting_since_start: u32| {
        let mut load = Load::new(LIMITS);
        waiting(&mut load, waiting_since_start, START);
        // Others come and go quickly meanwhile.
        for n in 0..8 {
            let now = START + n * 250;
            load.begin(now);
            load.end(now, now + 1);
        }
        load.level(START + 2_000)
    };
    assert_eq!(after(3), Level::Calm, "a few that hang are no crowd");
    assert_eq!(after(4), Level::Sends);
}

#[test]
fn being_turned_away_at_once_is_no_quick_answer() {
    let mut load = Load::new(LIMITS);
    for n in 0..40 {
        let now = START + n * 250;
        waiting(&mut load, 5, now);
        (0..5).for_each(|_| load.turned_away(now, now + 1));
    }
    waiting(&mut load, 5, START + 10_000);
    assert!(load.level(START + 10_000) > Level::Calm);
    assert_eq!(load.in_flight(), 5);
    assert_eq!(load.answer_ms(), 299, "as long as the last level takes");
}

#[test]
fn requests_that_are_never_heard_of_again_do_not_count_for_ever() {
    let mut load = Load::new(LIMITS);
    waiting(&mut load, 1_000, START);
    for n in 0..20 {
        load.level(START + n * 500);
    }
    assert_eq!(load.level(START + 10_000), Level::Sends);
    assert_eq!(load.level(START + 33_000), Level::Sends);
    assert_eq!(load.in_flight(), 0);
    assert_eq!(load.level(START + 33_000 + 5 * Load::FALL_MS), Level::Calm);
    // One that ends after it was given up takes nothing from those that came later.
    load.begin(START + 50_000);
    load.end(START, START + 50_001);
    assert_eq!(load.in_flight(), 1);
}

#[test]
fn a_clock_that_goes_back_breaks_nothing() {
    let mut load = Load::new(LIMITS);
    load.begin(START);
    load.end(START, START - 5_000);
    load.begin(START - 60_000);
    load.end(START - 60_000, START - 59_000);
    assert_eq!(load.level(START), Level::Calm);
    assert_eq!(load.in_flight(), 0);
}

/// What happens to a load: time passes, requests begin, and the oldest or the newest of them ends.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Pass(u64),
    Begin,
    EndOldest,
    EndNewest,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        2 => (0_u64..3_000).prop_map(Deed::Pass),
        4 => Just(Deed::Begin),
        2 => Just(Deed::EndOldest),
        1 => Just(Deed::EndNewest),
    ];
    proptest::collection::vec(deed, 0..120)
}

/// Plays deeds with `extra` more requests that begin with them and never end; the level after each.
fn play(deeds: &[Deed], extra: u32) -> (Load, u64, Vec<u64>, Vec<Level>) {
    let mut load = Load::new(LIMITS);
    let mut now = START;
    let mut open = Vec::new();
    let mut levels = Vec::new();
    waiting(&mut load, extra, now);
    for deed in deeds {
        match deed {
            Deed::Pass(ms) => now += ms,
            Deed::Begin => {
                load.begin(now);
                open.push(now);
            }
            Deed::EndOldest if !open.is_empty() => load.end(open.remove(0), now),
            Deed::EndNewest => {
                if let Some(begun) = open.pop() {
                    load.end(begun, now);
                }
            }
            Deed::EndOldest => {}
        }
        levels.push(load.level(now));
    }
    (load, now, open, levels)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// The gauge counts what began within the last seconds and has not ended.
    #[test]
    fn what_waits_is_counted(deeds in deeds()) {
        let (load, now, open, _) = play(&deeds, 0);
        let window = |ms: u64| ms / Gauge::WINDOW_MS;
        let young = open.iter().filter(|begun| window(now) - window(**begun) < Gauge::WINDOWS).count();
        prop_assert_eq!(load.in_flight() as usize, young);
    }

    /// One level at a time upwards, and never two within the time that a level needs to show.
    #[test]
    fn levels_rise_step_by_step(deeds in deeds()) {
        let mut now = START;
        let (mut before, mut risen_at) = (Level::Calm, 0_u64);
        for (level, deed) in play(&deeds, 0).3.into_iter().zip(&deeds) {
            if let Deed::Pass(ms) = deed { now += ms }
            if level > before {
                prop_assert_eq!(before.above(), Some(level));
                prop_assert!(now - risen_at >= Load::RISE_MS);
                risen_at = now;
            }
            before = level;
        }
    }

    /// More requests waiting never put less aside: not at once, and not while they wait.
    #[test]
    fn more_pressure_never_sheds_less(deeds in deeds(), extra in 1_u32..40) {
        let pressure = |in_flight, answer_ms| LIMITS.pressure(in_flight, answer_ms);
        for in_flight in 0..40 {
            prop_assert!(pressure(in_flight + extra, 90) >= pressure(in_flight, 90));
            prop_assert!(pressure(in_flight, 90 + u64::from(extra)) >= pressure(in_flight, 90));
        }
        let (mut calm, now, _, _) = play(&deeds, 0);
        let mut busy = calm.clone();
        waiting(&mut busy, extra, now);
        for later in (0..5_000).step_by(100) {
            let (calm, busy) = (calm.level(now + later), busy.level(now + later));
            prop_assert!(busy >= calm, "after {later} ms {calm:?} with fewer, {busy:?} with more");
        }
    }

    /// Whatever has happened: once nothing waits, everything is taken again.
    #[test]
    fn it_recovers(deeds in deeds()) {
        let (mut load, now, open, _) = play(&deeds, 0);
        for begun in open {
            load.end(begun, now);
        }
        // The smoothed time fades, then level after level is left.
        let calm = now + 8_000 + 6 * Load::FALL_MS;
        let mut at = now;
        while at < calm {
            at += 100;
            load.level(at);
        }
        prop_assert_eq!(load.level(calm), Level::Calm);
        prop_assert_eq!(load.in_flight(), 0);
    }

    /// The same after a silence in which nobody has asked.
    #[test]
    fn it_recovers_unseen(deeds in deeds()) {
        let (mut load, now, _, _) = play(&deeds, 3);
        // What was never heard of again has to be forgotten first; then one look starts the way down, another ends it.
        load.level(now + 60_000);
        prop_assert_eq!(load.level(now + 120_000), Level::Calm);
    }
}
