//! Calls between objects: a message is bytes in and bytes out over the platform's RPC. One file for each who is asked for more than a step.

mod endpoint;
mod kept;
mod replay;
mod requests;
mod shop;
mod shop_erasure;
mod stock;

pub use endpoint::{EndpointAct, Listed};
pub use kept::{CUSTOMER_ERASURE, Kept, KeptState, SHOP_ERASURE_ASKED};
pub use replay::{DeadLetters, Refusals, Replay, ReplayFilter, ReplayTold};
pub use requests::{RequestsInput, RequestsReply};
pub use shop::{Erased, NewsPage, Shelved, ShopInput, ShopRecord, ShopReply, Waiting};
pub use shop_erasure::{ShopErasure, ShopErasureTold, ViewShopErasure};
pub use stock::{StockInput, StockReply};

use crate::bindings::{Env, Stub};
use crate::error::Problem;
use homing_core::delivery::DeliveryKey;
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::keys::shopper_object;
use homing_core::log::Page;
use homing_core::object::{cart, codec, shopper};
use homing_core::shop::Carrier;
use js_sys::{Promise, Uint8Array};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// A Cart is asked with its shop's name at hand.
#[derive(Debug, Serialize, Deserialize)]
pub struct CartCall {
    /// The shop.
    pub shop: ShopId,
    /// The cart.
    pub cart: CartId,
    /// What is asked.
    pub input: cart::Input,
}

/// What can be asked of a Shopper's host.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShopperCall {
    /// The shop.
    pub shop: ShopId,
    /// The shopper.
    pub shopper: ShopperId,
    /// What is asked.
    pub ask: ShopperAsk,
}

/// Either a step, or a whole release with the reads that it needs.
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Debug, Serialize, Deserialize)]
pub enum ShopperAsk {
    /// One step.
    Step(shopper::Input),
    /// Both halves of a release.
    Release {
        /// Which delivery.
        key: DeliveryKey,
        /// Who nothing is to be released to for now.
        resting: Vec<Carrier>,
        /// Push services, by host, that nothing is to be released to for now.
        resting_services: Vec<String>,
    },
}

/// Asks a Cart by its object's name.
pub async fn ask_cart(env: &Env, object: &str, call: &CartCall) -> Result<cart::Reply, Problem> {
    exchange(env.cart().get_by_name(object)?, call).await
}

/// A page of a Cart's log, by its object's name; `None` where there is none.
pub async fn log_page(env: &Env, object: &str, number: u32) -> Result<Option<Page>, Problem> {
    let answer = JsFuture::from(env.cart().get_by_name(object)?.page(number)?).await?;
    match answer.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(Some(codec::decode(&bytes.to_vec())?)),
        Err(_) => Ok(None),
    }
}

/// Asks a Shopper.
pub async fn ask_shopper(env: &Env, call: &ShopperCall) -> Result<shopper::Reply, Problem> {
    exchange(
        env.shopper().get_by_name(&shopper_object(call.shopper))?,
        call,
    )
    .await
}

/// Asks a Shop.
pub async fn ask_shop(env: &Env, shop: ShopId, input: &ShopInput) -> Result<ShopReply, Problem> {
    exchange(env.shop().get_by_name(&shop.to_string())?, &(shop, input)).await
}

/// Asks a shop's stock.
pub async fn ask_stock(env: &Env, shop: ShopId, input: &StockInput) -> Result<StockReply, Problem> {
    exchange(env.stock().get_by_name(&shop.to_string())?, &(shop, input)).await
}

/// Asks one of a shop's memories of requests, by its object's name.
pub async fn ask_requests(
    env: &Env,
    object: &str,
    input: &RequestsInput,
) -> Result<RequestsReply, Problem> {
    exchange(env.requests().get_by_name(object)?, input).await
}

/// Begins a call.
pub fn start<Call: Serialize>(stub: Stub, call: &Call) -> Result<Promise, Problem> {
    let message = codec::encode(call)?;
    Ok(stub.call(Uint8Array::from(message.as_slice()))?)
}

async fn exchange<Call: Serialize, Reply: DeserializeOwned>(
    stub: Stub,
    call: &Call,
) -> Result<Reply, Problem> {
    let answer = JsFuture::from(start(stub, call)?).await?;
    let answer: Uint8Array = answer
        .dyn_into()
        .map_err(|_| Problem::Internal(String::from("an object answered with no bytes")))?;
    Ok(codec::decode(&answer.to_vec())?)
}
