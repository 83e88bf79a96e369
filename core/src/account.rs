//! What opens a shop's account at a marketing platform, or at a service that carries no messages. It is written and never shown again.

use crate::connection::Secret;
use crate::shop::FieldError;
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a merchant sets for one of them, by name:
///
/// - `access_token`: a token or key that does not end by itself: of a system user at Meta, of a private app at HubSpot, of Klaviyo's,
///   Braze's or Attentive's API;
/// - `client_id`, `client_secret`: OAuth 2.0, the application; `refresh_token`: for new tokens, at Google;
/// - `account`: the advertiser's account at Google Ads, or HubSpot's id of the account, which the names of its events begin with: digits;
///   `manager`: the account by which Google's is reached;
/// - `instance`: Salesforce's My Domain, `https://….my.salesforce.com`; `host`: where Braze has the account's REST endpoint;
/// - `owner`: who gets the tasks, by the service's own id;
/// - `webhook_secret`: what the webhook is signed with that tells who has unsubscribed there: Attentive's signing key, Klaviyo's secret key,
///   the client secret of HubSpot's app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(BTreeMap<String, Secret>);

/// A name, what an account there needs, and what else it has a use for.
type Wants = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Whoever a shop has accounts at. HubSpot is one account for its workflows and for tasks.
const KNOWN: [Wants; 7] = [
    ("klaviyo", &["access_token"], &["webhook_secret"]),
    ("braze", &["access_token", "host"], &[]),
    ("attentive", &["access_token"], &["webhook_secret"]),
    (
        "hubspot",
        &["access_token"],
        &["account", "owner", "webhook_secret"],
    ),
    ("meta", &["access_token"], &[]),
    (
        "google",
        &["client_id", "client_secret", "refresh_token", "account"],
        &["manager"],
    ),
    (
        "salesforce",
        &["client_id", "client_secret", "instance"],
        &["owner"],
    ),
];

impl Account {
    /// The name of an account as it is stored; `None` where nobody has accounts by this name.
    pub fn named(name: &str) -> Option<&'static str> {
        let mut names = KNOWN.iter().map(|(known, ..)| *known);
        names.find(|known| *known == name)
    }

    /// A field; `None` where it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::reveal)
    }

    /// Checks that what is needed under this name is there, and nothing that there is no use for.
    pub fn check(&self, whose: &str) -> Result<(), FieldError> {
        let known = KNOWN.iter().find(|(known, ..)| *known == whose);
        let (needed, useful) =
            known.map_or((&[][..], &[][..]), |(_, needed, useful)| (*needed, *useful));
        let wrong = |field: &str, reason: &str| {
            Err(FieldError {
                field: field.to_owned(),
                reason: reason.to_owned(),
            })
        };
        for (name, value) in &self.0 {
            let name = name.as_str();
            if !needed.contains(&name) && !useful.contains(&name) {
                return wrong(name, "is of no use here");
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
        "host" => (
            is_braze_host(text),
            "must be the host of the account's REST endpoint, such as rest.iad-01.braze.com",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(service: &str, json: &str) -> Option<String> {
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
        assert_eq!(refused("google", google), None);
        let dove = salesforce("https://dove.my.salesforce.com");
        assert_eq!(refused("salesforce", &dove), None);
        for (service, json, field) in [
            ("meta", r"{}", "access_token"),
            ("meta", r#"{"access_token":"short"}"#, "access_token"),
            ("hubspot", google, "client_id"),
            (
                "meta",
                r#"{"access_token":"12345678","owner":"1"}"#,
                "owner",
            ),
            (
                "google",
                r#"{"client_id":"12345678","client_secret":"12345678","refresh_token":"12345678","account":"1-2"}"#,
                "account",
            ),
            (
                "hubspot",
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
            let field = refused("salesforce", &json);
            assert_eq!(field.as_deref(), Some("instance"), "{instance}");
        }
    }

    #[test]
    fn a_marketing_platform_takes_its_key_and_what_tells_the_account() {
        for (platform, more, field) in [
            ("klaviyo", "", None),
            ("klaviyo", r#","account":"1""#, Some("account")),
            ("klaviyo", r#","webhook_secret":"12345678""#, None),
            ("hubspot", r#","webhook_secret":"12345678""#, None),
            (
                "braze",
                r#","webhook_secret":"12345678""#,
                Some("webhook_secret"),
            ),
            ("attentive", "", None),
            ("attentive", r#","host":"a""#, Some("host")),
            ("braze", "", Some("host")),
            ("braze", r#","host":"rest.iad-01.braze.com""#, None),
            ("braze", r#","host":"rest.fra-02.braze.eu""#, None),
            ("braze", r#","host":"rest.a/.braze.com""#, Some("host")),
            ("braze", r#","host":"rest.x.evil.example""#, Some("host")),
            ("braze", r#","host":"rest..braze.com""#, Some("host")),
            ("hubspot", "", None),
            ("hubspot", r#","account":"1234567","owner":"7""#, None),
            ("hubspot", r#","account":"12_a""#, Some("account")),
        ] {
            let json = alloc::format!(r#"{{"access_token":"pk_12345678"{more}}}"#);
            assert_eq!(
                refused(platform, &json).as_deref(),
                field,
                "{platform} {more}"
            );
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
