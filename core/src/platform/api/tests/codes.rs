//! Codes: made once, found where they are there already, and the customer's own where the platform can tie them.

use super::*;

const ADDRESS: &str = "ada@example.com";

#[test]
fn a_code_at_shopify_is_the_customers_where_there_is_one() {
    let who = (
        r#"POST https://dove.myshopify.com/admin/api/2026-07/graphql.json *"variables":{"email":"ada@example.com"}}"#,
        200,
        r#"{"data":{"customerByIdentifier":{"id":"gid://shopify/Customer/7"}}}"#,
    );
    let make = r#"POST *"startsAt":"2026-01-31T19:00:00Z","endsAt":"2026-02-07T19:00:00Z","usageLimit":1,*"context":{"customers":{"add":["gid://shopify/Customer/7"]}}*"percentage":0.15}*"#;
    let made = |errors: &str| {
        format!(
            r#"{{"data":{{"discountCodeBasicCreate":{{"codeDiscountNode":{{"id":"gid://shopify/DiscountCodeNode/1"}},"userErrors":[{errors}]}}}}}}"#
        )
    };
    for (errors, end) in [
        ("", Ok(Found::Done)),
        (r#"{"code":"TAKEN","field":["code"]}"#, Ok(Found::Done)),
        (
            r#"{"code":"MAX_APP_DISCOUNTS","field":null}"#,
            Err("max_app_discounts".into()),
        ),
    ] {
        let all = [who, (make, 200, &made(errors))];
        assert_eq!(played(Shopify, code(Some(ADDRESS)), &all), end, "{errors}");
    }

    // Nobody of that name, or no right to look: it is anybody's who knows it.
    let denied = r#"{"errors":[{"extensions":{"code":"ACCESS_DENIED"}}],"data":null}"#;
    for nobody in [r#"{"data":{"customerByIdentifier":null}}"#, denied] {
        let all = [
            ("POST *", 200, nobody),
            (r#"POST *"context":{"all":"ALL"}*"#, 200, denied),
        ];
        let end = played(Shopify, code(Some(ADDRESS)), &all);
        assert_eq!(end, Err("not_allowed".into()));
    }
}

#[test]
fn a_code_that_is_there_already_is_as_good() {
    const COUPONS: &str = r#"POST https://api.bigcommerce.com/stores/abc123/v2/coupons {*"expires":"Sat, 07 Feb 2026 19:00:00 +0000"*"#;
    const COUPON: &str =
        "GET https://api.bigcommerce.com/stores/abc123/v2/coupons?code=BACK-0123456789 ";
    const TIED: &str = r#"POST *{"code":"BACK-0123456789","amount":"15","discount_type":"percent","usage_limit":1,"usage_limit_per_user":1,"date_expires":"2026-02-07T19:00:00Z","email_restrictions":["ada@example.com"]}"#;
    let there: &[(Platform, &[Turn<'_>])] = &[
        (
            BigCommerce,
            &[
                (COUPONS, 409, "[]"),
                (COUPON, 200, r#"[{"id":1,"code":"BACK-0123456789"}]"#),
            ],
        ),
        (
            WooCommerce,
            &[(
                TIED,
                400,
                r#"{"code":"woocommerce_rest_coupon_code_already_exists","message":"","data":{"status":400}}"#,
            )],
        ),
    ];
    for (platform, all) in there {
        let end = played(*platform, code(Some(ADDRESS)), all);
        assert_eq!(end, Ok(Found::Done), "{platform:?}");
    }
    // It is not there: what was said at first counts.
    let refused: &[(Platform, &[Turn<'_>])] = &[
        (BigCommerce, &[(COUPONS, 400, "[]"), (COUPON, 204, "")]),
        (
            WooCommerce,
            &[("POST *", 400, r#"{"code":"rest_invalid_param"}"#)],
        ),
    ];
    for (platform, all) in refused {
        let end = played(*platform, code(None), all);
        assert_eq!(end, Err("status_400".into()), "{platform:?}");
    }
}

const NONE: &str = r#"{"items":[],"total_count":0}"#;

#[test]
fn adobe_gets_one_rule_a_day_and_a_code_in_it() {
    let all = [
        (
            "GET https://shop.example/rest/V1/coupons/search?searchCriteria%5BfilterGroups%5D*value%5D=BACK-0123456789*",
            200,
            NONE,
        ),
        ("GET *Homing%2015%25%20until%202026-02-08*", 200, NONE),
        ("GET *", 200, r#"[{"id":0},{"id":1},{"id":2}]"#),
        ("GET *", 200, r#"{"items":[{"id":0},{"id":1},{"id":3}]}"#),
        (
            r#"POST *"website_ids":[1,2],"customer_group_ids":[0,1,3],"to_date":"2026-02-08"*"discount_amount":15,*"uses_per_coupon":1*"#,
            200,
            r#"{"rule_id":44}"#,
        ),
        (
            r#"POST *{"rule_id":44,"code":"BACK-0123456789"*"#,
            200,
            r#"{"coupon_id":1}"#,
        ),
    ];
    assert_eq!(played(Adobe, code(None), &all), Ok(Found::Done));
    // It was refused: somebody else was quicker, or nobody was.
    for (found, end) in [
        (r#"{"items":[{"coupon_id":1}]}"#, Ok(Found::Done)),
        (NONE, Err("status_400".into())),
    ] {
        let all = [
            ("GET *", 200, NONE),
            ("GET *", 200, r#"{"items":[{"rule_id":44}]}"#),
            ("POST *", 400, "{}"),
            ("GET *", 200, found),
        ];
        assert_eq!(played(Adobe, code(None), &all), end, "{found}");
    }
}
