//! `/u/{token}`: the page on GET, which changes nothing however often a scanner opens it; one click on POST (RFC 8058).

use super::pages::{self, Stopped};
use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::{clock, links};
use homing_core::channel::Channel;
use homing_core::object::shopper::{Input, Reply};
use homing_core::token::{LinkPurpose, Token, TokenError};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How often to look whether the last lease has ended, ms; a lease lasts twenty seconds.
const POLL_MS: u64 = 500;
const MAX_POLLS: u32 = 44;

/// The page with the button.
pub async fn page(token: &str, env: &Env) -> JsValue {
    match verified(token, env) {
        Ok(token) => match config::shop(env, token.shop).await {
            Ok(shop) => pages::unsubscribe(&shop, None),
            Err(problem) => pages::no_shop(&problem),
        },
        Err(TokenError::Expired) => pages::link_expired(None),
        Err(TokenError::Invalid) => pages::link_unknown(token),
    }
}

/// The click. Answered once no message can follow it. `?channel=` ends those of one channel; without it, as mail programs ask (RFC
/// 8058), it ends all.
pub async fn post(token: &str, query: &str, env: &Env) -> JsValue {
    let token = match verified(token, env) {
        Ok(token) => token,
        Err(TokenError::Expired) => return pages::link_expired(None),
        Err(TokenError::Invalid) => return pages::link_unknown(token),
    };
    let stopped = match query {
        "channel=email" => Stopped::One(Channel::Email),
        "channel=sms" => Stopped::One(Channel::Sms),
        "channel=push" => Stopped::One(Channel::Push),
        _ => Stopped::All,
    };
    match stop(&token, stopped, env).await {
        Ok(()) => match config::shop(env, token.shop).await {
            Ok(shop) => pages::unsubscribe(&shop, Some(stopped)),
            Err(problem) => pages::no_shop(&problem),
        },
        Err(problem) => {
            crate::telemetry::error("unsubscribe_failed", &problem.to_string());
            pages::try_again()
        }
    }
}

fn verified(token: &str, env: &Env) -> Result<Token, TokenError> {
    let deployment = config::deployment(env).map_err(|_| TokenError::Invalid)?;
    links::verify(
        &deployment,
        token,
        &[LinkPurpose::Unsubscribe],
        clock::now_ms(),
    )
}

async fn stop(token: &Token, stopped: Stopped, env: &Env) -> Result<(), Problem> {
    let call = ShopperCall {
        shop: token.shop,
        shopper: token.shopper(),
        ask: ShopperAsk::Step(match stopped {
            Stopped::All => Input::Unsubscribe,
            Stopped::One(channel) => Input::Opt {
                channel,
                wanted: false,
            },
        }),
    };
    for _ in 0..MAX_POLLS {
        if ask_shopper(env, &call).await? == (Reply::Taken { settled: true }) {
            return Ok(());
        }
        worker::Delay::from(Duration::from_millis(POLL_MS)).await;
    }
    Err(Problem::Unavailable(String::from(
        "a message is still on its way",
    )))
}
