use super::*;
use crate::cart::{LineKey, Variant};
use crate::delivery::{Body, DeliveryName, Outcome, Whom};
use crate::shop::tests::json;
use alloc::{format, string::ToString, vec};

fn product(variant: &str, price_minor: u64, image: &str) -> (String, Product) {
    let product = serde_json::from_value(serde_json::json!({
        "variant": variant, "title": format!("The {variant}"), "price_minor": price_minor, "currency": "EUR",
        "image": image, "url": format!("https://shop.example/{variant}"), "available": price_minor > 0,
    }));
    (variant.to_string(), product.unwrap())
}

fn products() -> BTreeMap<String, Product> {
    [
        product("mug", 1_950, "https://shop.example/mug.png"),
        product("bowl", 0, ""),
    ]
    .into()
}

fn lines(variants: &[&str]) -> Vec<LineView> {
    let line = |variant: &&str| LineView {
        line: LineKey::new(Variant::new(variant).unwrap(), &BTreeMap::new()).unwrap(),
        qty: 1,
        dots: vec![],
    };
    variants.iter().map(line).collect()
}

fn shop(more: &str) -> ShopConfig {
    let json = json().replacen('{', &format!("{{{more}"), 1);
    ShopConfig::parse(json.as_bytes()).unwrap()
}

fn sequence(trigger: &str, step: &str) -> Sequence {
    let json = format!(
        r#"{{"id":"s","version":1,"name":"S","trigger":{{"{trigger}":{{}}}},"steps":[{step}]}}"#
    );
    Sequence::parse(json.as_bytes()).unwrap()
}

fn seen(config: &ShopConfig, sequence: &Sequence, variants: &[&str]) -> Preview {
    let scene = Scene {
        sequence,
        step: 0,
        channel: None,
        draws: &Draws::default(),
        lines: &lines(variants),
        quote: false,
        products: &products(),
        config,
        public_url: "https://edge.example",
        short_url: "https://s.example",
        makes_codes: false,
        now: 0,
    };
    scene.preview().unwrap()
}

fn codes(preview: &Preview) -> Vec<&'static str> {
    preview.warnings.iter().map(|one| one.code).collect()
}

const MAIL: &str = r#"{"after_ms":1,"template":"reminder"}"#;
const TEXT: &str = r#"{"after_ms":1,"template":"reminder","channels":["sms"]}"#;
const SMS: &str = r#""sms":{"provider":"twilio","sender":"+15005550006","max_segments":2},"#;

#[test]
fn a_mail_is_seen_with_its_words_and_links_that_lead_nowhere() {
    let preview = seen(&shop(""), &sequence("cart", MAIL), &["mug"]);
    let Ok(Written::Mail(mail)) = &preview.written else {
        panic!("{preview:?}");
    };
    assert_eq!(mail.subject, "You left the The mug at Hearth");
    assert!(mail.html.contains("€19.50"));
    for part in [&mail.html, &mail.text] {
        let links = part.split("https://edge.example/").skip(1);
        let (mut count, mut samples) = (0, 0);
        for link in links {
            count += 1;
            samples += usize::from(is_sample(&link[2..66]));
        }
        assert!(count >= 2 && count == samples, "{part}");
    }
    assert_eq!(codes(&preview), Vec::<&str>::new());
}

#[test]
fn its_author_hears_what_is_wrong_with_what_it_shows() {
    let preview = seen(
        &shop(""),
        &sequence("cart", MAIL),
        &["mug", "bowl", "ghost"],
    );
    let about = |code| {
        let mut found = preview.warnings.iter();
        let found = found.find(|one| one.code == code).unwrap();
        found.variant.clone().unwrap()
    };
    assert_eq!(about("price_missing"), "bowl");
    assert_eq!(about("picture_missing"), "bowl");
    assert_eq!(about("sold_out"), "bowl");
    assert_eq!(about("variant_unknown"), "ghost");
    let none = seen(&shop(""), &sequence("cart", MAIL), &["ghost"]);
    assert_eq!(none.written.unwrap_err(), Skip::NotInCatalogue);
    let empty = seen(&shop(""), &sequence("cart", MAIL), &[]);
    assert_eq!(empty.written.unwrap_err(), Skip::Emptied);
}

#[test]
fn a_text_is_as_long_as_it_will_be_and_says_where_it_gives_way() {
    let config = shop(SMS);
    let preview = seen(&config, &sequence("cart", TEXT), &["mug"]);
    let Ok(Written::Text(text)) = &preview.written else {
        panic!("{preview:?}");
    };
    assert_eq!((text.segments, text.encoding()), (1, "gsm7"));
    assert!(codes(&preview).is_empty());
    let long = format!(
        r#"{{"after_ms":1,"template":"reminder","channels":["sms"],"content":{{"text":"{}"}}}}"#,
        "so very many words ".repeat(8).trim()
    );
    let preview = seen(
        &shop(&SMS.replace('2', "1")),
        &sequence("cart", &long),
        &["mug"],
    );
    assert_eq!(codes(&preview), ["text_cut"]);
    // Nothing carries it: a release would skip it, too.
    let none = seen(&shop(""), &sequence("cart", TEXT), &["mug"]);
    assert_eq!(none.written.unwrap_err(), Skip::NoChannel);
}

#[test]
fn an_offer_is_a_season_s_and_a_code_that_would_be_made_is_none() {
    let offer =
        r#"{"after_ms":1,"template":"offer","offer":{"code":"BACK-{unique}","percent":10}}"#;
    let preview = seen(&shop(""), &sequence("cart", offer), &["mug"]);
    let Ok(Written::Mail(mail)) = &preview.written else {
        panic!("{preview:?}");
    };
    assert!(mail.text.contains("BACK-SAMPLECODE"));
    assert_eq!(codes(&preview), ["code_not_made"]);
    let season = r#""seasons":[{"id":"x","from":"1970-01-01","to":"1970-01-02","changes":{"offer":{"code":"WINTER","percent":30}}}],"#;
    let preview = seen(&shop(season), &sequence("cart", offer), &["mug"]);
    let Ok(Written::Mail(mail)) = &preview.written else {
        panic!("{preview:?}");
    };
    assert!(mail.subject.starts_with("30% off") && mail.text.contains("WINTER"));
}

#[test]
fn it_is_about_what_begins_its_sequence() {
    let browse = Sequence::parse(br#"{"id":"s","version":1,"name":"S","trigger":{"browse":{"min_dwell_ms":1000}},"steps":[{"after_ms":1,"template":"browse"}]}"#).unwrap();
    let preview = seen(&shop(""), &browse, &["mug", "bowl"]);
    let Ok(Written::Mail(mail)) = &preview.written else {
        panic!("{preview:?}");
    };
    assert!(mail.subject.starts_with("Still looking at") && !mail.text.contains("bowl"));
    let stock = sequence(
        "back_in_stock",
        r#"{"after_ms":1,"template":"back_in_stock"}"#,
    );
    let Ok(Written::Mail(mail)) = seen(&shop(""), &stock, &["mug"]).written else {
        panic!("no mail");
    };
    assert!(mail.subject.contains("back in stock"));
}

#[test]
fn an_arm_is_seen_as_it_would_be() {
    let config = shop(
        r#""experiments":[{"id":"subject","from":0,"arms":[{"id":"plain","share_bp":5000},{"id":"short","share_bp":5000,"changes":{"step":0,"subject":"Still yours"}}]}],"#,
    );
    let sequence = sequence("cart", MAIL);
    let arms = |arm: &str| [("subject".parse().unwrap(), arm.parse().unwrap())].into();
    let with = |arm: &str| {
        let draws = Draws::picked(&config, &arms(arm)).unwrap();
        let scene = Scene {
            sequence: &sequence,
            step: 0,
            channel: None,
            draws: &draws,
            lines: &lines(&["mug"]),
            quote: false,
            products: &products(),
            config: &config,
            public_url: "https://edge.example",
            short_url: "https://s.example",
            makes_codes: true,
            now: 0,
        };
        match scene.preview().unwrap().written {
            Ok(Written::Mail(mail)) => mail.subject,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(with("short"), "Still yours");
    assert!(with("plain").starts_with("You left"));
    assert!(Draws::picked(&config, &arms("other")).is_err());
}

#[test]
fn a_test_is_marked_and_is_no_delivery() {
    let config = shop(SMS);
    let name = name(&[5; 16]);
    assert!(name.parse::<DeliveryName>().is_err());
    let mail = || {
        seen(&config, &sequence("cart", MAIL), &["mug"])
            .written
            .unwrap()
    };
    let address = || Whom::Address("ops@shop.example".parse().unwrap());
    let number = || Whom::Number("+15005550009".parse().unwrap());
    let Some(Body::Email { subject, .. }) = marked(mail(), &config, address(), String::new())
    else {
        panic!("no mail");
    };
    assert!(subject.starts_with("[Test] You left"));
    assert_eq!(marked(mail(), &config, number(), String::new()), None);
    let text = seen(&config, &sequence("cart", TEXT), &["mug"])
        .written
        .unwrap();
    let Some(Body::Sms { text, segments, .. }) = marked(text, &config, number(), String::new())
    else {
        panic!("no text");
    };
    assert!(text.starts_with("TEST Hearth: You left"));
    assert_eq!(u32::from(segments), crate::message::segments(&text));
}

#[test]
fn only_who_is_listed_gets_tests() {
    let config = shop(r#""test_recipients":["Ops@Shop.example","+1 500 555-0009"],"#);
    for to in ["ops@shop.example", " OPS@shop.example", "+15005550009"] {
        assert!(config.test_recipient(to).is_some(), "{to}");
    }
    for to in [
        "",
        "ops",
        "other@shop.example",
        "ops@shop.example.org",
        "+15005550008",
    ] {
        assert!(config.test_recipient(to).is_none(), "{to}");
    }
}

#[test]
fn a_test_is_begun_once_and_there_are_few() {
    let mut sends = TestSends::default();
    assert_eq!(sends.begin("a", 0), Begun::Go);
    // Begun, and nobody has said what came of it.
    assert_eq!(sends.begin("a", 1), Begun::Known(Told::lost()));
    let accepted = Outcome::Accepted {
        provider_id: String::from("id"),
    };
    sends.ended("a", accepted.into());
    sends.ended("a", Told::lost());
    let Begun::Known(told) = sends.begin("a", 2) else {
        panic!("begun again");
    };
    assert_eq!((told.result, told.detail.as_str()), (What::Accepted, "id"));
    for n in 1..TestSends::HOURLY {
        assert_eq!(sends.begin(&format!("b{n}"), 1_000), Begun::Go);
    }
    // The first of the hour is the first to make room.
    assert_eq!(sends.begin("c", 1_001), Begun::Full(3_600_000 - 1_001));
    let mut hour = 3_600_000;
    let mut sent = TestSends::HOURLY;
    while let Begun::Go = sends.begin(&format!("d{sent}"), hour) {
        sent += 1;
        hour += 200_000;
    }
    assert_eq!(sent, TestSends::DAILY);
    // Nothing is remembered for longer than a day.
    assert_eq!(sends.begin("a", hour + 86_400_000), Begun::Go);
}
