//! `GET /v1/experiments`: what the messages bring, and what every experiment and every flag with a share has shown, with intervals that
//! hold however often they are read.

use super::{merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use homing_core::scopes::Scope;

/// All of it.
pub async fn all(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ShopRead).await?;
    match ask_shop(env, shop, &ShopInput::Experiments).await? {
        ShopReply::Overview(overview) => text_of(&overview),
        _ => Err(odd()),
    }
}

/// `GET /v1/experiments/holdout`: the holdout alone.
pub async fn holdout(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ShopRead).await?;
    match ask_shop(env, shop, &ShopInput::Holdout).await? {
        ShopReply::Readout(readout) => text_of(&readout),
        _ => Err(odd()),
    }
}

fn odd() -> Problem {
    Problem::Internal(String::from("the shop answered something else"))
}
