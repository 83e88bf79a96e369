//! What connects a shop to its platform: the secrets under which the platform signs, and what its own API wants to see.

mod flow;

pub use flow::FlowAccount;

use crate::platform::Platform;
use crate::shop::FieldError;
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A secret. Its `Debug` is masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a merchant sets for one platform. It is written and never shown again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Under which the platform signs its webhooks.
    #[serde(default)]
    pub webhook_secret: Option<Secret>,
    /// Under which it has signed before: both count while the secret is changed.
    #[serde(default)]
    pub previous_webhook_secret: Option<Secret>,
    /// The store's name on the platform: Shopify's `….myshopify.com`, BigCommerce's store hash.
    #[serde(default)]
    pub store: Option<String>,
    /// PEM (`BEGIN PUBLIC KEY`) of the keys whose private halves sign: Adobe.
    #[serde(default)]
    pub public_keys: Vec<String>,
    /// Adobe I/O's client id of the project: its keys sign for every project there is, so an event has to name its recipient.
    #[serde(default)]
    pub client_id: Option<String>,
    /// For the platform's own API.
    #[serde(default)]
    pub api: Option<Api>,
}

/// What opens a platform's API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// A token that may read carts and orders.
    pub access_token: Secret,
}

/// A connection as it is stored: what is set can be told, what it is cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Names of the fields that are set.
    pub set: Vec<String>,
    /// Since when, epoch ms.
    pub since: u64,
    /// The connection, sealed; base64url.
    pub sealed: String,
}

const MAX_SECRET: usize = 512;
const MAX_STORE: usize = 128;
const MAX_PEM: usize = 2_048;
/// Both pairs of keys of a rotation.
const MAX_KEYS: usize = 4;

impl Connection {
    /// Checks what its type cannot: what the platform needs is there, and nothing that it has no use for.
    pub fn check(&self, platform: Platform) -> Result<(), FieldError> {
        let secrets = [
            ("webhook_secret", self.webhook_secret.as_ref()),
            (
                "previous_webhook_secret",
                self.previous_webhook_secret.as_ref(),
            ),
            (
                "api.access_token",
                self.api.as_ref().map(|api| &api.access_token),
            ),
        ];
        for (field, secret) in secrets {
            if secret.is_some_and(|secret| !is_secret(secret.reveal())) {
                return Err(wrong(field, "must be 8 to 512 bytes without line breaks"));
            }
        }
        let is_adobe = platform == Platform::Adobe;
        let has_api = platform == Platform::BigCommerce;
        let has_store = matches!(platform, Platform::BigCommerce | Platform::Shopify);
        let unused = "is of no use for this platform";
        if is_adobe {
            if self.webhook_secret.is_some() || self.previous_webhook_secret.is_some() {
                return Err(wrong("webhook_secret", unused));
            }
            if !(1..=MAX_KEYS).contains(&self.public_keys.len()) {
                return Err(wrong("public_keys", "must be 1 to 4 keys"));
            }
            if self.client_id.as_deref().is_some_and(|id| !is_secret(id)) {
                return Err(wrong("client_id", "must be 8 to 512 bytes"));
            }
            for (n, key) in self.public_keys.iter().enumerate() {
                if der(key).is_none() {
                    return Err(wrong(
                        &format!("public_keys[{n}]"),
                        "must be the PEM of a public key",
                    ));
                }
            }
        } else {
            if !self.public_keys.is_empty() {
                return Err(wrong("public_keys", unused));
            }
            if self.client_id.is_some() {
                return Err(wrong("client_id", unused));
            }
            if self.webhook_secret.is_none() {
                return Err(wrong("webhook_secret", "is missing"));
            }
        }
        match &self.store {
            Some(_) if !has_store => return Err(wrong("store", unused)),
            Some(store) if !is_store(platform, store) => {
                let reason = if has_api {
                    "must be a store hash: lower-case letters and digits"
                } else {
                    "must be the store's name that ends in .myshopify.com"
                };
                return Err(wrong("store", reason));
            }
            None if has_api => return Err(wrong("store", "is missing")),
            _ => {}
        }
        match &self.api {
            Some(_) if !has_api => Err(wrong("api", unused)),
            None if has_api => Err(wrong("api", "is missing")),
            _ => Ok(()),
        }
    }

    /// The secrets that count, the current one first.
    pub fn secrets(&self) -> Vec<&str> {
        let both = [&self.webhook_secret, &self.previous_webhook_secret];
        both.into_iter().flatten().map(Secret::reveal).collect()
    }

    /// Names of the fields that are set.
    pub fn set(&self) -> Vec<String> {
        let fields = [
            ("webhook_secret", self.webhook_secret.is_some()),
            (
                "previous_webhook_secret",
                self.previous_webhook_secret.is_some(),
            ),
            ("store", self.store.is_some()),
            ("public_keys", !self.public_keys.is_empty()),
            ("client_id", self.client_id.is_some()),
            ("api", self.api.is_some()),
        ];
        let set = fields.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name.to_owned()).collect()
    }

    /// The public keys in DER (`SubjectPublicKeyInfo`).
    pub fn keys(&self) -> Vec<Vec<u8>> {
        self.public_keys.iter().filter_map(|pem| der(pem)).collect()
    }
}

/// The bytes of one PEM block (RFC 7468) that holds a public key.
fn der(pem: &str) -> Option<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    if pem.len() > MAX_PEM {
        return None;
    }
    let body = pem
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")?
        .strip_suffix("-----END PUBLIC KEY-----")?;
    let text: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok().filter(|der| !der.is_empty())
}

fn is_secret(text: &str) -> bool {
    (8..=MAX_SECRET).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_store(platform: Platform, text: &str) -> bool {
    let label = match platform {
        Platform::Shopify => text.strip_suffix(".myshopify.com"),
        _ => Some(text),
    };
    let is_of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_dash = |b: u8| b == b'-' && platform == Platform::Shopify;
    text.len() <= MAX_STORE
        && label.is_some_and(|label| {
            !label.is_empty() && label.bytes().all(|b| is_of_name(b) || is_dash(b))
        })
}

fn wrong(field: &str, reason: &str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str =
        "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcN\nAQEB\n-----END PUBLIC KEY-----\n";

    fn parsed(json: &str) -> Connection {
        serde_json::from_str(json).unwrap()
    }

    fn refused(platform: Platform, json: &str) -> Option<String> {
        parsed(json).check(platform).err().map(|error| error.field)
    }

    #[test]
    fn each_platform_takes_what_it_needs() {
        let shopify = r#"{"webhook_secret":"shpss_12345678"}"#;
        let store = r#"{"webhook_secret":"shpss_12345678","previous_webhook_secret":"shpss_00000000","store":"dove-cote.myshopify.com"}"#;
        let bigcommerce =
            r#"{"webhook_secret":"12345678","store":"abc123","api":{"access_token":"12345678"}}"#;
        let adobe = alloc::format!(r#"{{"public_keys":[{PEM:?}]}}"#);
        assert_eq!(refused(Platform::Shopify, shopify), None);
        assert_eq!(refused(Platform::Shopify, store), None);
        assert_eq!(refused(Platform::WooCommerce, shopify), None);
        assert_eq!(refused(Platform::BigCommerce, bigcommerce), None);
        assert_eq!(refused(Platform::Adobe, &adobe), None);
        assert_eq!(
            parsed(store).set(),
            ["webhook_secret", "previous_webhook_secret", "store"]
        );
        assert_eq!(
            parsed(store).secrets(),
            ["shpss_12345678", "shpss_00000000"]
        );
        assert_eq!(parsed(&adobe).keys().len(), 1);
    }

    #[test]
    fn what_is_missing_or_of_no_use_is_named() {
        for (platform, json, field) in [
            (Platform::Shopify, "{}", "webhook_secret"),
            (
                Platform::Shopify,
                r#"{"webhook_secret":"short"}"#,
                "webhook_secret",
            ),
            (
                Platform::Shopify,
                r#"{"webhook_secret":"12345678","store":"shop.example"}"#,
                "store",
            ),
            (
                Platform::Shopify,
                r#"{"webhook_secret":"12345678","api":{"access_token":"12345678"}}"#,
                "api",
            ),
            (
                Platform::WooCommerce,
                r#"{"webhook_secret":"12345678","store":"abc"}"#,
                "store",
            ),
            (
                Platform::BigCommerce,
                r#"{"webhook_secret":"12345678"}"#,
                "store",
            ),
            (
                Platform::BigCommerce,
                r#"{"webhook_secret":"12345678","store":"../v3"}"#,
                "store",
            ),
            (
                Platform::BigCommerce,
                r#"{"webhook_secret":"12345678","store":"abc"}"#,
                "api",
            ),
            (Platform::Adobe, "{}", "public_keys"),
            (
                Platform::Adobe,
                r#"{"public_keys":["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]}"#,
                "public_keys[0]",
            ),
            (
                Platform::Adobe,
                r#"{"webhook_secret":"12345678"}"#,
                "webhook_secret",
            ),
        ] {
            assert_eq!(refused(platform, json).as_deref(), Some(field), "{json}");
        }
        assert!(serde_json::from_str::<Connection>(r#"{"secret":"12345678"}"#).is_err());
    }

    #[test]
    fn nothing_that_is_printed_shows_a_secret() {
        let text = alloc::format!("{:?}", parsed(r#"{"webhook_secret":"shpss_12345678"}"#));
        assert!(!text.contains("1234"), "{text}");
    }
}
