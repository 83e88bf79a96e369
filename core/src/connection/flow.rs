//! A shop's account at a marketing platform. It is written and never shown again.

use super::{Secret, is_secret, wrong};
use crate::delivery::FlowPlatform;
use crate::shop::FieldError;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a merchant sets for one marketing platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowAccount {
    /// What its API is asked with.
    pub access_token: Secret,
    /// HubSpot's id of the account: digits.
    #[serde(default)]
    pub account: Option<String>,
    /// Where Braze has the account's REST endpoint.
    #[serde(default)]
    pub host: Option<String>,
}

impl FlowAccount {
    /// Checks what its type cannot: what the platform needs is there, and nothing that it has no use for.
    pub fn check(&self, platform: FlowPlatform) -> Result<(), FieldError> {
        if !is_secret(self.access_token.reveal()) {
            return Err(wrong(
                "access_token",
                "must be 8 to 512 bytes without line breaks",
            ));
        }
        let fields: [(&str, &Option<String>, FlowPlatform, Check, &str); 2] = [
            (
                "account",
                &self.account,
                FlowPlatform::Hubspot,
                is_account_id,
                "must be the account's id: digits",
            ),
            (
                "host",
                &self.host,
                FlowPlatform::Braze,
                is_braze_host,
                "must be the host of the account's REST endpoint, such as rest.iad-01.braze.com",
            ),
        ];
        for (name, value, whose, is_right, reason) in fields {
            match value {
                None if whose == platform => return Err(wrong(name, "is missing")),
                Some(_) if whose != platform => {
                    return Err(wrong(name, "is of no use for this platform"));
                }
                Some(text) if !is_right(text) => return Err(wrong(name, reason)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Names of the fields that are set.
    pub fn set(&self) -> Vec<String> {
        let fields = [
            ("access_token", true),
            ("account", self.account.is_some()),
            ("host", self.host.is_some()),
        ];
        let set = fields.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name.to_owned()).collect()
    }
}

type Check = fn(&str) -> bool;

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

    #[test]
    fn each_takes_a_key_and_what_tells_the_account() {
        let refused = |platform, more: &str| {
            let json = alloc::format!(r#"{{"access_token":"pk_12345678"{more}}}"#);
            let account: FlowAccount = serde_json::from_str(&json).unwrap();
            account.check(platform).err().map(|error| error.field)
        };
        for (platform, more, field) in [
            (FlowPlatform::Klaviyo, "", None),
            (FlowPlatform::Klaviyo, r#","account":"1""#, Some("account")),
            (FlowPlatform::Attentive, "", None),
            (FlowPlatform::Attentive, r#","host":"a""#, Some("host")),
            (FlowPlatform::Braze, "", Some("host")),
            (
                FlowPlatform::Braze,
                r#","host":"rest.iad-01.braze.com""#,
                None,
            ),
            (
                FlowPlatform::Braze,
                r#","host":"rest.fra-02.braze.eu""#,
                None,
            ),
            (
                FlowPlatform::Braze,
                r#","host":"rest.a/.braze.com""#,
                Some("host"),
            ),
            (
                FlowPlatform::Braze,
                r#","host":"rest.x.evil.example""#,
                Some("host"),
            ),
            (
                FlowPlatform::Braze,
                r#","host":"rest..braze.com""#,
                Some("host"),
            ),
            (FlowPlatform::Hubspot, "", Some("account")),
            (FlowPlatform::Hubspot, r#","account":"1234567""#, None),
            (
                FlowPlatform::Hubspot,
                r#","account":"12_a""#,
                Some("account"),
            ),
        ] {
            assert_eq!(
                refused(platform, more).as_deref(),
                field,
                "{platform:?} {more}"
            );
        }
        let short: FlowAccount = serde_json::from_str(r#"{"access_token":"short"}"#).unwrap();
        let error = short.check(FlowPlatform::Klaviyo).unwrap_err();
        assert_eq!(error.field, "access_token");
        assert_eq!(short.set(), ["access_token"]);
    }
}
