//! Parser and schema refuse the same documents, and the parser names the field.

use homing_core::document::text::Text;
use homing_core::rules::{CalendarDay, CatalogueId, Country, Host};
use homing_core::sequence::{SequenceId, document::Document};
use homing_documents::published;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

fn validator() -> Validator {
    let [(_, schema), _] = published().unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A document that uses every kind of test and every field.
fn base() -> Value {
    json!({"$schema": "sequence.schema.json", "sequences": [
        {"id": "first", "version": 1, "name": "First", "trigger": {"cart": {"threshold_ms": 1000}}, "priority": 1000,
         "approval": true, "when": {"all": [
            {"cart_value": {"at_least_minor": 5000, "below_minor": 9000, "currency": "EUR"}},
            {"not": {"device": ["desktop"]}},
            {"any": [
                {"since_abandonment": {"at_least_ms": 0}},
                {"margin_percent": {"below": -10}},
                {"customer_tier": ["gold"]},
                {"orders_count": {"at_least": 1}},
                {"orders_spent": {"below_minor": 1, "currency": "JPY"}},
                {"days_since_order": {"at_least": 30, "below": null}},
                {"country": ["FR", "DE"]},
                {"reason": {"any_of": ["shipping_cost"], "at_least_percent": 40}},
                {"consent": "sms"},
                {"utm_source": ["google"]},
                {"utm_medium": ["cpc"]},
                {"utm_campaign": ["été 2026"]},
                {"referrer_host": ["google.com"]},
                {"checkout_stage": ["shipping"]},
                {"payment_error": ["card_declined"]},
                {"quote": false},
                {"local_hour": {"from": 8, "until": 24}},
                {"local_weekday": ["monday"]},
                {"local_date": {"first": "11-20", "last": "12-02"}},
                {"lines": {"which": "all", "variant": ["mug"], "product": ["p"], "tag": ["sale"],
                    "attribute": {"name": "colour", "value": ["blue"]}, "quantity": {"at_least": 2}}}
            ]}
         ]},
         "steps": [
            {"after_ms": 1000, "template": "reminder", "channels": ["push", "email"], "when": {"quote": false}},
            {"after_ms": 7_776_000_000_u64, "template": "offer", "offer": {"code": "BACK-10", "percent": 100}}
         ]},
        {"id": "browse", "version": 2, "name": "B", "trigger": {"browse": {"min_dwell_ms": 1000}}, "steps": [{"after_ms": 0, "template": "browse"}]},
        {"id": "checkout", "version": 2, "name": "C", "trigger": {"checkout": {"stages": ["shipping"]}}, "steps": [{"after_ms": 0, "template": "reminder", "offer": null, "when": null}]},
        {"id": "payment", "version": 2, "name": "P", "trigger": {"payment_failed": {"codes": ["x"]}}, "steps": [{"after_ms": 0, "template": "payment_failed"}]},
        {"id": "price", "version": 2, "name": "D", "trigger": {"price_drop": {"min_percent": 99}}, "steps": [{"after_ms": 0, "template": "price_drop"}]}
    ]})
}

/// The base with `value` put where `pointer` (RFC 6901) says; `null` takes the field out.
fn edited(pointer: &str, value: Value) -> Value {
    let mut document = base();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Value::Null) => {
            fields.remove(name).unwrap();
        }
        (Value::Object(fields), value) => {
            fields.insert(name.into(), value);
        }
        (Value::Array(entries), value) => entries[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} leads nowhere"),
    }
    document
}

fn parsed(document: &Value) -> Vec<(String, String)> {
    match Document::parse(document.to_string().as_bytes()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .into_iter()
            .map(|error| (error.field, error.reason))
            .collect(),
    }
}

const RULE: &str = "/sequences/0/when/all";

#[test]
fn the_base_is_right() {
    assert_eq!(parsed(&base()), []);
    assert!(validator().is_valid(&base()));
}

#[test]
fn both_refuse_what_is_wrong_and_the_path_leads_to_it() {
    let validator = validator();
    let any = |n: usize, rest: &str| format!("{RULE}/2/any/{n}{rest}");
    let at = |rest: &str| format!("sequences[0].when.all[2].any{rest}");
    let cases: Vec<(String, Value, String)> = [
        // The document and its sequences.
        ("/sequences", json!(null), "sequences"),
        ("/sequences", json!({}), "sequences"),
        (
            "/sequences",
            json!(vec![base()["sequences"][1].clone(); 51]),
            "sequences",
        ),
        ("/extra", json!(1), "extra"),
        ("/sequences/0", json!("first"), "sequences[0]"),
        ("/sequences/0/id", json!(null), "sequences[0].id"),
        ("/sequences/0/id", json!("Über uns"), "sequences[0].id"),
        ("/sequences/0/id", json!("-a"), "sequences[0].id"),
        ("/sequences/0/id", json!("a".repeat(41)), "sequences[0].id"),
        ("/sequences/0/version", json!(0), "sequences[0].version"),
        ("/sequences/0/version", json!("1"), "sequences[0].version"),
        ("/sequences/0/version", json!(-1), "sequences[0].version"),
        (
            "/sequences/0/version",
            json!(4_294_967_296_u64),
            "sequences[0].version",
        ),
        ("/sequences/0/name", json!(" "), "sequences[0].name"),
        ("/sequences/0/name", json!("a\nb"), "sequences[0].name"),
        (
            "/sequences/0/priority",
            json!(1001),
            "sequences[0].priority",
        ),
        (
            "/sequences/0/approval",
            json!("yes"),
            "sequences[0].approval",
        ),
        ("/sequences/0/prioritty", json!(1), "sequences[0].prioritty"),
        // Triggers.
        ("/sequences/0/trigger", json!(null), "sequences[0].trigger"),
        (
            "/sequences/0/trigger",
            json!({"stroll": {}}),
            "sequences[0].trigger.stroll",
        ),
        (
            "/sequences/0/trigger",
            json!({"cart": {}, "quote": {}}),
            "sequences[0].trigger",
        ),
        ("/sequences/0/trigger", json!({}), "sequences[0].trigger"),
        (
            "/sequences/0/trigger",
            json!("cart"),
            "sequences[0].trigger.cart",
        ),
        (
            "/sequences/0/trigger/cart/threshold_ms",
            json!(999),
            "sequences[0].trigger.cart.threshold_ms",
        ),
        (
            "/sequences/0/trigger/cart/treshold_ms",
            json!(1000),
            "sequences[0].trigger.cart.treshold_ms",
        ),
        (
            "/sequences/1/trigger/browse/min_dwell_ms",
            json!(null),
            "sequences[1].trigger.browse.min_dwell_ms",
        ),
        (
            "/sequences/1/trigger/browse/min_dwell_ms",
            json!(3_600_001),
            "sequences[1].trigger.browse.min_dwell_ms",
        ),
        (
            "/sequences/2/trigger/checkout/stages/0",
            json!("paying"),
            "sequences[2].trigger.checkout.stages[0]",
        ),
        (
            "/sequences/2/trigger/checkout/stages",
            json!(["price", "price"]),
            "sequences[2].trigger.checkout.stages[1]",
        ),
        (
            "/sequences/3/trigger/payment_failed/codes/0",
            json!(""),
            "sequences[3].trigger.payment_failed.codes[0]",
        ),
        (
            "/sequences/4/trigger/price_drop/min_percent",
            json!(0),
            "sequences[4].trigger.price_drop.min_percent",
        ),
        // Steps.
        ("/sequences/0/steps", json!([]), "sequences[0].steps"),
        (
            "/sequences/0/steps",
            json!(vec![json!({"after_ms": 1, "template": "reminder"}); 13]),
            "sequences[0].steps",
        ),
        (
            "/sequences/0/steps/0/after_ms",
            json!(null),
            "sequences[0].steps[0].after_ms",
        ),
        (
            "/sequences/0/steps/0/after_ms",
            json!(1.5),
            "sequences[0].steps[0].after_ms",
        ),
        (
            "/sequences/0/steps/1/after_ms",
            json!(7_776_000_001_u64),
            "sequences[0].steps[1].after_ms",
        ),
        (
            "/sequences/0/steps/0/template",
            json!("remainder"),
            "sequences[0].steps[0].template",
        ),
        (
            "/sequences/0/steps/0/channels",
            json!([]),
            "sequences[0].steps[0].channels",
        ),
        (
            "/sequences/0/steps/0/channels",
            json!(["sms", "sms"]),
            "sequences[0].steps[0].channels[1]",
        ),
        (
            "/sequences/0/steps/0/channels/1",
            json!("fax"),
            "sequences[0].steps[0].channels[1]",
        ),
        (
            "/sequences/0/steps/1/offer/code",
            json!("ten off"),
            "sequences[0].steps[1].offer.code",
        ),
        (
            "/sequences/0/steps/1/offer/percent",
            json!(101),
            "sequences[0].steps[1].offer.percent",
        ),
        (
            "/sequences/0/steps/1/offer/amount",
            json!(5),
            "sequences[0].steps[1].offer.amount",
        ),
        (
            "/sequences/0/steps/0/when/quote",
            json!(1),
            "sequences[0].steps[0].when.quote",
        ),
        // Rules.
        ("/sequences/0/when", json!({}), "sequences[0].when"),
        ("/sequences/0/when", json!([]), "sequences[0].when"),
        ("/sequences/0/when/all", json!([]), "sequences[0].when.all"),
        (
            "/sequences/0/when/any",
            json!([{"quote": true}]),
            "sequences[0].when",
        ),
        (
            "/sequences/0/when/all/1",
            json!({"weather": ["rain"]}),
            "sequences[0].when.all[1].weather",
        ),
        (
            "/sequences/0/when/all/1/not",
            json!([{"quote": true}]),
            "sequences[0].when.all[1].not",
        ),
        (
            "/sequences/0/when/all/1/not/device",
            json!([]),
            "sequences[0].when.all[1].not.device",
        ),
        (
            "/sequences/0/when/all/1/not/device",
            json!("desktop"),
            "sequences[0].when.all[1].not.device",
        ),
        (
            "/sequences/0/when/all/1/not/device/0",
            json!("watch"),
            "sequences[0].when.all[1].not.device[0]",
        ),
        (
            "/sequences/0/when/all/0/cart_value/currency",
            json!(null),
            "sequences[0].when.all[0].cart_value.currency",
        ),
        (
            "/sequences/0/when/all/0/cart_value/currency",
            json!("EURO"),
            "sequences[0].when.all[0].cart_value.currency",
        ),
        (
            "/sequences/0/when/all/0/cart_value/at_least_minor",
            json!(50.5),
            "sequences[0].when.all[0].cart_value.at_least_minor",
        ),
        (
            "/sequences/0/when/all/0/cart_value",
            json!({"currency": "EUR"}),
            "sequences[0].when.all[0].cart_value",
        ),
        (
            "/sequences/0/when/all/0/cart_value/above_minor",
            json!(1),
            "sequences[0].when.all[0].cart_value.above_minor",
        ),
    ]
    .map(|(pointer, value, path)| (pointer.to_string(), value, path.to_string()))
    .into_iter()
    .chain([
        (
            any(0, "/since_abandonment/at_least_ms"),
            json!(31_622_400_001_u64),
            at("[0].since_abandonment.at_least_ms"),
        ),
        (
            any(1, "/margin_percent/below"),
            json!(101),
            at("[1].margin_percent.below"),
        ),
        (
            any(2, "/customer_tier/0"),
            json!("gold "),
            at("[2].customer_tier[0]"),
        ),
        (
            any(3, "/orders_count"),
            json!({"at_least": null}),
            at("[3].orders_count"),
        ),
        (
            any(3, "/orders_count/at_least"),
            json!(1_000_001),
            at("[3].orders_count.at_least"),
        ),
        (any(6, "/country/1"), json!("fr"), at("[6].country[1]")),
        (
            any(6, "/country"),
            json!(["FR", "FR"]),
            at("[6].country[1]"),
        ),
        (
            any(7, "/reason/any_of/0"),
            json!("boredom"),
            at("[7].reason.any_of[0]"),
        ),
        (
            any(7, "/reason/at_least_percent"),
            json!(0),
            at("[7].reason.at_least_percent"),
        ),
        (any(8, "/consent"), json!(["sms"]), at("[8].consent")),
        (
            any(12, "/referrer_host/0"),
            json!("https://google.com"),
            at("[12].referrer_host[0]"),
        ),
        (
            any(13, "/checkout_stage"),
            json!([]),
            at("[13].checkout_stage"),
        ),
        (
            any(16, "/local_hour/from"),
            json!(24),
            at("[16].local_hour.from"),
        ),
        (
            any(16, "/local_hour/until"),
            json!(25),
            at("[16].local_hour.until"),
        ),
        (
            any(17, "/local_weekday/0"),
            json!("Monday"),
            at("[17].local_weekday[0]"),
        ),
        (
            any(18, "/local_date/first"),
            json!("11-31"),
            at("[18].local_date.first"),
        ),
        (
            any(18, "/local_date/last"),
            json!("2 Dec"),
            at("[18].local_date.last"),
        ),
        (any(19, "/lines"), json!({"which": "all"}), at("[19].lines")),
        (
            any(19, "/lines/which"),
            json!("some"),
            at("[19].lines.which"),
        ),
        (
            any(19, "/lines/variant/0"),
            json!("a b"),
            at("[19].lines.variant[0]"),
        ),
        (
            any(19, "/lines/attribute/value"),
            json!(null),
            at("[19].lines.attribute.value"),
        ),
        (
            any(19, "/lines/quantity"),
            json!({}),
            at("[19].lines.quantity"),
        ),
    ])
    .collect();
    assert!(cases.len() >= 25);
    for (pointer, value, path) in cases {
        let document = edited(&pointer, value);
        assert!(
            !validator.is_valid(&document),
            "the schema takes {pointer}: {document}"
        );
        let errors = parsed(&document);
        assert_eq!(errors.len(), 1, "{pointer}: {errors:?}");
        assert_eq!(errors[0].0, path, "{}", errors[0].1);
    }
}

/// How fields relate to each other is beyond the schema's language: documents that it takes and the parser refuses.
#[test]
fn only_the_parser_sees_how_fields_relate() {
    let validator = validator();
    let first = base()["sequences"][0].clone();
    for (pointer, value, path) in [
        ("/sequences/1", first, "sequences[1].id"),
        (
            "/sequences/0/steps/1/after_ms",
            json!(999),
            "sequences[0].steps[1].after_ms",
        ),
        (
            "/sequences/0/steps/1/offer",
            json!(null),
            "sequences[0].steps[1].offer",
        ),
        (
            "/sequences/0/when/all/0/cart_value/below_minor",
            json!(5000),
            "sequences[0].when.all[0].cart_value.below_minor",
        ),
        (
            "/sequences/0/when/all/2/any/16/local_hour/until",
            json!(8),
            "sequences[0].when.all[2].any[16].local_hour.until",
        ),
        (
            "/sequences/0/when/all/2/any/18/local_date/last",
            json!("2026-12-02"),
            "sequences[0].when.all[2].any[18].local_date.last",
        ),
        (
            "/sequences/0/when",
            json!({"not": {"not": {"not": {"not": {"not": {"not": {"quote": true}}}}}}}),
            "sequences[0].when.not.not.not.not.not.not",
        ),
        (
            "/sequences/0/when",
            json!({"all": vec![json!({"any": vec![json!({"quote": true}); 14]}); 3]}),
            "sequences[0].when",
        ),
    ] {
        let document = edited(pointer, value);
        assert!(
            validator.is_valid(&document),
            "{pointer}: the schema has learnt this; move it to the other table"
        );
        let errors = parsed(&document);
        assert_eq!(errors.len(), 1, "{pointer}: {errors:?}");
        assert_eq!(errors[0].0, path, "{}", errors[0].1);
    }
}

fn pattern(pattern: &str) -> Validator {
    jsonschema::validator_for(&json!({"type": "string", "pattern": pattern})).unwrap()
}

proptest! {
    #[test]
    fn the_published_patterns_take_what_the_parser_takes(
        text in prop_oneof![
            "[ a-zA-Z0-9._-]{0,45}",
            "([0-9]{4}-)?[01][0-9]-[0-3][0-9]",
            "[ é\u{0}-\u{20}\u{7f}-\u{a0}]{0,4}",
            "\\PC{0,110}",
        ]
    ) {
        for (pattern, taken) in [
            (pattern(Text::PATTERN), Text::new(&text).is_ok()),
            (pattern(CatalogueId::PATTERN), CatalogueId::new(&text).is_ok()),
            (pattern(Country::PATTERN), Country::new(&text).is_ok()),
            (pattern(Host::PATTERN), Host::new(&text).is_ok()),
            (pattern(SequenceId::PATTERN), SequenceId::new(&text).is_ok()),
            (pattern(CalendarDay::PATTERN), CalendarDay::new(&text).is_ok()),
        ] {
            prop_assert_eq!(pattern.is_valid(&json!(text)), taken);
        }
    }
}
