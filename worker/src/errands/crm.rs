//! Tasks for a shop's own people, at HubSpot and Salesforce.

use super::Desk;
use super::call::{is_done, read, refused, wait_ms};
use super::token;
use crate::answers::Answer;
use crate::clock;
use homing_core::errand::{Ended, Service};
use homing_core::quote::{
    Summary, hubspot_contact, hubspot_contact_of, hubspot_task, salesforce_task,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Made {
    id: Option<String>,
}

/// Makes a task at HubSpot, about the contact with this address where there is one.
pub async fn hubspot(desk: &Desk<'_>, summary: &Summary, email: Option<&str>) -> Ended {
    let token = match token::token(desk).await {
        Ok(token) => token,
        Err(ended) => return ended,
    };
    let base = &desk.deployment.services.hubspot;
    let contact = match email {
        Some(email) => match contact(desk, base, &token, email).await {
            Ok(contact) => contact,
            Err(ended) => return ended,
        },
        None => None,
    };
    let owner = desk.account.get("owner");
    let asked = hubspot_task(summary, owner, contact.as_deref(), clock::now_ms());
    ended(desk, desk.ask(base, Some(&token), &asked).await)
}

/// The id of the contact with an address. That it could not be asked is no reason to make a task without it: nothing was made yet.
async fn contact(
    desk: &Desk<'_>,
    base: &str,
    token: &str,
    email: &str,
) -> Result<Option<String>, Ended> {
    let asked = hubspot_contact(email);
    match desk.ask(base, Some(token), &asked).await {
        Ok(answer) if is_done(&answer) => hubspot_contact_of(&answer.body)
            .map_err(|_| super::later(Service::Hubspot, "contact_unreadable", wait_ms(&answer))),
        Ok(answer) => {
            let why = format!("contact_{}", answer.status);
            Err(super::later(Service::Hubspot, &why, wait_ms(&answer)))
        }
        Err(_) => Err(super::later(Service::Hubspot, "contact_unanswered", 0)),
    }
}

/// Makes a task at Salesforce; `key`: the field that is an external id, and the value of this alert.
pub async fn salesforce(desk: &Desk<'_>, summary: &Summary, key: Option<(&str, &str)>) -> Ended {
    let token = match token::token(desk).await {
        Ok(token) => token,
        Err(ended) => return ended,
    };
    let base = token::salesforce(desk).to_owned();
    let asked = salesforce_task(summary, desk.account.get("owner"), key);
    ended(desk, desk.ask(&base, Some(&token), &asked).await)
}

fn ended(desk: &Desk<'_>, answer: Result<Answer, Ended>) -> Ended {
    match answer {
        Ok(answer) if is_done(&answer) => {
            let id = read::<Made>(&answer).and_then(|made| made.id);
            let id = id.unwrap_or_default().chars().take(64).collect();
            Ended::Done { id }
        }
        Ok(answer) => refused(&answer, desk.key.1, ""),
        Err(ended) => ended,
    }
}
