//! The services, and what each guarantees: one table, which the calls and the rules read.

use crate::delivery::{Proof, Refusal};
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

/// A service's row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// How it is called in text.
    pub title: &'static str,
    /// Whether what was done twice is as if it was done once, so that a try whose outcome nobody knows may be repeated.
    pub repeats: bool,
    /// How long an answer is waited for, ms.
    pub timeout_ms: u64,
    /// Refusals, the first that fits counts; one that none fits proves nothing.
    pub refusals: &'static [Refusal],
    /// Where the service says so.
    pub source: &'static str,
}

const fn refusal(from: u16, to: u16, name: Option<&'static str>, proof: Proof) -> Refusal {
    Refusal {
        from,
        to,
        name,
        proof,
    }
}

const fn wait(from: u16, to: u16, name: Option<&'static str>) -> Refusal {
    refusal(from, to, name, Proof::Transient)
}

const fn never(from: u16, to: u16) -> Refusal {
    refusal(from, to, None, Proof::Rejected)
}

const TIMEOUT_MS: u64 = 15_000;

/// Statuses are 400 for nearly everything; Meta's own codes say more. 190 and 102: the token; 10 and 200 to 299: a right is missing; 4, 17, 32, 613
/// and 80003: too many calls; 1 and 2: for now.
const META: Row = Row {
    title: "Meta",
    repeats: true,
    timeout_ms: TIMEOUT_MS,
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
        refusal(200, 200, Some("invalid_entry"), Proof::Rejected),
    ],
    source: "developers.facebook.com/docs: Custom Audiences, Custom Audience Users, Error Codes, Rate Limiting",
};

const GOOGLE: Row = Row {
    title: "Google",
    repeats: true,
    timeout_ms: TIMEOUT_MS,
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
    title: "HubSpot",
    repeats: false,
    timeout_ms: TIMEOUT_MS,
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
    title: "Salesforce",
    repeats: false,
    timeout_ms: TIMEOUT_MS,
    refusals: &[
        wait(401, 401, None),
        wait(403, 403, None),
        wait(429, 429, None),
        never(300, 499),
    ],
    source: "developer.salesforce.com/docs: REST API, Insert or Update (Upsert) a Record Using an External ID, Status Codes",
};

const ENDPOINTS: Row = Row {
    title: "the shop's own endpoints",
    repeats: true,
    timeout_ms: TIMEOUT_MS,
    refusals: &[],
    source: "docs/endpoints.md",
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
        match self {
            Self::Meta => "meta",
            Self::Google => "google",
            Self::Hubspot => "hubspot",
            Self::Salesforce => "salesforce",
            Self::Endpoints => "endpoints",
        }
    }

    /// The service of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What a refusal with this status and the service's own name for it proves.
    pub fn proof(self, status: u16, name: &str) -> Proof {
        Refusal::proved(self.row().refusals, status, name)
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
