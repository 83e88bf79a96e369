//! Codes for money off and free shipping, and those with a least order: the exact bodies, each in the shape of the platform's own
//! published example.

use super::*;

const AMOUNT: &str = r#""amount_minor":500,"currency":"EUR""#;
const LEAST: &str = r#""amount_minor":500,"min_order_minor":5000,"currency":"EUR""#;
const SHIPPING: &str = r#""free_shipping":true"#;
const SHIPPING_LEAST: &str = r#""free_shipping":true,"min_order_minor":5000,"currency":"EUR""#;
const PERCENT_LEAST: &str = r#""percent":15,"min_order_minor":5000,"currency":"EUR""#;
const KINDS: [&str; 5] = [AMOUNT, LEAST, SHIPPING, SHIPPING_LEAST, PERCENT_LEAST];

const NONE: &str = r#"{"items":[],"total_count":0}"#;
const EMPTY: &str = "[]";

/// What a platform is asked for its currency, and how it says that.
fn of_currency(platform: Platform, currency: &str) -> (&'static str, String) {
    match platform {
        Shopify => (
            r#"POST https://dove.myshopify.com/admin/api/2026-07/graphql.json {"query":"query{shop{currencyCode}}","variables":{}}"#,
            format!(r#"{{"data":{{"shop":{{"currencyCode":"{currency}"}}}}}}"#),
        ),
        BigCommerce => (
            "GET https://api.bigcommerce.com/stores/abc123/v2/store ",
            format!(r#"{{"id":"abc123","currency":"{currency}","decimal_places":2}}"#),
        ),
        WooCommerce => (
            "GET https://shop.example/wp-json/wc/v3/data/currencies/current ",
            format!(r#"{{"code":"{currency}","name":"","symbol":""}}"#),
        ),
        Adobe => (
            "GET https://shop.example/rest/V1/store/storeConfigs ",
            format!(
                r#"[{{"id":2,"website_id":2,"base_currency_code":"{currency}"}},{{"id":1,"website_id":1,"base_currency_code":"XCD"}},{{"id":3,"website_id":2,"base_currency_code":"{currency}"}}]"#
            ),
        ),
    }
}

/// The conversation in which the one call that matters has this body, up to its answer.
fn made(platform: Platform, gives: &str, currency: &str, body: &str) -> Result<Found, String> {
    let (asked, said) = of_currency(platform, currency);
    let has_amount = gives.contains("_minor");
    let before: Vec<Turn<'_>> = match platform {
        Adobe => vec![("GET *", 200, NONE), ("GET *", 200, NONE)],
        _ => vec![],
    };
    let currency: Turn<'_> = match (platform, has_amount) {
        (_, true) => (asked, 200, said.as_str()),
        (Adobe, false) => ("GET *", 200, r#"[{"id":0},{"id":1},{"id":2}]"#),
        (_, false) => ("", 0, ""),
    };
    let (url, status, answer, after): (&str, u16, &str, &[Turn<'_>]) = match platform {
        Shopify => (
            "https://dove.myshopify.com/admin/api/2026-07/graphql.json",
            200,
            r#"{"data":{"discountCodeBasicCreate":{"codeDiscountNode":{"id":"1"},"userErrors":[]},"discountCodeFreeShippingCreate":{"codeDiscountNode":{"id":"1"},"userErrors":[]}}}"#,
            &[],
        ),
        BigCommerce => (
            "https://api.bigcommerce.com/stores/abc123/v2/coupons",
            201,
            "{}",
            &[],
        ),
        WooCommerce => ("https://shop.example/wp-json/wc/v3/coupons", 201, "{}", &[]),
        Adobe => (
            "https://shop.example/rest/V1/salesRules",
            200,
            r#"{"rule_id":44}"#,
            &[(
                r#"POST *{"rule_id":44,"code":"BACK-0123456789"*"#,
                200,
                r#"{"coupon_id":1}"#,
            )],
        ),
    };
    let groups: Turn<'_> = ("GET *", 200, r#"{"items":[{"id":0},{"id":1}]}"#);
    let made = format!("POST {url} {body}");
    let mut all = before;
    all.extend((currency.1 != 0).then_some(currency));
    all.extend((platform == Adobe).then_some(groups));
    all.push((made.as_str(), status, answer));
    all.extend_from_slice(after);
    played(platform, giving(gives), &all)
}

#[test]
fn each_kind_has_the_body_that_the_platform_documents() {
    let when = r#""startsAt":"2026-01-31T19:00:00Z","endsAt":"2026-02-07T19:00:00Z","usageLimit":1,"appliesOncePerCustomer":true,"context":{"all":"ALL"}"#;
    let shopify = |mutation: &str, rest: &str| {
        let query = match mutation {
            "basic" => {
                "mutation($code:DiscountCodeBasicInput!){discountCodeBasicCreate(basicCodeDiscount:$code){codeDiscountNode{id}userErrors{code field}}}"
            }
            _ => {
                "mutation($code:DiscountCodeFreeShippingInput!){discountCodeFreeShippingCreate(freeShippingCodeDiscount:$code){codeDiscountNode{id}userErrors{code field}}}"
            }
        };
        format!(
            r#"{{"query":"{query}","variables":{{"code":{{"title":"BACK-0123456789","code":"BACK-0123456789",{when},{rest}}}}}}}"#
        )
    };
    let off = r#""customerGets":{"items":{"all":true},"value":{"discountAmount":{"amount":"5.00","appliesOnEachItem":false}}}"#;
    let share = r#""customerGets":{"items":{"all":true},"value":{"percentage":0.15}}"#;
    let from = r#","minimumRequirement":{"subtotal":{"greaterThanOrEqualToSubtotal":"50.00"}}"#;
    let anywhere = r#""destination":{"all":true}"#;
    let bigcommerce = |kind: &str, rest: &str| {
        format!(
            r#"{{"name":"BACK-0123456789","code":"BACK-0123456789","type":"{kind}","amount":{rest},"enabled":true,"max_uses":1,"max_uses_per_customer":1,"expires":"Sat, 07 Feb 2026 19:00:00 +0000","applies_to":{{"entity":"categories","ids":[0]}}}}"#
        )
    };
    let woocommerce = |rest: &str| {
        format!(
            r#"{{"code":"BACK-0123456789",{rest},"usage_limit":1,"usage_limit_per_user":1,"date_expires":"2026-02-07T19:00:00Z"}}"#
        )
    };
    let adobe = |gives: &str, websites: &str, action: &str, rest: &str| {
        format!(
            r#"{{"rule":{{"name":"Homing {gives} until 2026-02-08","website_ids":[{websites}],"customer_group_ids":[0,1],"to_date":"2026-02-08","uses_per_customer":1,"is_active":true,"stop_rules_processing":false,"is_advanced":true,"sort_order":0,"simple_action":{action},"discount_step":0,"apply_to_shipping":false,"times_used":0,"is_rss":false,"coupon_type":"SPECIFIC_COUPON","use_auto_generation":true,"uses_per_coupon":1{rest}}}}}"#
        )
    };
    let condition = r#","condition":{"condition_type":"Magento\\SalesRule\\Model\\Rule\\Condition\\Combine","aggregator_type":"all","value":"1","conditions":[{"condition_type":"Magento\\SalesRule\\Model\\Rule\\Condition\\Address","attribute_name":"base_subtotal","operator":">=","value":"50.00"}]}"#;
    let free = r#","simple_free_shipping":"2""#;
    let bodies: [(&str, [String; 4]); 5] = [
        (
            AMOUNT,
            [
                shopify("basic", off),
                bigcommerce("per_total_discount", r#""5.00""#),
                woocommerce(r#""amount":"5.00","discount_type":"fixed_cart""#),
                adobe(
                    "5.00 EUR",
                    "2",
                    r#""cart_fixed","discount_amount":5.00"#,
                    "",
                ),
            ],
        ),
        (
            LEAST,
            [
                shopify("basic", &format!("{off}{from}")),
                bigcommerce("per_total_discount", r#""5.00","min_purchase":"50.00""#),
                woocommerce(
                    r#""amount":"5.00","discount_type":"fixed_cart","minimum_amount":"50.00""#,
                ),
                adobe(
                    "5.00 EUR, from 50.00 EUR",
                    "2",
                    r#""cart_fixed","discount_amount":5.00"#,
                    condition,
                ),
            ],
        ),
        (
            SHIPPING,
            [
                shopify("shipping", anywhere),
                bigcommerce("free_shipping", r#""0""#),
                woocommerce(r#""amount":"0","discount_type":"fixed_cart","free_shipping":true"#),
                adobe(
                    "free shipping",
                    "1,2",
                    r#""by_percent","discount_amount":0"#,
                    free,
                ),
            ],
        ),
        (
            SHIPPING_LEAST,
            [
                shopify("shipping", &format!("{anywhere}{from}")),
                bigcommerce("free_shipping", r#""0","min_purchase":"50.00""#),
                woocommerce(
                    r#""amount":"0","discount_type":"fixed_cart","free_shipping":true,"minimum_amount":"50.00""#,
                ),
                adobe(
                    "free shipping, from 50.00 EUR",
                    "2",
                    r#""by_percent","discount_amount":0"#,
                    &format!("{free}{condition}"),
                ),
            ],
        ),
        (
            PERCENT_LEAST,
            [
                shopify("basic", &format!("{share}{from}")),
                bigcommerce("percentage_discount", r#""15","min_purchase":"50.00""#),
                woocommerce(r#""amount":"15","discount_type":"percent","minimum_amount":"50.00""#),
                adobe(
                    "15 %, from 50.00 EUR",
                    "2",
                    r#""by_percent","discount_amount":15"#,
                    condition,
                ),
            ],
        ),
    ];
    for (gives, bodies) in bodies {
        let platforms = [Shopify, BigCommerce, WooCommerce, Adobe];
        for (platform, body) in platforms.into_iter().zip(bodies) {
            let end = made(platform, gives, EUR, &body);
            assert_eq!(end, Ok(Found::Done), "{platform:?} {gives}");
            // Adobe's body is a rule; every other has to be JSON as well.
            assert!(
                serde_json::from_str::<serde_json::Value>(&body).is_ok(),
                "{body}"
            );
        }
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (currency, minor, text) in [
        ("EUR", 5_u64, "0.05"),
        ("JPY", 500, "500"),
        ("KWD", 1_005, "1.005"),
        ("USD", 100_000_000_000, "1000000000.00"),
    ] {
        let gives = format!(r#""amount_minor":{minor},"currency":"{currency}""#);
        for (platform, part) in [
            (Shopify, format!(r#"*"amount":"{text}"*"#)),
            (BigCommerce, format!(r#"*"amount":"{text}"*"#)),
            (WooCommerce, format!(r#"*"amount":"{text}"*"#)),
            (Adobe, format!(r#"*"discount_amount":{text},*"#)),
        ] {
            let end = made(platform, &gives, currency, &part);
            assert_eq!(end, Ok(Found::Done), "{platform:?} {text}");
        }
    }
}

#[test]
fn a_store_of_another_currency_gets_no_code_with_amounts() {
    for platform in Platform::ALL {
        for gives in KINDS.into_iter().filter(|gives| gives.contains("_minor")) {
            let (asked, said) = of_currency(platform, "USD");
            let currency = (asked, 200, said.as_str());
            let all: &[Turn<'_>] = match platform {
                Adobe => &[("GET *", 200, NONE), ("GET *", 200, NONE), currency],
                _ => &[currency],
            };
            let end = played(platform, giving(gives), all);
            assert_eq!(end, Err("currency".into()), "{platform:?} {gives}");
        }
        // One that says nothing is none either, and one that may not be asked is refused.
        if platform != Adobe {
            let (asked, _) = of_currency(platform, "");
            let end = played(platform, giving(AMOUNT), &[(asked, 200, r#"{"data":{}}"#)]);
            assert_eq!(end, Err("currency".into()), "{platform:?}");
            let end = played(platform, giving(AMOUNT), &[(asked, 403, "{}")]);
            assert_eq!(end, Err("not_allowed".into()), "{platform:?}");
        }
    }
}

#[test]
fn one_that_is_there_already_is_as_good_whatever_it_gives() {
    for gives in KINDS {
        for platform in Platform::ALL {
            let (asked, said) = of_currency(platform, EUR);
            let has_amount = gives.contains("_minor");
            let mut all: Vec<Turn<'_>> = Vec::new();
            all.extend((has_amount && platform != Adobe).then_some((asked, 200, said.as_str())));
            let taken =
                r#"{"codeDiscountNode":null,"userErrors":[{"code":"TAKEN","field":["code"]}]}"#;
            let taken = format!(
                r#"{{"data":{{"discountCodeBasicCreate":{taken},"discountCodeFreeShippingCreate":{taken}}}}}"#
            );
            match platform {
                Shopify => all.push(("POST *", 200, &taken)),
                BigCommerce => {
                    all.push(("POST *", 400, EMPTY));
                    all.push(("GET *", 200, r#"[{"id":1,"code":"BACK-0123456789"}]"#));
                }
                WooCommerce => all.push((
                    "POST *",
                    400,
                    r#"{"code":"woocommerce_rest_coupon_code_already_exists"}"#,
                )),
                Adobe => all.push(("GET *", 200, r#"{"items":[{"coupon_id":1}]}"#)),
            }
            let end = played(platform, giving(gives), &all);
            assert_eq!(end, Ok(Found::Done), "{platform:?} {gives}");
        }
    }
}
