//! OAuth 2.0 tokens (RFC 6749): fetched when they are needed, and kept by each isolate until shortly before they end.

use super::Desk;
use super::call::{Call, is_done, read, wait_ms};
use crate::clock;
use homing_core::errand::{Ended, Service};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How long before its end a token is not used any more, ms.
const MARGIN_MS: u64 = 120_000;

/// For how long one is kept of which the service does not say when it ends, ms: sessions at Salesforce last at least 15 minutes.
const UNTOLD_MS: u64 = 10 * 60_000;

/// Tokens remembered.
const MAX_TOKENS: usize = 1_000;

struct Token {
    /// The refresh token or client by which it was got: another one needs another token.
    by: String,
    text: String,
    until: u64,
}

thread_local! {
    static TOKENS: RefCell<BTreeMap<(u64, Service), Token>> = const { RefCell::new(BTreeMap::new()) };
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

/// Forgets the token: the service does not take it.
pub fn forget(desk: &Desk<'_>) {
    TOKENS.with_borrow_mut(|tokens| tokens.remove(&desk.key));
}

/// A token that opens the account; why nothing can be asked where there is none. Nothing was asked of the account's API then.
pub async fn token(desk: &Desk<'_>) -> Result<String, Ended> {
    let account = &desk.account;
    let service = desk.key.1;
    if let Some(token) = account.get("access_token") {
        return Ok(token.to_owned());
    }
    let refresh = account.get("refresh_token");
    let client = (account.get("client_id"), account.get("client_secret"));
    let (Some(id), Some(secret)) = client else {
        return Err(super::later(service, "not_connected", 0));
    };
    let by = refresh.unwrap_or(secret);
    let now = clock::now_ms();
    let known = TOKENS.with_borrow(|tokens| {
        let known = tokens.get(&desk.key);
        let known = known.filter(|token| token.by == by && token.until > now);
        known.map(|token| token.text.clone())
    });
    if let Some(token) = known {
        return Ok(token);
    }
    let form = |name: &str, value: &str| {
        format!(
            "{name}={}",
            String::from(js_sys::encode_uri_component(value))
        )
    };
    let mut fields = vec![form("client_id", id), form("client_secret", secret)];
    match refresh {
        Some(refresh) => {
            fields.push(form("grant_type", "refresh_token"));
            fields.push(form("refresh_token", refresh));
        }
        None => fields.push(form("grant_type", "client_credentials")),
    }
    let answer = Call {
        service,
        method: "POST",
        url: &url(desk),
        bearer: None,
        body: ("application/x-www-form-urlencoded", &fields.join("&")),
        lease_until: desk.lease_until,
        trace: desk.trace,
    }
    .make()
    .await;
    // Whatever it was, nothing was asked of the API.
    let Ok(answer) = answer else {
        return Err(super::later(service, "token_unanswered", 0));
    };
    let granted = read::<Granted>(&answer).filter(|_| is_done(&answer));
    let Some(granted) = granted else {
        let why = format!("token_{}", answer.status);
        return Err(super::later(service, &why, wait_ms(&answer)));
    };
    let lasts_ms = granted.expires_in.map_or(UNTOLD_MS, |seconds| {
        seconds.saturating_mul(1_000).saturating_sub(MARGIN_MS)
    });
    TOKENS.with_borrow_mut(|tokens| {
        if tokens.len() >= MAX_TOKENS {
            tokens.clear();
        }
        let token = Token {
            by: by.to_owned(),
            text: granted.access_token.clone(),
            until: now.saturating_add(lasts_ms),
        };
        tokens.insert(desk.key, token);
    });
    Ok(granted.access_token)
}

fn url(desk: &Desk<'_>) -> String {
    match desk.key.1 {
        Service::Google => desk.deployment.services.google_token.clone(),
        _ => format!("{}/services/oauth2/token", salesforce(desk)),
    }
}

/// Where the shop's Salesforce is.
pub fn salesforce<'a>(desk: &'a Desk<'_>) -> &'a str {
    let known = desk.deployment.services.salesforce.as_deref();
    known.or(desk.account.get("instance")).unwrap_or_default()
}
