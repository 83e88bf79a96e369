//! Baskets that a shop or its platform tells of, on their way to the carts that they are in.

use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use crate::{clock, links};
use homing_core::ids::CartId;
use homing_core::object::cart::{Heard, Input, Next, Passage, Reply, Snapshot, Taken, Telling};
use homing_core::token::{LinkPurpose, TokenError};
use homing_core::traceparent::TraceId;

/// Carries a telling to every cart that has to hear of it. `Unavailable` until all have: the same is told again then, which changes
/// nothing twice.
pub async fn carry(
    telling: Telling,
    trace: TraceId,
    shop: &ShopView,
    env: &Env,
) -> Result<Taken, Problem> {
    let mut passage = Passage::new(telling);
    loop {
        let input = Input::Traced(trace, Box::new(passage.input()));
        let heard: Heard = match ask(passage.asked(), input, shop, env).await? {
            Reply::Told(heard) => *heard,
            _ => return Err(odd()),
        };
        match passage.heard(heard) {
            Next::Ask(_) => {}
            Next::Done(taken) => return Ok(taken),
            Next::Again => {
                return Err(Problem::Unavailable(String::from(
                    "not everybody who has to hear of it has yet",
                )));
            }
        }
    }
}

/// The cart whose browser has shown its token to the shop. One that was revoked shows nothing.
pub async fn claimed(text: &str, shop: &ShopView, env: &Env) -> Result<CartId, Problem> {
    let deployment = config::deployment(env)?;
    let token = links::verify(&deployment, text, &[LinkPurpose::Intent], clock::now_ms())?;
    if token.shop != shop.id || token.kid < shop.config.links_from_kid {
        return Err(Problem::Token(TokenError::Invalid));
    }
    let snapshot = look(token.cart(), shop, env).await?;
    if snapshot.generation == token.generation {
        Ok(token.cart())
    } else {
        Err(Problem::Token(TokenError::Invalid))
    }
}

/// A cart as it is now.
pub async fn look(cart: CartId, shop: &ShopView, env: &Env) -> Result<Snapshot, Problem> {
    match ask(cart, Input::Read, shop, env).await? {
        Reply::Snapshot(snapshot) => Ok(snapshot),
        _ => Err(odd()),
    }
}

async fn ask(cart: CartId, input: Input, shop: &ShopView, env: &Env) -> Result<Reply, Problem> {
    let object = shop.names.cart(cart);
    let shop = shop.id;
    ask_cart(env, &object, &CartCall { shop, cart, input }).await
}

fn odd() -> Problem {
    Problem::Internal(String::from("a cart answered something else"))
}
