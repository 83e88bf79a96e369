//! A shop of which everybody is to be forgotten: each Shopper is told, a page at a time. How far that has come stands at the desk; a hint
//! only says that there is something to do, and may be lost or repeated.

use super::relay::Message;
use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{ShopErasureTold, ShopInput, ShopReply, ask_shop};
use crate::privacy;
use futures_util::future::join_all;
use homing_core::ids::ShopId;
use homing_core::object::shopper::{Input, Reply};

/// People who are told at the same time.
const AT_ONCE: usize = 8;
/// Tries after which those who do not answer are left for the end.
const PATIENCE: u32 = 8;
const RETRY_S: u32 = 20;

/// Has people told soon; what fails here is found by the sweep.
pub async fn later(env: &Env, shop: ShopId) {
    if let Err(problem) = (Message::Erasure { shop }).put(env, 0).await {
        crate::telemetry::error("erasure_hint_failed", &problem.to_string());
    }
}

/// Tells a page of them; `Some(seconds)` to be called again. It is no more: ten messages may share an invocation, which may make 1,000 calls.
pub async fn consume(shop: ShopId, attempts: u32, env: &Env) -> Option<u32> {
    match page(env, shop, attempts >= PATIENCE).await {
        Ok(true) => later(env, shop).await,
        Ok(false) => {}
        Err(problem) => {
            crate::telemetry::error("shop_erasure_failed", &problem.to_string());
            // Behind the lease of the page that has failed.
            return Some(RETRY_S);
        }
    }
    None
}

/// Tells one page; whether there may be more, for whoever is at it. Who was told before is not erased again.
async fn page(env: &Env, shop: ShopId, is_last: bool) -> Result<bool, Problem> {
    let ShopReply::ErasurePage(page) = ask_shop(env, shop, &ShopInput::ErasurePage).await? else {
        return Err(odd());
    };
    let Some((asked_at, page)) = page else {
        return Ok(false);
    };
    let mut silent = Vec::new();
    let mut why = None;
    for some in page.chunks(AT_ONCE) {
        let asked = some.iter().map(|person| {
            let erase = Input::Erase { asked_at };
            privacy::ask(env, shop, *person, erase)
        });
        for (person, answer) in some.iter().zip(join_all(asked).await) {
            match answer {
                Ok(Reply::Erasure(_) | Reply::Done | Reply::Refused(_)) => {}
                Ok(_) => return Err(odd()),
                Err(problem) => {
                    silent.push(*person);
                    why = Some(problem);
                }
            }
        }
    }
    if let Some(problem) = why
        && !is_last
    {
        return Err(problem);
    }
    let is_stuck = !page.is_empty() && silent.len() == page.len();
    let told = ShopErasureTold {
        asked_at,
        page,
        silent,
    };
    ask_shop(env, shop, &ShopInput::ErasureTold(told)).await?;
    Ok(!is_stuck)
}

fn odd() -> Problem {
    Problem::Internal(String::from("an object answered something else"))
}
