//! Who may tell: the schemes that need nothing but a shared secret.

use crate::bytes::{from_base64, to_base64};
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
