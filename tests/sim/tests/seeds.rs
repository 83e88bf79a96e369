//! Scripts that once broke a promise, and a short walk through new worlds.

use homing_sim::{Limits, Script, Stage, Tally, draw, play, run};
use std::path::Path;

#[test]
fn what_was_once_broken_stays_mended() {
    let stage = Stage::new().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut played = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let script: Script = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(
            play(&stage, &script, &mut Tally::default()),
            None,
            "{path:?}"
        );
        played += 1;
    }
    assert!(played > 0, "no script was found");
}

#[test]
fn a_script_always_tells_the_same_story() {
    let stage = Stage::new().unwrap();
    for seed in 0..20 {
        let story = || {
            let mut lines = Vec::new();
            let mut teller = |line: String| lines.push(line);
            let script = draw(seed);
            homing_sim::play_and_tell(&stage, &script, &mut Tally::default(), Some(&mut teller));
            lines
        };
        assert_eq!(story(), story());
    }
}

#[test]
fn a_script_survives_being_saved() {
    let script = draw(7);
    let json = serde_json::to_vec(&script).unwrap();
    assert_eq!(serde_json::from_slice::<Script>(&json).unwrap(), script);
}

#[test]
fn lives_are_full_and_go_wrong_and_nothing_is_broken() {
    let limits = Limits {
        lives: 3_000,
        seed: 42,
        threads: 2,
    };
    let (tally, found) = run(limits, &|_| {});
    assert!(found.is_none(), "{found:?}");
    assert!(tally.events >= tally.lives * 20, "{tally}");
    assert!(tally.faults() >= tally.lives, "{tally}");
    assert!(tally.accepted() * 3 >= tally.lives, "{tally}");
}
