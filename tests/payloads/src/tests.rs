use super::{Payload, all};
use homing_core::platform::{Platform, Tidings};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

/// All but the largest, which say nothing more to whoever changes one byte in them.
static SMALL: LazyLock<Vec<Payload>> = LazyLock::new(|| {
    let payloads = Platform::ALL
        .into_iter()
        .flat_map(|platform| all(platform).unwrap());
    payloads
        .filter(|payload| payload.body.len() < 20_000)
        .collect()
});

/// Where two values differ, one line each.
fn differences(path: &str, expected: &Value, found: &Value, out: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for name in a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)))
            {
                let (a, b) = (a.get(name), b.get(name));
                match (a, b) {
                    (Some(a), Some(b)) => differences(&format!("{path}.{name}"), a, b, out),
                    _ => out.push(format!("{path}.{name}: {a:?} expected, {b:?} found")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{n}]"), a, b, out);
            }
        }
        _ if expected == found => {}
        _ => out.push(format!("{path}: {expected} expected, {found} found")),
    }
}

fn exactly(platform: Platform) {
    let payloads = all(platform).unwrap();
    assert!(payloads.len() >= 50, "{} payloads", payloads.len());
    let mut wrong = Vec::new();
    for payload in &payloads {
        differences(
            &payload.name,
            &payload.expected,
            &payload.understood(),
            &mut wrong,
        );
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn shopify_is_understood_exactly() {
    exactly(Platform::Shopify);
}

#[test]
fn bigcommerce_is_understood_exactly() {
    exactly(Platform::BigCommerce);
}

#[test]
fn adobe_is_understood_exactly() {
    exactly(Platform::Adobe);
}

#[test]
fn woocommerce_is_understood_exactly() {
    exactly(Platform::WooCommerce);
}

/// What one cart counts as one line is told as one line.
#[test]
fn a_cart_hears_of_each_line_once() {
    let of = |platform, name: &str| {
        let payloads = all(platform).unwrap();
        let payload = payloads
            .iter()
            .find(|payload| payload.name == name)
            .unwrap();
        match payload.understand(&payload.body) {
            Ok(Tidings::Basket(basket)) => {
                let contents = basket.contents().into_iter();
                contents
                    .map(|(key, qty)| (key.variant().as_str().to_owned(), qty.get()))
                    .collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        of(Platform::Shopify, "cart-duplicates"),
        [("44612345678901".to_owned(), 3)]
    );
    assert_eq!(
        of(Platform::BigCommerce, "cart-duplicates"),
        [("191:362".to_owned(), 3)]
    );
    assert_eq!(
        of(Platform::Adobe, "item-duplicates"),
        [("24-MB01".to_owned(), 3)]
    );
    assert_eq!(
        of(Platform::WooCommerce, "cart-duplicates"),
        [("38".to_owned(), 3)]
    );
}

/// A cart and its checkout are one basket, and the order names it as well.
#[test]
fn one_basket_has_one_name() {
    let payloads = all(Platform::Shopify).unwrap();
    let understood = |name: &str| {
        let payload = payloads
            .iter()
            .find(|payload| payload.name == name)
            .unwrap();
        payload.understand(&payload.body).unwrap()
    };
    let name = |tidings: Tidings| match tidings {
        Tidings::Basket(basket) => basket.name(Platform::Shopify),
        Tidings::Order(order) => order.names(Platform::Shopify).next(),
        other => panic!("{other:?}"),
    };
    let cart = name(understood("cart-documented"));
    assert_eq!(cart.as_deref(), Some("shopify/cart/eeafa272cebfd4b2"));
    assert_eq!(name(understood("checkout-documented")), cart);
    assert_eq!(name(understood("order-documented")), cart);
    assert_eq!(
        name(understood("checkout-no-cart")).as_deref(),
        Some("shopify/checkout/123123123")
    );
    assert_eq!(name(understood("order-no-tokens")), None);
}

/// What nobody looks at may be nested as deeply as it likes, and what somebody looks at is only looked at.
#[test]
fn depth_is_no_danger() {
    // Each level would be a frame on the stack; a thousand of them are more than a worker has room for.
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for payload in SMALL.iter().step_by(16) {
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&payload.body) else {
            continue;
        };
        for name in fields.keys().chain([&String::from("unheard_of")]) {
            let mut fields = fields.clone();
            fields.insert(name.clone(), Value::from("DEEP"));
            let body = Value::Object(fields.clone())
                .to_string()
                .replacen("\"DEEP\"", &deep, 1);
            let read = payload.understand(body.as_bytes());
            let without = Value::Object(
                fields
                    .into_iter()
                    .filter(|(name, _)| name != "unheard_of")
                    .collect(),
            );
            if name == "unheard_of" {
                assert_eq!(
                    read,
                    payload.understand(without.to_string().as_bytes()),
                    "{}",
                    payload.name
                );
            }
        }
    }
}

/// Every payload is in the table, and nothing else is.
#[test]
fn the_table_names_each_payload() {
    let table = include_str!("../../fixtures/payloads/README.md");
    for platform in Platform::ALL {
        let (_, rows) = table
            .split_once(&format!("## {}: ", platform.as_str()))
            .unwrap();
        let rows = rows.split("\n## ").next().unwrap();
        let named: Vec<&str> = rows
            .lines()
            .filter_map(|row| row.strip_prefix("| ")?.split(" | ").next())
            .filter(|name| *name != "payload")
            .collect();
        for payload in all(platform).unwrap() {
            assert!(named.contains(&payload.name.as_str()), "{}", payload.name);
        }
        assert_eq!(named.len(), all(platform).unwrap().len());
    }
}

/// Nothing of whom it is about stands in what a log might print.
#[test]
fn contacts_are_masked_in_debug() {
    for payload in SMALL.iter() {
        let Ok(tidings) = payload.understand(&payload.body) else {
            continue;
        };
        let shown = format!("{tidings:?}");
        for secret in [
            "example.com",
            "Lovelace",
            "12025550123",
            "16135550135",
            "recover?key",
        ] {
            assert!(!shown.contains(secret), "{}: {secret}", payload.name);
        }
    }
}

/// A change of some bytes, as a careless proxy or a bad day would make it.
fn changed(body: &[u8], changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut body = body.to_vec();
    for (at, kind, byte) in changes {
        let at = at % (body.len() + 1);
        match kind % 4 {
            0 => body.insert(at, *byte),
            1 if at < body.len() => {
                body.remove(at);
            }
            2 if at < body.len() => body[at] = *byte,
            _ => body.truncate(at.max(body.len() / 2)),
        }
    }
    body
}

/// A JSON value with one of its parts replaced.
fn replaced(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(entries) => entries
            .iter_mut()
            .for_each(|entry| replaced(entry, at, with)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| replaced(field, at, with)),
        _ => {}
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from)
    ];
    let text = prop_oneof![any::<String>(), "[-+0-9.eE]{1,40}", Just("9".repeat(400))];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        text.prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(serde_json::json!({})),
        Just(serde_json::json!({"a": [1]})),
        Just(serde_json::json!([null, {"name": 1, "value": {}}])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..400), which in any::<prop::sample::Index>()) {
        let payload = which.get(SMALL.as_slice());
        let _ = payload.understand(&body);
    }

    #[test]
    fn no_changed_bytes_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..8),
    ) {
        let payload = which.get(SMALL.as_slice());
        let _ = payload.understand(&changed(&payload.body, &changes));
    }

    /// A value that nobody expects there loses what stands there, and what needs it, but never a line of another place.
    #[test]
    fn no_odd_value_panics(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in odd_value()) {
        let payload = which.get(SMALL.as_slice());
        let Ok(mut value) = serde_json::from_slice::<Value>(&payload.body) else {
            return Ok(());
        };
        replaced(&mut value, &mut at.index(200), &with);
        let first = payload.understand(value.to_string().as_bytes());
        prop_assert_eq!(&first, &payload.understand(value.to_string().as_bytes()));
        if let Ok(Tidings::Basket(basket)) = first {
            prop_assert!(basket.version > 0 && basket.contents().len() <= basket.lines.len());
            prop_assert!(basket.name(payload.platform).is_some_and(|name| name.len() <= 256));
        }
    }
}
