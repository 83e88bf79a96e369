//! Signatures under a secret that platform and shop share. What is signed are the bytes as they came; nothing is parsed before it is
//! known whose they are. All comparisons take the same time however much of a signature is right.
//!
//! | platform | header | what is signed |
//! |---|---|---|
//! | Shopify | `X-Shopify-Hmac-SHA256` | the body (<https://shopify.dev/docs/apps/build/webhooks/subscribe/https>) |
//! | WooCommerce | `X-WC-Webhook-Signature` | the body (`WC_Webhook::generate_signature`) |
//! | BigCommerce | `webhook-signature` | Standard Webhooks: `id.timestamp.body` (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>) |

use crate::keys::HmacSha256;
use alloc::vec::Vec;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{KeyInit, Mac};

/// How far the time that a platform has signed may be from ours, s.
const TOLERANCE_S: u64 = 300;

/// Why a webhook is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// No signature, or one under another secret.
    #[error("the signature is not valid")]
    Wrong,
    /// Signed, but too long ago or ahead of our clock.
    #[error("the signature is too old, or its time lies ahead")]
    Stale,
}

/// Whether one of the secrets has signed the body, as Shopify and WooCommerce do: base64 of its HMAC-SHA-256.
pub fn signed_by(secrets: &[&str], signature: Option<&str>, body: &[u8]) -> Result<(), Unsigned> {
    let given = signature.and_then(decoded).ok_or(Unsigned::Wrong)?;
    any(secrets, &[given], |mac| mac.chain_update(body))
}

/// Whether one of the secrets has signed the message by Standard Webhooks at a time near `now` (epoch s). A secret is the key itself: who
/// hands it to a library encodes it in base64 first.
pub fn standard_webhook(
    secrets: &[&str],
    id: Option<&str>,
    timestamp: Option<&str>,
    signatures: Option<&str>,
    body: &[u8],
    now: u64,
) -> Result<(), Unsigned> {
    let (Some(id), Some(timestamp), Some(signatures)) = (id, timestamp, signatures) else {
        return Err(Unsigned::Wrong);
    };
    let at: u64 = timestamp.parse().map_err(|_| Unsigned::Wrong)?;
    // Several while a key is rotated; those of other versions are not for us.
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .filter_map(|signature| decoded(signature.strip_prefix("v1,")?))
        .take(8)
        .collect();
    any(secrets, &given, |mac| {
        mac.chain_update(id.as_bytes())
            .chain_update(b".")
            .chain_update(timestamp.as_bytes())
            .chain_update(b".")
            .chain_update(body)
    })?;
    // Only what is signed says when it was.
    if at.abs_diff(now) > TOLERANCE_S {
        return Err(Unsigned::Stale);
    }
    Ok(())
}

/// WooCommerce's test of an address, sent without a signature when a webhook is saved: `webhook_id=12` and nothing else.
pub fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=").is_some_and(|number| {
        (1..=20).contains(&number.len()) && number.iter().all(u8::is_ascii_digit)
    })
}

/// Whether a webhook is of the store that the connection names. An app's secret signs for every store that has installed the app.
pub fn shopify_store(connected: Option<&str>, said: Option<&str>) -> Result<(), Unsigned> {
    match (connected, said) {
        (Some(store), Some(said)) if !store.eq_ignore_ascii_case(said) => Err(Unsigned::Wrong),
        (Some(_), None) => Err(Unsigned::Wrong),
        _ => Ok(()),
    }
}

fn any(
    secrets: &[&str],
    given: &[Vec<u8>],
    message: impl Fn(HmacSha256) -> HmacSha256,
) -> Result<(), Unsigned> {
    let mut found = false;
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let mac = HmacSha256::new_from_slice(secret.as_bytes()).map_err(|_| Unsigned::Wrong)?;
        let mac = message(mac);
        for signature in given {
            found |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    if found { Ok(()) } else { Err(Unsigned::Wrong) }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    // A SHA-256 is 44 characters; a longer text is no signature.
    (text.len() <= 64)
        .then(|| STANDARD.decode(text.trim()).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const BODY: &[u8] = b"{\"a\":1}";

    fn mac(secret: &str, message: &[u8]) -> alloc::string::String {
        let mac = HmacSha256::new_from_slice(secret.as_bytes()).unwrap();
        STANDARD.encode(mac.chain_update(message).finalize().into_bytes())
    }

    #[test]
    fn either_secret_of_a_rotation_signs_and_no_other() {
        for secret in ["new", "old"] {
            let given = mac(secret, BODY);
            assert_eq!(signed_by(&["new", "old"], Some(&given), BODY), Ok(()));
            assert_eq!(
                signed_by(&["new", "old"], Some(&given), b"{\"a\":2}"),
                Err(Unsigned::Wrong)
            );
        }
        let other = mac("other", BODY);
        for given in [
            None,
            Some(""),
            Some("AAAA"),
            Some(other.as_str()),
            Some("not base64!"),
        ] {
            assert_eq!(
                signed_by(&["new", "old"], given, BODY),
                Err(Unsigned::Wrong),
                "{given:?}"
            );
        }
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let given = mac("", BODY);
        assert_eq!(signed_by(&[""], Some(&given), BODY), Err(Unsigned::Wrong));
        assert_eq!(signed_by(&[], Some(&given), BODY), Err(Unsigned::Wrong));
    }

    #[test]
    fn a_standard_webhook_counts_within_five_minutes() {
        let check = |sent: u64, now: u64, secret: &str| {
            let timestamp = format!("{sent}");
            let signed = mac(
                "client",
                format!("msg_1.{timestamp}.{{\"a\":1}}").as_bytes(),
            );
            let given = format!("v1a,zzz v1,{signed} v1,AAAA");
            standard_webhook(
                &[secret],
                Some("msg_1"),
                Some(&timestamp),
                Some(&given),
                BODY,
                now,
            )
        };
        for now in [1_000_000, 999_700, 1_000_300] {
            assert_eq!(check(1_000_000, now, "client"), Ok(()), "{now}");
        }
        for now in [999_699, 1_000_301, 0] {
            assert_eq!(
                check(1_000_000, now, "client"),
                Err(Unsigned::Stale),
                "{now}"
            );
        }
        assert_eq!(check(1_000_000, 1_000_000, "another"), Err(Unsigned::Wrong));
        // Who cannot sign does not learn whether the time is right.
        assert_eq!(check(1_000_000, 0, "another"), Err(Unsigned::Wrong));
    }

    #[test]
    fn a_ping_names_a_webhook_and_nothing_else() {
        assert!(is_ping(b"webhook_id=12"));
        for body in [
            &b"webhook_id="[..],
            b"webhook_id=1&x=2",
            b"{\"webhook_id\":1}",
            b" webhook_id=1",
            b"webhook_id=123456789012345678901",
        ] {
            assert!(!is_ping(body), "{body:?}");
        }
    }

    #[test]
    fn a_store_that_is_named_has_to_be_the_one() {
        assert_eq!(shopify_store(None, None), Ok(()));
        assert_eq!(
            shopify_store(Some("a.myshopify.com"), Some("A.myshopify.com")),
            Ok(())
        );
        for said in [None, Some("b.myshopify.com")] {
            assert_eq!(
                shopify_store(Some("a.myshopify.com"), said),
                Err(Unsigned::Wrong)
            );
        }
    }
}
