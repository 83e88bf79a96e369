//! Short links: kept before the text that carries them goes, found again when somebody follows one. What a code stands for is a token,
//! and from there on everything is as with a link that holds its token.

use crate::bindings::{self, Env};
use crate::config::{self, Deployment, ShopView};
use crate::error::Problem;
use crate::http::pages;
use crate::objects::calls::{CartCall, ask_cart};
use crate::promise::promise;
use crate::{clock, keyring, links};
use homing_core::bytes::{from_base64url, to_base64url};
use homing_core::delivery::Body;
use homing_core::object::cart::{Input, Reply};
use homing_core::short_link::ShortCode;
use homing_core::token::{LinkPurpose, Token, TokenError};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Has the link of a text lead somewhere, where it has a short one. The same again changes nothing.
pub async fn keep(env: &Env, deployment: &Deployment, body: &Body) -> Result<(), Problem> {
    let Body::LinkedSms { link, .. } = body else {
        return Ok(());
    };
    let code = ShortCode::of(link, &deployment.keys).ok_or_else(|| {
        Problem::Internal(String::from(
            "a link belongs to a master key that is not configured any more",
        ))
    })?;
    let place = code.place();
    let head: [u8; 32] = (*link).into();
    #[expect(clippy::cast_precision_loss, reason = "epoch ms stay far below 2^53")]
    let until = link.expires_at_ms() as f64;
    let object = env.short_links().get_by_name(&place.object)?;
    let kept = JsFuture::from(object.keep(&place.row, &to_base64url(&head), until)?).await?;
    if kept.is_truthy() {
        Ok(())
    } else {
        // Once in some 10^13 texts where a hundred million are out; tried again by a person, it gets another one.
        Err(Problem::Internal(String::from(
            "a short link's place is taken by another",
        )))
    }
}

/// What a code stands for. `None` alike for one that was never made, or has expired.
pub async fn find(
    env: &Env,
    deployment: &Deployment,
    code: ShortCode,
) -> Result<Option<Token>, Problem> {
    let place = code.place();
    let object = env.short_links().get_by_name(&place.object)?;
    let found = JsFuture::from(object.find(&place.row)?).await?;
    let head = found.as_string().and_then(|text| from_base64url(&text));
    let token = head.and_then(|head: [u8; 32]| Token::try_from(head).ok());
    // Whatever lies in that place: only what was made into this very code is meant by it.
    Ok(token.filter(|token| {
        ShortCode::of(token, &deployment.keys) == Some(code) && !token.has_expired(clock::now_ms())
    }))
}

/// Verifies a token of one of the `wanted` purposes, or finds what a code stands for.
pub async fn verify(
    env: &Env,
    deployment: &Deployment,
    text: &str,
    wanted: &[LinkPurpose],
) -> Result<Token, Problem> {
    let token = name(env, deployment, text, wanted).await?;
    if ShortCode::parse(text).is_none() {
        return Ok(token);
    }
    let found = live(env, token).await?;
    let (token, _) = found.ok_or(Problem::Token(TokenError::Invalid))?;
    Ok(token)
}

/// The same, of what names a cart even where its links were revoked.
pub async fn name(
    env: &Env,
    deployment: &Deployment,
    text: &str,
    wanted: &[LinkPurpose],
) -> Result<Token, Problem> {
    let Some(code) = ShortCode::parse(text) else {
        return Ok(links::verify(deployment, text, wanted, clock::now_ms())?);
    };
    let found = find(env, deployment, code).await?;
    let found = found.filter(|token| wanted.contains(&token.purpose));
    found.ok_or(Problem::Token(TokenError::Invalid))
}

/// Answers a click.
pub fn click(code: ShortCode, env: Env) -> JsValue {
    promise(async move {
        Ok(match lead(code, &env).await {
            Ok(Some(answer)) => answer,
            Ok(None) => pages::link_gone(),
            Err(problem) => {
                crate::telemetry::error("short_link_unread", &problem.to_string());
                pages::try_again()
            }
        })
    })
    .into()
}

async fn lead(code: ShortCode, env: &Env) -> Result<Option<JsValue>, Problem> {
    let deployment = config::deployment(env)?;
    let found = find(env, &deployment, code).await?;
    let Some(token) = found.filter(|token| token.purpose == LinkPurpose::Recovery) else {
        return Ok(None);
    };
    let Some((token, shop)) = live(env, token).await? else {
        return Ok(None);
    };
    let signed = keyring::sign(&token, &deployment.keys);
    Ok(signed.map(|text| bindings::redirect(&shop.restore_prefix, &text)))
}

/// Whether a link to a cart was not revoked: whoever has a code that was learns no more than who has none.
async fn live(env: &Env, token: Token) -> Result<Option<(Token, Rc<ShopView>)>, Problem> {
    let shop = match config::shop(env, token.shop).await {
        Ok(shop) => shop,
        Err(Problem::UnknownShop(_)) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    if token.kid < shop.config.links_from_kid {
        return Ok(None);
    }
    let cart = token.cart();
    let call = CartCall {
        shop: shop.id,
        cart,
        input: Input::Read,
    };
    match ask_cart(env, &shop.names.cart(cart), &call).await {
        Ok(Reply::Snapshot(snapshot)) if snapshot.generation != token.generation => Ok(None),
        Ok(_) => Ok(Some((token, shop))),
        // A click does not wait for it: the shop's page asks again, and learns then whether the link was revoked.
        Err(problem) => {
            crate::telemetry::error("cart_unreadable", &problem.to_string());
            Ok(Some((token, shop)))
        }
    }
}
