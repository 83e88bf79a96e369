//! What a replay promises, on a history of which every shopper's story is known.

use homing_core::channel::Channel;
use homing_core::replay::{Kind, Refusal, Report, Request};
use homing_replay_tests::{MONDAY_MS, history, shopper};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOUR: u64 = 3_600_000;
const CONFIGURATION: &str = include_str!("../../../fixtures/replay/configuration.json");
const CATALOGUE: &str = include_str!("../../../fixtures/replay/catalogue.json");
const SOONER: &str = include_str!("../../../fixtures/replay/sooner.json");
const WORTHY: &str = include_str!("../../../fixtures/replay/worthy.json");
const CHEAPER: &str = include_str!("../../../fixtures/replay/cheaper.json");
const WIDER: &str = include_str!("../../../fixtures/replay/wider.json");
const HISTORY: &[u8] = include_bytes!("../../../fixtures/replay/history.ndjson");

fn request(edited: &str, options: &Value) -> Result<Report, Refusal> {
    Request {
        history: HISTORY,
        configuration: CONFIGURATION,
        edited,
        catalogue: CATALOGUE,
        options: &options.to_string(),
    }
    .run()
}

fn replayed(edited: &str) -> Report {
    request(edited, &json!({})).unwrap()
}

fn kinds(report: &Report) -> Vec<(Kind, u64)> {
    let kinds = report.changed.kinds.iter();
    kinds.map(|(kind, count)| (*kind, *count)).collect()
}

#[test]
fn the_history_is_what_its_generator_writes() {
    assert_eq!(history().unwrap(), HISTORY);
}

/// Four shoppers order 36 hours after they left: a second message after 30 hours still reaches them, one after 48 does not.
#[test]
fn a_step_that_comes_sooner_reaches_those_who_would_have_ordered_before_it() {
    let report = replayed(SOONER);
    assert_eq!(report.total.now.sent, 44);
    assert_eq!(report.total.edited.sent, 48);
    let newly: Vec<_> = report
        .changed
        .list
        .iter()
        .filter(|step| step.kind == Kind::NewlySent)
        .collect();
    let late = (9..=12).map(|number| shopper(number).to_string());
    assert_eq!(
        newly
            .iter()
            .map(|step| step.shopper.clone())
            .collect::<Vec<_>>(),
        late.collect::<Vec<_>>()
    );
    for step in newly {
        let (now, edited) = (step.now.as_ref().unwrap(), step.edited.as_ref().unwrap());
        assert_eq!((now.state, now.code.as_str()), ("skipped", "ordered"));
        assert_eq!((edited.state, step.step), ("sent", 1));
    }
    // Shopper 16 leaves in the evening: 30 hours later it is night.
    assert_eq!(report.total.edited.put_off.get("quiet_hours"), Some(&1));
    assert_eq!(report.total.now.put_off.get("quiet_hours"), None);
    // 10 % of 19.50, 65, 120 and 65, less what shopper 19 put in later.
    assert_eq!(report.total.difference.offers, 4);
    assert_eq!(
        report.total.difference.offer_cost_minor.get("EUR"),
        Some(&2_045)
    );
}

#[test]
fn a_condition_keeps_the_offer_from_small_carts_alone() {
    let report = replayed(WORTHY);
    assert_eq!(
        kinds(&report),
        [(Kind::NoLongerSent, 3), (Kind::OtherReason, 1)]
    );
    let no_longer: Vec<String> = report
        .changed
        .list
        .iter()
        .filter(|step| step.kind == Kind::NoLongerSent)
        .map(|step| step.shopper.clone())
        .collect();
    // One mug, two mugs, one mug.
    assert_eq!(
        no_longer,
        [1, 4, 7].map(|number| shopper(number).to_string())
    );
    let sentence = &report.changed.list[0].edited.as_ref().unwrap().sentence;
    assert!(
        sentence.contains("19.50 EUR, below 50.00 EUR"),
        "{sentence}"
    );
    assert_eq!(report.total.difference.sent, -3);
    assert_eq!(report.total.edited.skipped.get("condition_unmet"), Some(&4));
}

#[test]
fn another_offer_goes_to_the_same_people_and_costs_less() {
    let report = replayed(CHEAPER);
    assert_eq!(kinds(&report), [(Kind::OtherOffer, 13)]);
    assert_eq!(report.total.difference.sent, 0);
    let [offer] = report.total.edited.offers.as_slice() else {
        panic!("{:?}", report.total.edited.offers)
    };
    assert_eq!(
        (
            offer.offer.code.as_str(),
            offer.offer.gives.percent(),
            offer.given
        ),
        ("COMEBACK5", Some(5), 13)
    );
    assert_eq!(offer.cost_minor.get("EUR"), Some(&6_137));
}

/// Looks and quotes are played too: sequences that begin with them reach whom they are for, and nobody else.
#[test]
fn sequences_for_looks_and_quotes_reach_those_who_looked_and_asked() {
    let report = replayed(WIDER);
    let gets = |number: u8| -> Vec<(String, &str, u64)> {
        let list = report.changed.list.iter();
        list.filter(|step| step.shopper == shopper(number).to_string())
            .filter_map(|step| step.edited.as_ref())
            .map(|side| {
                let sequence = side.sequence.clone().unwrap_or_default();
                (sequence, side.state, (side.at - MONDAY_MS) / HOUR)
            })
            .collect()
    };
    assert_eq!(gets(24), [(String::from("looked-at"), "sent", 28)]);
    assert_eq!(gets(25), []);
    assert_eq!(gets(26), [(String::from("quotes"), "sent", 28)]);
    assert_eq!(report.changed.shoppers, 2);
}

/// Whoever ordered, did not agree, or took everything out again is not written to, on either side.
#[test]
fn what_shoppers_did_stays_where_it_was() {
    let all = request(SOONER, &json!({ "limit": 0 })).unwrap();
    assert!(
        all.changed.list.is_empty() && all.changed.steps > 0,
        "counted, not listed"
    );
    for edited in [SOONER, WORTHY, CHEAPER] {
        let report = replayed(edited);
        for step in &report.changed.list {
            for side in [&step.now, &step.edited].into_iter().flatten() {
                let number = (1..=23)
                    .find(|number| shopper(*number).to_string() == step.shopper)
                    .unwrap();
                let sent = side.state == "sent";
                assert!(!(sent && matches!(number, 13..=15 | 20 | 22)), "{step:?}");
                let left_at = MONDAY_MS + u64::from(number) * HOUR / 6;
                let late = (9..=12).contains(&number) && side.at > left_at + 36 * HOUR;
                assert!(!(sent && late), "{step:?}");
            }
        }
    }
}

#[test]
fn whoever_is_held_out_gets_nothing_on_either_side() {
    let list: Vec<String> = (1..=8).map(|number| shopper(number).to_string()).collect();
    let report = request(SOONER, &json!({ "held_out": list })).unwrap();
    let without = replayed(SOONER);
    assert_eq!(report.total.now.shoppers, without.total.now.shoppers - 8);
    assert_eq!(report.total.now.skipped.get("holdout"), Some(&8));
    assert_eq!(report.total.edited.skipped.get("holdout"), Some(&8));
    let told = report.assumptions.join("\n");
    assert!(told.contains("the 8 shoppers of the list"), "{told}");
}

#[test]
fn messages_cost_what_is_said_and_nothing_where_nothing_is() {
    let report = request(SOONER, &json!({ "prices_micro": { "email": 400 } })).unwrap();
    let email = report.total.edited.channels[&Channel::Email];
    assert_eq!((email.sent, email.cost_micro), (48, Some(19_200)));
    assert_eq!(report.total.difference.message_cost_micro, 1_600);
    let unpriced = replayed(SOONER).total.edited.channels[&Channel::Email];
    assert_eq!(unpriced.cost_micro, None);
}

#[test]
fn what_cannot_be_read_is_refused_with_the_place() {
    let wrong = SOONER.replace("\"offer\": {", "\"ofer\": {");
    let refusal = request(&wrong, &json!({})).unwrap_err();
    assert_eq!(refusal.code(), "edited_invalid");
    let field = &refusal.problems()[0].field;
    assert!(field.starts_with("sequences[0].steps[1]"), "{field}");
    let refusal = request(SOONER, &json!({ "held_out": ["ada"] })).unwrap_err();
    assert_eq!(refusal.problems()[0].field, "held_out[0]");
    // One changed byte of the history.
    let text = String::from_utf8(HISTORY.to_vec()).unwrap();
    let broken = text.replacen("\"qty\":1", "\"qty\":2", 1);
    let refusal = Request {
        history: broken.as_bytes(),
        configuration: CONFIGURATION,
        edited: SOONER,
        catalogue: CATALOGUE,
        options: "{}",
    }
    .run()
    .unwrap_err();
    assert_eq!(refusal.code(), "history_broken");
}

/// A document of one to four messages.
fn sequences() -> impl Strategy<Value = Value> {
    let step = (1_u64..60, 0_u8..3, proptest::option::of(1_u64..20_000));
    proptest::collection::vec(step, 1..5).prop_map(|steps| {
        let mut at = 0;
        let steps: Vec<Value> = steps
            .into_iter()
            .map(|(hours, template, value)| {
                at += hours * HOUR;
                let name = ["reminder", "offer", "last_chance"][usize::from(template)];
                let mut step = json!({ "after_ms": at, "template": name });
                if template == 1 {
                    step["offer"] = json!({ "code": "BACK", "percent": 10 });
                }
                if let Some(value) = value {
                    step["when"] =
                        json!({ "cart_value": { "at_least_minor": value, "currency": "EUR" } });
                }
                step
            })
            .collect();
        json!({ "sequences": [{
            "id": "left-carts",
            "version": 7,
            "name": "Left carts",
            "trigger": { "cart": {} },
            "steps": steps,
        }] })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Two configurations that say the same do the same, whatever they say; and the same question has one answer, to the byte.
    #[test]
    fn what_is_not_edited_does_not_differ(document in sequences()) {
        let mut whole: Value = serde_json::from_str(CONFIGURATION).unwrap();
        whole["sequences"] = document["sequences"].clone();
        let (configuration, document) = (whole.to_string(), document.to_string());
        let same = Request {
            history: HISTORY,
            configuration: &configuration,
            edited: &document,
            catalogue: CATALOGUE,
            options: "{}",
        };
        let report = same.run().unwrap();
        prop_assert_eq!(report.changed.steps, 0);
        prop_assert_eq!(&report.total.now, &report.total.edited);
        prop_assert_eq!(report.total.now.waiting, 0, "120 days are enough for all of it");
        let again = serde_json::to_string(&same.run().unwrap()).unwrap();
        prop_assert_eq!(serde_json::to_string(&report).unwrap(), again);
        // What is sent now does not depend on what it is compared with.
        let other = Request { edited: SOONER, ..same };
        prop_assert_eq!(other.run().unwrap().total.now, report.total.now);
    }
}
