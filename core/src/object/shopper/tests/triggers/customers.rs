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
