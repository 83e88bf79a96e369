//! Which sequence, offer and channel.

use super::*;

#[test]
fn a_sequence_is_chosen_only_where_none_is_under_way() {
    let mut world = world();
    assert_eq!(world.decide().chosen, None);
    world.sequence = None;
    let verdict = world.decide();
    assert_eq!(verdict.chosen.unwrap(), world.config.sequences[0]);
    assert!(
        verdict.judged.seen.contains("cart was left"),
        "{}",
        verdict.judged.seen
    );
    world.config.sequences[0].when = rule(r#"{"device":["phone"]}"#);
    let verdict = world.decide();
    assert_eq!(verdict.judged.made, Made::Skip(Skip::NoSequence));
    assert!(!verdict.exposed, "nobody would have been written to");
    assert!(
        verdict.judged.seen.contains("device"),
        "{}",
        verdict.judged.seen
    );
}

#[test]
fn a_condition_that_is_met_is_told() {
    let mut world = world();
    world.sequence.as_mut().unwrap().steps[0].when =
        rule(r#"{"cart_value":{"at_least_minor":3800,"currency":"EUR"}}"#);
    let verdict = world.decide();
    assert_eq!(verdict.judged.made, Made::Send(Channel::Email));
    assert!(
        verdict.judged.seen.contains("38.00 EUR"),
        "{}",
        verdict.judged.seen
    );
}

#[test]
fn of_the_channels_the_first_that_may_be_used_is_taken_and_a_missing_consent_says_more_than_a_missing_provider()
 {
    let mut world = world();
    world.sequence.as_mut().unwrap().steps[0].channels = vec![Channel::Push, Channel::Email];
    assert_eq!(world.made(), Made::Send(Channel::Email));
    world.consents.email = Some(false);
    assert_eq!(world.made(), Made::Skip(Skip::NoConsent));
    world.sequence.as_mut().unwrap().steps[0].channels = vec![Channel::Email, Channel::Push];
    assert_eq!(world.made(), Made::Skip(Skip::NoConsent));
}

#[test]
fn a_channel_that_is_forbidden_for_good_gives_way_and_one_that_has_to_wait_does_not() {
    let held = |made| {
        Ok(Some(Judged {
            made,
            seen: "it says why".into(),
        }))
    };
    let first = |answers: [Result<Option<Judged>, Skip>; 2]| {
        let channels = [Channel::Sms, Channel::Email];
        let (channel, held) = case::first_of(channels.into_iter().zip(answers))?;
        Ok::<_, Skip>((channel, held.map(|held| held.made)))
    };
    let never = Made::Skip(Skip::Restrained);
    let later = Made::Defer {
        until: 1,
        hold: Hold::UsualHour,
    };
    assert_eq!(first([held(never), Ok(None)]), Ok((Channel::Email, None)));
    assert_eq!(
        first([held(never), held(later)]),
        Ok((Channel::Email, Some(later)))
    );
    assert_eq!(
        first([held(later), Ok(None)]),
        Ok((Channel::Sms, Some(later)))
    );
    // Where there is no other, it is the one that says why.
    assert_eq!(
        first([held(never), held(never)]),
        Ok((Channel::Sms, Some(never)))
    );
    assert_eq!(
        first([held(never), Err(Skip::NoConsent)]),
        Ok((Channel::Sms, Some(never)))
    );
}

#[test]
fn what_was_seen_and_agreed_to_are_sentences_beside_one_another() {
    let mut world = world();
    world.wordings.email = Some("w1");
    let agreed = "Agreed to under wording “w1”.";
    assert_eq!(world.decide().judged.seen, agreed);
    world.sequence.as_mut().unwrap().steps[0].when =
        rule(r#"{"cart_value":{"at_least_minor":1,"currency":"EUR"}}"#);
    let seen = world.decide().judged.seen;
    let before = seen.strip_suffix(agreed).unwrap();
    let saw = "It saw that the cart's value was 38.00 EUR, at least 0.01 EUR. ";
    assert_eq!(before, saw, "{seen}");
    world.wordings.email = None;
    assert_eq!(world.decide().judged.seen, before.trim_end());
}

#[test]
fn a_season_brings_its_own_sequence_offer_and_caps() {
    let mut world = world();
    let mut hurry = world.config.sequences[0].clone();
    hurry.id = SequenceId::new("hurry").unwrap();
    hurry.steps = vec![Step {
        offer: Some(Offer {
            code: "SOON".into(),
            gives: Gives::Percent(5),
            minimum: None,
        }),
        ..Step::new(HOUR, Template::Season)
    }];
    let mut dear = world.config.sequences[0].clone();
    dear.id = SequenceId::new("dear").unwrap();
    dear.priority = 900;
    world.config.sequences.extend([hurry, dear]);
    world.sequence = None;
    let json = r#"[{"id":"black-friday","from":"2026-11-25","to":"2026-12-01","changes":{"offer":{"code":"BLACK20","percent":20},"sequence":"hurry","caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0}}}]"#;
    let seasons: Vec<Season> = serde_json::from_str(json).unwrap();
    assert_eq!(
        world.decide().chosen.unwrap().id.as_str(),
        "dear",
        "priority decides"
    );
    world.config.seasons = seasons;
    let verdict = world.decide();
    assert_eq!(
        verdict.chosen.unwrap().id.as_str(),
        "hurry",
        "before all others"
    );
    assert_eq!(verdict.offer.unwrap().code, "BLACK20");
    world.sent = vec![Sent {
        at: NOON - DAY / 2,
        channel: Channel::Email,
    }];
    let made = world.made();
    assert!(
        matches!(made, Made::Defer { until, .. } if until == NOON + DAY / 2),
        "{made:?}"
    );
    world.config.seasons[0].to = "2026-11-26".parse().unwrap();
    world.now = NOON + DAY;
    assert_eq!(
        world.decide().chosen.unwrap().id.as_str(),
        "dear",
        "it ends by itself"
    );
}

#[test]
fn a_season_offers_nothing_where_the_step_offers_nothing() {
    let mut world = world();
    let json = r#"[{"id":"sale","from":"2026-11-25","to":"2026-12-01","changes":{"offer":{"code":"BLACK20","percent":20}}}]"#;
    world.config.seasons = serde_json::from_str(json).unwrap();
    assert_eq!(world.decide().offer, None);
    world.step = 1;
    assert_eq!(world.decide().offer.unwrap().gives.percent(), Some(20));
}

#[test]
fn a_trigger_that_does_not_fit_leaves_the_next_sequence_its_turn() {
    let mut world = world();
    world.sequence = None;
    let mut failed = world.config.sequences[0].clone();
    failed.id = SequenceId::new("failed").unwrap();
    failed.priority = 500;
    failed.trigger = Trigger::PaymentFailed {
        codes: vec![],
        threshold_ms: None,
    };
    world.config.sequences.push(failed);
    assert_ne!(world.decide().chosen.unwrap().id.as_str(), "failed");
    world.cart().slot.stage = Some(Stage::PaymentFailed);
    assert_eq!(world.decide().chosen.unwrap().id.as_str(), "failed");
}

#[test]
fn what_happened_decides_where_it_is_not_that_a_cart_was_left() {
    let mut world = world();
    world.sequence = None;
    world.occasion = Some(Occasion::PriceDrop { percent: 12 });
    assert_eq!(world.made(), Made::Skip(Skip::NoSequence));
    world.config.sequences[0].trigger =
        serde_json::from_str(r#"{"price_drop":{"min_percent":10}}"#).unwrap();
    let verdict = world.decide();
    assert_eq!(verdict.judged.made, Made::Send(Channel::Email));
    let seen = verdict.judged.seen;
    assert!(seen.contains("a price fell by 12 %"), "{seen}");
}
