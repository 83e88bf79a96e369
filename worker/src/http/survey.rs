//! `/s/{token}`: what kept you? The page on GET, which changes nothing however often a scanner opens it; one answer on POST.

use super::pages;
use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::platforms::tag;
use crate::{clock, links, short_links};
use homing_core::object::shopper::{Input, Reply};
use homing_core::short_link::ShortCode;
use homing_core::survey::Answer;
use homing_core::token::{LinkPurpose, Token, TokenError};
use wasm_bindgen::JsValue;

/// The page with the answers.
pub async fn page(token: &str, env: &Env) -> JsValue {
    match verified(token, env).await {
        Ok(token) => match config::shop(env, token.shop).await {
            Ok(shop) => pages::survey(&shop),
            Err(problem) => pages::no_shop(&problem),
        },
        Err(page) => page,
    }
}

/// One answer: `?answer=` its code.
pub async fn post(token: &str, query: &str, env: &Env) -> JsValue {
    let token = match verified(token, env).await {
        Ok(token) => token,
        Err(page) => return page,
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

/// What the link stands for; otherwise the page to answer with.
async fn verified(text: &str, env: &Env) -> Result<Token, JsValue> {
    let deployment = config::deployment(env).map_err(|problem| problem.response(None))?;
    if let Some(code) = ShortCode::parse(text) {
        return match short_links::find(env, &deployment, code).await {
            Ok(Some(token)) if token.purpose == LinkPurpose::Survey => Ok(token),
            Ok(_) => Err(pages::link_gone()),
            Err(problem) => {
                crate::telemetry::error("short_link_unread", &problem.to_string());
                Err(pages::try_again())
            }
        };
    }
    let survey = [LinkPurpose::Survey];
    links::verify(&deployment, text, &survey, clock::now_ms()).map_err(|refused| match refused {
        TokenError::Expired => pages::link_expired(None),
        TokenError::Invalid => pages::link_unknown(text),
    })
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
