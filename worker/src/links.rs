//! `GET /r/{token}`: verified and answered synchronously from memory. Nothing is fetched, read or written on this path once a
//! shop is known to the isolate. [`lead`] is all that nearly every click needs: one call, numbers and one short text in, a
//! reference out.

use crate::bindings::{self, Env, RequestContext};
use crate::clock;
use crate::config::{self, Deployment, ShopView};
use crate::http::pages;
use crate::keyring;
use crate::promise::promise;
use crate::short_links;
use homing_core::ids::ShopId;
use homing_core::short_link::ShortCode;
use homing_core::token::{LinkPurpose, Token, TokenError};
use js_sys::JsString;
use wasm_bindgen::JsValue;

/// Verifies a token of one of the `wanted` purposes.
pub fn verify(
    deployment: &Deployment,
    text: &str,
    wanted: &[LinkPurpose],
    now: u64,
) -> Result<Token, TokenError> {
    let claimed = Token::read(text)?;
    let (kid, purpose, shop) = claimed.key();
    if !wanted.contains(&purpose) {
        return Err(TokenError::Invalid);
    }
    let (mac, new) =
        keyring::lend(&deployment.keys, kid, purpose.key(), shop).ok_or(TokenError::Invalid)?;
    let verdict = claimed.verify(mac, now);
    if verdict != Err(TokenError::Invalid) {
        keyring::keep(new);
    }
    verdict
}

/// Where a click leads, up to the token itself. `None` where memory alone cannot tell or the answer is another one: that is for
/// [`resolve`].
pub fn lead(text: &str, now: u64) -> Option<JsString> {
    let deployment = config::known_deployment()?;
    let token = verify(&deployment, text, &[LinkPurpose::Recovery], now).ok()?;
    let shop = config::at_hand(token.shop, now)?;
    (token.kid >= shop.config.links_from_kid).then(|| shop.restore_prefix.clone())
}

/// Answers a click of any kind.
pub fn resolve(text: &str, env: &Env, ctx: &RequestContext) -> JsValue {
    if let Some(code) = ShortCode::parse(text) {
        return short_links::click(code, env.clone());
    }
    let deployment = match config::deployment(env) {
        Ok(deployment) => deployment,
        Err(problem) => return problem.response(None),
    };
    let now = clock::now_ms();
    match verify(&deployment, text, &[LinkPurpose::Recovery], now) {
        Ok(token) => match config::remembered(token.shop, now) {
            Some((shop, stale)) => {
                if stale {
                    config::refresh_later(env, ctx, token.shop);
                }
                redirect(&shop, &token, text)
            }
            None => later(env.clone(), token.shop, Some((token, text.to_owned()))),
        },
        // Ours, but too old: the shop's own page is the way on.
        Err(TokenError::Expired) => match Token::read(text) {
            Ok(claimed) => later(env.clone(), claimed.key().2, None),
            Err(_) => pages::link_invalid(),
        },
        Err(TokenError::Invalid) => pages::link_unknown(text),
    }
}

fn redirect(shop: &ShopView, token: &Token, text: &str) -> JsValue {
    if token.kid < shop.config.links_from_kid {
        return pages::link_expired(Some(shop));
    }
    bindings::redirect(&shop.restore_prefix, text)
}

/// The first click of a shop in this isolate waits for its configuration.
fn later(env: Env, shop: ShopId, token: Option<(Token, String)>) -> JsValue {
    promise(async move {
        let known = config::shop(&env, shop).await;
        Ok(match (known, token) {
            (Ok(shop), Some((token, text))) => redirect(&shop, &token, &text),
            (shop, None) => pages::link_expired(shop.ok().as_deref()),
            (Err(problem), Some(_)) => pages::no_shop(&problem),
        })
    })
    .into()
}
