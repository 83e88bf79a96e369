//! What can be bought, and for how much.

use super::*;

#[test]
fn stock_and_price_are_told_and_what_is_gone() {
    type Shown<'a> = &'a [(&'a str, bool, Option<u64>)];
    let rows: &[(Platform, &[&str], &[Turn<'_>], Shown<'_>)] = &[
        (
            Shopify,
            &["1", "mug-blue", "2", "3"],
            &[(
                r#"POST *"variables":{"ids":["gid://shopify/ProductVariant/1","gid://shopify/ProductVariant/2","gid://shopify/ProductVariant/3"]}}"#,
                200,
                r#"{"data":{"nodes":[{"id":"gid://shopify/ProductVariant/1","availableForSale":true,"price":"19.50"},null,{"id":"x","availableForSale":false,"price":"1"}],"shop":{"currencyCode":"EUR"}}}"#,
            )],
            &[
                ("1", true, Some(1_950)),
                ("2", false, None),
                ("3", false, Some(100)),
            ],
        ),
        // Its stock goes by what is tracked.
        (
            BigCommerce,
            &["1:10", "1:11", "2:20", "3:30", "4:40", "x:1", "5"],
            &[(
                "GET *id:in=1,2,3,4&include=variants*",
                200,
                r#"{"data":[
                {"id":1,"availability":"available","inventory_tracking":"variant","inventory_level":9,"variants":[{"id":10,"inventory_level":0,"calculated_price":12.5},{"id":11,"inventory_level":1,"calculated_price":13}]},
                {"id":2,"availability":"available","inventory_tracking":"none","inventory_level":0,"variants":[{"id":20,"inventory_level":0,"purchasing_disabled":true}]},
                {"id":3,"availability":"available","inventory_tracking":"product","inventory_level":2,"variants":[{"id":30,"inventory_level":0}]}]}"#,
            )],
            &[
                ("1:10", false, Some(1_250)),
                ("1:11", true, Some(1_300)),
                ("2:20", false, None),
                ("3:30", true, None),
                ("4:40", false, None),
            ],
        ),
        // It is asked singly for what its list leaves out.
        (
            WooCommerce,
            &["1", "2", "3"],
            &[
                (
                    "GET https://shop.example/wp-json/wc/v3/products?include=1,2,3&*",
                    200,
                    r#"[{"id":1,"price":"10","stock_status":"onbackorder","purchasable":true}]"#,
                ),
                (
                    "GET */products/3?*",
                    404,
                    r#"{"code":"woocommerce_rest_product_invalid_id"}"#,
                ),
                (
                    "GET */products/2?*",
                    200,
                    r#"{"id":2,"price":"","stock_status":"outofstock","purchasable":false}"#,
                ),
            ],
            &[
                ("1", true, Some(1_000)),
                ("3", false, None),
                ("2", false, None),
            ],
        ),
        (
            Adobe,
            &["MUG", "a%20b/c"],
            &[
                ("GET */products/a%20b%2Fc?fields=*", 404, "{}"),
                (
                    "GET */products/MUG?fields=*",
                    200,
                    r#"{"sku":"MUG","status":1,"extension_attributes":{"stock_item":{"is_in_stock":true}}}"#,
                ),
            ],
            &[("a%20b/c", false, None), ("MUG", true, None)],
        ),
        // Nothing that it could know: it is not asked.
        (Shopify, &["mug"], &[], &[]),
    ];
    for (platform, variants, all, shown) in rows {
        let ask = Ask::Shelf(variants.iter().map(|one| (*one).into()).collect());
        let Ok(Found::Shelf(found)) = played(*platform, ask, all) else {
            panic!("no shelf of {platform:?}")
        };
        let minor = |one: &OnShelf| one.price.map(|price| price.minor);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.variant.as_str(), one.available, minor(one)))
            .collect();
        assert_eq!(found, *shown, "{platform:?}");
    }
}

#[test]
fn a_pair_of_keys_opens_woocommerce() {
    let asked = call(talk(WooCommerce, Ask::Shelf(vec!["1".into()])).begin());
    assert_eq!(
        asked.headers,
        [("authorization", "Basic Y2tfMTIzNDU6Y3NfMTIzNDU=".into())]
    );
}
