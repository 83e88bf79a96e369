//! Platforms' own APIs: what is asked of them becomes calls, and their answers what they mean. Nothing is sent here; whoever carries the
//! calls hands each answer back and is told what to send next. One file a platform.

mod adobe;
mod bigcommerce;
mod shopify;
mod shown;
mod woocommerce;

use super::node::Node;
use super::{Platform, Resource};
use crate::bytes::to_base64;
use crate::catalogue::{Outline, address_of, product_of, title_of};
use crate::connection::Connection;
use crate::contact::Email;
use crate::document::text::Text;
use crate::money::{Currency, Money};
use crate::object::shopper::{Customer, History};
use crate::sequence::Gives;
use crate::survey;
use alloc::{boxed::Box, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What is asked of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A cart or an order by the platform's own id, as it is now.
    Read(Resource, String),
    /// Whether these variants can be bought, what they cost, and what they are.
    Shelf(Vec<String>),
    /// This code is to be: where it is already, all is well.
    Code(NewCode),
    /// What the shop's own record says of whoever has this address: tier and what was bought before.
    Customer(Email),
    /// Why this customer did not buy is to stand in the shop's own record of them, where there is one.
    Tag {
        /// Whose record.
        email: Email,
        /// What they answered.
        reason: survey::Answer,
    },
}

/// A code that gives something with one order, once, until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCode {
    /// The code.
    pub code: String,
    /// What it gives.
    pub gives: Gives,
    /// What the order must come to at least.
    pub minimum: Option<Money>,
    /// From when it counts, epoch ms.
    pub starts_at: u64,
    /// Until when, epoch ms.
    pub ends_at: u64,
    /// Whose it is: where the platform can, nobody else may use it.
    pub email: Option<Email>,
}

impl NewCode {
    /// The currency of its amounts, where it has any: a platform takes them in its store's own, without saying so.
    fn currency(&self) -> Option<Currency> {
        self.gives.currency(self.minimum)
    }
}

/// What a platform says of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnShelf {
    /// Which.
    pub variant: String,
    /// Whether it can be bought.
    pub available: bool,
    /// What one costs, where the platform says what a shopper would see.
    pub price: Option<Money>,
    /// What it is, without a price. Of what the shop shows to nobody nothing is said: a browser can name any variant.
    pub outline: Outline,
}

impl OnShelf {
    /// One of which the platform says nothing else: it is not there.
    fn gone(variant: String) -> Self {
        Self {
            outline: Outline::blank(&variant),
            variant,
            available: false,
            price: None,
        }
    }
}

/// What a question came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This, as [`super::fetched`] reads it.
    Body(Vec<u8>),
    /// These variants; of others the platform says nothing.
    Shelf(Vec<OnShelf>),
    /// This customer.
    Customer(Box<Customer>),
    /// It is as it should be.
    Done,
    /// There is no such thing, or no such thing any more.
    Nothing,
}

/// One call over HTTP. Without `Debug`: its headers are secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Headers by name.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, where there is a body.
    pub body: Option<String>,
}

/// What came back.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The status.
    pub status: u16,
    /// A header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The body.
    pub body: &'a [u8],
}

/// What comes next.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// This call.
    Call(Call),
    /// Nothing: this is the answer.
    Done(Found),
    /// Nothing for now.
    Later {
        /// Why, as a stable code.
        why: &'static str,
        /// How long the platform wants to be left alone, ms, where it says.
        after_ms: Option<u64>,
    },
    /// Nothing, however often it is asked with this connection; why, as a code without anything personal.
    Refused(String),
}

/// How a platform is spoken to.
trait Client {
    /// The first call.
    fn begin(&mut self) -> Step;
    /// What follows from the answer to the latest call.
    fn take(&mut self, response: &Response<'_>) -> Step;
    /// What was found of variants before all was asked.
    fn so_far(&mut self) -> Vec<OnShelf> {
        Vec::new()
    }
    /// The currency of the store's prices, where it is known by now and they do not name it.
    fn store(&self) -> Option<Currency> {
        None
    }
    /// How long the platform is to be left alone after an answer that was none of a limit, ms: the next call would meet one.
    fn rest_ms(&self, _response: &Response<'_>) -> Option<u64> {
        None
    }
    /// How long a limit lasts by a header of the platform's own, ms.
    fn limit_ms(&self, _response: &Response<'_>) -> Option<u64> {
        None
    }
}

/// A question under way at a platform.
pub struct Talk(Box<dyn Client>);

/// Most calls about one question.
pub const MAX_CALLS: u8 = 12;

/// Most variants that are asked about.
const MAX_VARIANTS: usize = 20;

impl Talk {
    /// Begins to ask; `Err` where the connection does not open the platform's API, or the question is none for it. `hosts` says where
    /// the platforms are that have one address for all shops, see [`Hosts`]; `currency` is the shop's, `store_currency` what [`Talk::store`] has
    /// said before: where it is known, it is not asked for again.
    pub fn new(
        platform: Platform,
        connection: &Connection,
        hosts: Hosts<'_>,
        (currency, store_currency): (Currency, Option<Currency>),
        ask: Ask,
    ) -> Result<Self, &'static str> {
        let api = connection.api.as_ref().ok_or("not_connected")?;
        let store = connection.store.as_deref().ok_or("not_connected")?;
        let token = api.access_token.reveal();
        Ok(Self(match platform {
            Platform::Shopify => {
                let base = match hosts.shopify {
                    Some(base) => String::from(base),
                    None => format!("https://{store}"),
                };
                Box::new(shopify::Shopify::new(base, token, ask))
            }
            Platform::BigCommerce => {
                let base = format!("{}/stores/{store}", hosts.bigcommerce);
                let currencies = (currency, store_currency);
                Box::new(bigcommerce::BigCommerce::new(base, token, currencies, ask))
            }
            Platform::WooCommerce => {
                let key = api.consumer_key.as_ref().ok_or("not_connected")?;
                let pair = format!("{}:{token}", key.reveal());
                let header = format!("Basic {}", to_base64(pair.as_bytes()));
                let base = format!("{}/wp-json/wc/v3", store.trim_end_matches('/'));
                let currencies = (currency, store_currency);
                Box::new(woocommerce::WooCommerce::new(base, header, currencies, ask))
            }
            Platform::Adobe => {
                let base = format!("{}/rest/V1", store.trim_end_matches('/'));
                Box::new(adobe::Adobe::new(base, format!("Bearer {token}"), ask))
            }
        }))
    }

    /// The first call.
    pub fn begin(&mut self) -> Step {
        self.0.begin()
    }

    /// What follows from the answer to the latest call.
    pub fn take(&mut self, response: &Response<'_>) -> Step {
        let later = |why| Step::Later {
            why,
            after_ms: self.0.limit_ms(response).or_else(|| {
                let text = (response.header)("retry-after")?;
                let seconds: u64 = text.trim().parse().ok()?;
                Some(seconds.saturating_mul(1_000))
            }),
        };
        match response.status {
            429 => later("limited"),
            500.. => later("unavailable"),
            // What is sent on elsewhere is not followed: the next address was never checked.
            300..400 => Step::Refused(String::from("redirected")),
            _ => self.0.take(response),
        }
    }

    /// What the answers up to here come to, where whoever asks can wait no longer; `None` where they come to nothing. What is missing can be
    /// asked for by itself.
    pub fn so_far(&mut self) -> Option<Found> {
        let found = self.0.so_far();
        (!found.is_empty()).then_some(Found::Shelf(found))
    }

    /// The currency of the store's prices, where a look at the shelf has asked for it, or was told.
    pub fn store(&self) -> Option<Currency> {
        self.0.store()
    }

    /// How long the platform is to be left alone after this answer, ms: the next call would meet its limit.
    pub fn rest_ms(&self, response: &Response<'_>) -> Option<u64> {
        self.0.rest_ms(response)
    }
}

/// Where the platforms are.
#[derive(Clone, Copy, Debug)]
pub struct Hosts<'a> {
    /// BigCommerce's API.
    pub bigcommerce: &'a str,
    /// In place of each shop's own address at Shopify: a stand-in, for tests.
    pub shopify: Option<&'a str>,
}

/// An answer that cannot be read may have been cut off on its way.
fn malformed() -> Step {
    Step::Later {
        why: "malformed",
        after_ms: None,
    }
}

/// A status that says no, as a code.
fn refused(status: u16) -> Step {
    Step::Refused(match status {
        401 | 403 => String::from("not_allowed"),
        status => format!("status_{status}"),
    })
}

/// Whether a store's currency is that of a code's amounts.
fn is_currency(store: Option<String>, code: &NewCode) -> bool {
    let store = store.and_then(|text| Currency::parse(&text));
    store.is_some() && store == code.currency()
}

/// An amount in a currency that is not the store's would take off something else.
fn other_currency() -> Step {
    Step::Refused(String::from("currency"))
}

/// What was found, with prices that were read as of the shop's currency: where the store's is another or is not known, they are none.
fn priced(mut found: Vec<OnShelf>, currency: Currency, store: Option<Currency>) -> Vec<OnShelf> {
    if store != Some(currency) {
        for one in &mut found {
            one.price = None;
        }
    }
    found
}

/// Whether it has yet to be asked which currency the prices among them are in.
fn lacks_currency(found: &[OnShelf], store: Option<Currency>) -> bool {
    store.is_none() && found.iter().any(|one| one.price.is_some())
}

/// Whether a text may stand in a path as it is.
fn is_plain_id(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A text as a part of an address has it (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A customer of whom the platform says this.
fn customer(tier: Option<String>, reference: Option<String>, orders: Option<History>) -> Step {
    let text = |text: Option<String>| Text::new(&text?).ok();
    Step::Done(Found::Customer(Box::new(Customer {
        tier: text(tier),
        orders,
        name: None,
        reference: text(reference),
    })))
}

/// A number of orders.
fn count(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// A price in whole units of a currency.
fn money(node: Option<Node<'_>>, currency: Currency) -> Option<Money> {
    let decimals = super::amount::decimals(currency)?;
    let minor = super::amount::scaled(&node?.scalar()?, decimals)?;
    let minor = u64::try_from(minor).ok()?;
    Some(Money { minor, currency })
}

impl<'a> Node<'a> {
    /// The value at a path of names.
    fn at(self, names: &[&str]) -> Option<Self> {
        let mut found = self;
        for name in names {
            let fields = found.fields()?;
            let (_, node) = fields.into_iter().rev().find(|(known, _)| known == name)?;
            found = node;
        }
        (!found.is_null()).then_some(found)
    }

    /// A text or number at a path of names.
    fn say(self, names: &[&str]) -> Option<String> {
        Some(self.at(names)?.scalar()?.into_owned())
    }

    /// A title at a path of names.
    fn title(self, names: &[&str]) -> Option<String> {
        title_of(&self.say(names)?)
    }

    /// The address of a picture or a page at a path of names.
    fn address(self, names: &[&str]) -> Option<String> {
        address_of(&self.say(names)?)
    }

    /// A product's id at a path of names.
    fn product(self, names: &[&str]) -> Option<String> {
        product_of(&self.say(names)?)
    }

    /// The entries of a list at a path of names; none where there is no list.
    fn list(self, names: &[&str]) -> Vec<Self> {
        self.at(names).and_then(Self::entries).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
