//! The sweep: the platform gives an alarm up after six tries, so somebody has to look for the Shoppers that it lost.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{
    ShopInput, ShopReply, ShopperAsk, ShopperCall, StockInput, ask_shop, ask_shopper, ask_stock,
};
use crate::{clock, config, queues, telemetry};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Input;

/// How late a wake-up is before somebody looks, ms. An alarm may be a minute late by itself.
const LATE_MS: u64 = 120_000;

/// Shops that one invocation looks through. It may make 1,000 calls, so that all of many shops would never have their turn in one.
const SHOPS: usize = 50;
/// Calls after which what is left is put back into the queue.
const CALLS: usize = 400;

/// Looks through every shop: the first here, the others by way of the queue.
pub async fn run(env: &Env) {
    let shops = match config::published_shops(env).await {
        Ok(shops) => shops,
        Err(problem) => return telemetry::error("sweep_failed", &problem.to_string()),
    };
    let mut parts = shops.chunks(SHOPS);
    let first = parts.next().unwrap_or_default();
    for part in parts {
        queues::sweep::later(env, part).await;
    }
    look_through(env, first).await;
}

/// Looks through some shops. Those for which there are no calls left are put back.
pub async fn look_through(env: &Env, shops: &[ShopId]) {
    let mut calls = 0_usize;
    for (n, shop) in shops.iter().enumerate() {
        if calls >= CALLS {
            return queues::sweep::later(env, shops.get(n..).unwrap_or_default()).await;
        }
        match sweep(env, *shop).await {
            Ok(made) => calls = calls.saturating_add(made),
            Err(problem) => telemetry::error("sweep_failed", &problem.to_string()),
        }
    }
}

/// Looks through one shop; how many calls that took.
async fn sweep(env: &Env, shop: ShopId) -> Result<usize, Problem> {
    let before = clock::now_ms().saturating_sub(LATE_MS);
    let ShopReply::Overdue(overdue, waiting) =
        ask_shop(env, shop, &ShopInput::Overdue(before)).await?
    else {
        return Ok(1);
    };
    if waiting.news {
        queues::news::later(env, shop).await;
    }
    if waiting.replays {
        queues::replays::later(env, shop).await;
    }
    if waiting.erasure {
        queues::erasures::later(env, shop).await;
    }
    if let Err(problem) = ask_stock(env, shop, &StockInput::Sweep).await {
        telemetry::error("stock_sweep_failed", &problem.to_string());
    }
    let calls = overdue.len().saturating_add(3);
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
    Ok(calls)
}
