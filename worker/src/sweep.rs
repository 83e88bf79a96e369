//! The sweep: the platform gives an alarm up after six tries, so somebody has to look for the Shoppers that it lost.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_shop, ask_shopper};
use crate::{clock, config, queues, telemetry};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Input;

/// How late a wake-up is before somebody looks, ms. An alarm may be a minute late by itself.
const LATE_MS: u64 = 120_000;

/// Looks through every shop.
pub async fn run(env: &Env) {
    let shops = match config::published_shops(env).await {
        Ok(shops) => shops,
        Err(problem) => return telemetry::error("sweep_failed", &problem.to_string()),
    };
    for shop in shops {
        if let Err(problem) = sweep(env, shop).await {
            telemetry::error("sweep_failed", &problem.to_string());
        }
    }
}

async fn sweep(env: &Env, shop: ShopId) -> Result<(), Problem> {
    let before = clock::now_ms().saturating_sub(LATE_MS);
    let ShopReply::Overdue(overdue, owes_news) =
        ask_shop(env, shop, &ShopInput::Overdue(before)).await?
    else {
        return Ok(());
    };
    if owes_news {
        queues::news::later(env, shop).await;
    }
    for shopper in overdue {
        let call = ShopperCall {
            shop,
            shopper,
            ask: ShopperAsk::Step(Input::Wake),
        };
        if let Err(problem) = ask_shopper(env, &call).await {
            telemetry::error("wake_failed", &problem.to_string());
        }
    }
    Ok(())
}
