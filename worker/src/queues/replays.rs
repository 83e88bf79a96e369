//! Dead letters that a merchant wants tried again: each Shopper is asked whether it agrees, a page at a time. Which are wanted, and how far
//! that has come, stands at the desk; a hint only says that something is, and may be lost or repeated.

use super::relay::Message;
use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{
    Refusals, Replay, ReplayTold, ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_shop,
    ask_shopper,
};
use homing_core::delivery::DeliveryKey;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply};

/// Pages in one run: each is at most 50 calls, and an invocation may make 1,000.
const PAGES: u32 = 12;
/// Tries after which those that do not answer are counted as refused.
const PATIENCE: u32 = 8;
const RETRY_S: u32 = 30;

/// Why one is not tried again whose Shopper does not answer.
const NO_ANSWER: &str = "unavailable";

/// Has what is wanted asked for soon; what fails here is found by the sweep.
pub async fn later(env: &Env, shop: ShopId) {
    if let Err(problem) = (Message::Replays { shop }).put(env, 0).await {
        crate::telemetry::error("replay_hint_failed", &problem.to_string());
    }
}

/// Asks for the first page at once, and has the others asked for.
pub async fn begin(env: &Env, shop: ShopId) -> Result<Option<Replay>, Problem> {
    let replay = page(env, shop, false).await?;
    if replay.as_ref().is_some_and(|one| one.ended_at.is_none()) {
        later(env, shop).await;
    }
    Ok(replay)
}

/// Asks for what is wanted; `Some(seconds)` to be called again.
pub async fn consume(shop: ShopId, attempts: u32, env: &Env) -> Option<u32> {
    for _ in 0..PAGES {
        match page(env, shop, attempts >= PATIENCE).await {
            Ok(Some(replay)) if replay.ended_at.is_none() => {}
            Ok(_) => return None,
            Err(problem) => {
                crate::telemetry::error("replay_failed", &problem.to_string());
                return Some(RETRY_S);
            }
        }
    }
    later(env, shop).await;
    None
}

/// Asks for one page; how the whole stands then. A page that breaks off is asked for again, which tries nothing twice.
async fn page(env: &Env, shop: ShopId, is_last: bool) -> Result<Option<Replay>, Problem> {
    let ShopReply::ReplayPage(page) = ask_shop(env, shop, &ShopInput::ReplayPage).await? else {
        return Err(odd());
    };
    let Some((replay, page)) = page else {
        return Ok(None);
    };
    let mut told = ReplayTold {
        begun_at: replay.begun_at,
        reached: page.last().copied(),
        replayed: 0,
        refused: Refusals::default(),
    };
    for delivery in page {
        let refused = match ask(env, shop, delivery, false).await {
            Ok(refused) => refused,
            Err(_) if is_last => Some(String::from(NO_ANSWER)),
            Err(problem) => return Err(problem),
        };
        match refused {
            None => told.replayed = told.replayed.saturating_add(1),
            Some(why) => told.refused.add(why, 1),
        }
    }
    match ask_shop(env, shop, &ShopInput::ReplayTold(told)).await? {
        ShopReply::Replay(replay, _) => Ok(replay),
        _ => Err(odd()),
    }
}

/// Asks for one dead letter; why it is not tried again, where it is not.
pub async fn ask(
    env: &Env,
    shop: ShopId,
    (shopper, key): (ShopperId, DeliveryKey),
    despite_unknown: bool,
) -> Result<Option<String>, Problem> {
    let input = Input::Replay {
        key,
        despite_unknown,
    };
    let ask = ShopperAsk::Step(input);
    match ask_shopper(env, &ShopperCall { shop, shopper, ask }).await {
        Ok(Reply::Replayed) => Ok(None),
        Ok(Reply::NotReplayed(why)) => Ok(Some(why)),
        // Nobody of that name, or of another shop.
        Ok(Reply::Refused(_)) => Ok(Some(String::from("unknown_delivery"))),
        Ok(_) => Err(odd()),
        Err(problem) => Err(problem),
    }
}

fn odd() -> Problem {
    Problem::Internal(String::from("an object answered something else"))
}
