//! Which sequence a shopper gets from the library.

use super::*;
use crate::log::Stage;
use crate::money::Money;
use crate::rules::{Consents, Device, LocalMoment, Weekday};

fn on(month: u8, day: u8) -> Option<LocalMoment> {
    Some(LocalMoment {
        year: 2026,
        month,
        day,
        hour: 10,
        weekday: Weekday::Friday,
    })
}

/// A cart of 42 euros on a computer in June.
fn ordinary() -> Facts {
    Facts {
        cart_value: Some(Money {
            minor: 4_200,
            currency: Currency::parse("EUR").unwrap(),
        }),
        device: Some(Device::Desktop),
        local: on(6, 1),
        ..Facts::default()
    }
}

fn chosen(facts: &Facts, occasion: &Occasion) -> String {
    let library = euro_library();
    choose(&library, facts, occasion)
        .map_or("none", |sequence| sequence.id.as_str())
        .to_string()
}

#[test]
fn each_occasion_finds_its_sequence_in_the_library() {
    let mut valuable = ordinary();
    valuable.cart_value.as_mut().unwrap().minor = 20_000;
    let in_season = Facts {
        local: on(11, 27),
        ..ordinary()
    };
    let on_a_phone = Facts {
        device: Some(Device::Phone),
        consents: Consents {
            sms: Some(true),
            ..Consents::default()
        },
        ..ordinary()
    };
    let not_reachable = Facts {
        consents: Consents::default(),
        ..on_a_phone.clone()
    };
    for (facts, occasion, id) in [
        (ordinary(), Occasion::Cart, "standard"),
        (
            ordinary(),
            Occasion::Checkout {
                stage: Stage::Shipping,
            },
            "standard",
        ),
        (valuable, Occasion::Cart, "high-value"),
        (in_season, Occasion::Cart, "black-friday"),
        (on_a_phone, Occasion::Cart, "mobile-first"),
        (not_reachable, Occasion::Cart, "standard"),
        (
            ordinary(),
            Occasion::PaymentFailed { code: None },
            "payment-failed",
        ),
        (ordinary(), Occasion::Browse { dwell_ms: 30_000 }, "browse"),
        (ordinary(), Occasion::Browse { dwell_ms: 29_999 }, "none"),
        (ordinary(), Occasion::PriceDrop { percent: 5 }, "price-drop"),
        (ordinary(), Occasion::PriceDrop { percent: 4 }, "none"),
        (ordinary(), Occasion::BackInStock, "back-in-stock"),
        (ordinary(), Occasion::Quote, "quote"),
        (Facts::default(), Occasion::Cart, "standard"),
    ] {
        assert_eq!(chosen(&facts, &occasion), id, "{occasion:?}");
    }
}

#[test]
fn of_equal_priorities_the_first_is_taken_and_a_higher_one_before_it() {
    let mut library = euro_library();
    library.retain(|sequence| sequence.trigger.name() == "cart");
    for sequence in &mut library {
        sequence.priority = 7;
        sequence.when = None;
    }
    let first = library[0].id.clone();
    let facts = Facts::default();
    assert_eq!(choose(&library, &facts, &Occasion::Cart).unwrap().id, first);
    let last = library.last_mut().unwrap();
    last.priority = 8;
    let last = last.id.clone();
    assert_eq!(choose(&library, &facts, &Occasion::Cart).unwrap().id, last);
}

#[test]
fn the_choice_explains_itself() {
    let library = euro_library();
    let choice = consider(&library, &ordinary(), &Occasion::Cart);
    let said: Vec<String> = choice.considered.iter().map(Considered::sentence).collect();
    assert_eq!(
        said,
        [
            "“High-value carts” was not chosen because the cart's value was 42.00 EUR, below 200.00 EUR.",
            "“Black Friday” was not chosen because the shopper's local date was 2026-06-01, not between 11-20 and 12-02.",
            "“Mobile first” was not chosen because the device was desktop, not phone.",
            "“Payment failed” was not chosen because a cart was left, and a failed payment begins it.",
            "“Quotes” was not chosen because a cart was left, and a quote that was left begins it.",
            "“Reminder, offer, last chance” was chosen because a cart was left.",
            "“Looked at” was not looked at because another one came first.",
            "“Back in stock” was not looked at because another one came first.",
            "“Price drop” was not looked at because another one came first.",
            "“Standard, and a question” was not looked at because another one came first.",
            "“Win back” was not looked at because another one came first.",
        ]
    );
}

#[test]
fn triggers_tell_what_they_saw() {
    let checkout = Trigger::Checkout {
        stages: vec![Stage::Shipping],
        threshold_ms: None,
    };
    let stage = Stage::Price;
    assert_eq!(
        checkout.judge(&Occasion::Checkout { stage }),
        (
            false,
            "a checkout was left at price, which is another stage".into()
        )
    );
    assert!(!checkout.judge(&Occasion::Cart).0);
    let failed: Trigger =
        serde_json::from_str(r#"{"payment_failed":{"codes":["card_declined"]}}"#).unwrap();
    for (code, begins) in [
        (Some("Card_Declined"), true),
        (Some("expired"), false),
        (None, false),
    ] {
        let code = code.map(String::from);
        let occasion = Occasion::PaymentFailed { code };
        assert_eq!(failed.judge(&occasion).0, begins, "{occasion:?}");
    }
}

#[test]
fn a_trigger_waits_as_long_as_it_says_or_as_the_shop_says() {
    let shop = Thresholds::default();
    let own = Trigger::Cart {
        threshold_ms: Some(5_000),
    };
    let shipping = Some(Stage::Shipping);
    assert_eq!(own.threshold_ms(&shop, shipping), 5_000);
    let cart = Trigger::Cart { threshold_ms: None };
    assert_eq!(cart.threshold_ms(&shop, None), shop.cart_ms);
    assert_eq!(cart.threshold_ms(&shop, shipping), shop.checkout_ms);
    let failed = Trigger::PaymentFailed {
        codes: vec![],
        threshold_ms: None,
    };
    let payment = Some(Stage::PaymentFailed);
    assert_eq!(failed.threshold_ms(&shop, payment), 300_000);
    let hasty = Thresholds {
        checkout_ms: 2_000,
        ..shop
    };
    assert_eq!(failed.threshold_ms(&hasty, payment), 2_000);
}

#[test]
fn a_shop_says_how_long_each_stage_rests_and_what_it_does_not_say_is_as_for_any_checkout() {
    let shop: Thresholds = serde_json::from_str(
        r#"{"cart_ms":9000,"checkout_ms":8000,"browse_ms":7000,"stage_ms":{"shipping":6000,"payment_failed":400000}}"#,
    )
    .unwrap();
    let (shipping, price) = (Some(Stage::Shipping), Some(Stage::Price));
    let failed = Some(Stage::PaymentFailed);
    for (trigger, stage, ms) in [
        (r#"{"cart":{}}"#, None, 9_000),
        (r#"{"cart":{}}"#, shipping, 6_000),
        (r#"{"cart":{}}"#, price, 8_000),
        (r#"{"cart":{}}"#, failed, 400_000),
        (r#"{"cart":{}}"#, Some(Stage::PaymentSucceeded), 9_000),
        (r#"{"checkout":{}}"#, shipping, 6_000),
        (r#"{"checkout":{"threshold_ms":1000}}"#, shipping, 1_000),
        (r#"{"payment_failed":{}}"#, failed, 400_000),
        (r#"{"browse":{"min_dwell_ms":1000}}"#, None, 7_000),
        (r#"{"quote":{}}"#, shipping, 9_000),
    ] {
        let parsed: Trigger = serde_json::from_str(trigger).unwrap();
        assert_eq!(parsed.threshold_ms(&shop, stage), ms, "{trigger} {stage:?}");
    }
    assert_eq!((shop.shortest_ms(), shop.too_short()), (6_000, None));
    let hasty = StageThresholds {
        contact: Some(999),
        ..StageThresholds::default()
    };
    let shop = Thresholds {
        stage_ms: hasty,
        ..shop
    };
    assert!(shop.too_short().is_some());
    assert!(
        serde_json::from_str::<Thresholds>(r#"{"cart_ms":1,"checkout_ms":1,"stage":1}"#).is_err()
    );
}
