use super::super::readout::State;
use super::*;

fn shop(share_bp: u16, flag_bp: u16) -> ShopConfig {
    let json = crate::shop::tests::json().replace(
        "\"currency\"",
        &format!(
            r#""flags":[{{"id":"early","share_bp":{flag_bp}}},{{"id":"all"}}],
            "experiments":[{{"id":"e","from":10,"to":20,"sequence":"standard","arms":[
              {{"id":"a","share_bp":{share_bp}}},{{"id":"b","share_bp":{}}}]}}],"currency""#,
            10_000 - share_bp
        ),
    );
    ShopConfig::parse(json.as_bytes()).unwrap()
}

fn counted(key: &str, exposures: u64, conversions: u64) -> Counted {
    Counted {
        assigned: Assigned::parse(key).unwrap(),
        exposures,
        conversions,
    }
}

#[test]
fn every_study_is_read_under_its_current_design_alone() {
    let ledger = Ledger::default()
        .after(&shop(5_000, 3_000).experiments)
        .unwrap();
    let config = shop(6_000, 2_500);
    let ledger = ledger.after(&config.experiments).unwrap();
    let rows = [
        counted("experiment/e/0/a", 500, 100),
        counted("experiment/e/0/b", 500, 100),
        counted("experiment/e/1/a", 60, 6),
        counted("experiment/e/1/b", 40, 5),
        counted("experiment/gone/0/a", 7, 7),
        counted("flag/early/3000/on", 300, 30),
        counted("flag/early/2500/on", 25, 3),
        counted("flag/early/2500/off", 75, 7),
    ];
    let overview = Overview::new(&config, &ledger, &Tally::default(), &rows, 15);
    let [one] = overview.experiments.as_slice() else {
        panic!("{overview:?}");
    };
    assert_eq!((one.id.as_str(), one.design, one.running), ("e", 1, true));
    assert_eq!(one.sequence.as_deref(), Some("standard"));
    let arms: Vec<(u64, u64)> = one
        .readout
        .arms
        .iter()
        .map(|arm| (arm.exposures, arm.conversions))
        .collect();
    assert_eq!(arms, [(60, 6), (40, 5)]);
    let [flag] = overview.flags.as_slice() else {
        panic!("{overview:?}");
    };
    assert_eq!((flag.id.as_str(), flag.share_bp), ("early", 2_500));
    assert_eq!(flag.readout.arms[0].arm.as_str(), "off");
    assert_eq!(flag.readout.arms[1].exposures, 25);
    assert!(!Overview::new(&config, &ledger, &Tally::default(), &rows, 20).experiments[0].running);
    let bytes = postcard::to_allocvec(&overview).unwrap();
    assert_eq!(postcard::from_bytes::<Overview>(&bytes).unwrap(), overview);
}

#[test]
fn shoppers_who_were_sorted_wrongly_under_an_earlier_design_hide_the_lift() {
    let before = Ledger::default()
        .after(&shop(5_000, 0).experiments)
        .unwrap();
    let config = shop(6_000, 0);
    let ledger = before.after(&config.experiments).unwrap();
    let mut rows = vec![
        counted("experiment/e/1/a", 6_000, 600),
        counted("experiment/e/1/b", 4_000, 600),
    ];
    let state = |rows: &[Counted]| {
        let overview = Overview::new(&config, &ledger, &Tally::default(), rows, 15);
        overview.experiments[0].readout.arms[1].conversion.state
    };
    assert_eq!(state(&rows), State::Better);
    rows.push(counted("experiment/e/0/a", 1_000, 100));
    rows.push(counted("experiment/e/0/b", 600, 100));
    assert_eq!(state(&rows), State::Mismatch);
}
