//! Shops as KV has them, near the visitors.

use crate::bindings::Env;
use crate::error::Problem;
use crate::json::text_of;
use crate::objects::calls::ShopRecord;
use homing_core::document;
use homing_core::ids::ShopId;
use wasm_bindgen::JsCast;

/// The namespace of what is cached near the visitors.
pub fn kv(env: &Env) -> Option<worker::KvStore> {
    env.unchecked_ref::<worker::Env>().kv("CONFIG").ok()
}

fn head_name(shop: ShopId) -> String {
    format!("shop/{shop}")
}

fn record_name(shop: ShopId, version: u64) -> String {
    format!("shop/{shop}@{version}")
}

/// What KV says of a shop.
pub(super) enum Published {
    /// The version that is known already; its record need not be read.
    Unchanged,
    /// A newer one.
    Record(Box<ShopRecord>),
}

/// `None` where KV has no record, or only one older than what is known.
pub(super) async fn from_kv(env: &Env, shop: ShopId, known: Option<u64>) -> Option<Published> {
    let kv = kv(env)?;
    let version: u64 = kv.get(&head_name(shop)).text().await.ok()??.parse().ok()?;
    match known {
        Some(known) if known == version => return Some(Published::Unchanged),
        Some(known) if known > version => return None,
        _ => {}
    }
    let json = kv.get(&record_name(shop, version)).text().await.ok()??;
    // The same reader as everywhere: each further one of such a large type is code of its own.
    document::read(&json, "").ok().map(Published::Record)
}

/// Publishes a record near the visitors, after the shop was changed through this isolate, which forgets what it knew.
pub async fn publish(env: &Env, shop: ShopId, record: &ShopRecord) -> Result<(), Problem> {
    put(env, shop, record).await?;
    super::forget(shop);
    Ok(())
}

/// The record's immutable name first, so that no head ever names what is not there.
async fn put(env: &Env, shop: ShopId, record: &ShopRecord) -> Result<(), Problem> {
    let Some(kv) = kv(env) else { return Ok(()) };
    let unavailable = |error: worker::KvError| Problem::Unavailable(error.to_string());
    let json = text_of(record)?;
    kv.put(&record_name(shop, record.version), json)
        .map_err(unavailable)?
        .execute()
        .await
        .map_err(unavailable)?;
    let head = kv.get(&head_name(shop)).text().await.map_err(unavailable)?;
    if head
        .and_then(|text| text.parse::<u64>().ok())
        .is_some_and(|head| head >= record.version)
    {
        return Ok(());
    }
    kv.put(&head_name(shop), record.version.to_string())
        .map_err(unavailable)?
        .execute()
        .await
        .map_err(unavailable)
}

/// Every shop that was ever published.
pub async fn published_shops(env: &Env) -> Result<Vec<ShopId>, Problem> {
    let Some(kv) = kv(env) else {
        return Ok(Vec::new());
    };
    let mut shops = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut list = kv.list().prefix(String::from("shop/"));
        if let Some(cursor) = cursor.take() {
            list = list.cursor(cursor);
        }
        let page = list
            .execute()
            .await
            .map_err(|error| Problem::Unavailable(error.to_string()))?;
        shops.extend(
            page.keys
                .iter()
                .filter_map(|key| key.name.strip_prefix("shop/")?.parse::<ShopId>().ok()),
        );
        match page.cursor.filter(|_| !page.list_complete) {
            Some(next) => cursor = Some(next),
            None => return Ok(shops),
        }
    }
}

/// Whether KV answers.
pub async fn kv_answers(env: &Env) -> bool {
    match kv(env) {
        Some(kv) => kv.get("shop/none").text().await.is_ok(),
        None => true,
    }
}
