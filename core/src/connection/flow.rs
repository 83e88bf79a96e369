//! What connects a shop to a marketing platform: a key to its API, and which account.

use super::{Connection, is_secret, wrong};
use crate::delivery::FlowPlatform;
use crate::shop::FieldError;

impl Connection {
    /// Checks what its type cannot: what the marketing platform needs is there, and nothing that it has no use for.
    pub fn check_flow(&self, platform: FlowPlatform) -> Result<(), FieldError> {
        let unused = "is of no use for this platform";
        let others = [
            ("webhook_secret", self.webhook_secret.is_some()),
            (
                "previous_webhook_secret",
                self.previous_webhook_secret.is_some(),
            ),
            ("public_keys", !self.public_keys.is_empty()),
            ("client_id", self.client_id.is_some()),
        ];
        if let Some((field, _)) = others.iter().find(|(_, is_set)| *is_set) {
            return Err(wrong(field, unused));
        }
        let Some(api) = &self.api else {
            return Err(wrong("api", "is missing"));
        };
        if !is_secret(api.access_token.reveal()) {
            return Err(wrong(
                "api.access_token",
                "must be 8 to 512 bytes without line breaks",
            ));
        }
        let account = self.store.as_deref();
        match (platform, account) {
            (FlowPlatform::Klaviyo | FlowPlatform::Attentive, None) => Ok(()),
            (FlowPlatform::Klaviyo | FlowPlatform::Attentive, Some(_)) => {
                Err(wrong("store", unused))
            }
            (_, None) => Err(wrong("store", "is missing")),
            (FlowPlatform::Braze, Some(host)) if !is_braze_host(host) => Err(wrong(
                "store",
                "must be the host of the account's REST endpoint, such as rest.iad-01.braze.com",
            )),
            (FlowPlatform::Hubspot, Some(id)) if !is_account_id(id) => {
                Err(wrong("store", "must be the account's id: digits"))
            }
            _ => Ok(()),
        }
    }
}

/// Braze has one host for each of its instances: <https://www.braze.com/docs/api/basics/#endpoints>. Nothing else may stand here,
/// because it is called.
fn is_braze_host(host: &str) -> bool {
    let instance = host.strip_prefix("rest.").and_then(|rest| {
        let ends = [".braze.com", ".braze.eu"];
        ends.iter().find_map(|end| rest.strip_suffix(end))
    });
    let is_of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    instance.is_some_and(|name| (1..=20).contains(&name.len()) && name.bytes().all(is_of_name))
}

fn is_account_id(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(platform: FlowPlatform, json: &str) -> Option<alloc::string::String> {
        let connection: Connection = serde_json::from_str(json).unwrap();
        let checked = connection.check_flow(platform);
        checked.err().map(|error| error.field)
    }

    #[test]
    fn each_takes_a_key_and_what_tells_the_account() {
        const KEY: &str = r#"{"api":{"access_token":"pk_12345678"}}"#;
        let with = |store: &str| {
            alloc::format!(r#"{{"api":{{"access_token":"12345678"}},"store":"{store}"}}"#)
        };
        for (platform, json, field) in [
            (FlowPlatform::Klaviyo, KEY, None),
            (FlowPlatform::Klaviyo, "{}", Some("api")),
            (
                FlowPlatform::Klaviyo,
                r#"{"api":{"access_token":"short"}}"#,
                Some("api.access_token"),
            ),
            (
                FlowPlatform::Klaviyo,
                r#"{"webhook_secret":"12345678","api":{"access_token":"12345678"}}"#,
                Some("webhook_secret"),
            ),
            (FlowPlatform::Klaviyo, &with("1"), Some("store")),
            (FlowPlatform::Attentive, KEY, None),
            (FlowPlatform::Braze, KEY, Some("store")),
            (FlowPlatform::Braze, &with("rest.iad-01.braze.com"), None),
            (FlowPlatform::Braze, &with("rest.fra-02.braze.eu"), None),
            (
                FlowPlatform::Braze,
                &with("rest.a/.braze.com"),
                Some("store"),
            ),
            (
                FlowPlatform::Braze,
                &with("rest.x.evil.example"),
                Some("store"),
            ),
            (FlowPlatform::Braze, &with("rest..braze.com"), Some("store")),
            (FlowPlatform::Hubspot, &with("1234567"), None),
            (FlowPlatform::Hubspot, &with("12_a"), Some("store")),
        ] {
            assert_eq!(refused(platform, json).as_deref(), field, "{json}");
        }
    }
}
