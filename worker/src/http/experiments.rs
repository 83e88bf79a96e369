//! `GET /v1/experiments/holdout`: what the messages bring, against the shoppers who get none.

use super::{merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};

/// The holdout as far as it has come, with intervals that hold however often they are read.
pub async fn holdout(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    match ask_shop(env, shop, &ShopInput::Holdout).await? {
        ShopReply::Readout(readout) => text_of(&readout),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}
