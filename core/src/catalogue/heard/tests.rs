use super::*;
use proptest::prelude::*;

fn money(minor: u64, code: &str) -> Money {
    Money {
        minor,
        currency: Currency::parse(code).unwrap(),
    }
}

fn word(version: u64) -> Word {
    Word {
        variant: "41".into(),
        version,
        product: None,
        title: None,
        detail: None,
        price: None,
        in_own_currency: true,
        varies: false,
        image: None,
        url: None,
    }
}

fn priced(version: u64, minor: u64) -> Word {
    Word {
        title: Some("Mug".into()),
        price: Some(money(minor, "EUR")),
        ..word(version)
    }
}

fn heard(words: impl IntoIterator<Item = Word>) -> Heard {
    let mut heard = Heard::new("41".into());
    for word in words {
        heard.take(word, 1_000);
    }
    heard
}

#[test]
fn a_later_word_counts_and_an_older_one_or_the_same_again_does_not() {
    let mut known = heard([priced(5, 1_000)]);
    assert!(!known.take(priced(4, 900), 2_000), "older");
    assert!(!known.take(priced(5, 1_000), 2_000), "the same again");
    assert_eq!(known.outline().price, Some(money(1_000, "EUR")));
    assert!(known.take(priced(6, 900), 3_000));
    assert_eq!(known.outline().price, Some(money(900, "EUR")));
    assert_eq!(known.price_at(2_999), Some(money(1_000, "EUR")));
    assert_eq!(known.price_at(3_000), Some(money(900, "EUR")));
}

#[test]
fn what_was_confirmed_later_is_not_undone_by_what_came_between() {
    let mut known = heard([priced(1, 1_000)]);
    assert!(!known.take(priced(9, 1_000), 2_000), "no row for that");
    assert!(!known.take(priced(5, 700), 3_000));
    assert_eq!(known.outline().price, Some(money(1_000, "EUR")));
}

#[test]
fn what_a_word_does_not_say_it_does_not_take_away() {
    let mut known = heard([priced(5, 1_000)]);
    let pictured = Word {
        image: Some("https://shop.example/mug.png".into()),
        ..word(2)
    };
    assert!(known.take(pictured, 2_000), "an older one may still add");
    assert!(!known.take(word(9), 3_000));
    let product = known.outline().product().unwrap();
    assert_eq!(product.title, "Mug");
    assert_eq!(product.image, "https://shop.example/mug.png");
    assert_eq!((product.price_minor, product.url.as_str()), (1_000, ""));
}

#[test]
fn without_a_name_or_a_price_there_is_no_product() {
    let named = Word {
        title: Some("Mug".into()),
        ..word(1)
    };
    assert_eq!(heard([named.clone()]).outline().product(), None);
    let unnamed = Word {
        title: None,
        ..priced(1, 500)
    };
    assert_eq!(heard([unnamed.clone()]).outline().product(), None);
    assert!(heard([named, unnamed]).outline().product().is_some());
}

#[test]
fn the_shops_own_currency_and_a_price_of_the_variant_alone_go_before_others() {
    let abroad = Word {
        price: Some(money(1_600, "JPY")),
        in_own_currency: false,
        ..word(9)
    };
    let engraved = Word {
        varies: true,
        ..priced(8, 1_500)
    };
    let orders: [Vec<Word>; 3] = [
        vec![abroad.clone(), engraved.clone(), priced(1, 1_000)],
        vec![priced(1, 1_000), abroad.clone(), engraved.clone()],
        vec![engraved.clone(), priced(1, 1_000), abroad.clone()],
    ];
    for words in orders {
        assert_eq!(heard(words).outline().price, Some(money(1_000, "EUR")));
    }
    // Better than none.
    assert_eq!(heard([abroad]).outline().price, Some(money(1_600, "JPY")));
    assert_eq!(heard([engraved]).outline().price, Some(money(1_500, "EUR")));
}

#[test]
fn a_variant_is_told_from_its_siblings_once() {
    let blue = |title: &str| {
        let word = Word {
            title: Some(title.into()),
            detail: Some("Blue".into()),
            ..word(1)
        };
        heard([word]).outline().title.unwrap()
    };
    assert_eq!(blue("Mug"), "Mug – Blue");
    assert_eq!(blue("Mug - Blue"), "Mug – Blue");
    assert_eq!(blue("Blue Mug"), "Blue Mug");
}

#[test]
fn a_title_with_its_variant_in_it_or_apart_is_the_same_and_no_news() {
    let cart = |version| cart_of("Shirt - Small", version);
    let checkout = |version| Word {
        title: Some("Shirt".into()),
        detail: Some("Small".into()),
        ..word(version)
    };
    for words in [[cart(1), checkout(2)], [checkout(1), cart(2)]] {
        let mut known = heard(words);
        for version in 3..9 {
            let turn = [cart(version), checkout(version)];
            for one in turn {
                assert!(!known.take(one, 2_000), "{version}");
            }
        }
        assert_eq!(known.outline().title.as_deref(), Some("Shirt – Small"));
    }
    // Another variant's name is one, and so is what was said before there was a title.
    let mut known = heard([checkout(1)]);
    assert!(known.take(cart_of("Shirt - Large", 2), 2_000));
    let detail = Word {
        title: None,
        ..checkout(1)
    };
    assert!(Heard::new("41".into()).take(detail, 2_000));
}

fn cart_of(title: &str, version: u64) -> Word {
    Word {
        title: Some(title.into()),
        ..word(version)
    }
}

#[test]
fn titles_prices_and_addresses_are_such_as_messages_may_show() {
    assert_eq!(title_of(" Mug\r\n\tBlue\u{7} "), Some("Mug Blue".into()));
    assert_eq!(title_of(" \n "), None);
    let long = title_of(&"ä".repeat(400)).unwrap();
    assert_eq!((long.len(), long.chars().count()), (300, 150));
    let euro = Currency::parse("EUR").unwrap();
    for none in [0, -1, i64::MAX] {
        assert_eq!(price_of(none, euro), None);
    }
    assert_eq!(price_of(1, euro), Some(money(1, "EUR")));
    assert_eq!(address_of("javascript:alert(1)"), None);
    assert_eq!(product_of("a b"), None);
}

fn any_word() -> impl Strategy<Value = Word> {
    let text = |words: [&'static str; 3]| {
        prop::option::of(prop::sample::select(words.map(String::from).to_vec()))
    };
    let currency = prop::sample::select(vec!["EUR", "JPY", "KWD"]);
    (
        1_u64..6,
        text(["a", "b", "a - x"]),
        text(["x", "y", "z"]),
        text(["x", "y", "z"]),
        prop::option::of((1_u64..5, currency)),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(version, title, detail, image, price, (own, varies))| Word {
                title,
                detail,
                image,
                price: price.map(|(minor, code)| money(minor, code)),
                in_own_currency: own,
                varies,
                ..word(version)
            },
        )
}

proptest! {
    /// However payloads are mixed up and repeated, what is shown in the end is the same.
    #[test]
    fn whatever_comes_in_whatever_order_ends_as_the_same(
        words in prop::collection::vec(any_word(), 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let expected = heard(words.clone()).outline();
        // All of them in another order, some of them several times.
        let mut mixed: Vec<Word> = order.iter().map(|at| at.get(&words).clone()).collect();
        mixed.extend(words.iter().rev().cloned());
        prop_assert_eq!(&heard(mixed.clone()).outline(), &expected);
        // And once more all of it says nothing new.
        let mut known = heard(mixed.clone());
        for word in mixed {
            prop_assert!(!known.take(word, 2_000));
        }
        prop_assert_eq!(known.outline(), expected);
    }

    /// A title that is shown was said by one of the latest who say any.
    #[test]
    fn the_latest_who_speaks_of_it_is_heard(words in prop::collection::vec(any_word(), 1..12)) {
        let words: Vec<Word> = words.into_iter().map(|word| Word { detail: None, ..word }).collect();
        let latest = words.iter().filter(|word| word.title.is_some()).map(|word| word.version).max();
        let shown = heard(words.clone()).outline().title;
        let said = words.iter().any(|word| Some(word.version) == latest && word.title == shown);
        prop_assert!(said || (latest.is_none() && shown.is_none()));
    }
}
