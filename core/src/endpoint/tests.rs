use super::event::KINDS;
use super::health::{GIVEN_UP_MS, WAITS_MS};
use super::*;
use crate::delivery::DeliveryKey;
use crate::ids::{ShopId, ShopperId};
use crate::keys::MasterKeys;
use crate::object::shopper::Report;
use alloc::{string::String, vec};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Address, Invalid> {
    Address::parse(text, &["edge.homing.example"], &[])
}

#[test]
fn an_address_is_a_public_name_over_https() {
    for text in [
        "https://hooks.shop.example/homing?x=1&y=%20",
        "https://shop.example",
        "https://shop.example:443/",
        "https://xn--bcher-kva.example/a",
        "https://3com.example/",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

/// Each of these was a hole in somebody's product.
#[test]
fn no_address_leads_home() {
    for text in [
        "http://shop.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.0x4/",
        "https://shop.example.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://a.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://router.lan/",
        "https://x.home.arpa/",
        "https://intranet/",
        "https://shop.example./",
        "https://user@shop.example/",
        "https://user:pass@shop.example/",
        "https://shop.example:8080/",
        "https://shop.example:22/",
        "https://shop.example:443@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example#@evil.example/",
        "https://shop.example/a b",
        "https://shop.example/\u{e9}",
        "https://sh\u{f6}p.example/",
        "https://\u{ff11}27.0.0.1/",
        "https://127\u{3002}0.0.1/",
        "https://SHOP.example/",
        "https:/shop.example/",
        "https:///shop.example/",
        "https://",
        "//shop.example/",
        "ftp://shop.example/",
        "javascript:alert(1)",
        "https://edge.homing.example/v1/collect",
        "https://a.edge.homing.example/",
        "https://-a.example/",
        "https://a..example/",
        "https://shop.example\t/",
        "https://shop.example/\r\nx: y",
    ] {
        assert_eq!(parse(text), Err(Invalid::Address), "{text}");
    }
    assert!(parse(&format!("https://shop.example/{}", "a".repeat(2_000))).is_err());
}

#[test]
fn no_name_of_this_deployment_is_called_nor_what_is_below_it() {
    let own = ["edge.homing.example", "go.shop.example", "me.workers.dev"];
    let parse = |text| Address::parse(text, &own, &[]);
    for text in [
        "https://go.shop.example/r/x",
        "https://go.shop.example:443/r/x",
        "https://a.go.shop.example/",
        "https://homing.me.workers.dev/v1/collect",
        "https://edge.homing.example/",
    ] {
        assert_eq!(parse(text), Err(Invalid::Address), "{text}");
    }
    for text in [
        "https://shop.example/",
        "https://cargo.shop.example/",
        "https://you.workers.dev/",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
    // A name that is left empty is nobody's.
    assert!(Address::parse("https://shop.example/", &[""], &[]).is_ok());
}

#[test]
fn an_operator_may_open_a_host_of_their_own() {
    let open = |text| Address::parse(text, &["127.0.0.1"], &["127.0.0.1"]);
    assert!(open("http://127.0.0.1:8123/hook").is_ok());
    assert!(open("http://127.0.0.2:8123/hook").is_err());
    assert!(open("http://127.0.0.1:8123@evil.example/").is_err());
    assert!(open("http://127.0.0.1.evil.example/").is_err());
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in ".*") {
        let _ = parse(&text);
        let _ = parse(&format!("https://{text}"));
    }

    /// Whatever is taken reads as one host for everybody: nothing in it could be meant otherwise.
    #[test]
    fn what_is_taken_has_one_host(host in "[a-zA-Z0-9.:@\\[\\]-]{1,30}") {
        if let Ok(address) = parse(&format!("https://{host}/")) {
            let host = address.as_str().trim_start_matches("https://").trim_end_matches('/').trim_end_matches(":443");
            prop_assert!(host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-')));
            prop_assert!(host.parse::<std::net::IpAddr>().is_err());
        }
    }
}

#[test]
fn an_interest_is_a_type_a_family_or_everything() {
    let read = |text: &str| Interest::try_from(String::from(text));
    assert!(read("*").unwrap().covers("delivery.unknown"));
    assert!(read("delivery.*").unwrap().covers("delivery.unknown"));
    assert!(!read("delivery.*").unwrap().covers("survey.answered"));
    for kind in KINDS {
        assert!(read(kind).unwrap().covers(kind));
    }
    for wrong in [
        "",
        "delivery",
        "delivery.",
        "deliv*",
        "carts.*",
        "delivery.lost",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

fn tried(at: u64, answer: Answer) -> Try {
    Try {
        event: String::from("evt"),
        at,
        answer,
    }
}

fn status(status: u16) -> Answer {
    Answer::Status {
        status,
        wait_ms: None,
    }
}

#[test]
fn a_message_is_tried_eight_times_in_about_a_day() {
    let mut health = Health::default();
    let mut now = 1_000_000;
    let mut waits = vec![];
    for attempt in 1..=8 {
        match health.judge(tried(now, Answer::Timeout), attempt, 7) {
            Next::Again(at) => {
                waits.push(at - now);
                now = at;
            }
            Next::Rests => assert_eq!(attempt, 8),
            Next::Done => panic!("nothing has arrived"),
        }
    }
    for (wait, base) in waits.iter().zip(WAITS_MS) {
        assert!((base..=base + base / 5).contains(wait));
    }
    assert_eq!(waits.len(), WAITS_MS.len());
    assert!(health.is_on());
}

#[test]
fn a_redirect_is_no_arrival() {
    let mut health = Health::default();
    assert!(matches!(
        health.judge(tried(1, status(302)), 1, 0),
        Next::Again(_)
    ));
    assert_eq!(health.judge(tried(2, status(204)), 2, 0), Next::Done);
    assert_eq!(health.failing_since, None);
}

#[test]
fn an_endpoint_may_ask_for_time() {
    let mut health = Health::default();
    let answer = Answer::Status {
        status: 429,
        wait_ms: Some(600_000),
    };
    assert_eq!(health.judge(tried(0, answer), 1, 0), Next::Again(600_000));
    let forever = Answer::Status {
        status: 503,
        wait_ms: Some(u64::MAX),
    };
    assert_eq!(
        health.judge(tried(0, forever), 1, 0),
        Next::Again(86_400_000)
    );
}

#[test]
fn an_endpoint_that_is_gone_or_fails_for_days_is_switched_off() {
    let mut gone = Health::default();
    assert_eq!(gone.judge(tried(0, status(410)), 1, 0), Next::Rests);
    assert_eq!(gone.off, Some(Trouble::Gone));
    let mut failing = Health::default();
    failing.judge(tried(5, status(500)), 1, 0);
    failing.judge(tried(GIVEN_UP_MS + 4, status(500)), 1, 0);
    assert!(failing.is_on());
    assert_eq!(
        failing.judge(tried(GIVEN_UP_MS + 5, Answer::Connection), 1, 0),
        Next::Rests
    );
    assert_eq!(failing.off, Some(Trouble::Failing));
    failing.switch_on();
    assert!(failing.is_on() && failing.failing_since.is_none());
}

#[test]
fn few_tries_are_remembered() {
    let mut health = Health::default();
    for at in 0..50 {
        health.judge(tried(at, status(200)), 1, 0);
    }
    assert_eq!(health.tries.len(), Health::MAX_TRIES);
    assert_eq!(health.tries.last().map(|last| last.at), Some(49));
}

const SHOP: ShopId = ShopId([1; 5]);
const ID: EndpointId = EndpointId([2; 8]);

#[test]
fn for_a_day_both_secrets_sign() {
    let keys = MasterKeys::parse("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let mut signing = Signing::new(&keys);
    let first = signing.secret(&keys, SHOP, ID).unwrap();
    let sign = |signing: &Signing, at_s| {
        let text = signing.signatures(&keys, (SHOP, ID), ("evt", at_s, "{}"));
        text.unwrap()
    };
    let alone = sign(&signing, 10);
    signing.rotate(&keys, 1_000);
    assert_ne!(signing.secret(&keys, SHOP, ID).unwrap(), first);
    let both = sign(&signing, 10);
    assert!(both.ends_with(&alone) && both.split(' ').count() == 2);
    assert_eq!(sign(&signing, 86_401).split(' ').count(), 1);
    // A second one, asked for because the answer was lost: what the merchant has still signs.
    signing.rotate(&keys, 2_000);
    assert!(sign(&signing, 10).ends_with(&alone));
    let other = signing.secret(&keys, SHOP, EndpointId([3; 8])).unwrap();
    assert_ne!(Some(other), signing.secret(&keys, SHOP, ID));
    assert!(first.text().starts_with("whsec_"));
}

#[test]
fn an_event_is_the_same_bytes_each_time() {
    let event = Event {
        id: String::from("evt_1"),
        kind: String::from("delivery.unknown"),
        at: 1_795_000_000_123,
        data: String::from(r#"{"step":1}"#),
        trace: None,
    };
    assert_eq!(
        event.body(),
        r#"{"type":"delivery.unknown","timestamp":"2026-11-18T11:06:40.123Z","data":{"step":1}}"#
    );
}

#[test]
fn a_report_makes_one_event() {
    let report = |state: &str, at| Report {
        key: DeliveryKey {
            conversation: 2,
            step: 1,
        },
        state: String::from(state),
        code: String::from("smtp_550"),
        at,
    };
    let shopper = ShopperId([7; 16]);
    let event = Event::of_report(shopper, &report("dead_lettered", 5), None);
    assert_eq!(
        event,
        Event::of_report(shopper, &report("dead_lettered", 5), None)
    );
    assert_ne!(
        event.id,
        Event::of_report(shopper, &report("dead_lettered", 6), None).id
    );
    assert!(KINDS.contains(&event.kind.as_str()));
    assert_eq!(
        Event::of_report(shopper, &report("answered", 5), None).kind,
        "survey.answered"
    );
    let body: serde_json::Value = serde_json::from_str(&event.body()).unwrap();
    assert_eq!(body["data"]["shopper"], shopper.to_string());
    assert_eq!(body["data"]["code"], "smtp_550");
}
