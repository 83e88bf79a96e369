//! `/v1/catalogue`: what messages show, pushed by the shop's server.

use super::{MERCHANT_BODY, body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, StockInput, ask_shop, ask_stock};
use crate::queues;
use homing_core::bytes::{from_base64url_any, to_base64url};
use homing_core::cart::Variant;
use homing_core::catalogue::Product;
use homing_core::scopes::Scope;
use homing_core::shop::FieldError;
use homing_core::stock::Item;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Push {
    products: Vec<Product>,
}

#[derive(Serialize)]
struct Size {
    count: u64,
}

/// Adds or replaces products: all of them, or none when one is wrong.
pub async fn put(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::CatalogueWrite).await?;
    let mut push: Push = body(request, MERCHANT_BODY).await?;
    if push.products.len() > Product::MAX_PUSH {
        return Err(wrong("products", "at most 500 in one call"));
    }
    let (mut counted, mut uncounted) = (Vec::new(), Vec::new());
    for (n, product) in push.products.iter_mut().enumerate() {
        product
            .check()
            .map_err(|field| wrong(&format!("products[{n}].{field}"), "not a valid value"))?;
        let variant = Variant::new(&product.variant)?;
        match product.stock {
            Some(qty) => counted.push(Item { variant, qty }),
            None => uncounted.push(variant),
        }
        product.available &= product.stock != Some(0);
    }
    // Before the desk: what it has is counted from the first moment on.
    ask_stock(env, shop, &StockInput::Count { counted, uncounted }).await?;
    let reply = ask_shop(env, shop, &ShopInput::PutProducts(push.products)).await?;
    if let ShopReply::Stored(_, true) = reply {
        queues::news::later(env, shop).await;
    }
    size(reply)
}

/// Products of one page; 2 KB each.
const PAGE: u32 = 500;

#[derive(Serialize)]
struct List {
    products: Vec<Product>,
    /// The cursor of the next page; not there on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The products by variant, 500 a page; `cursor` leads on.
pub async fn list(request: &Request, env: &Env, query: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::CatalogueRead).await?;
    let after = match query.split_once('=') {
        None if query.is_empty() => None,
        Some(("cursor", cursor)) => from_base64url_any(cursor)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Some)
            .ok_or_else(|| wrong("cursor", "what the page before led to"))?,
        _ => return Err(Problem::Body(String::from("the query has `cursor`"))),
    };
    let page = ShopInput::Catalogue {
        after,
        // One more tells whether there is another page.
        limit: PAGE.saturating_add(1),
    };
    let ShopReply::Catalogue(mut products) = ask_shop(env, shop, &page).await? else {
        return Err(Problem::Internal(String::from(
            "the shop answered something else",
        )));
    };
    let length = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = products.len() > length;
    products.truncate(length);
    let next = products
        .last()
        .filter(|_| more)
        .map(|last| to_base64url(last.variant.as_bytes()));
    text_of(&List { products, next })
}

/// How many there are.
pub async fn get(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::CatalogueRead).await?;
    size(ask_shop(env, shop, &ShopInput::CountProducts).await?)
}

fn size(reply: ShopReply) -> Result<String, Problem> {
    match reply {
        ShopReply::Count(count) | ShopReply::Stored(count, _) => text_of(&Size { count }),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}

fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Field(FieldError {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}
