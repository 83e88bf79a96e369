//! What a service is asked.

use super::{Act, Digests, ListId};
use crate::errand::{Request, Service};
use alloc::{format, string::String, vec::Vec};

/// Which version of Meta's Graph API is asked.
const META_VERSION: &str = "v25.0";

/// The request by which `who` becomes a member of `list`, or stops being one. `accounts`: the advertiser's account and the one by which it
/// is managed, for Google. `session`: a number for this call alone, for Meta. `token`: what opens Meta's API, which takes it as a field of
/// the body; the others take it as a header. None of them holds anything that would need escaping but the token.
pub fn request(
    (service, list, act, who): (Service, &ListId, Act, &Digests),
    accounts: (Option<&str>, Option<&str>),
    session: u32,
    token: &str,
) -> Request {
    match service {
        Service::Google => google(list, act, who, accounts),
        _ => meta(list, act, who, session, token),
    }
}

/// `POST` and `DELETE /{audience}/users` take the same body ("Custom Audience Users"): one row of one person, with a session of one
/// batch.
fn meta(list: &ListId, act: Act, who: &Digests, session: u32, token: &str) -> Request {
    let columns = [("EMAIL", who.email()), ("PHONE", who.phone())];
    let known: Vec<(&str, &String)> = columns
        .iter()
        .filter_map(|(name, digest)| Some((*name, digest.as_ref()?)))
        .collect();
    let schema: Vec<String> = known
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let row: Vec<String> = known
        .iter()
        .map(|(_, digest)| format!("\"{digest}\""))
        .collect();
    let token = serde_json::to_string(token).unwrap_or_default();
    Request {
        method: match act {
            Act::Add => "POST",
            Act::Remove => "DELETE",
        },
        path: format!("/{META_VERSION}/{list}/users"),
        json: format!(
            r#"{{"access_token":{token},"session":{{"session_id":{session},"batch_seq":1,"last_batch_flag":true,"estimated_num_total":1}},"payload":{{"schema":[{}],"data":[[{}]]}}}}"#,
            schema.join(","),
            row.join(","),
        ),
    }
}

/// `audienceMembers:ingest` and `:remove`. Consent and the terms go with an addition; nobody is added who has not agreed.
fn google(
    list: &ListId,
    act: Act,
    who: &Digests,
    (account, manager): (Option<&str>, Option<&str>),
) -> Request {
    let email = who
        .email()
        .map(|hex| format!(r#"{{"emailAddress":"{hex}"}}"#));
    let phone = who
        .phone()
        .map(|hex| format!(r#"{{"phoneNumber":"{hex}"}}"#));
    let people: Vec<String> = [email, phone].into_iter().flatten().collect();
    let holder = |name: &str, id: Option<&str>| {
        id.map(|id| format!(r#""{name}":{{"accountType":"GOOGLE_ADS","accountId":"{id}"}},"#))
            .unwrap_or_default()
    };
    let (verb, more) = match act {
        Act::Add => (
            "ingest",
            r#","consent":{"adUserData":"CONSENT_GRANTED","adPersonalization":"CONSENT_GRANTED"},"termsOfService":{"customerMatchTermsOfServiceStatus":"ACCEPTED"}"#,
        ),
        Act::Remove => ("remove", ""),
    };
    Request {
        method: "POST",
        path: format!("/v1/audienceMembers:{verb}"),
        json: format!(
            r#"{{"destinations":[{{{}{}"productDestinationId":"{list}"}}],"audienceMembers":[{{"userData":{{"userIdentifiers":[{}]}}}}],"encoding":"HEX"{more}}}"#,
            holder("operatingAccount", account),
            holder("loginAccount", manager),
            people.join(","),
        ),
    }
}
