//! Who may tell: the schemes that need nothing but a shared secret.

use crate::bytes::{from_base64, from_hex, to_base64};
use crate::keys::HmacSha256;
use alloc::{format, string::String};
use hmac::{KeyInit, Mac};

/// How far a signed time may be off, s; Svix's own libraries allow the same.
const TOLERANCE_S: u64 = 300;

/// Checks a callback signed as Svix does (<https://docs.svix.com/receiving/verifying-payloads/how-manual>): `secret` is `whsec_` and
/// base64, several of them, separated by spaces, while it is rotated; `signatures` is the header's list. Constant time in the secret.
pub fn svix_signature(
    secret: &str,
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now_ms: u64,
) -> bool {
    let Ok(sent_at) = timestamp.parse::<u64>() else {
        return false;
    };
    if (now_ms / 1_000).abs_diff(sent_at) > TOLERANCE_S {
        return false;
    }
    secret.split(' ').any(|secret| {
        let key = from_base64(secret.strip_prefix("whsec_").unwrap_or(secret));
        // An empty key would sign for everybody.
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return false;
        };
        let given = signatures.split(' ').filter_map(|one| {
            let (version, tag) = one.split_once(',')?;
            (version == "v1").then(|| from_base64(tag)).flatten()
        });
        given.into_iter().any(|tag| {
            HmacSha256::new_from_slice(&key).is_ok_and(|mac| {
                mac.chain_update(format!("{id}.{timestamp}."))
                    .chain_update(body)
                    .verify_slice(&tag)
                    .is_ok()
            })
        })
    })
}

/// For how long a signed time counts at a provider that tries for a day, s: SendGrid's documentation does not say whether a repeat is
/// signed anew. What is told twice changes nothing, so this bounds for how long somebody who has read a callback can tell it again.
const DAY_AND_HOUR_S: u64 = 25 * 3_600;

/// Whether a signed time, epoch s as text, is no older than what a provider that tries for a day may still send, and not ahead of our
/// clock.
pub fn is_recent(timestamp: &str, now_ms: u64) -> bool {
    let now = now_ms / 1_000;
    let allowed = now.saturating_sub(DAY_AND_HOUR_S)..=now.saturating_add(TOLERANCE_S);
    timestamp.parse().is_ok_and(|at: u64| allowed.contains(&at))
}

/// Whether a signed time, epoch ms as text, is at most 5 minutes off, as HubSpot asks.
pub fn is_fresh(timestamp: &str, now_ms: u64) -> bool {
    let at = timestamp.parse::<u64>();
    at.is_ok_and(|at| now_ms.abs_diff(at) <= TOLERANCE_S * 1_000)
}

/// Checks an HMAC-SHA-256 in hexadecimal under a key as it is shown: Attentive's, over the body
/// (<https://docs.attentive.com/docs/webhook-authentication>), and Klaviyo's, over the body and `Klaviyo-Timestamp`
/// (<https://developers.klaviyo.com/en/docs/working_with_system_webhooks>). Constant time in the secret.
pub fn hex_signature(secret: &str, given: &str, signed: &[&[u8]]) -> bool {
    from_hex::<32>(given).is_some_and(|tag| is_signed(secret, &tag, signed))
}

/// The same in base64: HubSpot's third version, over method, address, body and `X-HubSpot-Request-Timestamp`
/// (<https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>).
pub fn base64_signature(secret: &str, given: &str, signed: &[&[u8]]) -> bool {
    from_base64(given).is_some_and(|tag| is_signed(secret, &tag, signed))
}

fn is_signed(secret: &str, tag: &[u8], signed: &[&[u8]]) -> bool {
    let Ok(mut mac) = HmacSha256::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    for piece in signed {
        mac.update(piece);
    }
    // An empty key would sign for everybody.
    !secret.is_empty() && mac.verify_slice(tag).is_ok()
}

/// The header that HTTP's basic authentication sends for `user:password` (RFC 7617).
pub fn basic_credentials(user_and_password: &str) -> String {
    format!("Basic {}", to_base64(user_and_password.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn a_signed_time_counts_for_a_day() {
        let now = 1_614_265_330_000;
        for (timestamp, counts) in [
            ("1614265330", true),
            // A day before, and as long as a provider may still try.
            ("1614178930", true),
            ("1614175330", true),
            ("1614175329", false),
            ("1614265630", true),
            ("1614265631", false),
            ("", false),
            ("soon", false),
        ] {
            assert_eq!(is_recent(timestamp, now), counts, "{timestamp}");
        }
    }

    /// `printf '{"type":"sms.sent"}' | openssl dgst -sha256 -hmac signing-key`.
    #[test]
    fn takes_the_hexadecimal_that_the_key_gives_and_nothing_else() {
        let right = "812121e2b429843df9f89028d47715be93968a15c19588d3f37892b379565684";
        let body: &[&[u8]] = &[br#"{"type":"sms"#, br#".sent"}"#];
        assert!(hex_signature("signing-key", right, body));
        assert!(!hex_signature("signing-kez", right, body));
        assert!(!hex_signature("signing-key", right, &[b"{}"]));
        for given in ["", "00", &right[1..], &right.to_uppercase()] {
            assert!(!hex_signature("signing-key", given, body), "{given}");
        }
        assert!(!hex_signature("", right, body));
    }

    /// The vectors of HubSpot's own clients for Python and Ruby.
    #[test]
    fn takes_what_hubspot_signs_and_nothing_else() {
        let secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
        let check = |secret, given, at: &str| {
            let (url, body) = (
                "https://www.example.com/webhook_uri",
                "{'example_field':'example_value'}",
            );
            let signed = ["POST", url, body, at].map(str::as_bytes);
            base64_signature(secret, given, &signed)
        };
        let python = "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=";
        assert!(check(secret, python, "1693657560000"));
        let ruby = "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw=";
        assert!(check(secret, ruby, "1700000300000"));
        assert!(!check(secret, python, "1693657560001"));
        assert!(!check("yyyyyyyy", python, "1693657560000"));
        for given in ["", "K36d", &python[..43], "*"] {
            assert!(!check(secret, given, "1693657560000"), "{given}");
        }
    }

    #[test]
    fn a_time_in_ms_counts_for_five_minutes() {
        let now = 1_700_000_300_000;
        for (timestamp, counts) in [
            ("1700000300000", true),
            ("1700000000000", true),
            ("1699999999999", false),
            ("1700000600001", false),
            ("1700000300", false),
            ("", false),
        ] {
            assert_eq!(is_fresh(timestamp, now), counts, "{timestamp}");
        }
    }

    /// The example of Svix's documentation.
    #[test]
    fn takes_what_svix_signs_and_nothing_else() {
        let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let check = |secret, id, at, given: &str, body, now| {
            svix_signature(secret, id, at, given, body, now)
        };
        let now = 1_614_265_330_000;
        assert!(check(SECRET, ID, "1614265330", right, BODY, now));
        let several = alloc::format!("v1,AAAA v2,x {right}");
        assert!(check(SECRET, ID, "1614265330", &several, BODY, now));
        let rotated = alloc::format!("whsec_AAAAAAAAAAAAAAAAAAAAAAAA {SECRET}");
        assert!(check(&rotated, ID, "1614265330", right, BODY, now));
        assert!(!check(SECRET, "msg_x", "1614265330", right, BODY, now));
        assert!(!check(SECRET, ID, "1614265331", right, BODY, now));
        assert!(!check(SECRET, ID, "1614265330", right, b"{}", now));
        assert!(!check(SECRET, ID, "1614265330", "", BODY, now));
        assert!(!check("", ID, "1614265330", right, BODY, now));
        assert!(!check("whsec_", ID, "1614265330", right, BODY, now));
        assert!(!check(SECRET, ID, "1614265330", right, BODY, now + 301_000));
        assert!(!check(SECRET, ID, "1614265330", right, BODY, now - 301_000));
    }
}
