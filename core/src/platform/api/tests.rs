//! Each platform's answers by hand; what its calls look like is checked in full against a stand-in on workerd.

use super::*;

const EUR: &str = "EUR";

fn talk(platform: Platform, ask: Ask) -> Talk {
    let json = match platform {
        Platform::Shopify => {
            r#"{"store":"dove.myshopify.com","api":{"access_token":"shpat_12345"}}"#
        }
        Platform::BigCommerce => r#"{"store":"abc123","api":{"access_token":"token-12345"}}"#,
        Platform::WooCommerce => {
            r#"{"store":"https://shop.example/","api":{"access_token":"cs_12345","consumer_key":"ck_12345"}}"#
        }
        Platform::Adobe => {
            r#"{"store":"https://shop.example","api":{"access_token":"token-12345"}}"#
        }
    };
    let connection: Connection = serde_json::from_str(json).unwrap();
    let hosts = Hosts {
        bigcommerce: "https://api.bigcommerce.com",
        shopify: None,
    };
    let currency = Currency::parse(EUR).unwrap();
    Talk::new(platform, &connection, hosts, currency, ask).unwrap()
}

fn code(email: Option<&str>) -> Ask {
    Ask::Code(NewCode {
        code: "BACK-0123456789".into(),
        percent: 15,
        starts_at: 1_769_886_000_000,
        ends_at: 1_770_490_800_000,
        email: email.map(|email| email.parse().unwrap()),
    })
}

fn tag() -> Ask {
    Ask::Tag {
        email: "ada+1@example.com".parse().unwrap(),
        reason: survey::Answer::ShippingCost,
    }
}

fn shelf(variants: &[&str]) -> Ask {
    Ask::Shelf(variants.iter().map(|variant| (*variant).into()).collect())
}

fn answer(talk: &mut Talk, status: u16, body: &str, headers: &[(&str, &str)]) -> Step {
    let header = |name: &str| {
        let (_, value) = headers.iter().find(|(known, _)| *known == name)?;
        Some(String::from(*value))
    };
    talk.take(&Response {
        status,
        header: &header,
        body: body.as_bytes(),
    })
}

#[track_caller]
fn call(step: Step) -> Call {
    match step {
        Step::Call(call) => call,
        Step::Done(_) => panic!("done"),
        Step::Later { why, .. } => panic!("later: {why}"),
        Step::Refused(why) => panic!("refused: {why}"),
    }
}

fn is(step: &Step, found: &Found) -> bool {
    matches!(step, Step::Done(done) if done == found)
}

fn is_refused(step: &Step, why: &str) -> bool {
    matches!(step, Step::Refused(said) if said == why)
}

#[test]
fn limits_are_waited_out_and_no_redirect_is_followed() {
    for platform in Platform::ALL {
        let mut one = talk(platform, code(None));
        call(one.begin());
        for (status, headers, wait) in [
            (429, [("retry-after", "7")], Some(7_000)),
            (503, [("retry-after", "soon")], None),
        ] {
            let step = answer(&mut one, status, "", &headers);
            assert!(
                matches!(step, Step::Later { after_ms, .. } if after_ms == wait),
                "{platform:?} {status}"
            );
        }
        let step = answer(&mut one, 302, "", &[("location", "http://10.0.0.1/")]);
        assert!(is_refused(&step, "redirected"), "{platform:?}");
        let step = answer(&mut one, 401, "{}", &[]);
        assert!(is_refused(&step, "not_allowed"), "{platform:?}");
    }
}

#[test]
fn without_a_token_nothing_is_asked() {
    let connection: Connection =
        serde_json::from_str(r#"{"webhook_secret":"12345678","store":"a.myshopify.com"}"#).unwrap();
    let hosts = Hosts {
        bigcommerce: "https://api.bigcommerce.com",
        shopify: None,
    };
    let currency = Currency::parse(EUR).unwrap();
    for platform in Platform::ALL {
        let talk = Talk::new(platform, &connection, hosts, currency, code(None));
        assert_eq!(talk.err(), Some("not_connected"));
    }
}

#[test]
fn a_code_at_shopify_is_the_customers_where_there_is_one() {
    let mut one = talk(Platform::Shopify, code(Some("ada@example.com")));
    let asked = call(one.begin());
    assert_eq!(
        asked.url,
        "https://dove.myshopify.com/admin/api/2026-07/graphql.json"
    );
    assert!(
        asked
            .body
            .unwrap()
            .ends_with(r#""variables":{"email":"ada@example.com"}}"#)
    );
    let known = r#"{"data":{"customerByIdentifier":{"id":"gid://shopify/Customer/7"}}}"#;
    let body = call(answer(&mut one, 200, known, &[])).body.unwrap();
    for part in [
        r#""context":{"customers":{"add":["gid://shopify/Customer/7"]}}"#,
        r#""startsAt":"2026-01-31T19:00:00Z","endsAt":"2026-02-07T19:00:00Z""#,
        r#""usageLimit":1"#,
        r#""percentage":0.15"#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let made = r#"{"data":{"discountCodeBasicCreate":{"codeDiscountNode":{"id":"gid://shopify/DiscountCodeNode/1"},"userErrors":[]}}}"#;
    assert!(is(&answer(&mut one, 200, made, &[]), &Found::Done));
    let taken = made.replace("[]", r#"[{"code":"TAKEN","field":["code"]}]"#);
    assert!(is(&answer(&mut one, 200, &taken, &[]), &Found::Done));
    let refused = made.replace("[]", r#"[{"code":"MAX_APP_DISCOUNTS","field":null}]"#);
    assert!(is_refused(
        &answer(&mut one, 200, &refused, &[]),
        "max_app_discounts"
    ));

    // Nobody of that name, or no right to look: it is anybody's who knows it.
    for said in [
        r#"{"data":{"customerByIdentifier":null}}"#,
        r#"{"errors":[{"extensions":{"code":"ACCESS_DENIED"}}],"data":null}"#,
    ] {
        let mut one = talk(Platform::Shopify, code(Some("ada@example.com")));
        call(one.begin());
        let body = call(answer(&mut one, 200, said, &[])).body.unwrap();
        assert!(body.contains(r#""context":{"all":"ALL"}"#));
        let denied = r#"{"errors":[{"extensions":{"code":"ACCESS_DENIED"}}],"data":null}"#;
        assert!(is_refused(
            &answer(&mut one, 200, denied, &[]),
            "not_allowed"
        ));
    }
}

#[test]
fn shopifys_bucket_is_left_to_fill() {
    let cost = |available: u32| {
        format!(
            r#""extensions":{{"cost":{{"requestedQueryCost":112,"throttleStatus":{{"maximumAvailable":2000.0,"currentlyAvailable":{available},"restoreRate":50.0}}}}}}"#
        )
    };
    let mut one = talk(Platform::Shopify, shelf(&["1"]));
    call(one.begin());
    let throttled = format!(
        r#"{{"errors":[{{"message":"Throttled","extensions":{{"code":"THROTTLED"}}}}],{}}}"#,
        cost(12)
    );
    let step = answer(&mut one, 200, &throttled, &[]);
    assert!(matches!(
        step,
        Step::Later {
            why: "limited",
            after_ms: Some(2_000)
        }
    ));
    let rest = |available| {
        let body = format!(r#"{{"data":{{}},{}}}"#, cost(available));
        one.rest_ms(&Response {
            status: 200,
            header: &|_| None,
            body: body.as_bytes(),
        })
    };
    assert_eq!([rest(50), rest(49), rest(0)], [None, Some(20), Some(1_000)]);
}

#[test]
fn shopify_tells_stock_and_price_and_what_is_gone() {
    let mut one = talk(Platform::Shopify, shelf(&["1", "mug-blue", "2", "3"]));
    let body = call(one.begin()).body.unwrap();
    assert!(body.ends_with(
        r#""variables":{"ids":["gid://shopify/ProductVariant/1","gid://shopify/ProductVariant/2","gid://shopify/ProductVariant/3"]}}"#
    ));
    let said = r#"{"data":{"nodes":[{"id":"gid://shopify/ProductVariant/1","availableForSale":true,"price":"19.50"},null,{"id":"x","availableForSale":false,"price":"1"}],"shop":{"currencyCode":"EUR"}}}"#;
    let Step::Done(Found::Shelf(found)) = answer(&mut one, 200, said, &[]) else {
        panic!("no shelf")
    };
    let short: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.variant.as_str(),
                one.available,
                one.price.map(|price| price.minor),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("1", true, Some(1_950)),
            ("2", false, None),
            ("3", false, Some(100))
        ]
    );
    // Nothing that it could know: it is not asked.
    assert!(is(
        &talk(Platform::Shopify, shelf(&["mug"])).begin(),
        &Found::Shelf(vec![])
    ));
}

#[test]
fn a_reason_is_noted_with_the_customer_and_nowhere_else() {
    let mut one = talk(Platform::Shopify, tag());
    call(one.begin());
    let known = r#"{"data":{"customerByIdentifier":{"id":"gid://shopify/Customer/7"}}}"#;
    let body = call(answer(&mut one, 200, known, &[])).body.unwrap();
    assert!(
        body.contains(r#""key":"reason","type":"single_line_text_field","value":"shipping_cost""#)
    );
    let done = r#"{"data":{"metafieldsSet":{"userErrors":[]}}}"#;
    assert!(is(&answer(&mut one, 200, done, &[]), &Found::Done));
    let mut one = talk(Platform::Shopify, tag());
    call(one.begin());
    let nobody = r#"{"data":{"customerByIdentifier":null}}"#;
    assert!(is(&answer(&mut one, 200, nobody, &[]), &Found::Nothing));

    let mut one = talk(Platform::BigCommerce, tag());
    let asked = call(one.begin());
    assert!(
        asked
            .url
            .ends_with("/v3/customers?email:in=ada%2B1%40example.com")
    );
    let asked = call(answer(&mut one, 200, r#"{"data":[{"id":5}]}"#, &[]));
    assert_eq!(
        (
            asked.method,
            asked.url.ends_with("/v3/customers/5/metafields")
        ),
        ("POST", true)
    );
    let asked = call(answer(&mut one, 409, "{}", &[]));
    assert!(
        asked
            .url
            .ends_with("/5/metafields?namespace=homing&key=reason")
    );
    let noted = r#"{"data":[{"id":8,"namespace":"homing","key":"reason","value":"price"}]}"#;
    let asked = call(answer(&mut one, 200, noted, &[]));
    assert_eq!(
        (asked.method, asked.url.ends_with("/5/metafields/8")),
        ("PUT", true)
    );
    assert!(is(&answer(&mut one, 200, "{}", &[]), &Found::Done));

    let mut one = talk(Platform::WooCommerce, tag());
    call(one.begin());
    let asked = call(answer(&mut one, 200, r#"[{"id":3}]"#, &[]));
    assert_eq!(asked.method, "PUT");
    assert!(asked.body.unwrap().contains(r#""value":"shipping_cost""#));
    let mut one = talk(Platform::WooCommerce, tag());
    call(one.begin());
    assert!(is(&answer(&mut one, 200, "[]", &[]), &Found::Nothing));

    // What stood in the record before stays.
    let mut one = talk(Platform::Adobe, tag());
    call(one.begin());
    let record = r#"{"items":[{"id":9,"group_id":2,"email":"ada+1@example.com","website_id":1,"addresses":[{"id":1}],"custom_attributes":[{"attribute_code":"homing_reason","value":"price"},{"attribute_code":"vat","value":"1\"2"}]}]}"#;
    let asked = call(answer(&mut one, 200, record, &[]));
    assert_eq!(
        (asked.method, asked.url.ends_with("/rest/V1/customers/9")),
        ("PUT", true)
    );
    assert_eq!(
        asked.body.unwrap(),
        r#"{"customer":{"id":9,"group_id":2,"email":"ada+1@example.com","website_id":1,"custom_attributes":[{"attribute_code":"vat","value":"1\"2"},{"attribute_code":"homing_reason","value":"shipping_cost"}]}}"#
    );
}

#[test]
fn a_code_at_bigcommerce_that_is_there_already_is_found() {
    let mut one = talk(Platform::BigCommerce, code(Some("ada@example.com")));
    let asked = call(one.begin());
    assert_eq!(
        asked.url,
        "https://api.bigcommerce.com/stores/abc123/v2/coupons"
    );
    let body = asked.body.unwrap();
    assert!(
        body.contains(r#""expires":"Sat, 07 Feb 2026 19:00:00 +0000""#),
        "{body}"
    );
    let asked = call(answer(&mut one, 409, "[]", &[]));
    assert!(asked.url.ends_with("/v2/coupons?code=BACK-0123456789"));
    let there = r#"[{"id":1,"code":"BACK-0123456789"}]"#;
    assert!(is(&answer(&mut one, 200, there, &[]), &Found::Done));
    let mut one = talk(Platform::BigCommerce, code(None));
    call(one.begin());
    call(answer(&mut one, 400, "[]", &[]));
    assert!(is_refused(&answer(&mut one, 204, "", &[]), "status_400"));
    // The window is over with the next call.
    let headers = |name: &str| {
        let value = match name {
            "x-rate-limit-requests-left" => "1",
            "x-rate-limit-time-reset-ms" => "1500",
            _ => return None,
        };
        Some(String::from(value))
    };
    let response = Response {
        status: 201,
        header: &headers,
        body: b"{}",
    };
    assert_eq!(one.rest_ms(&response), Some(1_500));
}

#[test]
fn bigcommerces_stock_goes_by_what_is_tracked() {
    let mut one = talk(
        Platform::BigCommerce,
        shelf(&["1:10", "1:11", "2:20", "3:30", "4:40", "x:1", "5"]),
    );
    let asked = call(one.begin());
    assert!(
        asked.url.contains("id:in=1,2,3,4&include=variants"),
        "{}",
        asked.url
    );
    let said = r#"{"data":[
        {"id":1,"availability":"available","inventory_tracking":"variant","inventory_level":9,"variants":[{"id":10,"inventory_level":0,"calculated_price":12.5},{"id":11,"inventory_level":1,"calculated_price":13}]},
        {"id":2,"availability":"available","inventory_tracking":"none","inventory_level":0,"variants":[{"id":20,"inventory_level":0,"purchasing_disabled":true}]},
        {"id":3,"availability":"available","inventory_tracking":"product","inventory_level":2,"variants":[{"id":30,"inventory_level":0}]}]}"#;
    let Step::Done(Found::Shelf(found)) = answer(&mut one, 200, said, &[]) else {
        panic!("no shelf")
    };
    let short: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.variant.as_str(),
                one.available,
                one.price.map(|price| price.minor),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("1:10", false, Some(1_250)),
            ("1:11", true, Some(1_300)),
            ("2:20", false, None),
            ("3:30", true, None),
            ("4:40", false, None),
        ]
    );
}

#[test]
fn woocommerce_is_asked_singly_for_what_its_list_leaves_out() {
    let mut one = talk(Platform::WooCommerce, shelf(&["1", "2", "3"]));
    let asked = call(one.begin());
    assert!(
        asked
            .url
            .starts_with("https://shop.example/wp-json/wc/v3/products?include=1,2,3&")
    );
    assert_eq!(
        asked.headers,
        [("authorization", "Basic Y2tfMTIzNDU6Y3NfMTIzNDU=".into())]
    );
    let listed = r#"[{"id":1,"price":"10","stock_status":"onbackorder","purchasable":true}]"#;
    let asked = call(answer(&mut one, 200, listed, &[]));
    assert!(asked.url.contains("/products/3?"));
    let asked = call(answer(
        &mut one,
        404,
        r#"{"code":"woocommerce_rest_product_invalid_id"}"#,
        &[],
    ));
    assert!(asked.url.contains("/products/2?"));
    let single = r#"{"id":2,"price":"","stock_status":"outofstock","purchasable":false}"#;
    let Step::Done(Found::Shelf(found)) = answer(&mut one, 200, single, &[]) else {
        panic!("no shelf")
    };
    let short: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.variant.as_str(),
                one.available,
                one.price.map(|price| price.minor),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("1", true, Some(1_000)),
            ("3", false, None),
            ("2", false, None)
        ]
    );
}

#[test]
fn a_code_at_woocommerce_is_tied_to_the_address() {
    let mut one = talk(Platform::WooCommerce, code(Some("ada@example.com")));
    let body = call(one.begin()).body.unwrap();
    assert_eq!(
        body,
        r#"{"code":"BACK-0123456789","amount":"15","discount_type":"percent","usage_limit":1,"usage_limit_per_user":1,"date_expires_gmt":"2026-02-07T19:00:00","email_restrictions":["ada@example.com"]}"#
    );
    let there = r#"{"code":"woocommerce_rest_coupon_code_already_exists","message":"","data":{"status":400}}"#;
    assert!(is(&answer(&mut one, 400, there, &[]), &Found::Done));
    let other = r#"{"code":"rest_invalid_param"}"#;
    assert!(is_refused(&answer(&mut one, 400, other, &[]), "status_400"));
}

#[test]
fn adobe_gets_one_rule_a_day_and_a_code_in_it() {
    let none = r#"{"items":[],"total_count":0}"#;
    let mut one = talk(Platform::Adobe, code(None));
    let asked = call(one.begin());
    assert!(asked.url.starts_with(
        "https://shop.example/rest/V1/coupons/search?searchCriteria%5BfilterGroups%5D"
    ));
    assert!(asked.url.contains("value%5D=BACK-0123456789"));
    let asked = call(answer(&mut one, 200, none, &[]));
    assert!(
        asked.url.contains("Homing%2015%25%20until%202026-02-07"),
        "{}",
        asked.url
    );
    call(answer(&mut one, 200, none, &[]));
    call(answer(
        &mut one,
        200,
        r#"[{"id":0},{"id":1},{"id":2}]"#,
        &[],
    ));
    let groups = r#"{"items":[{"id":0},{"id":1},{"id":3}]}"#;
    let rule = call(answer(&mut one, 200, groups, &[])).body.unwrap();
    for part in [
        r#""website_ids":[1,2],"customer_group_ids":[0,1,3],"to_date":"2026-02-07""#,
        r#""uses_per_coupon":1"#,
        r#""discount_amount":15"#,
    ] {
        assert!(rule.contains(part), "{part} in {rule}");
    }
    let body = call(answer(&mut one, 200, r#"{"rule_id":44}"#, &[]))
        .body
        .unwrap();
    assert!(body.contains(r#"{"rule_id":44,"code":"BACK-0123456789""#));
    assert!(is(
        &answer(&mut one, 200, r#"{"coupon_id":1}"#, &[]),
        &Found::Done
    ));

    // Somebody else was quicker.
    let mut one = talk(Platform::Adobe, code(None));
    call(one.begin());
    call(answer(&mut one, 200, none, &[]));
    call(answer(&mut one, 200, r#"{"items":[{"rule_id":44}]}"#, &[]));
    call(answer(&mut one, 400, "{}", &[]));
    assert!(is(
        &answer(&mut one, 200, r#"{"items":[{"coupon_id":1}]}"#, &[]),
        &Found::Done
    ));
    // Nobody was: it was refused.
    let mut one = talk(Platform::Adobe, code(None));
    call(one.begin());
    call(answer(&mut one, 200, none, &[]));
    call(answer(&mut one, 200, r#"{"items":[{"rule_id":44}]}"#, &[]));
    call(answer(&mut one, 400, "{}", &[]));
    assert!(is_refused(&answer(&mut one, 200, none, &[]), "status_400"));
}

#[test]
fn adobes_stock_is_asked_by_sku() {
    let mut one = talk(Platform::Adobe, shelf(&["MUG", "a%20b/c"]));
    let asked = call(one.begin());
    assert!(
        asked.url.contains("/products/a%20b%2Fc?fields="),
        "{}",
        asked.url
    );
    call(answer(&mut one, 404, "{}", &[]));
    let said =
        r#"{"sku":"MUG","status":1,"extension_attributes":{"stock_item":{"is_in_stock":true}}}"#;
    let Step::Done(Found::Shelf(found)) = answer(&mut one, 200, said, &[]) else {
        panic!("no shelf")
    };
    let short: Vec<_> = found
        .iter()
        .map(|one| (one.variant.as_str(), one.available))
        .collect();
    assert_eq!(short, [("a%20b/c", false), ("MUG", true)]);
}

#[test]
fn what_was_cut_off_is_asked_again() {
    for platform in Platform::ALL {
        let mut one = talk(platform, tag());
        call(one.begin());
        let step = answer(&mut one, 200, r#"{"data":[{"i"#, &[]);
        assert!(
            matches!(
                step,
                Step::Later {
                    why: "malformed",
                    ..
                }
            ),
            "{platform:?}"
        );
    }
}

#[track_caller]
fn customer_of(step: Step) -> (Option<String>, Option<History>) {
    match step {
        Step::Done(Found::Customer(customer)) => {
            let tier = customer.tier.map(|tier| tier.as_str().into());
            (tier, customer.orders)
        }
        _ => panic!("no customer"),
    }
}

fn history(count: u32, spent: Option<u64>, last_at: Option<u64>) -> History {
    History {
        count,
        spent: spent.map(|minor| Money {
            minor,
            currency: Currency::parse(EUR).unwrap(),
        }),
        last_at,
    }
}

const LAST: u64 = 1_769_886_000_000;

#[test]
fn a_customers_tier_and_history_are_read() {
    let ask = || Ask::Customer("ada@example.com".parse().unwrap());

    let mut one = talk(Platform::Shopify, ask());
    call(one.begin());
    let said = r#"{"data":{"customerByIdentifier":{"id":"7","tags":["vip","tier: Gold"],"numberOfOrders":"3","amountSpent":{"amount":"120.50","currencyCode":"EUR"},"lastOrder":{"createdAt":"2026-01-31T19:00:00Z"}}}}"#;
    assert_eq!(
        customer_of(answer(&mut one, 200, said, &[])),
        (
            Some("Gold".into()),
            Some(history(3, Some(12_050), Some(LAST)))
        )
    );

    let mut one = talk(Platform::BigCommerce, ask());
    call(one.begin());
    let group = call(answer(
        &mut one,
        200,
        r#"{"data":[{"id":5,"customer_group_id":2}]}"#,
        &[],
    ));
    assert!(group.url.ends_with("/v2/customer_groups/2"));
    let orders = call(answer(&mut one, 200, r#"{"id":2,"name":"Wholesale"}"#, &[]));
    assert!(orders.url.contains("/v2/orders?customer_id=5&"));
    let said = r#"[{"status_id":11,"default_currency_code":"EUR","total_inc_tax":"10.5000","date_created":"Sat, 31 Jan 2026 19:00:00 +0000"},{"status_id":5,"default_currency_code":"EUR","total_inc_tax":"99"},{"status_id":2,"default_currency_code":"EUR","total_inc_tax":"1.00"}]"#;
    assert_eq!(
        customer_of(answer(&mut one, 200, said, &[])),
        (
            Some("Wholesale".into()),
            Some(history(2, Some(1_150), Some(LAST)))
        )
    );
    let mut one = talk(Platform::BigCommerce, ask());
    call(one.begin());
    call(answer(
        &mut one,
        200,
        r#"{"data":[{"id":5,"customer_group_id":0}]}"#,
        &[],
    ));
    assert_eq!(
        customer_of(answer(&mut one, 204, "", &[])),
        (None, Some(history(0, Some(0), None)))
    );

    let mut one = talk(Platform::WooCommerce, ask());
    call(one.begin());
    call(answer(
        &mut one,
        200,
        r#"[{"id":3,"role":"wholesale"}]"#,
        &[],
    ));
    let said = r#"[{"date_created_gmt":"2026-01-31T19:00:00"}]"#;
    assert_eq!(
        customer_of(answer(&mut one, 200, said, &[("x-wp-total", "12")])),
        (
            Some("wholesale".into()),
            Some(history(12, None, Some(LAST)))
        )
    );

    let mut one = talk(Platform::Adobe, ask());
    call(one.begin());
    let group = call(answer(
        &mut one,
        200,
        r#"{"items":[{"id":9,"group_id":3}]}"#,
        &[],
    ));
    assert!(group.url.ends_with("/customerGroups/3"));
    let orders = call(answer(&mut one, 200, r#"{"id":3,"code":"Retailer"}"#, &[]));
    assert!(
        orders.url.contains("value%5D=ada%40example.com"),
        "{}",
        orders.url
    );
    let said = r#"{"items":[{"created_at":"2026-01-31 19:00:00"}],"total_count":4}"#;
    assert_eq!(
        customer_of(answer(&mut one, 200, said, &[])),
        (Some("Retailer".into()), Some(history(4, None, Some(LAST))))
    );
}

#[test]
fn of_nobody_nothing_is_said() {
    for (platform, nobody) in [
        (
            Platform::Shopify,
            r#"{"data":{"customerByIdentifier":null}}"#,
        ),
        (Platform::BigCommerce, r#"{"data":[]}"#),
        (Platform::WooCommerce, "[]"),
        (Platform::Adobe, r#"{"items":[],"total_count":0}"#),
    ] {
        let mut one = talk(platform, Ask::Customer("ada@example.com".parse().unwrap()));
        call(one.begin());
        assert!(
            is(&answer(&mut one, 200, nobody, &[]), &Found::Nothing),
            "{platform:?}"
        );
    }
}

#[test]
fn an_order_is_read_as_its_webhook_tells_it() {
    use crate::platform::{Envelope, Tidings, fetched};
    let order = |platform, body: &str| {
        let mut one = talk(platform, Ask::Read(Resource::Order, "5001".into()));
        call(one.begin());
        let Step::Done(Found::Body(body)) = answer(&mut one, 200, body, &[]) else {
            panic!("no order")
        };
        match fetched(platform, Resource::Order, &body, &Envelope::default()) {
            Ok(Tidings::Order(order)) => (order.id, order.tokens.cart, order.placed_at),
            other => panic!("{other:?}"),
        }
    };
    let shopify = r#"{"data":{"order":{"id":"5001","name":"1001","cart_token":"Z2Nw","checkout_token":null,"created_at":"2026-01-31T19:00:00Z","updated_at":"2026-01-31T19:00:00Z","currency":"EUR","email":"ada@example.com"}}}"#;
    assert_eq!(
        order(Platform::Shopify, shopify),
        ("5001".into(), Some("Z2Nw".into()), LAST)
    );
    let woocommerce = r#"{"id":5001,"status":"processing","currency":"EUR","date_created_gmt":"2026-01-31T19:00:00","date_modified_gmt":"2026-01-31T19:00:00","line_items":[],"meta_data":[]}"#;
    assert_eq!(order(Platform::WooCommerce, woocommerce).0, "5001");
    for platform in Platform::ALL {
        for id in ["../1", ""] {
            let ask = Ask::Read(Resource::Order, id.into());
            let step = talk(platform, ask).begin();
            assert!(is(&step, &Found::Nothing), "{platform:?} {id}");
        }
    }
    // The carts of these two are the visitor's own.
    for platform in [Platform::Shopify, Platform::WooCommerce] {
        let ask = Ask::Read(Resource::Cart, "1".into());
        assert!(is(&talk(platform, ask).begin(), &Found::Nothing));
    }
    for (platform, url) in [
        (
            Platform::BigCommerce,
            "/stores/abc123/v3/carts/1?include=line_items.",
        ),
        (Platform::Adobe, "/rest/V1/carts/1"),
    ] {
        let mut one = talk(platform, Ask::Read(Resource::Cart, "1".into()));
        assert!(call(one.begin()).url.contains(url));
        assert!(is(
            &answer(&mut one, 200, "{}", &[]),
            &Found::Body(b"{}".to_vec())
        ));
        call(one.begin());
        assert!(is(&answer(&mut one, 404, "{}", &[]), &Found::Nothing));
    }
}
