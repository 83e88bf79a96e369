//! `/v1/catalogue`: what messages show, pushed by the shop's server.

use super::{MERCHANT_BODY, body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use crate::queues;
use homing_core::catalogue::Product;
use homing_core::shop::FieldError;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Push {
    products: Vec<Product>,
}

#[derive(Serialize)]
struct Size {
    count: u64,
}

/// Adds or replaces products: all of them, or none when one is wrong.
pub async fn put(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let push: Push = body(request, MERCHANT_BODY).await?;
    if push.products.len() > Product::MAX_PUSH {
        return Err(wrong("products", "at most 500 in one call"));
    }
    for (n, product) in push.products.iter().enumerate() {
        product
            .check()
            .map_err(|field| wrong(&format!("products[{n}].{field}"), "not a valid value"))?;
    }
    let reply = ask_shop(env, shop, &ShopInput::PutProducts(push.products)).await?;
    if let ShopReply::Stored(_, true) = reply {
        queues::news::later(env, shop).await;
    }
    size(reply)
}

/// How many there are.
pub async fn get(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    size(ask_shop(env, shop, &ShopInput::CountProducts).await?)
}

fn size(reply: ShopReply) -> Result<String, Problem> {
    match reply {
        ShopReply::Count(count) | ShopReply::Stored(count, _) => text_of(&Size { count }),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}

fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Field(FieldError {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}
