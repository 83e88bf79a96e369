//! The shop's own record of a customer: what it says, and what is noted in it.

use super::*;

const SHOPIFY_NOBODY: &str = r#"{"data":{"customerByIdentifier":null}}"#;

#[test]
fn a_reason_is_noted_with_the_customer_and_nowhere_else() {
    let done = Ok(Found::Done);
    let rows: &[(Platform, &[Turn<'_>], Result<Found, String>)] = &[
        (
            Shopify,
            &[
                (
                    "POST *",
                    200,
                    r#"{"data":{"customerByIdentifier":{"id":"gid://shopify/Customer/7"}}}"#,
                ),
                (
                    r#"POST *"key":"reason","type":"single_line_text_field","value":"shipping_cost"*"#,
                    200,
                    r#"{"data":{"metafieldsSet":{"userErrors":[]}}}"#,
                ),
            ],
            done.clone(),
        ),
        (
            BigCommerce,
            &[
                (
                    "GET */v3/customers?email:in=ada%2B1%40example.com ",
                    200,
                    r#"{"data":[{"id":5}]}"#,
                ),
                ("POST */v3/customers/5/metafields *", 409, "{}"),
                (
                    "GET */5/metafields?namespace=homing&key=reason ",
                    200,
                    r#"{"data":[{"id":8,"namespace":"homing","key":"reason","value":"price"}]}"#,
                ),
                ("PUT */5/metafields/8 *", 200, "{}"),
            ],
            done.clone(),
        ),
        (
            WooCommerce,
            &[
                ("GET *", 200, r#"[{"id":3}]"#),
                (r#"PUT *"value":"shipping_cost"*"#, 200, r#"{"id":3}"#),
            ],
            done.clone(),
        ),
        // What stood in the record before stays.
        (
            Adobe,
            &[
                (
                    "GET *",
                    200,
                    r#"{"items":[{"id":9,"group_id":2,"email":"ada+1@example.com","website_id":1,"addresses":[{"id":1}],"custom_attributes":[{"attribute_code":"homing_reason","value":"price"},{"attribute_code":"vat","value":"1\"2"}]}]}"#,
                ),
                (
                    r#"PUT */rest/V1/customers/9 {"customer":{"id":9,"group_id":2,"email":"ada+1@example.com","website_id":1,"custom_attributes":[{"attribute_code":"vat","value":"1\"2"},{"attribute_code":"homing_reason","value":"shipping_cost"}]}}"#,
                    200,
                    r#"{"id":9}"#,
                ),
            ],
            done,
        ),
        (
            Shopify,
            &[("POST *", 200, SHOPIFY_NOBODY)],
            Ok(Found::Nothing),
        ),
        (WooCommerce, &[("GET *", 200, "[]")], Ok(Found::Nothing)),
    ];
    for (platform, all, end) in rows {
        assert_eq!(played(*platform, tag(), all), *end, "{platform:?}");
    }
}

/// What somebody bought: how often, for how much, and when last.
type Bought = (u32, Option<u64>, Option<u64>);

#[test]
fn a_customers_tier_and_history_are_read() {
    let rows: &[(Platform, &[Turn<'_>], Option<&str>, Bought)] = &[
        (
            Shopify,
            &[(
                "POST *",
                200,
                r#"{"data":{"customerByIdentifier":{"id":"7","tags":["vip","tier: Gold"],"numberOfOrders":"3","amountSpent":{"amount":"120.50","currencyCode":"EUR"},"lastOrder":{"createdAt":"2026-01-31T19:00:00Z"}}}}"#,
            )],
            Some("Gold"),
            (3, Some(12_050), Some(LAST)),
        ),
        (
            BigCommerce,
            &[
                ("GET *", 200, r#"{"data":[{"id":5,"customer_group_id":2}]}"#),
                (
                    "GET */v2/customer_groups/2 ",
                    200,
                    r#"{"id":2,"name":"Wholesale"}"#,
                ),
                (
                    "GET */v2/orders?customer_id=5&*",
                    200,
                    r#"[{"status_id":11,"default_currency_code":"EUR","total_inc_tax":"10.5000","date_created":"Sat, 31 Jan 2026 19:00:00 +0000"},{"status_id":5,"default_currency_code":"EUR","total_inc_tax":"99"},{"status_id":2,"default_currency_code":"EUR","total_inc_tax":"1.00"}]"#,
                ),
            ],
            Some("Wholesale"),
            (2, Some(1_150), Some(LAST)),
        ),
        (
            BigCommerce,
            &[
                ("GET *", 200, r#"{"data":[{"id":5,"customer_group_id":0}]}"#),
                ("GET *", 204, ""),
            ],
            None,
            (0, Some(0), None),
        ),
        (
            WooCommerce,
            &[
                ("GET *", 200, r#"[{"id":3,"role":"wholesale"}]"#),
                (
                    "GET *",
                    200,
                    r#"[{"date_created_gmt":"2026-01-31T19:00:00"}]"#,
                ),
            ],
            Some("wholesale"),
            (12, None, Some(LAST)),
        ),
        (
            Adobe,
            &[
                ("GET *", 200, r#"{"items":[{"id":9,"group_id":3}]}"#),
                (
                    "GET */customerGroups/3 ",
                    200,
                    r#"{"id":3,"code":"Retailer"}"#,
                ),
                (
                    "GET *value%5D=ada%40example.com*",
                    200,
                    r#"{"items":[{"created_at":"2026-01-31 19:00:00"}],"total_count":4}"#,
                ),
            ],
            Some("Retailer"),
            (4, None, Some(LAST)),
        ),
    ];
    for (platform, all, tier, (count, spent, last_at)) in rows {
        let ask = Ask::Customer("ada@example.com".parse().unwrap());
        let Ok(Found::Customer(customer)) = played(*platform, ask, all) else {
            panic!("no customer of {platform:?}")
        };
        let spent = spent.map(|minor| Money {
            minor,
            currency: Currency::parse(EUR).unwrap(),
        });
        assert_eq!(
            customer.tier.as_ref().map(Text::as_str),
            *tier,
            "{platform:?}"
        );
        let history = History {
            count: *count,
            spent,
            last_at: *last_at,
        };
        assert_eq!(customer.orders, Some(history), "{platform:?}");
    }
}

#[test]
fn of_nobody_nothing_is_said() {
    for (platform, nobody) in [
        (Shopify, SHOPIFY_NOBODY),
        (BigCommerce, r#"{"data":[]}"#),
        (WooCommerce, "[]"),
        (Adobe, r#"{"items":[],"total_count":0}"#),
    ] {
        let ask = Ask::Customer("ada@example.com".parse().unwrap());
        let end = played(platform, ask, &[("*", 200, nobody)]);
        assert_eq!(end, Ok(Found::Nothing), "{platform:?}");
    }
}
