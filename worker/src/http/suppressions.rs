//! `POST` and `DELETE /v1/suppressions`: a merchant says why a person is not to be written to, and takes it back. The contact travels in the
//! body: paths are logged.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::contact::{Email, Phone};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Cause, Input, Reply};
use homing_core::scopes::Scope;
use serde::{Deserialize, Serialize};

/// Whom, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    shopper: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    cause: Cause,
    until: Option<u64>,
}

#[derive(Serialize)]
struct Suppressed {
    shopper: String,
    cause: Cause,
    until: Option<u64>,
    /// Whether no message is on its way any more.
    settled: bool,
}

#[derive(Serialize)]
struct Lifted {
    shopper: String,
    cause: Cause,
}

/// Suppresses. Somebody who is not known yet is remembered, so that nothing is sent to them later either.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ContactsWrite).await?;
    let asked: Asked = body(request, 4_096).await?;
    let shopper = whom(env, shop, &asked).await?;
    let (cause, until) = (asked.cause, asked.until);
    let ask = ShopperAsk::Step(Input::Suppress { cause, until });
    match ask_shopper(env, &ShopperCall { shop, shopper, ask }).await? {
        Reply::Taken { settled } => text_of(&Suppressed {
            shopper: shopper.to_string(),
            cause,
            until,
            settled,
        }),
        Reply::Refused(_) => Err(Problem::UnknownShopper),
        _ => Err(odd()),
    }
}

/// Lifts. What a shopper has asked for, no merchant takes back.
pub async fn delete(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ContactsWrite).await?;
    let asked: Asked = body(request, 4_096).await?;
    if asked.until.is_some() {
        return Err(Problem::Body(String::from("`until` is for POST alone")));
    }
    let shopper = whom(env, shop, &asked).await?;
    let cause = asked.cause;
    let ask = ShopperAsk::Step(Input::Lift { cause });
    match ask_shopper(env, &ShopperCall { shop, shopper, ask }).await {
        Ok(Reply::Done) => text_of(&Lifted {
            shopper: shopper.to_string(),
            cause,
        }),
        Ok(Reply::Refused(_)) => Err(Problem::NotSuppressed),
        Ok(_) => Err(odd()),
        Err(problem) => Err(problem),
    }
}

async fn whom(env: &Env, shop: ShopId, asked: &Asked) -> Result<ShopperId, Problem> {
    let names = &config::shop(env, shop).await?.names;
    match (&asked.shopper, &asked.email, &asked.phone) {
        (Some(id), None, None) => id.parse().map_err(|_| Problem::NotFound),
        (None, Some(email), None) => {
            let email: Email = email.parse()?;
            Ok(names.shopper_by_email(email.as_str()))
        }
        (None, None, Some(phone)) => {
            let phone: Phone = phone.parse()?;
            Ok(names.shopper_by_phone(phone.as_str()))
        }
        _ => Err(Problem::Body(String::from(
            "it names one of `shopper`, `email` and `phone`",
        ))),
    }
}

fn odd() -> Problem {
    Problem::Internal(String::from("a shopper answered something else"))
}
