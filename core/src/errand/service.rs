//! The services, and what each guarantees: rows as those of who carries messages, which the calls and the rules read.

use crate::delivery::{Most, Proof, Refusal, Repeats, Row, TIMEOUT_MS, any, named};
use serde::{Deserialize, Serialize};

/// A service that carries no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Custom audiences of Meta's Marketing API.
    Meta,
    /// Customer Match of Google Ads, by Google's Data Manager API.
    Google,
    /// Tasks of HubSpot's CRM.
    Hubspot,
    /// Tasks of Salesforce.
    Salesforce,
    /// The shop's own endpoints.
    Endpoints,
}

const fn wait(from: u16, to: u16, name: Option<&'static str>) -> Refusal {
    match name {
        Some(name) => named(from, to, name, Proof::Transient),
        None => any(from, to, Proof::Transient),
    }
}

const fn never(from: u16, to: u16) -> Refusal {
    any(from, to, Proof::Rejected)
}

/// Statuses are 400 for nearly everything; Meta's own codes say more. 190 and 102: the token; 10 and 200 to 299: a right is missing; 4, 17, 32, 613
/// and 80003: too many calls; 1 and 2: for now.
const META: Row = Row {
    name: "meta",
    title: "Meta",
    repeats: Repeats::Always,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: &[
        wait(400, 499, Some("190")),
        wait(400, 499, Some("102")),
        wait(400, 499, Some("10")),
        wait(400, 499, Some("200")),
        wait(400, 499, Some("4")),
        wait(400, 499, Some("17")),
        wait(400, 499, Some("32")),
        wait(400, 499, Some("613")),
        wait(400, 499, Some("80003")),
        wait(400, 499, Some("1")),
        wait(400, 499, Some("2")),
        wait(401, 401, None),
        wait(403, 403, None),
        wait(429, 429, None),
        never(400, 499),
        // What this service says itself: the audience took the call, and not the person.
        named(200, 200, "invalid_entry", Proof::Rejected),
    ],
    source: "developers.facebook.com/docs: Custom Audiences, Custom Audience Users, Error Codes, Rate Limiting",
};

const GOOGLE: Row = Row {
    name: "google",
    title: "Google",
    repeats: Repeats::Always,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: &[
        wait(401, 401, None),
        wait(403, 403, None),
        wait(429, 429, None),
        never(400, 499),
    ],
    source: "developers.google.com/data-manager/api: audienceMembers, Format user data, Errors",
};

/// It knows no key by which a task that is made twice would be one.
const HUBSPOT: Row = Row {
    name: "hubspot",
    title: "HubSpot, tasks",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: &[
        wait(401, 401, None),
        wait(403, 403, None),
        wait(423, 423, None),
        wait(429, 429, None),
        never(400, 499),
    ],
    source: "developers.hubspot.com/docs: CRM API Tasks, Error handling, Usage guidelines",
};

/// A task that is told twice is one only where the shop has named a field that is an external id.
const SALESFORCE: Row = Row {
    name: "salesforce",
    title: "Salesforce",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: &[
        wait(401, 401, None),
        wait(403, 403, None),
        wait(429, 429, None),
        never(300, 499),
    ],
    source: "developer.salesforce.com/docs: REST API, Insert or Update (Upsert) a Record Using an External ID, Status Codes",
};

const ENDPOINTS: Row = Row {
    name: "endpoints",
    title: "the shop's own endpoints",
    repeats: Repeats::Always,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    // Whatever else is answered, it is told again, for days.
    refusals: &[never(410, 410)],
    source: "docs/endpoints.md; the Standard Webhooks specification",
};

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Meta,
        Self::Google,
        Self::Hubspot,
        Self::Salesforce,
        Self::Endpoints,
    ];

    /// Its row.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Meta => &META,
            Self::Google => &GOOGLE,
            Self::Hubspot => &HUBSPOT,
            Self::Salesforce => &SALESFORCE,
            Self::Endpoints => &ENDPOINTS,
        }
    }

    /// Its name in configurations, codes and paths.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The service of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What a refusal with this status and the service's own name for it proves.
    pub fn proof(self, status: u16, name: &str) -> Proof {
        self.row().proof(status, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_that_serde_knows_as_well() {
        for service in Service::ALL {
            assert_eq!(Service::named(service.name()), Some(service));
            let json = alloc::format!("\"{}\"", service.name());
            assert_eq!(serde_json::from_str::<Service>(&json).unwrap(), service);
        }
        assert_eq!(Service::named("pigeon"), None);
    }

    #[test]
    fn what_nobody_documents_proves_nothing_and_what_is_busy_has_taken_nothing() {
        for service in [
            Service::Meta,
            Service::Google,
            Service::Hubspot,
            Service::Salesforce,
        ] {
            for status in [0, 500, 502, 503, 504] {
                assert_eq!(service.proof(status, ""), Proof::Nothing, "{service:?}");
            }
            assert_eq!(service.proof(429, ""), Proof::Transient, "{service:?}");
            assert_eq!(service.proof(401, ""), Proof::Transient, "{service:?}");
            assert_eq!(service.proof(400, ""), Proof::Rejected, "{service:?}");
        }
        assert_eq!(Service::Meta.proof(400, "190"), Proof::Transient);
        assert_eq!(Service::Meta.proof(400, "100"), Proof::Rejected);
        assert_eq!(Service::Salesforce.proof(300, ""), Proof::Rejected);
    }
}
