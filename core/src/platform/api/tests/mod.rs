//! Each platform's answers by hand, as conversations: what is asked of it, turn by turn, and what it comes to. What the calls look like is
//! checked in full against a stand-in on workerd.

mod codes;
mod customers;
mod kinds;
mod orders;
mod shelf;

use super::*;
use crate::sequence::Offer;
use Platform::{Adobe, BigCommerce, Shopify, WooCommerce};

const EUR: &str = "EUR";

/// `2026-01-31T19:00:00Z`.
const LAST: u64 = 1_769_886_000_000;

fn talk(platform: Platform, ask: Ask) -> Talk {
    new(platform, connection(platform), ask).unwrap()
}

fn connection(platform: Platform) -> &'static str {
    match platform {
        Shopify => r#"{"store":"dove.myshopify.com","api":{"access_token":"shpat_12345"}}"#,
        BigCommerce => r#"{"store":"abc123","api":{"access_token":"token-12345"}}"#,
        WooCommerce => {
            r#"{"store":"https://shop.example/","api":{"access_token":"cs_12345","consumer_key":"ck_12345"}}"#
        }
        Adobe => r#"{"store":"https://shop.example","api":{"access_token":"token-12345"}}"#,
    }
}

/// At a store that is known to count in euros.
fn new(platform: Platform, connection: &str, ask: Ask) -> Result<Talk, &'static str> {
    new_at(platform, connection, Currency::parse(EUR), ask)
}

fn new_at(
    platform: Platform,
    connection: &str,
    store: Option<Currency>,
    ask: Ask,
) -> Result<Talk, &'static str> {
    let connection: Connection = serde_json::from_str(connection).unwrap();
    let hosts = Hosts {
        bigcommerce: "https://api.bigcommerce.com",
        shopify: None,
    };
    let currency = Currency::parse(EUR).unwrap();
    Talk::new(platform, &connection, hosts, (currency, store), ask)
}

fn code(email: Option<&str>) -> Ask {
    Ask::Code(NewCode {
        code: "BACK-0123456789".into(),
        gives: Gives::Percent(15),
        minimum: None,
        starts_at: LAST,
        ends_at: 1_770_490_800_000,
        email: email.map(|email| email.parse().unwrap()),
    })
}

/// A code of another kind, in euros unless it says otherwise.
fn giving(gives: &str) -> Ask {
    let offer: Offer = serde_json::from_str(&format!(r#"{{"code":"A",{gives}}}"#)).unwrap();
    let Ask::Code(code) = code(None) else {
        panic!("no code")
    };
    Ask::Code(NewCode {
        gives: offer.gives,
        minimum: offer.minimum,
        ..code
    })
}

fn tag() -> Ask {
    Ask::Tag {
        email: "ada+1@example.com".parse().unwrap(),
        reason: survey::Answer::ShippingCost,
    }
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

/// What a conversation came to.
#[track_caller]
fn end(step: Step) -> Result<Found, String> {
    match step {
        Step::Done(found) => Ok(found),
        Step::Refused(why) => Err(why),
        Step::Call(call) => panic!("another call: {}", call.url),
        Step::Later { why, .. } => panic!("later: {why}"),
    }
}

/// A call, as the whole of `METHOD URL BODY` with `*` for anything; the answer's status, and its body.
type Turn<'a> = (&'a str, u16, &'a str);

/// Lets a platform answer, turn by turn; what follows then.
#[track_caller]
fn turns(talk: &mut Talk, turns: &[Turn<'_>]) -> Step {
    let mut step = talk.begin();
    for (asked, status, body) in turns {
        let call = call(step);
        let body_sent = call.body.unwrap_or_default();
        let text = format!("{} {} {body_sent}", call.method, call.url);
        assert!(fits(&text, asked), "{asked} is not {text}");
        step = answer(talk, *status, body, &[("x-wp-total", "12")]);
    }
    step
}

/// What a whole conversation comes to.
#[track_caller]
fn played(platform: Platform, ask: Ask, all: &[Turn<'_>]) -> Result<Found, String> {
    end(turns(&mut talk(platform, ask), all))
}

/// Whether a text is a pattern's, with `*` for anything.
fn fits(text: &str, pattern: &str) -> bool {
    let (first, rest) = pattern.split_once('*').unwrap_or((pattern, ""));
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    if !pattern.contains('*') {
        return text.is_empty();
    }
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in between.split('*') {
        let Some((_, behind)) = text.split_once(piece) else {
            return false;
        };
        text = behind;
    }
    text.ends_with(last)
}

#[test]
fn a_pattern_is_the_whole_of_a_call() {
    for pattern in ["PUT /a/b c", "PUT *", "* c", "PUT *a*b c", "PUT /*/*c", "*"] {
        assert!(fits("PUT /a/b c", pattern), "{pattern}");
    }
    for pattern in ["PUT", "/a*", "*/b", "PUT *b*a*", "PUT /a/b c*c", ""] {
        assert!(!fits("PUT /a/b c", pattern), "{pattern}");
    }
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
        assert_eq!(end(step), Err("redirected".into()), "{platform:?}");
        let step = answer(&mut one, 401, "{}", &[]);
        assert_eq!(end(step), Err("not_allowed".into()), "{platform:?}");
    }
}

#[test]
fn shopifys_bucket_is_left_to_fill() {
    let cost = |available: u32| {
        format!(
            r#""extensions":{{"cost":{{"requestedQueryCost":112,"throttleStatus":{{"maximumAvailable":2000.0,"currentlyAvailable":{available},"restoreRate":50.0}}}}}}"#
        )
    };
    let mut one = talk(Shopify, Ask::Shelf(vec!["1".into()]));
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
fn bigcommerces_window_is_left_to_end() {
    let mut one = talk(BigCommerce, code(None));
    call(one.begin());
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
fn without_a_token_nothing_is_asked() {
    let connection = r#"{"webhook_secret":"12345678","store":"a.myshopify.com"}"#;
    for platform in Platform::ALL {
        let talk = new(platform, connection, code(None));
        assert_eq!(talk.err(), Some("not_connected"));
    }
}

#[test]
fn what_was_cut_off_is_asked_again() {
    for platform in Platform::ALL {
        let step = turns(&mut talk(platform, tag()), &[("*", 200, r#"{"data":[{"i"#)]);
        let why = match step {
            Step::Later { why, .. } => why,
            _ => "",
        };
        assert_eq!(why, "malformed", "{platform:?}");
    }
}
