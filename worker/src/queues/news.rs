//! News of products: told to the Shoppers whom it may concern, a page at a time. What is owed stands at the desk; a hint only says
//! that something is, and may be lost or repeated.

use super::relay::Message;
use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{
    NewsPage, ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_shop, ask_shopper,
};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Input;

/// Pages in one run: each is at most 50 calls, and an invocation may make 1,000.
const PAGES: u32 = 12;
/// Tries after which a page goes on without those who cannot be told.
const PATIENCE: u32 = 8;
const RETRY_S: u32 = 30;

/// Has the news told soon; what fails here is found by the sweep.
pub async fn later(env: &Env, shop: ShopId) {
    if let Err(problem) = (Message::News { shop }).put(env, 0).await {
        crate::telemetry::error("news_hint_failed", &problem.to_string());
    }
}

/// Tells what waits; `Some(seconds)` to be called again.
pub async fn consume(shop: ShopId, attempts: u32, env: &Env) -> Option<u32> {
    match work(env, shop, attempts).await {
        Ok(true) => None,
        Ok(false) => {
            later(env, shop).await;
            None
        }
        Err(problem) => {
            crate::telemetry::error("news_failed", &problem.to_string());
            Some(RETRY_S)
        }
    }
}

/// Tells some pages; whether nothing is left.
async fn work(env: &Env, shop: ShopId, attempts: u32) -> Result<bool, Problem> {
    for _ in 0..PAGES {
        let ShopReply::News(page) = ask_shop(env, shop, &ShopInput::News).await? else {
            return Err(Problem::Internal(String::from(
                "the shop answered something else",
            )));
        };
        let Some(page) = page else {
            return Ok(true);
        };
        let (id, reached) = (page.id, page.reached);
        if let Err(problem) = tell(env, shop, page).await {
            if attempts < PATIENCE {
                return Err(problem);
            }
            crate::telemetry::error("news_untold", &problem.to_string());
        }
        ask_shop(env, shop, &ShopInput::NewsTold { id, reached }).await?;
    }
    Ok(false)
}

/// Tells everybody of one page; the last failure, if there was one.
async fn tell(env: &Env, shop: ShopId, page: NewsPage) -> Result<(), Problem> {
    let settings = &config::shop(env, shop).await?.settings;
    let mut told = Ok(());
    for (shopper, news) in page.people {
        let settings = settings.clone();
        let call = ShopperCall {
            shop,
            shopper,
            ask: ShopperAsk::Step(Input::News { news, settings }),
        };
        if let Err(problem) = ask_shopper(env, &call).await {
            told = Err(problem);
        }
    }
    told
}
