use super::*;

pub(crate) fn json() -> String {
    String::from(
        r#"{"name":"Hearth","origins":["https://shop.example"],"restore_url":"https://shop.example/cart","currency":"EUR","sender":{"name":"Hearth","email":"hello@shop.example","postal_address":"1 Lane"}}"#,
    )
}

#[test]
fn defaults_are_the_production_sequence() {
    let config = ShopConfig::parse(json().as_bytes()).unwrap();
    let [sequence] = config.sequences.as_slice() else {
        panic!("one sequence");
    };
    let hours: Vec<u64> = sequence
        .steps
        .iter()
        .map(|step| step.after_ms / 3_600_000)
        .collect();
    assert_eq!(hours, [24, 48, 72]);
    assert_eq!(
        sequence.steps[1].offer.as_ref().unwrap().gives.percent(),
        Some(10)
    );
    assert_eq!(config.holdout_bp, 500);
    assert!(!config.sandbox);
}

#[test]
fn a_wrong_field_is_named() {
    for (from, to, field) in [
        (
            "https://shop.example\"]",
            "https://shop.example/x\"]",
            "origins[0]",
        ),
        (
            "https://shop.example/cart",
            "javascript:alert(1)",
            "restore_url",
        ),
        ("hello@shop.example", "hello", "sender.email"),
        (
            "\"name\":\"Hearth\",\"origins\"",
            "\"name\":\"\",\"origins\"",
            "name",
        ),
        ("\"currency\"", "\"curency\"", "curency"),
        (
            "\"currency\"",
            "\"time_zone\":\"Europe/Atlantis\",\"currency\"",
            "time_zone",
        ),
        (
            "\"currency\"",
            "\"sequences\":[{\"id\":\"a\",\"version\":1,\"name\":\"A\",\"trigger\":{\"cart\":{}},\"steps\":[{\"after_ms\":1,\"template\":\"offer\"}]}],\"currency\"",
            "sequences[0].steps[0].offer",
        ),
    ] {
        let errors = ShopConfig::parse(json().replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!((errors.len(), errors[0].field.as_str()), (1, field));
    }
}

#[test]
fn a_configuration_is_read_as_it_was_written() {
    let config = ShopConfig::parse(json().as_bytes()).unwrap();
    let written = serde_json::to_string(&config).unwrap();
    assert_eq!(ShopConfig::parse(written.as_bytes()), Ok(config.clone()));
    let stored = crate::object::codec::encode(&config).unwrap();
    assert_eq!(
        crate::object::codec::decode::<ShopConfig>(&stored).unwrap(),
        config
    );
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let json = json()
        .replace("\"name\":\"Hearth\",\"origins\"", "\"name\":\"\",\"origins\"")
        .replace(
            "\"currency\"",
            r#""holdout_bp":10001,"flags":[{"id":"a"},{"id":"a","share_bp":10001}],
            "country_rules":[{"country":"FR"}],
            "experiments":[{"id":"e","from":0,"sequence":"none","flag":"b","arms":[{"id":"x","share_bp":1}]}],
            "currency""#,
        );
    let errors = ShopConfig::parse(json.as_bytes()).unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "name",
            "holdout_bp",
            "country_rules[0]",
            "flags[1].share_bp",
            "flags[1].id",
            "experiments[0].arms",
            "experiments[0].sequence",
            "experiments[0].flag",
        ]
    );
}

#[test]
fn experiments_are_checked_against_what_they_concern_and_against_each_other() {
    let shop = |experiments: &str, flag: &str| {
        let json = json().replace(
            "\"currency\"",
            &format!(
                r#""flags":[{{"id":"early"}}],"experiments":[{experiments}],
                "sequences":[{{"id":"a","version":1,"name":"A","trigger":{{"cart":{{}}}}{flag},"steps":[
                  {{"after_ms":1000,"template":"reminder"}},{{"after_ms":5000,"template":"reminder"}}]}}],"currency""#
            ),
        );
        let errors = ShopConfig::parse(json.as_bytes()).err().unwrap_or_default();
        errors
            .into_iter()
            .map(|error| error.field)
            .collect::<Vec<_>>()
    };
    let one = |id: &str, more: &str, changes: &str| {
        format!(
            r#"{{"id":"{id}","from":10{more},"arms":[{{"id":"x","share_bp":5000}},{{"id":"y","share_bp":5000,"changes":{changes}}}]}}"#
        )
    };
    let subject = r#"{"step":1,"subject":"S"}"#;
    assert_eq!(shop(&one("e", "", subject), r#","flag":"early""#), [""; 0]);
    assert_eq!(
        shop(&one("e", "", subject), r#","flag":"late""#),
        ["sequences[0].flag"]
    );
    assert_eq!(
        shop(&one("e", "", r#"{"step":2,"subject":"S"}"#), ""),
        ["experiments[0].arms[1].changes.step"]
    );
    assert_eq!(
        shop(&one("e", "", r#"{"step":0,"delay_ms":6000}"#), ""),
        ["experiments[0].arms[1].changes.delay_ms"]
    );
    for (second, field) in [
        (one("e", "", r#"{"step":0,"subject":"T"}"#), Some("id")),
        (one("f", "", r#"{"step":0,"subject":"T"}"#), None),
        (
            one("f", "", r#"{"subject":"T"}"#),
            Some("arms[1].changes.subject"),
        ),
        (one("f", "", r#"{"step":1,"channel":"email"}"#), None),
        (
            one("f", r#","to":20"#, subject),
            Some("arms[1].changes.subject"),
        ),
    ] {
        let both = format!("{},{second}", one("e", "", subject));
        let fields: Vec<String> = field
            .iter()
            .map(|f| format!("experiments[1].{f}"))
            .collect();
        assert_eq!(shop(&both, ""), fields, "{second}");
    }
    // One after the other.
    let both = format!(
        "{},{}",
        one("e", r#","to":20"#, subject),
        one("f", "", subject).replace(":10,", ":20,")
    );
    assert_eq!(shop(&both, ""), [""; 0]);
    let delays = format!(
        "{},{}",
        one("e", "", r#"{"step":0,"delay_ms":4000}"#),
        one("f", "", r#"{"step":1,"delay_ms":3000}"#)
    );
    assert_eq!(
        shop(&delays, ""),
        ["experiments[1].arms[1].changes.delay_ms"]
    );
}
