//! Orders and carts, as they are now.

use super::*;
use crate::platform::{Envelope, Tidings, fetched};

#[test]
fn an_order_is_read_as_its_webhook_tells_it() {
    let rows = [
        (
            Shopify,
            r#"{"data":{"order":{"id":"5001","name":"1001","cart_token":"Z2Nw","checkout_token":null,"created_at":"2026-01-31T19:00:00Z","updated_at":"2026-01-31T19:00:00Z","currency":"EUR","email":"ada@example.com"}}}"#,
            Some("Z2Nw"),
        ),
        (
            WooCommerce,
            r#"{"id":5001,"status":"processing","currency":"EUR","date_created_gmt":"2026-01-31T19:00:00","date_modified_gmt":"2026-01-31T19:00:00","line_items":[],"meta_data":[]}"#,
            None,
        ),
    ];
    for (platform, said, cart) in rows {
        let ask = Ask::Read(Resource::Order, "5001".into());
        let Ok(Found::Body(body)) = played(platform, ask, &[("*", 200, said)]) else {
            panic!("no order of {platform:?}")
        };
        match fetched(platform, Resource::Order, &body, &Envelope::default()) {
            Ok(Tidings::Order(order)) => {
                let told = (order.id.as_str(), order.tokens.cart.as_deref());
                assert_eq!(told, ("5001", cart), "{platform:?}");
                assert_eq!(order.placed_at, LAST, "{platform:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_no_id_is_not_asked_for() {
    for platform in Platform::ALL {
        for id in ["../1", ""] {
            let end = played(platform, Ask::Read(Resource::Order, id.into()), &[]);
            assert_eq!(end, Ok(Found::Nothing), "{platform:?} {id}");
        }
    }
}

#[test]
fn a_cart_is_read_where_it_is_not_the_visitors_own() {
    let ask = || Ask::Read(Resource::Cart, "1".into());
    for platform in [Shopify, WooCommerce] {
        assert_eq!(played(platform, ask(), &[]), Ok(Found::Nothing));
    }
    for (platform, asked) in [
        (
            BigCommerce,
            "GET */stores/abc123/v3/carts/1?include=line_items.*",
        ),
        (Adobe, "GET */rest/V1/carts/1*"),
    ] {
        for (status, end) in [(200, Found::Body(b"{}".to_vec())), (404, Found::Nothing)] {
            let found = played(platform, ask(), &[(asked, status, "{}")]);
            assert_eq!(found, Ok(end), "{platform:?} {status}");
        }
    }
}
