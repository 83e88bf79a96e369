//! What opens a shop's account at a service that carries no messages. It is written and never shown again.

use crate::connection::Secret;
use crate::errand::Service;
use crate::shop::FieldError;
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a merchant sets for one service, by name:
///
/// - `access_token`: a token that does not end by itself: of a system user at Meta, of a private app at HubSpot;
/// - `client_id`, `client_secret`: OAuth 2.0, the application; `refresh_token`: for new tokens, at Google;
/// - `account`: the advertiser's account at Google Ads, digits; `manager`: the one by which it is reached;
/// - `instance`: Salesforce's My Domain, `https://….my.salesforce.com`;
/// - `owner`: who gets the tasks, by the service's own id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(BTreeMap<String, Secret>);

/// What a service needs, and what else it has a use for.
fn wants(service: Service) -> (&'static [&'static str], &'static [&'static str]) {
    match service {
        Service::Meta => (&["access_token"], &[]),
        Service::Google => (
            &["client_id", "client_secret", "refresh_token", "account"],
            &["manager"],
        ),
        Service::Hubspot => (&["access_token"], &["owner"]),
        Service::Salesforce => (&["client_id", "client_secret", "instance"], &["owner"]),
        Service::Endpoints => (&[], &[]),
    }
}

impl Account {
    /// A field; `None` where it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::reveal)
    }

    /// Checks that what the service needs is there, and nothing that it has no use for.
    pub fn check(&self, service: Service) -> Result<(), FieldError> {
        let (needed, useful) = wants(service);
        let wrong = |field: &str, reason: &str| {
            Err(FieldError {
                field: field.to_owned(),
                reason: reason.to_owned(),
            })
        };
        for (name, value) in &self.0 {
            let name = name.as_str();
            if !needed.contains(&name) && !useful.contains(&name) {
                return wrong(name, "is of no use for this service");
            }
            if let Some(reason) = fault(name, value.reveal()) {
                return wrong(name, reason);
            }
        }
        match needed.iter().find(|name| self.get(name).is_none()) {
            Some(name) => wrong(name, "is missing"),
            None => Ok(()),
        }
    }

    /// Names of the fields that are set.
    pub fn set(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// What is wrong with a field.
fn fault(name: &str, text: &str) -> Option<&'static str> {
    let is_word = |legal: fn(u8) -> bool, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(legal)
    };
    let (is_right, reason) = match name {
        "account" | "manager" => (
            is_word(|b| b.is_ascii_digit(), 20),
            "must be digits, without dashes",
        ),
        "instance" => (
            is_instance(text),
            "must be https:// and a name that ends in .my.salesforce.com, without a path",
        ),
        "owner" => (
            is_word(|b| b.is_ascii_alphanumeric() || b == b'_', 80),
            "must be letters, digits and _",
        ),
        _ => (
            (8..=2_048).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
            "must be 8 to 2048 visible ASCII characters",
        ),
    };
    (!is_right).then_some(reason)
}

fn is_instance(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix(".my.salesforce.com"));
    host.is_some_and(|host| {
        (1..=100).contains(&host.len())
            && host
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(service: Service, json: &str) -> Option<String> {
        let account: Account = serde_json::from_str(json).unwrap();
        let checked = account.check(service);
        checked.err().map(|error| error.field)
    }

    #[test]
    fn each_service_takes_what_it_needs_and_nothing_else() {
        let google = r#"{"client_id":"12345678","client_secret":"12345678","refresh_token":"12345678","account":"123"}"#;
        let salesforce = |instance: &str| {
            alloc::format!(
                r#"{{"client_id":"12345678","client_secret":"12345678","instance":"{instance}"}}"#
            )
        };
        assert_eq!(refused(Service::Google, google), None);
        let dove = salesforce("https://dove.my.salesforce.com");
        assert_eq!(refused(Service::Salesforce, &dove), None);
        for (service, json, field) in [
            (Service::Meta, r"{}", "access_token"),
            (Service::Meta, r#"{"access_token":"short"}"#, "access_token"),
            (Service::Hubspot, google, "account"),
            (
                Service::Meta,
                r#"{"access_token":"12345678","owner":"1"}"#,
                "owner",
            ),
            (
                Service::Google,
                r#"{"client_id":"12345678","client_secret":"12345678","refresh_token":"12345678","account":"1-2"}"#,
                "account",
            ),
            (
                Service::Hubspot,
                r#"{"access_token":"12345678","owner":"1\",\"x"}"#,
                "owner",
            ),
        ] {
            assert_eq!(refused(service, json).as_deref(), Some(field), "{json}");
        }
        for instance in [
            "http://dove.my.salesforce.com",
            "https://dove.my.salesforce.com.evil.example",
            "https://evil.example/.my.salesforce.com",
            "https://.my.salesforce.com",
            "https://127.0.0.1",
        ] {
            let json = salesforce(instance);
            let field = refused(Service::Salesforce, &json);
            assert_eq!(field.as_deref(), Some("instance"), "{instance}");
        }
    }

    #[test]
    fn what_is_set_is_told_and_what_it_is_is_not() {
        let account: Account =
            serde_json::from_str(r#"{"access_token":"EAAB12345678","owner":"7"}"#).unwrap();
        assert_eq!(account.set(), ["access_token", "owner"]);
        assert!(!alloc::format!("{account:?}").contains("EAAB"));
    }
}
