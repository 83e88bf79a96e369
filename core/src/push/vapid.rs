//! Who sends, told to a push service (RFC 8292): a token that is signed with the key that browsers have subscribed under.

use crate::bytes::to_base64url;
use crate::endpoint::Address;
use alloc::{format, string::String};
use serde::Serialize;

/// For how long a token may be used, s. A push service takes at most 24 hours.
const VALID_S: u64 = 12 * 3_600;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

/// What is signed for a message to `endpoint` at `now_s`, epoch seconds: the token without its signature. `sub` is whom the service
/// may turn to, a `mailto:` or an `https:` address.
pub fn unsigned(endpoint: &Address, now_s: u64, sub: &str) -> String {
    let claims = Claims {
        aud: origin(endpoint.as_str()),
        exp: now_s.saturating_add(VALID_S),
        sub,
    };
    // Texts and a number: nothing that JSON has no word for.
    let claims = serde_json::to_string(&claims).unwrap_or_default();
    format!(
        "{}.{}",
        to_base64url(br#"{"typ":"JWT","alg":"ES256"}"#),
        to_base64url(claims.as_bytes())
    )
}

/// The header, out of what was signed, its signature (both numbers at full width, RFC 7518, section 3.4) and the public key, base64url.
pub fn authorization(unsigned: &str, signature: &[u8], public_key: &str) -> String {
    format!(
        "vapid t={unsigned}.{}, k={public_key}",
        to_base64url(signature)
    )
}

pub(super) fn origin(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at.saturating_add(3));
    let path_at = url
        .get(host_at..)
        .and_then(|rest| rest.find(['/', '?']))
        .map(|at| host_at.saturating_add(at));
    path_at.and_then(|at| url.get(..at)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::tests::address;

    /// RFC 8292, section 2.4.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let endpoint = address("https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV");
        let unsigned = unsigned(
            &endpoint,
            1_453_523_768 - VALID_S,
            "mailto:push@example.com",
        );
        assert_eq!(
            unsigned,
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0"
        );
        assert_eq!(
            authorization("a.b", &[0, 16, 131], "BA1"),
            "vapid t=a.b.ABCD, k=BA1"
        );
    }

    #[test]
    fn a_token_is_for_one_push_service() {
        assert_eq!(
            origin("https://push.example.net/p/1?a=b"),
            "https://push.example.net"
        );
        assert_eq!(
            origin("https://push.example.net"),
            "https://push.example.net"
        );
        assert_eq!(origin("http://127.0.0.1:99/p"), "http://127.0.0.1:99");
    }
}
