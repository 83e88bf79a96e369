//! What experiments and flags promise: an arm is kept, everybody is counted from the same decision on whatever becomes of the message,
//! and nobody who is held out is counted.

use super::*;
use crate::experiment::{ExperimentKey, Exposed, Ledger};
use crate::object::shopper::about::About;
use proptest::prelude::*;

/// A shop with one experiment whose second arm changes something, and perhaps more.
fn shop(changes: &str, more: &str) -> ShopConfig {
    let json = crate::shop::tests::json().replace(
        "\"currency\"",
        &format!(
            r#""experiments":[{{"id":"e","from":0,"arms":[{{"id":"a","share_bp":5000}},{{"id":"b","share_bp":5000,"changes":{changes}}}]}}],
            {more} "caps":{{}},"usual_hour_ms":0,"currency""#
        ),
    );
    ShopConfig::parse(json.as_bytes()).unwrap()
}

fn draws_under(config: &ShopConfig, key: u8) -> Draws {
    let ledger = Ledger::default().after(&config.experiments).unwrap();
    Draws::new(
        config,
        &ledger,
        &ExperimentKey::new(&[key; 32]).unwrap(),
        ADA,
        0,
    )
}

/// Draws in which the shopper is in `arm`, by trying keys.
fn in_arm(config: &ShopConfig, arm: &str) -> Draws {
    (0..=255)
        .map(|key| draws_under(config, key))
        .find(|draws| {
            let (_, arms) = draws.applied(config, &config.sequences[0]);
            arms[0].assigned.arm.as_str() == arm
        })
        .unwrap()
}

fn with_flag(config: &ShopConfig, is_on: bool) -> Draws {
    let flag = &config.flags[0].id;
    (0..=255)
        .map(|key| draws_under(config, key))
        .find(|draws| draws.is_on(flag) == is_on)
        .unwrap()
}

fn left(config: &ShopConfig) -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    let input = Input::Slot {
        shop: SHOP,
        shopper: ADA,
        object: "cart".into(),
        slot: slot(1, 1, 0),
        identify: ada(true),
        named_at: None,
        settings: PlanSettings::of(config),
        errands: ErrandSettings::default(),
    };
    shopper.step(input, 0);
    shopper
}

fn ask(
    shopper: &mut Shopper,
    n: u8,
    config: &ShopConfig,
    draws: (bool, &Draws),
    now: u64,
) -> Reply {
    shopper.step(Input::Wake, now);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    release_drawn(shopper, step(n), &carts, config, draws, now)
}

fn subject(reply: Reply) -> String {
    match reply {
        Reply::Go(release) => release.message.mail().unwrap().subject.into(),
        other => panic!("{other:?}"),
    }
}

fn counts(shopper: &Shopper) -> Vec<(String, u64)> {
    let one = |one: &Exposed| (one.assigned.to_string(), one.at);
    shopper.arms.list().iter().map(one).collect()
}

const LEFT: About = About::Cart { quote: false };

#[test]
fn arms_write_differently_and_a_plan_keeps_the_arm_that_it_began_with() {
    let config = shop(r#"{"subject":"Yours","offer":"remove"}"#, "");
    let told: Vec<(String, String)> = ["a", "b"]
        .map(|arm| {
            let draws = in_arm(&config, arm);
            let mut shopper = left(&config);
            let first = subject(ask(&mut shopper, 0, &config, (false, &draws), DAY));
            outcome(&mut shopper, step(0), 1, accepted(), DAY);
            // The experiment is over, and the draws say something else.
            let over = super::config("smtp");
            let second = ask(&mut shopper, 1, &over, (false, &Draws::default()), 2 * DAY);
            (first, subject(second))
        })
        .to_vec();
    assert_eq!(told[0].0, "You left the Mug at Hearth");
    assert_eq!(told[0].1, "10% off the Mug you left at Hearth");
    assert_eq!(told[1], ("Yours".into(), "Yours".into()));
}

#[test]
fn who_counts_is_told_to_the_desk_with_the_order_that_follows() {
    let config = shop(r#"{"subject":"Yours"}"#, "");
    let mut shopper = left(&config);
    ask(
        &mut shopper,
        0,
        &config,
        (false, &in_arm(&config, "b")),
        DAY,
    );
    assert_eq!(counts(&shopper), [("experiment/e/0/b".into(), DAY)]);
    assert_eq!(view(&mut shopper, DAY).counts, ["experiment/e/0/b"]);
    let commit = tell(&mut shopper, bought(1, 2, 2 * DAY), None, 2 * DAY);
    let told = commit.effects.into_iter().find_map(|effect| match effect {
        Effect::TellDesk { arms, .. } => Some(arms),
        Effect::Hint { .. } | Effect::HandOver { .. } | Effect::Errand(_) | Effect::Forget(_) => {
            None
        }
    });
    let told = told.unwrap();
    assert_eq!((told.len(), told[0].converted_at), (1, Some(2 * DAY)));
    let bytes = crate::object::codec::encode(&shopper).unwrap();
    assert_eq!(
        crate::object::codec::decode::<Shopper>(&bytes).unwrap(),
        shopper
    );
}

#[test]
fn a_delay_of_the_first_step_counts_from_the_choice_of_the_sequence() {
    let config = shop(r#"{"step":0,"delay_ms":3600000}"#, "");
    for (arm, first) in [("a", DAY), ("b", HOUR)] {
        let draws = in_arm(&config, arm);
        let mut shopper = left(&config);
        assert_eq!(
            shopper.next_alarm(),
            Some(HOUR),
            "everybody is looked at when the earliest arm would send"
        );
        let reply = ask(&mut shopper, 0, &config, (false, &draws), HOUR);
        assert_eq!(matches!(reply, Reply::Go(_)), first == HOUR);
        assert_eq!(counts(&shopper), [(format!("experiment/e/0/{arm}"), HOUR)]);
        assert_eq!(
            shopper.exposure.is_some(),
            first == HOUR,
            "the holdout counts where a message is due"
        );
        if first > HOUR {
            assert_eq!(shopper.next_alarm(), Some(first));
        }
    }
}

#[test]
fn a_change_of_a_later_step_counts_from_there() {
    let config = shop(r#"{"step":1,"offer":"remove"}"#, "");
    let draws = in_arm(&config, "b");
    let mut shopper = left(&config);
    ask(&mut shopper, 0, &config, (false, &draws), DAY);
    assert_eq!(counts(&shopper), []);
    outcome(&mut shopper, step(0), 1, accepted(), DAY);
    ask(&mut shopper, 1, &config, (false, &draws), 2 * DAY);
    assert_eq!(counts(&shopper), [("experiment/e/0/b".into(), 2 * DAY)]);
}

#[test]
fn a_season_does_not_replace_the_offer_that_is_tested_in_no_arm() {
    let season = r#""seasons":[{"id":"s","from":"1970-01-01","to":"1971-01-01","changes":{"offer":{"code":"SEASON20","percent":20}}}],"#;
    let config = shop(
        r#"{"step":1,"offer":{"replace":{"code":"TEST15","percent":15}}}"#,
        season,
    );
    for (arm, code) in [("a", "COMEBACK10"), ("b", "TEST15")] {
        let draws = in_arm(&config, arm);
        let mut shopper = left(&config);
        ask(&mut shopper, 0, &config, (false, &draws), DAY);
        outcome(&mut shopper, step(0), 1, accepted(), DAY);
        ask(&mut shopper, 1, &config, (false, &draws), 2 * DAY);
        let offer = shopper.delivery(step(1)).unwrap().offer.clone();
        assert_eq!(offer.unwrap().code, code);
    }
}

const FLAGGED: &str = r#""flags":[{"id":"early","share_bp":5000}],"sequences":[
    {"id":"new","version":1,"name":"New","trigger":{"cart":{}},"priority":1,"flag":"early","steps":[
      {"after_ms":3600000,"template":"reminder"},{"after_ms":7200000,"template":"reminder"}]}],"#;

#[test]
fn a_flag_decides_whether_a_sequence_is_sent_and_says_so() {
    let config = shop("{}", FLAGGED);
    let mut on = left(&config);
    let mut off = left(&config);
    let reply = ask(
        &mut on,
        0,
        &config,
        (false, &with_flag(&config, true)),
        HOUR,
    );
    assert!(matches!(reply, Reply::Go(_)));
    let reply = ask(
        &mut off,
        0,
        &config,
        (false, &with_flag(&config, false)),
        HOUR,
    );
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    let told = view(&mut off, HOUR);
    assert_eq!(told.deliveries[0].reason.as_deref(), Some("flag_off"));
    let sentence = told.deliveries[0].sentence.clone().unwrap();
    assert!(
        sentence.contains("the flag “early” is off for this shopper"),
        "{sentence}"
    );
    assert!(!told.planned);
    assert_eq!(counts(&on)[0], ("flag/early/5000/on".into(), HOUR));
    assert_eq!(counts(&off), [("flag/early/5000/off".into(), HOUR)]);
}

#[test]
fn a_flag_that_is_switched_off_stops_who_is_under_way_and_a_lower_share_does_not() {
    let config = shop("{}", FLAGGED);
    let draws = with_flag(&config, true);
    for (edit, goes) in [
        ("\"share_bp\":1", true),
        ("\"on\":false", false),
        ("\"share_bp\":0", false),
    ] {
        let mut shopper = left(&config);
        ask(&mut shopper, 0, &config, (false, &draws), HOUR);
        outcome(&mut shopper, step(0), 1, accepted(), HOUR);
        let edited = shop("{}", &FLAGGED.replace("\"share_bp\":5000", edit));
        let off = with_flag(&edited, false);
        let reply = ask(&mut shopper, 1, &edited, (false, &off), 2 * HOUR);
        assert_eq!(matches!(reply, Reply::Go(_)), goes, "{edit}");
        if !goes {
            assert_eq!(state(&shopper, step(1)), &State::Skipped(Skip::FlagOff));
        }
        assert_eq!(
            PlanSettings::of(&edited).start(&LEFT, None).is_some(),
            goes,
            "{edit}"
        );
    }
}

#[test]
fn an_experiment_that_needs_a_flag_takes_those_alone_of_whom_it_is_on() {
    let mut config = shop("{}", r#""flags":[{"id":"early","share_bp":5000}],"#);
    config.experiments[0].flag = Some(config.flags[0].id.clone());
    for is_on in [true, false] {
        let draws = with_flag(&config, is_on);
        let (_, arms) = draws.applied(&config, &config.sequences[0]);
        assert_eq!(arms.len(), usize::from(is_on));
    }
}

/// What may become of a message, apart from the arm.
#[derive(Clone, Debug)]
struct Fate {
    agreed: bool,
    condition: bool,
    approval: bool,
    quiet: bool,
    known: bool,
}

fn fates() -> impl Strategy<Value = Fate> {
    any::<[bool; 5]>().prop_map(|[agreed, condition, approval, quiet, known]| Fate {
        agreed,
        condition,
        approval,
        quiet,
        known,
    })
}

fn lives(fate: &Fate, changes: &str, arm: &str, held_out: bool) -> Shopper {
    let quiet = if fate.quiet {
        r#""quiet_hours":[{"from":"00:00","to":"10:00"}],"#
    } else {
        ""
    };
    let mut config = shop(changes, quiet);
    let sequence = &mut config.sequences[0];
    sequence.approval = fate.approval;
    if !fate.condition {
        sequence.steps[0].when =
            serde_json::from_str(r#"{"cart_value":{"at_least_minor":99999,"currency":"EUR"}}"#)
                .unwrap();
    }
    let draws = in_arm(&config, arm);
    let mut shopper = left(&config);
    if !fate.agreed {
        let mut no = ada(false).unwrap();
        no.at = 2;
        shopper.identify(Some(no), cart(1), 0);
    }
    let mut carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    if !fate.known {
        let line = LineKey::new(Variant::new("ghost").unwrap(), &BTreeMap::new()).unwrap();
        carts[0].1.as_mut().unwrap().lines[0].line = line;
    }
    for hour in 0..80 {
        let now = hour * HOUR;
        shopper.step(Input::Wake, now);
        let queued: Vec<DeliveryKey> = shopper
            .deliveries
            .iter()
            .filter(|one| matches!(one.state, State::Queued { .. }))
            .map(|one| one.key)
            .collect();
        for key in queued {
            let reply = release_drawn(&mut shopper, key, &carts, &config, (held_out, &draws), now);
            if let Reply::Go(release) = reply {
                outcome(&mut shopper, key, release.attempt, accepted(), now);
            }
        }
    }
    shopper
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever is in the other arm counts from the same moment on, whether a message went or was skipped, and for whichever reason.
    #[test]
    fn who_counts_and_from_when_does_not_depend_on_the_arm_or_on_what_became_of_the_message(
        fate in fates(),
        changes in proptest::sample::select(vec![
            r#"{"subject":"Yours"}"#,
            r#"{"offer":"remove"}"#,
            r#"{"channel":"sms"}"#,
            r#"{"step":0,"delay_ms":7200000}"#,
            r#"{"step":1,"delay_ms":90000000}"#,
        ])
    ) {
        let [control, treated] = ["a", "b"].map(|arm| {
            let shopper = lives(&fate, changes, arm, false);
            let counted: Vec<(String, u64)> = counts(&shopper);
            prop_assert_eq!(counted.len(), 1);
            prop_assert!(counted[0].0.ends_with(arm));
            Ok(counted[0].1)
        });
        let (control, treated) = (control?, treated?);
        prop_assert_eq!(control, treated);
        let delayed_first = changes.contains("\"step\":0");
        prop_assert_eq!(control, if delayed_first { 2 * HOUR } else { DAY });
    }

    #[test]
    fn nobody_who_is_held_out_is_counted_in_an_arm(fate in fates(), arm in proptest::sample::select(vec!["a", "b"])) {
        let shopper = lives(&fate, r#"{"step":0,"delay_ms":7200000}"#, arm, true);
        prop_assert_eq!(counts(&shopper), []);
        prop_assert_eq!(shopper.exposure.map(|exposure| exposure.held), Some(true));
        prop_assert!(shopper.sent.is_empty());
    }
}
