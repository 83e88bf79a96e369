//! What a merchant reads.

use super::*;
use crate::log::Stage;
use crate::money::{Currency, Money};
use std::collections::BTreeMap;

fn euros(minor: u64) -> Option<Money> {
    let currency = Currency::parse("EUR").unwrap();
    Some(Money { minor, currency })
}

/// A shopper of whom everything is known.
fn known() -> Facts {
    Facts {
        since_abandonment_ms: Some(93_784_005),
        cart_value: euros(4_200),
        lines: Some(vec![
            LineFacts {
                variant: "mug-blue".into(),
                product: Some("mug".into()),
                tags: Some(vec!["Sale".into()]),
                attributes: Some(BTreeMap::from([("Colour".into(), "Blue".into())])),
                qty: 2,
            },
            LineFacts {
                variant: "vase".into(),
                product: Some("vase".into()),
                tags: Some(vec![]),
                attributes: None,
                qty: 1,
            },
        ]),
        margin_percent: Some(-5),
        customer_tier: Some(Some("Gold".into())),
        orders: Some(Orders {
            count: 1,
            spent: euros(10_000),
            days_since_last: Some(1),
        }),
        device: Some(Device::Desktop),
        country: Some("FR".into()),
        reasons: Some(BTreeMap::from([
            (Reason::ShippingCost, 40),
            (Reason::Complexity, 22),
        ])),
        consents: Consents {
            email: Some(true),
            sms: Some(false),
            push: None,
        },
        source: Some(Source {
            utm_source: Some("Google".into()),
            utm_medium: None,
            utm_campaign: Some("mail ada@example.com".into()),
            referrer_host: Some("www.google.com".into()),
        }),
        checkout: Some(CheckoutFacts {
            stage: Some(Stage::PaymentFailed),
            payment_error: Some("card_declined".into()),
        }),
        quote: Some(false),
        local: Some(LocalMoment {
            year: 2026,
            month: 11,
            day: 27,
            hour: 22,
            weekday: Weekday::Friday,
        }),
    }
}

#[test]
fn each_test_says_what_it_saw() {
    use Outcome::{Met, Unknown, Unmet};
    for (json, outcome, words) in [
        (
            r#"{"since_abandonment":{"at_least_ms":86400000}}"#,
            Met,
            "the time since the cart was left was 1 day 2 hours 3 minutes 4 seconds, at least 1 day",
        ),
        (
            r#"{"since_abandonment":{"below_ms":7200000}}"#,
            Unmet,
            "the time since the cart was left was 1 day 2 hours 3 minutes 4 seconds, not below 2 hours",
        ),
        (
            r#"{"cart_value":{"at_least_minor":5000,"currency":"EUR"}}"#,
            Unmet,
            "the cart's value was 42.00 EUR, below 50.00 EUR",
        ),
        (
            r#"{"cart_value":{"at_least_minor":2000,"below_minor":5000,"currency":"EUR"}}"#,
            Met,
            "the cart's value was 42.00 EUR, at least 20.00 EUR and below 50.00 EUR",
        ),
        (
            r#"{"cart_value":{"at_least_minor":1,"currency":"USD"}}"#,
            Unknown,
            "the cart's value was 42.00 EUR, and what that is in USD is not known",
        ),
        (
            r#"{"lines":{"product":["mug","bowl"]}}"#,
            Met,
            "the line mug-blue was of the product mug or bowl",
        ),
        (
            r#"{"lines":{"which":"all","product":["mug"]}}"#,
            Unmet,
            "the line vase was not of the product mug",
        ),
        (
            r#"{"lines":{"variant":["bowl"],"tag":["sale"]}}"#,
            Unmet,
            "no line was of the variant bowl and tagged sale",
        ),
        (
            r#"{"lines":{"which":"all","quantity":{"below":3}}}"#,
            Met,
            "every line was of a quantity below 3",
        ),
        (
            r#"{"lines":{"attribute":{"name":"colour","value":["blue","red"]}}}"#,
            Met,
            "the line mug-blue was of colour blue or red",
        ),
        (
            r#"{"lines":{"which":"all","attribute":{"name":"colour","value":["blue"]}}}"#,
            Unknown,
            "whether the line vase is of colour blue is not known",
        ),
        (
            r#"{"margin_percent":{"below":10}}"#,
            Met,
            "the cart's margin was -5 %, below 10 %",
        ),
        (
            r#"{"customer_tier":["gold","platinum"]}"#,
            Met,
            "the customer tier was Gold, one of gold or platinum",
        ),
        (
            r#"{"orders_count":{"at_least":2}}"#,
            Unmet,
            "the number of orders was 1, below 2",
        ),
        (
            r#"{"orders_spent":{"at_least_minor":10000,"currency":"EUR"}}"#,
            Met,
            "what the shopper spent was 100.00 EUR, at least 100.00 EUR",
        ),
        (
            r#"{"days_since_order":{"below":30}}"#,
            Met,
            "the time since the last order was 1 day, below 30 days",
        ),
        (
            r#"{"device":["phone"]}"#,
            Unmet,
            "the device was desktop, not phone",
        ),
        (
            r#"{"device":["phone","tablet"]}"#,
            Unmet,
            "the device was desktop, not one of phone or tablet",
        ),
        (r#"{"country":["FR"]}"#, Met, "the country was FR"),
        (
            r#"{"reason":{"any_of":["shipping_cost","complexity"]}}"#,
            Met,
            "the likelihood of shipping cost or complexity as the reason was 62 %, at least 50 %",
        ),
        (r#"{"consent":"email"}"#, Met, "consent to email was given"),
        (r#"{"consent":"sms"}"#, Unmet, "consent to SMS was refused"),
        (
            r#"{"consent":"push"}"#,
            Unknown,
            "consent to push is not known",
        ),
        (
            r#"{"utm_source":["google"]}"#,
            Met,
            "the utm_source was Google",
        ),
        (
            r#"{"utm_medium":["cpc"]}"#,
            Unmet,
            "there was no utm_medium",
        ),
        (
            r#"{"utm_campaign":["spring"]}"#,
            Unmet,
            "the utm_campaign was (a contact, not shown), not spring",
        ),
        (
            r#"{"referrer_host":["google.com"]}"#,
            Met,
            "the referring host was www.google.com",
        ),
        (
            r#"{"referrer_host":["oogle.com"]}"#,
            Unmet,
            "the referring host was www.google.com, not oogle.com",
        ),
        (
            r#"{"checkout_stage":["shipping"]}"#,
            Unmet,
            "the checkout stage was payment_failed, not shipping",
        ),
        (
            r#"{"payment_error":["card_declined"]}"#,
            Met,
            "the payment error was card_declined",
        ),
        (r#"{"quote":true}"#, Unmet, "the cart was not a quote"),
        (
            r#"{"local_hour":{"from":20,"until":8}}"#,
            Met,
            "the shopper's local hour was 22, between 20 and 8 o'clock",
        ),
        (
            r#"{"local_hour":{"from":8,"until":22}}"#,
            Unmet,
            "the shopper's local hour was 22, not between 8 and 22 o'clock",
        ),
        (
            r#"{"local_weekday":["saturday","sunday"]}"#,
            Unmet,
            "the shopper's local weekday was Friday, not one of Saturday or Sunday",
        ),
        (
            r#"{"local_date":{"first":"11-20","last":"12-02"}}"#,
            Met,
            "the shopper's local date was 2026-11-27, between 11-20 and 12-02",
        ),
        (
            r#"{"local_date":{"first":"12-20","last":"01-06"}}"#,
            Unmet,
            "the shopper's local date was 2026-11-27, not between 12-20 and 01-06",
        ),
        (
            r#"{"local_date":{"first":"2026-11-27","last":"2026-11-27"}}"#,
            Met,
            "the shopper's local date was 2026-11-27, between 2026-11-27 and 2026-11-27",
        ),
    ] {
        let explanation = rule(json).judge(&known());
        assert_eq!(explanation.sentence(), words);
        assert_eq!(explanation.outcome, outcome, "{json}");
    }
}

#[test]
fn a_rule_names_only_what_decided_it() {
    let rule = rule(
        r#"{"all":[{"cart_value":{"at_least_minor":4000,"currency":"EUR"}},{"not":{"device":["desktop"]}},{"country":["FR"]}]}"#,
    );
    let explanation = rule.judge(&known());
    assert_eq!(explanation.outcome, Outcome::Unmet);
    assert_eq!(explanation.because.len(), 1);
    assert_eq!(explanation.because[0].path, "all[1].not.device");
    assert_eq!(explanation.sentence(), "the device was desktop");

    let phone = Facts {
        device: Some(Device::Phone),
        ..known()
    };
    assert_eq!(
        rule.judge(&phone).sentence(),
        "the cart's value was 42.00 EUR, at least 40.00 EUR; the device was phone, not desktop; and the country was FR"
    );

    let unknown = Facts {
        device: None,
        ..known()
    };
    assert_eq!(rule.judge(&unknown).sentence(), "the device is not known");
}

#[test]
fn who_never_bought_did_not_buy_lately_either() {
    let newcomer = Facts {
        orders: Some(Orders::default()),
        ..Facts::default()
    };
    let lately = rule(r#"{"not":{"days_since_order":{"below":30}}}"#);
    assert!(lately.outcome(&newcomer).is_met());
    assert_eq!(lately.outcome(&Facts::default()), Outcome::Unknown);
}

#[test]
fn an_empty_cart_has_no_such_lines() {
    let empty = Facts {
        lines: Some(vec![]),
        ..Facts::default()
    };
    let all = rule(r#"{"lines":{"which":"all","quantity":{"at_least":1}}}"#);
    assert_eq!(all.outcome(&empty), Outcome::Unmet);
    assert_eq!(all.judge(&empty).sentence(), "the cart was empty");
}

#[test]
fn a_span_over_new_year_holds_on_both_sides_of_it() {
    let rule = rule(r#"{"local_date":{"first":"12-20","last":"01-06"}}"#);
    for (month, day, met) in [
        (12, 19, false),
        (12, 20, true),
        (12, 31, true),
        (1, 1, true),
        (1, 6, true),
        (1, 7, false),
    ] {
        let local = LocalMoment {
            year: 2026,
            month,
            day,
            hour: 0,
            weekday: Weekday::Monday,
        };
        let facts = Facts {
            local: Some(local),
            ..Facts::default()
        };
        assert_eq!(rule.outcome(&facts).is_met(), met, "{month}-{day}");
    }
}

#[test]
fn a_long_list_is_told_by_its_beginning() {
    let rule = rule(r#"{"country":["AT","BE","BG","CY","CZ","DE","DK","EE","ES"]}"#);
    assert_eq!(
        rule.judge(&known()).sentence(),
        "the country was FR, not one of AT, BE, BG, CY, CZ, DE or 3 more"
    );
}
