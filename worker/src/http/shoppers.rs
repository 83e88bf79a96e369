//! `POST /v1/shoppers/lookup`: what was and will be sent to a person, and why not. The address travels in the body: paths
//! are logged.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::contact::Email;
use homing_core::object::shopper::{Input, Reply, View};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Lookup {
    email: String,
}

#[derive(Serialize)]
struct Found {
    shopper: String,
    #[serde(flatten)]
    view: View,
}

/// Looks a person up by exact address.
pub async fn lookup(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let asked: Lookup = body(request, 4_096).await?;
    let email: Email = asked.email.parse()?;
    let names = &config::shop(env, shop).await?.names;
    let shopper = names.shopper_by_email(email.as_str());
    match ask_shopper(
        env,
        &ShopperCall {
            shop,
            shopper,
            ask: ShopperAsk::Step(Input::Read),
        },
    )
    .await?
    {
        Reply::View(view) => text_of(&Found {
            shopper: shopper.to_string(),
            view,
        }),
        _ => Err(Problem::Internal(String::from(
            "a shopper answered something else",
        ))),
    }
}
