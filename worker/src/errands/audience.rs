//! Members of audiences at Meta and Google.

use super::Desk;
use super::call::{is_done, read, refused};
use super::token;
use crate::answers::Answer;
use crate::clock;
use homing_core::audience::{Act, Digests, ListId, request};
use homing_core::errand::{Ended, Service};
use serde::Deserialize;

/// Makes somebody a member, or none any more.
pub async fn audience(desk: &Desk<'_>, (list, act, who): (&ListId, Act, &Digests)) -> Ended {
    let service = desk.key.1;
    let token = match token::token(desk).await {
        Ok(token) => token,
        Err(ended) => return ended,
    };
    let account = &desk.account;
    let accounts = (account.get("account"), account.get("manager"));
    let session = u32::from_le_bytes(clock::entropy());
    let asked = request((service, list, act, who), accounts, session, &token);
    let services = &desk.deployment.services;
    let (base, bearer) = match service {
        Service::Google => (&services.google, Some(token.as_str())),
        _ => (&services.meta, None),
    };
    match desk.ask(base, bearer, &asked).await {
        Ok(answer) => judged(service, act, &answer),
        Err(ended) => ended,
    }
}

#[derive(Deserialize)]
struct Told {
    /// Google's.
    #[serde(rename = "requestId")]
    request_id: Option<String>,
    /// Meta's.
    num_invalid_entries: Option<u32>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: Option<u32>,
}

/// A status that says it is done counts, whatever its body; but who could not be read was not added.
fn judged(service: Service, act: Act, answer: &Answer) -> Ended {
    let told: Option<Told> = read(answer);
    let is_meta = service == Service::Meta;
    if is_done(answer) {
        let invalid = told.as_ref().and_then(|told| told.num_invalid_entries);
        if is_meta && act == Act::Add && invalid.is_some_and(|count| count > 0) {
            return refused(answer, service, "invalid_entry");
        }
        let id = told.and_then(|told| told.request_id).unwrap_or_default();
        return Ended::Done { id };
    }
    let code = told.and_then(|told| told.error?.code).filter(|_| is_meta);
    let code = code.map_or_else(String::new, |code| code.to_string());
    refused(answer, service, &code)
}
