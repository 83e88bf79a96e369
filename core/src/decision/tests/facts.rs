//! What is known when a rule is judged.

use super::*;

#[test]
fn facts_are_what_cart_catalogue_and_shopper_say() {
    let mut world = world();
    world.orders = Orders {
        count: 3,
        spent: None,
        days_since_last: Some(9),
    };
    let cart = world.cart();
    cart.lines = vec![line("lamp", 1), line("mug", 2)];
    cart.page = PageContext {
        device: Some("phone".into()),
        referrer: Some("https://search.example:8443/find?q=1".into()),
        utm: [
            ("source", "news"),
            ("medium", "mail"),
            ("campaign", "autumn"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into_iter()
        .collect(),
        ..PageContext::default()
    };
    cart.slot.stage = Some(Stage::PaymentFailed);
    cart.payment_error = Some("card_declined".into());
    let tokyo = Zone::named("Asia/Tokyo").unwrap();
    let facts = world.facts(Some(&tokyo));
    assert_eq!(facts.since_abandonment_ms, Some(DAY));
    let value = Money {
        minor: 13_800,
        currency: crate::money::Currency::parse("EUR").unwrap(),
    };
    assert_eq!(facts.cart_value, Some(value));
    // 13,800 less 5,400 is 60.8 %.
    assert_eq!(facts.margin_percent, Some(60));
    let lines = facts.lines.unwrap();
    assert_eq!((lines[0].variant.as_str(), lines[0].qty), ("lamp", 1));
    assert_eq!(lines[1].product.as_deref(), Some("p-mug"));
    assert_eq!(lines[1].tags.as_deref(), Some(&["home".to_string()][..]));
    assert_eq!(lines[1].attributes.as_ref().unwrap()["Colour"], "Blue");
    assert_eq!(facts.device, Some(Device::Phone));
    assert_eq!(facts.orders.unwrap().count, 3);
    let source = facts.source.unwrap();
    assert_eq!(source.referrer_host.as_deref(), Some("search.example"));
    let utm = [source.utm_source, source.utm_medium, source.utm_campaign];
    assert_eq!(utm.map(Option::unwrap), ["news", "mail", "autumn"]);
    let checkout = facts.checkout.unwrap();
    assert_eq!(checkout.stage, Some(Stage::PaymentFailed));
    assert_eq!(checkout.payment_error.as_deref(), Some("card_declined"));
    let local = facts.local.unwrap();
    assert_eq!(
        (local.year, local.month, local.day, local.hour),
        (2026, 11, 25, 21)
    );
}

#[test]
fn what_is_not_known_of_one_line_is_not_known_of_the_cart() {
    let mut world = world();
    world.cart().lines = vec![line("ghost", 1), line("mug", 2)];
    let facts = world.facts(None);
    assert_eq!((facts.cart_value, facts.margin_percent), (None, None));
    assert_eq!(facts.lines.unwrap()[0].product, None);
    assert_eq!(facts.local, None);
    world.cart().lines = vec![line("lamp", 1), line("mug", 1)];
    world.products.get_mut("lamp").unwrap().cost_minor = None;
    assert_eq!(world.facts(None).margin_percent, None);
    world.products.get_mut("lamp").unwrap().currency =
        crate::money::Currency::parse("USD").unwrap();
    assert_eq!(
        world.facts(None).cart_value,
        None,
        "two currencies make no sum"
    );
}

#[test]
fn a_cart_sold_below_its_cost_has_a_margin_below_nothing() {
    let mut world = world();
    world.products.get_mut("mug").unwrap().cost_minor = Some(2_850);
    assert_eq!(world.facts(None).margin_percent, Some(-50));
    world.products.get_mut("mug").unwrap().price_minor = 0;
    assert_eq!(
        world.facts(None).margin_percent,
        None,
        "of nothing there is no share"
    );
}

#[test]
fn what_happened_follows_from_how_far_the_checkout_went() {
    let mut slot = left(1, 0).slot;
    assert_eq!(occasion(&slot, None), Occasion::Cart);
    slot.stage = Some(Stage::Shipping);
    let shipping = Occasion::Checkout {
        stage: Stage::Shipping,
    };
    assert_eq!(occasion(&slot, None), shipping);
    slot.stage = Some(Stage::PaymentSucceeded);
    assert_eq!(occasion(&slot, None), Occasion::Cart);
    slot.stage = Some(Stage::PaymentFailed);
    let failed = Occasion::PaymentFailed {
        code: Some("declined".into()),
    };
    assert_eq!(occasion(&slot, Some("declined")), failed);
}

#[test]
fn a_quote_is_a_quote_however_far_its_checkout_went() {
    let mut world = world();
    assert_eq!(world.facts(None).quote, Some(false));
    let slot = &mut world.cart().slot;
    slot.stage = Some(Stage::PaymentFailed);
    slot.quote = true;
    assert_eq!(occasion(slot, Some("card_declined")), Occasion::Quote);
    assert_eq!(world.facts(None).quote, Some(true));
}

#[test]
fn a_tier_that_the_shop_has_not_told_is_not_known_and_none_is_known_to_be_none() {
    let mut world = world();
    assert_eq!(world.facts(None).customer_tier, None);
    world.tier = Some(None);
    assert_eq!(world.facts(None).customer_tier, Some(None));
    world.tier = Some(Some("gold"));
    assert_eq!(world.facts(None).customer_tier, Some(Some("gold".into())));
}
