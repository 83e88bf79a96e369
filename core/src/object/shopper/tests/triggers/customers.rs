//! What the shop's own records say.

use super::*;

#[test]
fn rules_see_what_the_shop_says_of_a_customer_and_what_was_bought_since() {
    let mut config = only(&["cart"]);
    config.sequences[0].when = serde_json::from_str(
        r#"{"all":[{"customer_tier":["gold"]},{"orders_count":{"at_least":5}},{"days_since_order":{"below":10}}]}"#,
    )
    .unwrap();
    let gold = Customer {
        tier: crate::document::text::Text::new("Gold").ok(),
        orders: Some(History {
            count: 5,
            spent: None,
            last_at: Some(0),
        }),
        ..Customer::default()
    };
    for (customer, goes) in [
        (None, false),
        (Some(Customer::default()), false),
        (
            Some(Customer {
                orders: None,
                ..gold.clone()
            }),
            false,
        ),
        (Some(gold.clone()), true),
    ] {
        let mut shopper = Shopper::new(SHOP, ADA);
        if let Some(customer) = customer {
            assert!(shopper.step(Input::Customer(customer.clone()), 0).write);
            assert!(
                !shopper.step(Input::Customer(customer), 1).write,
                "the same again"
            );
        }
        let left = slot(1, 1, 0);
        say(&mut shopper, &config, left.clone(), 0);
        let reply = go(&mut shopper, 1, &[left], &products(), &config, DAY);
        assert_eq!(matches!(reply, Reply::Go(_)), goes, "{reply:?}");
    }
    let mut shopper = Shopper::new(SHOP, ADA);
    shopper.step(Input::Customer(gold), 0);
    say(&mut shopper, &config, bought(1, 1, 20 * DAY), 20 * DAY);
    let orders = shopper.bought_before(None, 21 * DAY);
    assert_eq!((orders.count, orders.days_since_last), (6, Some(1)));
}

#[test]
fn what_the_platform_says_counts_where_the_shop_has_told_nothing() {
    let told = |count, tier: &str| Customer {
        tier: crate::document::text::Text::new(tier).ok(),
        orders: Some(History {
            count,
            spent: None,
            last_at: Some(DAY),
        }),
        ..Customer::default()
    };
    let platform = told(4, "silver");
    let mut shopper = Shopper::new(SHOP, ADA);
    let orders = shopper.bought_before(Some(&platform), 3 * DAY);
    assert_eq!((orders.count, orders.days_since_last), (4, Some(2)));
    assert_eq!(shopper.tier(Some(&platform)), Some(Some("silver")));
    assert_eq!(shopper.tier(None), None);
    // An order that the platform does not count yet.
    let config = only(&["cart"]);
    say(&mut shopper, &config, bought(1, 1, 20 * DAY), 20 * DAY);
    let none = told(0, "silver");
    let orders = shopper.bought_before(Some(&none), 21 * DAY);
    assert_eq!((orders.count, orders.days_since_last), (1, Some(1)));
    // The shop's own word.
    shopper.step(Input::Customer(told(9, "gold")), 21 * DAY);
    assert!(shopper.to_look_up().is_none());
    assert_eq!(shopper.bought_before(Some(&platform), 21 * DAY).count, 9);
    assert_eq!(shopper.tier(Some(&platform)), Some(Some("gold")));
}

#[test]
fn only_a_shop_whose_rules_look_at_customers_asks_for_them() {
    let mut config = only(&["cart"]);
    assert!(!config.looks_at_customers());
    let rule = |json| serde_json::from_str(json).unwrap();
    config.sequences[0].when = rule(r#"{"quote":false}"#);
    assert!(!config.looks_at_customers());
    config.sequences[0].steps[0].when =
        rule(r#"{"all":[{"quote":false},{"not":{"any":[{"orders_count":{"below":3}}]}}]}"#);
    assert!(config.looks_at_customers());
}
