//! What a platform's webhook says, in one model for all platforms.
//!
//! Whatever stands here was read exactly: an amount in whole minor units, a line that the cart can hold, a contact that is one. What could not be
//! read is named with a code, in [`Basket::refused`] or [`Basket::unread`], and takes nothing else along.

use super::Refused;
use crate::cart::{LineKey, Quantity};
use crate::contact::{Email, Phone};
use crate::money::Currency;
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::Serialize;

/// What one delivery tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tidings {
    /// All that a cart or checkout holds at that moment.
    Basket(Basket),
    /// An order was placed.
    Order(Order),
    /// Something changed; what it is now has to be fetched, and read by [`super::fetched`].
    Thin(Thin),
    /// Forget a customer (Shopify's `customers/redact`).
    Erase(Person),
    /// Tell the shop what is known of a customer (Shopify's `customers/data_request`).
    DataRequest(Person),
    /// Forget a whole shop (Shopify's `shop/redact`).
    ShopErase(FormerShop),
    /// The platform asks whether anybody is there (WooCommerce).
    Ping,
    /// Nothing that concerns a cart.
    Ignored(Ignored),
}

/// Why a delivery is of no concern. Each has a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// A topic that says nothing of carts or orders.
    Topic,
    /// An order that is not bought yet: not paid, or a draft.
    OrderNotPlaced,
    /// An order that was taken back.
    OrderCancelled,
    /// What happened to an order after it was placed.
    OrderLater,
    /// A cart that no shopper sees, such as one that was ordered before or that a clerk prepares.
    BasketInactive,
    /// A basket went, and nothing says whether it was emptied, ran out or was bought.
    BasketGone,
}

/// A whole snapshot of a cart or checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Basket {
    /// The tokens by which the platform knows it.
    pub tokens: Tokens,
    /// Grows with each change: a lower one that comes later is older. What each platform guarantees stands in its module.
    pub version: u64,
    /// When it became so, epoch ms.
    pub changed_at: u64,
    /// When it was begun, epoch ms.
    pub created_at: Option<u64>,
    /// When it became an order, epoch ms. The order is told apart.
    pub completed_at: Option<u64>,
    /// In which all amounts of this basket are. `None`: the payload does not say, and there are no amounts.
    pub currency: Option<Currency>,
    /// In which the shopper sees prices, where that is another one.
    pub shown_in: Option<Currency>,
    /// What is in it, as the platform lists it: two of them may be one line of the cart, see [`Basket::contents`].
    pub lines: Vec<Line>,
    /// Discounts on the whole, and codes.
    pub discounts: Vec<Discount>,
    /// What it comes to.
    pub totals: Totals,
    /// Whose it is.
    pub customer: Customer,
    /// What the storefront or other apps noted with it, in the order of the payload; without Homing's own.
    pub attributes: Vec<Attribute>,
    /// The intent token of the browser whose cart this is, if the storefront kept it as the attribute [`super::INTENT`].
    pub intent: Option<String>,
    /// How it would be shipped.
    pub shipping_method: Option<String>,
    /// Where the platform itself would bring the shopper back to it.
    pub resume_url: Option<Personal>,
    /// A cart about which buyer and seller are negotiating (Adobe Commerce B2B).
    pub is_quote: bool,
    /// Lines that are there but could not be read: they are not in `lines`.
    pub refused: Vec<Refused>,
    /// Other fields that could not be read, and are as if they were absent; the first hundred of them.
    pub unread: Vec<Refused>,
}

/// The tokens of a basket. At least one is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// The cart's, where the payload names it.
    pub cart: Option<String>,
    /// The checkout's, where the platform has one of its own and the payload names it.
    pub checkout: Option<String>,
}

/// A line of a basket or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The very line that the storefront's adapter names.
    pub key: LineKey,
    /// How many; parts of a piece count as a whole one.
    pub quantity: Quantity,
    /// The product's id on the platform.
    pub product: Option<String>,
    /// The stock keeping unit.
    pub sku: Option<String>,
    /// The product's name.
    pub title: Option<String>,
    /// The variant's name.
    pub variant_title: Option<String>,
    /// What one of it costs, before discounts; minor units.
    pub unit_minor: Option<i64>,
    /// What all of it costs; minor units. After the discounts of this line, except for Shopify's checkouts, whose documentation does not
    /// say.
    pub total_minor: Option<i64>,
    /// What discounts take off this line; minor units.
    pub discount_minor: Option<i64>,
    /// A gift card.
    pub is_gift_card: bool,
    /// A picture of it, as the payload writes the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its page in the shop, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether what was chosen or typed may have raised what one costs, so that another cart's may cost less.
    #[serde(skip_serializing_if = "is_false")]
    pub price_varies: bool,
}

/// A discount on a basket or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discount {
    /// The code that was entered; `None`: it came by itself.
    pub code: Option<String>,
    /// What the shop calls it.
    pub title: Option<String>,
    /// What it takes off, where the payload says; minor units.
    pub amount_minor: Option<i64>,
}

/// What a basket or an order comes to, in minor units. `None`: the payload does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The lines, after discounts on them, before shipping and taxes.
    pub subtotal_minor: Option<i64>,
    /// All discounts, as a number from 0.
    pub discount_minor: Option<i64>,
    /// Shipping.
    pub shipping_minor: Option<i64>,
    /// Taxes.
    pub tax_minor: Option<i64>,
    /// What is to be paid.
    pub total_minor: Option<i64>,
}

/// Whose a basket or an order is, as far as the payload says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// The id of an account on the platform; guests have none.
    pub id: Option<String>,
    /// The address.
    pub email: Option<Email>,
    /// The number; only one that is international as it stands.
    pub phone: Option<Phone>,
    /// First and last name.
    pub name: Option<Personal>,
    /// BCP 47.
    pub locale: Option<String>,
    /// What was answered about marketing.
    pub consent: Consents,
    /// Of a basket: that the payload has a place for a contact, and that it is left empty. A payload without such a place says nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub is_nobody: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
fn is_false(answer: &bool) -> bool {
    !answer
}

/// What a customer has answered about marketing, by channel. `None`: nothing is known, which is no yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Consents {
    /// By mail.
    pub email: Option<Answer>,
    /// By text message.
    pub sms: Option<Answer>,
}

/// An answer about marketing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Whether it was a yes.
    pub agreed: bool,
    /// When it was given, epoch ms; `None`: the platform does not say.
    pub at: Option<u64>,
}

/// Something noted with a basket or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, which may be anything that somebody wrote.
    pub value: Personal,
}

/// An order that was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Its id on the platform, by which the storefront's snippet tells it as well.
    pub id: String,
    /// The number that people see.
    pub name: Option<String>,
    /// The baskets that it names. Both may be absent.
    pub tokens: Tokens,
    /// As [`Basket::version`].
    pub version: u64,
    /// When it was placed, epoch ms.
    pub placed_at: u64,
    /// As [`Basket::currency`].
    pub currency: Option<Currency>,
    /// As [`Basket::shown_in`].
    pub shown_in: Option<Currency>,
    /// What was bought. `None`: the payload does not say. To know, not to conclude from: a checkout takes the whole cart with it on each
    /// of these platforms, and an order does not name its lines in all that the storefront names (Shopify leaves out the selling plan,
    /// WooCommerce mixes attributes with what extensions noted). So for the cart an order is one of all that was there.
    pub lines: Option<Vec<Line>>,
    /// Discounts on the whole, and codes.
    pub discounts: Vec<Discount>,
    /// What it comes to.
    pub totals: Totals,
    /// Who bought.
    pub customer: Customer,
    /// As [`Basket::attributes`].
    pub attributes: Vec<Attribute>,
    /// As [`Basket::intent`].
    pub intent: Option<String>,
    /// As [`Basket::shipping_method`].
    pub shipping_method: Option<String>,
    /// As [`Basket::refused`].
    pub refused: Vec<Refused>,
    /// As [`Basket::unread`].
    pub unread: Vec<Refused>,
}

/// A payload that only names what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thin {
    /// What to fetch.
    pub resource: Resource,
    /// Its id.
    pub id: String,
    /// When that happened, epoch ms. What is fetched may be newer.
    pub at: Option<u64>,
}

/// What can be fetched from a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A cart.
    Cart,
    /// An order.
    Order,
}

/// Somebody who uses a right of theirs. At least one of id, email and phone is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The shop's domain on the platform.
    pub shop_domain: Option<String>,
    /// The customer's id.
    pub id: Option<String>,
    /// The address.
    pub email: Option<Email>,
    /// The number.
    pub phone: Option<Phone>,
    /// The orders that it is about, by id.
    pub orders: Vec<String>,
    /// The request's own id, for the answer.
    pub request: Option<String>,
    /// Contacts that are there but are none.
    pub unread: Vec<Refused>,
}

/// A shop that has gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormerShop {
    /// Its id on the platform.
    pub id: Option<String>,
    /// Its domain on the platform.
    pub domain: Option<String>,
}

/// Text that may be about a person, or let them in somewhere: it is sealed wherever it is kept. Its `Debug` is masked.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Personal(pub String);

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}
