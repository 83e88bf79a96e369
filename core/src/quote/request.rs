//! What a service is asked so that a rep finds a task.

use super::Summary;
use crate::errand::Request;
use alloc::{format, string::String, vec::Vec};
use serde::Deserialize;

/// Whom a task at HubSpot is about: the contact's id there.
pub type Association<'a> = Option<&'a str>;

/// `POST /crm/v3/objects/contacts/batch/read`, of the contact with this address: in a body, because addresses in a URL stand in logs.
pub fn hubspot_contact(email: &str) -> Request {
    Request {
        method: "POST",
        path: String::from("/crm/v3/objects/contacts/batch/read"),
        json: format!(
            r#"{{"idProperty":"email","properties":["email"],"propertiesWithHistory":[],"inputs":[{{"id":{}}}]}}"#,
            quoted(email)
        ),
    }
}

/// HubSpot's answer does not say whether there is a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("HubSpot does not say whether there is such a contact")]
pub struct Unsaid;

/// The contact's id in the answer to that, where there is one. What is not there stands among the errors, under the status 207.
pub fn hubspot_contact_of(body: &str) -> Result<Option<String>, Unsaid> {
    #[derive(Deserialize)]
    struct Batch {
        results: Vec<Contact>,
        #[serde(default)]
        errors: Vec<Failed>,
    }
    #[derive(Deserialize)]
    struct Contact {
        id: String,
    }
    #[derive(Deserialize)]
    struct Failed {
        category: String,
    }
    let batch: Batch = serde_json::from_str(body).map_err(|_| Unsaid)?;
    let is_absent = |failed: &Failed| failed.category == "OBJECT_NOT_FOUND";
    match batch.results.into_iter().next() {
        Some(contact) => Ok(Some(contact.id)),
        None if batch.errors.iter().all(is_absent) => Ok(None),
        None => Err(Unsaid),
    }
}

/// HubSpot's own type of the association from a task to a contact ("Associate records", default types).
const TASK_TO_CONTACT: u16 = 204;

/// `POST /crm/v3/objects/tasks`, due at `now`, epoch ms, for `owner`, about a contact.
pub fn hubspot_task(
    summary: &Summary,
    owner: Option<&str>,
    contact: Association<'_>,
    now: u64,
) -> Request {
    let owner = owner.map_or_else(String::new, |owner| {
        format!(r#","hubspot_owner_id":{}"#, quoted(owner))
    });
    let about = contact.map_or_else(String::new, |id| {
        format!(
            r#","associations":[{{"to":{{"id":{}}},"types":[{{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":{TASK_TO_CONTACT}}}]}}]"#,
            quoted(id)
        )
    });
    Request {
        method: "POST",
        path: String::from("/crm/v3/objects/tasks"),
        json: format!(
            r#"{{"properties":{{"hs_timestamp":"{now}","hs_task_subject":{},"hs_task_body":{},"hs_task_status":"NOT_STARTED","hs_task_priority":"HIGH","hs_task_type":"TODO"{owner}}}{about}}}"#,
            quoted(&summary.subject),
            // Bodies of tasks are read as HTML.
            quoted(&as_html(&summary.text())),
        ),
    }
}

/// Which version of Salesforce's REST API is asked.
const SALESFORCE_VERSION: &str = "v62.0";

/// `Task` of Salesforce: told twice it is one task where `key` names a field that is an external id (`PATCH
/// /sobjects/Task/{field}/{value}`), and two otherwise.
pub fn salesforce_task(
    summary: &Summary,
    owner: Option<&str>,
    key: Option<(&str, &str)>,
) -> Request {
    /// Longest subject, in characters: the field is a combobox of 255.
    const MAX_SUBJECT: usize = 255;
    let owner = owner.map_or_else(String::new, |owner| {
        format!(r#","OwnerId":{}"#, quoted(owner))
    });
    let subject: String = summary.subject.chars().take(MAX_SUBJECT).collect();
    let (method, rest) = match key {
        Some((field, value)) => ("PATCH", format!("/{field}/{value}")),
        None => ("POST", String::new()),
    };
    Request {
        method,
        path: format!("/services/data/{SALESFORCE_VERSION}/sobjects/Task{rest}"),
        json: format!(
            r#"{{"Subject":{},"Description":{},"Status":"Not Started","Priority":"High"{owner}}}"#,
            quoted(&subject),
            quoted(&summary.text()),
        ),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn as_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn summary() -> Summary {
        Summary {
            subject: "Left quote by \"Ada\"".into(),
            lines: vec!["1 × <b>Mug</b> & co".into()],
            total: None,
            stage: None,
            actions: Vec::new(),
            link: String::new(),
        }
    }

    #[test]
    fn a_task_is_json_whatever_a_shop_calls_its_products() {
        let asked = hubspot_task(&summary(), Some("42"), Some("7"), 5);
        let body: serde_json::Value = serde_json::from_str(&asked.json).unwrap();
        assert_eq!(
            body["properties"]["hs_task_subject"],
            "Left quote by \"Ada\""
        );
        let told = body["properties"]["hs_task_body"].as_str().unwrap();
        assert!(
            told.starts_with("1 × &lt;b&gt;Mug&lt;/b&gt; &amp; co<br>"),
            "{told}"
        );
        assert_eq!(body["associations"][0]["to"]["id"], "7");
        assert_eq!(body["properties"]["hubspot_owner_id"], "42");
        let bare = hubspot_task(&summary(), None, None, 5);
        let body: serde_json::Value = serde_json::from_str(&bare.json).unwrap();
        assert!(body.get("associations").is_none());
    }

    #[test]
    fn a_contact_is_asked_for_in_a_body() {
        let asked = hubspot_contact("a+\"b\"@works.example");
        assert!(!asked.path.contains('@'), "{}", asked.path);
        let body: serde_json::Value = serde_json::from_str(&asked.json).unwrap();
        assert_eq!(body["idProperty"], "email");
        assert_eq!(body["inputs"][0]["id"], "a+\"b\"@works.example");
        let known = r#"{"status":"COMPLETE","results":[{"id":"501","properties":{}}]}"#;
        assert_eq!(hubspot_contact_of(known), Ok(Some("501".into())));
        let absent = r#"{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND"}]}"#;
        assert_eq!(hubspot_contact_of(absent), Ok(None));
        assert_eq!(hubspot_contact_of(r#"{"results":[]}"#), Ok(None));
        let failed = r#"{"results":[],"errors":[{"category":"RATE_LIMITS"}]}"#;
        assert_eq!(hubspot_contact_of(failed), Err(Unsaid));
        assert_eq!(hubspot_contact_of(""), Err(Unsaid));
    }

    #[test]
    fn a_field_that_is_an_external_id_makes_two_tellings_one() {
        let asked = salesforce_task(&summary(), None, Some(("Homing_Id__c", "crt_1-0")));
        assert_eq!(
            (asked.method, asked.path.as_str()),
            (
                "PATCH",
                "/services/data/v62.0/sobjects/Task/Homing_Id__c/crt_1-0"
            )
        );
        let asked = salesforce_task(&summary(), Some("005x"), None);
        assert_eq!(
            (asked.method, asked.path.as_str()),
            ("POST", "/services/data/v62.0/sobjects/Task")
        );
        let body: serde_json::Value = serde_json::from_str(&asked.json).unwrap();
        assert_eq!(body["OwnerId"], "005x");
    }
}
