//! Tasks for a shop's own people, at HubSpot and Salesforce.

use super::Desk;
use super::call::{Answer, Call};
use super::token;
use crate::clock;
use homing_core::errand::{Ended, Service};
use homing_core::quote::{
    Request, Summary, hubspot_contact, hubspot_contact_of, hubspot_task, salesforce_task,
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
    ended(desk, ask(desk, base, &token, &asked).await)
}

/// The id of the contact with an address. That it could not be asked is no reason to make a task without it: nothing was made yet.
async fn contact(
    desk: &Desk<'_>,
    base: &str,
    token: &str,
    email: &str,
) -> Result<Option<String>, Ended> {
    let asked = hubspot_contact(email);
    let answer = Call {
        service: Service::Hubspot,
        method: asked.method,
        url: &format!("{base}{}", asked.path),
        bearer: Some(token),
        body: Some(("application/json", &asked.json)),
        lease_until: desk.lease_until,
    }
    .make()
    .await;
    match answer {
        Ok(answer) if answer.is_done() => hubspot_contact_of(&answer.body)
            .map_err(|_| super::later(Service::Hubspot, "contact_unreadable", answer.wait_ms)),
        Ok(answer) => {
            let why = format!("contact_{}", answer.status);
            Err(super::later(Service::Hubspot, &why, answer.wait_ms))
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
    ended(desk, ask(desk, &base, &token, &asked).await)
}

async fn ask(desk: &Desk<'_>, base: &str, token: &str, asked: &Request) -> Result<Answer, Ended> {
    let answer = Call {
        service: desk.key.1,
        method: asked.method,
        url: &format!("{base}{}", asked.path),
        bearer: Some(token),
        body: Some(("application/json", &asked.json)),
        lease_until: desk.lease_until,
    }
    .make()
    .await?;
    if answer.status == 401 {
        token::forget(desk);
    }
    Ok(answer)
}

fn ended(desk: &Desk<'_>, answer: Result<Answer, Ended>) -> Ended {
    match answer {
        Ok(answer) if answer.is_done() => {
            let id = answer.read::<Made>().and_then(|made| made.id);
            let id = id.unwrap_or_default().chars().take(64).collect();
            Ended::Done { id }
        }
        Ok(answer) => answer.refused(desk.key.1, ""),
        Err(ended) => ended,
    }
}
