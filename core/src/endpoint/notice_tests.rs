use super::health::GIVEN_UP_MS;
use super::*;
use crate::delivery::{Outcome, Provider};
use crate::keys::MasterKeys;
use crate::object::codec;
use crate::shop::{ShopConfig, tests::json};
use alloc::vec;

fn endpoint(url: &str) -> Endpoint {
    let keys = MasterKeys::parse("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    Endpoint {
        id: EndpointId([7; 8]),
        shop: ShopId([1; 5]),
        url: Address::parse(url, &[], &[]).unwrap(),
        events: vec![],
        signing: Signing::new(&keys),
        health: Health::default(),
        created_at: 0,
    }
}

fn shop(more: &str) -> ShopConfig {
    let json = json().replacen('{', &alloc::format!("{{{more}"), 1);
    ShopConfig::parse(json.as_bytes()).unwrap()
}

fn tried(at: u64, status: u16) -> Try {
    Try {
        event: String::from("evt_1"),
        at,
        answer: Answer::Status {
            status,
            wait_ms: None,
        },
    }
}

/// One that was switched off just now, at `GIVEN_UP_MS`.
fn off() -> Endpoint {
    let mut endpoint = endpoint("https://hooks.shop.example/in?token=secret");
    assert_eq!(endpoint.judge(tried(0, 500), (1, 0), true).1, None);
    let (next, event) = endpoint.judge(tried(GIVEN_UP_MS, 500), (9, 0), true);
    let event = event.unwrap();
    assert_eq!(
        (next, event.kind.as_str()),
        (Next::Rests, "endpoint.disabled")
    );
    assert!(
        event
            .data
            .contains(r#""because":"failing","failing_since":0"#)
    );
    endpoint
}

fn transient() -> Outcome {
    Outcome::Transient {
        code: String::from("smtp_421"),
    }
}

fn unknown() -> Outcome {
    Outcome::Unknown {
        code: String::from("resend_timeout"),
    }
}

#[test]
fn an_endpoint_is_told_of_once_when_it_is_switched_off_and_not_by_its_merchant() {
    let mut failing = off();
    // What was on its way when that happened says nothing new.
    let (_, again) = failing.judge(tried(GIVEN_UP_MS + 1, 410), (1, 0), true);
    assert_eq!((again, failing.health.off), (None, Some(Trouble::Failing)));
    let mut quiet = endpoint("https://hooks.shop.example/");
    assert!(quiet.judge(tried(5, 410), (1, 0), false).1.is_some());
    assert_eq!(quiet.health.notice, None);
    let mut merchants = endpoint("https://hooks.shop.example/");
    merchants.health.off = Some(Trouble::Merchant);
    assert_eq!(merchants.judge(tried(5, 410), (1, 0), true).1, None);
    // Switched on again, it owes nothing.
    failing.health.switch_on();
    assert_eq!(failing.health.notice, None);
}

#[test]
fn a_mail_is_written_down_before_it_is_tried_and_tried_once_at_a_time() {
    let smtp = shop("");
    let mut notice = off().health.notice.unwrap();
    let now = GIVEN_UP_MS;
    assert_eq!(notice.begin(&smtp, now), Some(Provider::Smtp));
    assert_eq!(notice.begin(&smtp, now + 1), None);
    assert_eq!(notice.due(), Some(now + Notice::LEASE_MS));
    notice.ended(transient(), now + 2);
    let due = notice.due().unwrap();
    assert!(due >= now + 5_002, "{due}");
    assert_eq!(notice.begin(&smtp, due - 1), None);
    assert_eq!(notice.begin(&smtp, due), Some(Provider::Smtp));
    notice.ended(
        Outcome::Accepted {
            provider_id: String::new(),
        },
        due,
    );
    assert_eq!(
        (notice.word(), notice.due(), notice.attempts),
        ("sent", None, 2)
    );
    assert_eq!(notice.begin(&smtp, u64::MAX), None);
}

#[test]
fn a_try_that_was_lost_is_repeated_only_where_it_is_recognised() {
    let mut smtp = Notice::new(0);
    smtp.begin(&shop(""), 0).unwrap();
    assert_eq!(smtp.begin(&shop(""), Notice::LEASE_MS), None);
    assert_eq!((smtp.word(), smtp.attempts), ("unknown", 1));
    // Whoever says later what came of it is too late.
    smtp.ended(transient(), Notice::LEASE_MS + 1);
    assert_eq!(smtp.word(), "unknown");

    let config = shop(r#""provider":"resend","fallback":"smtp","#);
    let mut resend = Notice::new(0);
    resend.begin(&config, 0).unwrap();
    // Lost with its process, then without an answer: by the same provider each time, whatever the shop has by now.
    let again = resend.begin(&shop(""), Notice::LEASE_MS);
    assert_eq!(again, Some(Provider::Resend));
    resend.ended(unknown(), 40_000);
    assert_eq!(resend.word(), "owed");
    let window = Provider::Resend.idempotency_window_ms().unwrap();
    assert_eq!(resend.begin(&config, window), None);
    assert_eq!(resend.word(), "unknown");
}

/// Objects tell each other of endpoints in one form, and a desk keeps them in another.
#[test]
fn what_is_owed_is_the_same_wherever_it_is_told() {
    let mut endpoint = off();
    let kept = serde_json::to_string(&endpoint).unwrap();
    assert_eq!(serde_json::from_str::<Endpoint>(&kept).unwrap(), endpoint);
    for outcome in [transient(), unknown()] {
        let notice = endpoint.health.notice.as_mut().unwrap();
        let due = notice.due().unwrap();
        notice.begin(&shop(r#""provider":"resend","#), due).unwrap();
        notice.ended(outcome, due);
        let told = codec::encode(&endpoint).unwrap();
        assert_eq!(codec::decode::<Endpoint>(&told).unwrap(), endpoint);
    }
    // Rows of before say nothing of who may have a mail.
    let row = kept.replace(r#","may_have":null"#, "");
    assert_ne!(row, kept);
    assert!(serde_json::from_str::<Endpoint>(&row).is_ok());
}

#[test]
fn what_may_have_gone_out_goes_to_nobody_else_whatever_is_refused_since() {
    let config = shop(r#""provider":"resend","fallback":"smtp","#);
    let mut notice = Notice::new(0);
    notice.begin(&config, 0).unwrap();
    notice.ended(unknown(), 1_000);
    for _ in 0..4 {
        let due = notice.due().unwrap();
        assert_eq!(notice.begin(&config, due), Some(Provider::Resend));
        notice.ended(transient(), due);
    }
    let window = Provider::Resend.idempotency_window_ms().unwrap();
    let mut late = notice.clone();
    assert_eq!(late.begin(&config, window), None);
    assert_eq!(late.word(), "unknown");
    let due = notice.due().unwrap();
    notice.begin(&config, due).unwrap();
    let refused = Outcome::Rejected {
        code: String::from("resend_422"),
        recipient: false,
    };
    notice.ended(refused, due);
    assert_eq!(notice.word(), "unknown");
}

#[test]
fn the_second_provider_is_asked_where_the_first_has_provably_not_taken_it_and_all_ends() {
    let config = shop(r#""provider":"resend","fallback":"smtp","#);
    let mut notice = Notice::new(0);
    let mut asked = vec![];
    while let Some(due) = notice.due() {
        asked.push(notice.begin(&config, due).unwrap());
        notice.ended(transient(), due);
    }
    assert_eq!(
        asked[..3],
        [Provider::Resend, Provider::Smtp, Provider::Resend]
    );
    assert_eq!((asked.len(), notice.word()), (8, "failed"));
}

#[test]
fn the_mail_is_the_same_each_time_and_keeps_what_may_be_a_secret() {
    let endpoint = off();
    let config = shop("");
    let letter = Letter::new(&endpoint, &config.name).unwrap();
    let mail = letter.mail(&config, "ops@shop.example");
    assert_eq!(mail.key, "ntc_0707070707070707_432000000");
    assert_eq!(mail.subject, "Hearth: an endpoint was switched off");
    for part in [mail.text, mail.html] {
        assert!(part.contains("https://hooks.shop.example/in was switched off"));
        assert!(part.contains("ep_0707070707070707") && !part.contains("secret"));
    }
    assert!(mail.headers().is_empty());
    assert!(Letter::new(&self::endpoint("https://a.example/"), "x").is_none());
}
