//! `POST /v1/links/revoke`: makes every link to one cart worthless.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use crate::{config, short_links};
use homing_core::object::cart::{Input, Reply};
use homing_core::scopes::Scope;
use homing_core::token::{LinkPurpose, TokenError};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Revoke {
    token: String,
}

#[derive(Serialize)]
struct Revoked {
    generation: u8,
}

/// Any valid link of the cart names it.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::CartsWrite).await?;
    let asked: Revoke = body(request, 4_096).await?;
    let deployment = config::deployment(env)?;
    let purposes = [LinkPurpose::Recovery, LinkPurpose::Intent];
    let token = short_links::name(env, &deployment, &asked.token, &purposes).await?;
    if token.shop != shop {
        return Err(Problem::Token(TokenError::Invalid));
    }
    let cart = token.cart();
    let object = config::shop(env, shop).await?.names.cart(cart);
    let call = |input| CartCall { shop, cart, input };
    ask_cart(env, &object, &call(Input::Revoke)).await?;
    match ask_cart(env, &object, &call(Input::Read)).await? {
        Reply::Snapshot(snapshot) => text_of(&Revoked {
            generation: snapshot.generation,
        }),
        _ => Err(Problem::Internal(String::from(
            "a cart answered something else",
        ))),
    }
}
