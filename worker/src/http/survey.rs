//! `/s/{token}`: what kept you? The page on GET, which changes nothing however often a scanner opens it; one answer on POST.

use super::pages;
use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::platforms::tag;
use crate::{clock, links};
use homing_core::object::shopper::{Input, Reply};
use homing_core::survey::Answer;
use homing_core::token::{LinkPurpose, Token, TokenError};
use wasm_bindgen::JsValue;

/// The page with the answers.
pub async fn page(token: &str, env: &Env) -> JsValue {
    match verified(token, env) {
        Ok(token) => match config::shop(env, token.shop).await {
            Ok(shop) => pages::survey(&shop),
            Err(problem) => pages::no_shop(&problem),
        },
        Err(refused) => refusal(token, refused),
    }
}

/// One answer: `?answer=` its code.
pub async fn post(token: &str, query: &str, env: &Env) -> JsValue {
    let token = match verified(token, env) {
        Ok(token) => token,
        Err(refused) => return refusal(token, refused),
    };
    let shop = match config::shop(env, token.shop).await {
        Ok(shop) => shop,
        Err(problem) => return pages::no_shop(&problem),
    };
    let Some(answer) = query.strip_prefix("answer=").and_then(Answer::parse) else {
        return pages::survey(&shop);
    };
    match take(&token, answer, &shop, env).await {
        Ok(()) => pages::answered(&shop),
        Err(problem) => {
            crate::telemetry::error("survey_failed", &problem.to_string());
            pages::try_again()
        }
    }
}

fn verified(token: &str, env: &Env) -> Result<Token, TokenError> {
    let deployment = config::deployment(env).map_err(|_| TokenError::Invalid)?;
    links::verify(&deployment, token, &[LinkPurpose::Survey], clock::now_ms())
}

fn refusal(token: &str, error: TokenError) -> JsValue {
    match error {
        TokenError::Expired => pages::link_expired(None),
        TokenError::Invalid => pages::link_unknown(token),
    }
}

async fn take(token: &Token, answer: Answer, shop: &ShopView, env: &Env) -> Result<(), Problem> {
    let input = Input::Answered {
        answer,
        ordinal: token.ordinal,
        silence_ms: shop.config.survey.silence_after(answer),
        settings: shop.settings.clone(),
    };
    let call = ShopperCall {
        shop: token.shop,
        shopper: token.shopper(),
        ask: ShopperAsk::Step(input),
    };
    match ask_shopper(env, &call).await? {
        Reply::Taken { .. } => {
            tag::later_if_connected(env, shop, token.shopper()).await;
            Ok(())
        }
        // One that is not remembered any more is thanked for all the same.
        Reply::Refused(_) => Ok(()),
        _ => Err(Problem::Internal(String::from(
            "a shopper answered something else",
        ))),
    }
}
