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
            &["MUG", "a%20b/c", "HAT/1", "HAT/2"],
            &[
                // A server before it, or none of its routes: whether such a one is there was not asked.
                ("GET */products/HAT%2F2?fields=*", 404, "<h1>Not Found</h1>"),
                (
                    "GET */products/HAT%2F1?fields=*",
                    404,
                    r#"{"message":"Request does not match any route."}"#,
                ),
                (
                    "GET */products/a%20b%2Fc?fields=*",
                    404,
                    r#"{"message":"The product that was requested doesn't exist. Verify the product and try again."}"#,
                ),
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
fn what_was_answered_in_time_counts_where_the_rest_was_not() {
    let rows: &[(Platform, &[Turn<'_>], &[&str])] = &[
        (WooCommerce, &[], &[]),
        (
            WooCommerce,
            &[(
                "GET *",
                200,
                r#"[{"id":1,"price":"10","stock_status":"instock"}]"#,
            )],
            &["1"],
        ),
        (
            WooCommerce,
            &[
                (
                    "GET *",
                    200,
                    r#"[{"id":1,"price":"10","stock_status":"instock"}]"#,
                ),
                ("GET */products/3?*", 404, "{}"),
            ],
            &["1", "3"],
        ),
        (
            Adobe,
            &[(
                "GET */products/3?*",
                404,
                r#"{"message":"The product that was requested doesn't exist."}"#,
            )],
            &["3"],
        ),
        (Shopify, &[], &[]),
    ];
    for (platform, all, found) in rows {
        let ask = Ask::Shelf(["1", "2", "3"].map(String::from).into());
        let mut one = talk(*platform, ask);
        call(turns(&mut one, all));
        let shelf = match one.so_far() {
            Some(Found::Shelf(shelf)) => shelf,
            other => {
                assert_eq!(other, None, "{platform:?}");
                Vec::new()
            }
        };
        let named: Vec<&str> = shelf.iter().map(|one| one.variant.as_str()).collect();
        assert_eq!(named, *found, "{platform:?}");
    }
}

#[test]
fn prices_count_where_the_stores_currency_is_the_shops() {
    let euro = Currency::parse(EUR);
    let woocommerce = (
        "GET */products?include=1&*",
        200,
        r#"[{"id":1,"price":"19.50","stock_status":"instock"}]"#,
    );
    let bigcommerce = (
        "GET */v3/catalog/products?id:in=1&*",
        200,
        r#"{"data":[{"id":1,"inventory_tracking":"none","variants":[{"id":2,"calculated_price":19.5}]}]}"#,
    );
    for (platform, variant, shelf, asked, field) in [
        (
            WooCommerce,
            "1",
            woocommerce,
            "GET */wc/v3/data/currencies/current ",
            "code",
        ),
        (
            BigCommerce,
            "1:2",
            bigcommerce,
            "GET */v2/store ",
            "currency",
        ),
    ] {
        for (status, said, price) in [
            (200, EUR, Some(1_950)),
            (200, "JPY", None),
            (200, "", None),
            (403, EUR, None),
        ] {
            let ask = Ask::Shelf(vec![variant.into()]);
            let mut one = new_at(platform, connection(platform), None, ask).unwrap();
            let body = format!(r#"{{"{field}":"{said}"}}"#);
            let Ok(Found::Shelf(found)) = end(turns(&mut one, &[shelf, (asked, status, &body)]))
            else {
                panic!("no shelf of {platform:?}")
            };
            let found = found.first().unwrap();
            let minor = found.price.map(|price| price.minor);
            assert_eq!(
                (found.available, minor),
                (true, price),
                "{platform:?} {said}"
            );
            let known = Currency::parse(said).filter(|_| status == 200);
            assert_eq!(one.store(), known, "{platform:?} {said}");
        }
        // Where the time is up before that, stock counts and the price does not.
        let ask = || Ask::Shelf(vec![variant.into()]);
        let mut one = new_at(platform, connection(platform), None, ask()).unwrap();
        call(turns(&mut one, &[shelf]));
        let Some(Found::Shelf(found)) = one.so_far() else {
            panic!("nothing of {platform:?}")
        };
        assert_eq!(found.first().unwrap().price, None);
        // Once it is known it is not asked for again.
        let known = new_at(platform, connection(platform), euro, ask());
        assert!(end(turns(&mut known.unwrap(), &[shelf])).is_ok());
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

/// What a platform says of the only variant that it is asked about: product, title, picture and page.
fn outline(platform: Platform, variant: &str, all: &[Turn<'_>]) -> [Option<String>; 4] {
    let Ok(Found::Shelf(found)) = played(platform, Ask::Shelf(vec![variant.into()]), all) else {
        panic!("no shelf of {platform:?}")
    };
    let outline = found.first().unwrap().outline.clone();
    assert_eq!((outline.variant.as_str(), outline.price), (variant, None));
    [outline.product, outline.title, outline.image, outline.url]
}

#[test]
fn names_pictures_and_pages_are_told_of_what_the_shop_shows() {
    let said = |of: [&str; 4]| of.map(|text| Some(String::from(text)).filter(|_| !text.is_empty()));
    let shopify = |status: &str, variant: &str| {
        let body = format!(
            r#"{{"data":{{"nodes":[{{"id":"x","availableForSale":true,"price":"1","title":"{variant}","product":{{"legacyResourceId":"8","title":"Mug","status":"{status}","onlineStoreUrl":"https://shop.example/products/mug","featuredMedia":{{"preview":{{"image":{{"url":"https://cdn.example/mug.png"}}}}}}}}}}],"shop":{{"currencyCode":"EUR"}}}}}}"#
        );
        outline(Shopify, "41", &[("POST *", 200, &body)])
    };
    let (picture, page) = (
        "https://cdn.example/mug.png",
        "https://shop.example/products/mug?variant=41",
    );
    assert_eq!(
        shopify("ACTIVE", "Default Title"),
        said(["8", "Mug", picture, page])
    );
    assert_eq!(
        shopify("UNLISTED", "Blue"),
        said(["8", "Mug – Blue", picture, page])
    );
    assert_eq!(shopify("DRAFT", "Blue"), said(["", "", "", ""]));

    let bigcommerce = |is_visible: bool, own: &str| {
        let body = format!(
            r#"{{"data":[{{"id":7,"name":"Mug","is_visible":{is_visible},"inventory_tracking":"none","primary_image":{{"url_standard":"https://cdn.example/mug.png"}},"variants":[{{"id":70,"calculated_price":1,"image_url":"{own}","option_values":[{{"label":"Blue"}},{{"label":"L"}}]}}]}}]}}"#
        );
        outline(
            BigCommerce,
            "7:70",
            &[("GET *include=variants,primary_image*", 200, &body)],
        )
    };
    let blue = "https://cdn.example/blue.png";
    assert_eq!(
        bigcommerce(true, ""),
        said(["7", "Mug – Blue, L", picture, ""])
    );
    assert_eq!(
        bigcommerce(true, blue),
        said(["7", "Mug – Blue, L", blue, ""])
    );
    assert_eq!(bigcommerce(false, blue), said(["", "", "", ""]));

    // A variation is listed nowhere, and published while its product is not.
    let woocommerce = |status: &str, parent: Option<&str>| {
        let id = if parent.is_some() { 50 } else { 0 };
        let one = format!(
            r#"{{"id":51,"parent_id":{id},"name":"Mug &amp; Cup","permalink":"https://shop.example/mug/","images":[{{"src":"https://cdn.example/mug.png"}}],"price":"10","status":"{status}","stock_status":"instock"}}"#
        );
        let listed = format!("[{one}]");
        let product = parent.unwrap_or_default();
        let product = format!(r#"[{{"id":50,"status":"{product}"}}]"#);
        let mut all: Vec<Turn<'_>> = vec![("GET *include=51&*", 200, &listed)];
        if parent.is_some() {
            all = vec![
                ("GET *include=51&*", 200, "[]"),
                ("GET */products/51?*", 200, &one),
            ];
            all.extend((status == "publish").then_some((
                "GET */products?include=50&per_page=100&_fields=id,status ",
                200,
                product.as_str(),
            )));
        }
        outline(WooCommerce, "51", &all)
    };
    let page = "https://shop.example/mug/";
    assert_eq!(
        woocommerce("publish", None),
        said(["51", "Mug & Cup", picture, page])
    );
    assert_eq!(
        woocommerce("publish", Some("publish")),
        said(["50", "Mug & Cup", picture, page])
    );
    for hidden in [
        woocommerce("private", None),
        woocommerce("private", Some("publish")),
        woocommerce("publish", Some("draft")),
        woocommerce("publish", Some("private")),
    ] {
        assert_eq!(hidden, said(["", "", "", ""]));
    }

    let adobe = |status: u8| {
        let body = format!(
            r#"{{"id":9,"sku":"MUG","name":"Mug","status":{status},"extension_attributes":{{"stock_item":{{"is_in_stock":true}}}}}}"#
        );
        outline(
            Adobe,
            "MUG",
            &[("GET */products/MUG?fields=id,sku,name,*", 200, &body)],
        )
    };
    assert_eq!(adobe(1), said(["9", "Mug", "", ""]));
    assert_eq!(adobe(2), said(["", "", "", ""]));
}

#[test]
fn who_may_not_look_at_products_is_told_from_who_is_let_in_no_more() {
    let denied = r#"{"errors":[{"extensions":{"code":"ACCESS_DENIED"}}],"data":null}"#;
    let asked = |status, body| {
        played(
            Shopify,
            Ask::Shelf(vec!["1".into()]),
            &[("POST *", status, body)],
        )
    };
    assert_eq!(asked(200, denied), Err("access_denied".into()));
    assert_eq!(asked(401, "{}"), Err("not_allowed".into()));
    assert_eq!(asked(404, "{}"), Err("status_404".into()));
}
