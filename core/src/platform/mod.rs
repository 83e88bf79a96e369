//! From the raw bytes of a platform's webhook to one model: pure functions, one file a platform. Nobody's signature is checked here.

mod adobe;
mod adobe_item;
mod amount;
pub mod api;
mod bigcommerce;
mod draft;
mod instant;
mod line;
mod model;
mod node;
mod object;
mod refusal;
mod shopify;
mod shopify_customer;
mod shopify_money;
mod telling;
mod woocommerce;

pub use model::{
    Answer, Attribute, Basket, Consents, Customer, Discount, FormerShop, Ignored, Line, Order,
    Person, Personal, Resource, Thin, Tidings, Tokens, Totals,
};
pub use refusal::{Code, NotUnderstood, Refused};

use crate::money::Currency;
use serde::{Deserialize, Serialize};

/// The attribute of a cart under which the storefront may keep Homing's intent token.
pub const INTENT: &str = "_homing";

/// The note on a WooCommerce order under which the plugin leaves the cart's token.
pub const CART: &str = "_homing_cart";

/// A platform whose webhooks are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Shopify.
    Shopify,
    /// BigCommerce.
    BigCommerce,
    /// Adobe Commerce (Magento).
    Adobe,
    /// WooCommerce.
    WooCommerce,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Shopify,
        Self::BigCommerce,
        Self::Adobe,
        Self::WooCommerce,
    ];

    /// Its name on the wire and in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::BigCommerce => "bigcommerce",
            Self::Adobe => "adobe",
            Self::WooCommerce => "woocommerce",
        }
    }

    /// The platform of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.as_str() == name)
    }

    /// Whether a topic asks for something under privacy laws: it is not given up before somebody has seen it.
    pub fn asks(self, topic: &str) -> bool {
        let topics = ["customers/redact", "customers/data_request", "shop/redact"];
        self == Self::Shopify && topics.contains(&topic)
    }
}

/// What is known of a delivery beside its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// When the platform set it off, epoch ms, where a header says so (`X-Shopify-Triggered-At`, Adobe's `time`).
    pub triggered_at: Option<u64>,
    /// When it arrived here, epoch ms: what counts where the platform says no time at all.
    pub received_at: u64,
    /// The shop's currency, for payloads that name none.
    pub shop_currency: Option<Currency>,
}

/// Understands a webhook. `topic` is as the platform's header names it; where the body names it, that counts (BigCommerce, Adobe). What is
/// not known is [`Ignored::Topic`].
pub fn read(
    platform: Platform,
    topic: &str,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    match platform {
        Platform::Shopify => shopify::read(topic, body, envelope),
        Platform::BigCommerce => bigcommerce::read(body, envelope),
        Platform::Adobe => adobe::read(topic, body, envelope),
        Platform::WooCommerce => woocommerce::read(topic, body, envelope),
    }
}

/// Whether Adobe Commerce tells of an order, by the name that [`read`] would go by: the body's, or else `topic`.
pub fn is_adobe_order(topic: &str, body: &[u8]) -> bool {
    adobe::is_order(topic, body)
}

/// Understands what was fetched because of [`Tidings::Thin`]: the answer of the platform's own API, as it came. Of platforms that send no
/// such thing an order is what their webhooks say it is, and a cart is not to be had.
pub fn fetched(
    platform: Platform,
    resource: Resource,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    match (platform, resource) {
        (Platform::BigCommerce, _) => bigcommerce::fetched(resource, body, envelope),
        (Platform::Adobe, _) => adobe::fetched(resource, body, envelope),
        (Platform::WooCommerce, Resource::Order) => {
            woocommerce::read("order.updated", body, envelope)
        }
        (Platform::Shopify, Resource::Order) => shopify::read("orders/create", body, envelope),
        (Platform::Shopify | Platform::WooCommerce, Resource::Cart) => {
            Ok(Tidings::Ignored(Ignored::Topic))
        }
    }
}
