//! `GET /v1/audiences`: a shop's advertising audiences, with words for an advertisement of each product that one is about.

use super::{merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use homing_core::audience::{Copy, ListId, NoCopy};
use homing_core::errand::Service;
use homing_core::scopes::Scope;
use serde::Serialize;

#[derive(Serialize)]
struct List {
    audiences: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    service: &'static str,
    list: ListId,
    after_ms: u64,
    days: u16,
    products: Vec<String>,
    /// Whether the shop has an account there.
    connected: bool,
    copy: Vec<Copy>,
    without_copy: Vec<NoCopy>,
}

/// All of them, as the catalogue is now.
pub async fn list(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ShopRead).await?;
    let odd = || Problem::Internal(String::from("the shop answered something else"));
    let ShopReply::Record(Some(record)) = ask_shop(env, shop, &ShopInput::Read).await? else {
        return Err(Problem::UnknownShop(shop));
    };
    let audiences = record.config.audiences;
    let variants = audiences.iter().flat_map(|one| one.products.clone());
    let wanted = ShopInput::Products(variants.collect());
    let ShopReply::Products(_, products, _) = ask_shop(env, shop, &wanted).await? else {
        return Err(odd());
    };
    let listed = audiences.into_iter().map(|audience| {
        let (mut copy, mut without_copy) = (Vec::new(), Vec::new());
        for variant in &audience.products {
            let product = products.iter().find(|one| one.variant == *variant);
            match Copy::of(variant, product, &record.config.name) {
                Ok(words) => copy.push(words),
                Err(none) => without_copy.push(none),
            }
        }
        let service = Service::from(audience.service).name();
        Listed {
            connected: record.connections.contains_key(service),
            service,
            list: audience.list,
            after_ms: audience.after_ms,
            days: audience.days,
            products: audience.products,
            copy,
            without_copy,
        }
    });
    text_of(&List {
        audiences: listed.collect(),
    })
}
