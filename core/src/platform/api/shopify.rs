//! Shopify's Admin GraphQL API (<https://shopify.dev/docs/api/admin-graphql/2026-07>).
//!
//! - Limits go by the cost of queries: a bucket that fills again. A query that it does not hold is answered with 200 and the error
//!   `THROTTLED`; each answer tells how full it is
//!   (<https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits>).
//! - A cart is not to be had: it is the Storefront API's, and its token the visitor's.
//! - Amounts are in the shop's currency, which is asked for first.
//! - What a field's owner has not granted is answered with 200 and `ACCESS_DENIED`. A customer who may not be looked up gets a code all
//!   the same, which counts for everybody who knows it.

use super::super::instant;
use super::super::node::Node;
use super::super::telling::ONLY_VARIANT;
use super::{
    Ask, Call, Client, Found, MAX_VARIANTS, OnShelf, Response, Step, count, customer, is_currency,
    malformed, money, other_currency, quoted, refused, shown,
};
use crate::catalogue::{Outline, address_of, titled};
use crate::money::Currency;
use crate::object::shopper::History;
use crate::platform::Resource;
use crate::sequence::Gives;
use alloc::{format, string::String, vec, vec::Vec};

/// The version that is spoken, and where.
const PATH: &str = "/admin/api/2026-07/graphql.json";

const SHELF: &str = "query($ids:[ID!]!){nodes(ids:$ids){...on ProductVariant{id availableForSale price title product{legacyResourceId title status onlineStoreUrl featuredMedia{preview{image{url}}}}}}shop{currencyCode}}";
const CUSTOMER: &str =
    "query($email:String!){customerByIdentifier(identifier:{emailAddress:$email}){id}}";
const RECORD: &str = "query($email:String!){customerByIdentifier(identifier:{emailAddress:$email}){id:legacyResourceId tags numberOfOrders amountSpent{amount currencyCode}lastOrder{createdAt}}}";
const CODE: &str = "mutation($code:DiscountCodeBasicInput!){discountCodeBasicCreate(basicCodeDiscount:$code){codeDiscountNode{id}userErrors{code field}}}";
const FREE_SHIPPING: &str = "mutation($code:DiscountCodeFreeShippingInput!){discountCodeFreeShippingCreate(freeShippingCodeDiscount:$code){codeDiscountNode{id}userErrors{code field}}}";
const CURRENCY: &str = "query{shop{currencyCode}}";
const TAG: &str = "mutation($metafields:[MetafieldsSetInput!]!){metafieldsSet(metafields:$metafields){userErrors{code field}}}";
/// An order under the names that its webhook has.
const ORDER: &str = "query($id:ID!){order(id:$id){id:legacyResourceId name cart_token:cartToken checkout_token:checkoutToken created_at:createdAt updated_at:updatedAt currency:currencyCode email}}";

/// How much of the bucket is left for others who use the same app, in points.
const RESERVE: u64 = 50;

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Shelf,
    /// The shop's currency, before a code that has amounts.
    Currency,
    Customer,
    Record,
    Code,
    Tag,
    Order,
}

pub(super) struct Shopify {
    base: String,
    token: String,
    ask: Ask,
    at: At,
    variants: Vec<String>,
}

impl Shopify {
    pub(super) fn new(base: String, token: &str, ask: Ask) -> Self {
        let at = match &ask {
            Ask::Shelf(_) => At::Shelf,
            Ask::Code(_) => At::Code,
            Ask::Tag { .. } => At::Customer,
            Ask::Customer(_) => At::Record,
            Ask::Read(..) => At::Order,
        };
        Self {
            base,
            token: String::from(token),
            ask,
            at,
            variants: Vec::new(),
        }
    }

    fn call(&mut self, at: At, query: &str, variables: &str) -> Step {
        self.at = at;
        Step::Call(Call {
            method: "POST",
            url: format!("{}{PATH}", self.base),
            headers: vec![("x-shopify-access-token", self.token.clone())],
            body: Some(format!(
                r#"{{"query":{},"variables":{variables}}}"#,
                quoted(query)
            )),
        })
    }

    /// Makes the code, for the customer where there is one.
    fn code(&mut self) -> Step {
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        match code.email.clone() {
            Some(email) => self.look_up(email.as_str()),
            None => self.create(None),
        }
    }

    fn look_up(&mut self, email: &str) -> Step {
        let variables = format!(r#"{{"email":{}}}"#, quoted(email));
        self.call(At::Customer, CUSTOMER, &variables)
    }

    fn create(&mut self, customer: Option<&str>) -> Step {
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        let (Some(starts), Some(ends)) = (shown::iso(code.starts_at), shown::iso(code.ends_at))
        else {
            return Step::Refused(String::from("time"));
        };
        let context = match customer {
            Some(id) => format!(r#"{{"customers":{{"add":[{}]}}}}"#, quoted(id)),
            None => String::from(r#"{"all":"ALL"}"#),
        };
        let off = |value: String| {
            format!(r#""customerGets":{{"items":{{"all":true}},"value":{{{value}}}}}"#)
        };
        let (mutation, gives) = match code.gives {
            Gives::Percent(percent) => {
                let share = format!("{}.{:02}", percent / 100, percent % 100);
                (CODE, off(format!(r#""percentage":{share}"#)))
            }
            Gives::Amount(money) => {
                let amount = money.decimal();
                let value = format!(
                    r#""discountAmount":{{"amount":"{amount}","appliesOnEachItem":false}}"#
                );
                (CODE, off(value))
            }
            Gives::FreeShipping => (FREE_SHIPPING, String::from(r#""destination":{"all":true}"#)),
        };
        let least = code.minimum.map_or_else(String::new, |least| {
            let least = least.decimal();
            format!(
                r#","minimumRequirement":{{"subtotal":{{"greaterThanOrEqualToSubtotal":"{least}"}}}}"#
            )
        });
        let name = quoted(&code.code);
        let variables = format!(
            r#"{{"code":{{"title":{name},"code":{name},"startsAt":"{starts}Z","endsAt":"{ends}Z","usageLimit":1,"appliesOncePerCustomer":true,"context":{context},{gives}{least}}}}}"#
        );
        self.call(At::Code, mutation, &variables)
    }

    fn shelf(&self, data: Node<'_>) -> Step {
        let currency = data.say(&["shop", "currencyCode"]);
        let currency = currency.and_then(|code| Currency::parse(&code));
        let nodes = data.list(&["nodes"]);
        let shelf = self.variants.iter().zip(nodes).map(|(variant, node)| {
            let available = node.at(&["availableForSale"]).and_then(Node::bool);
            OnShelf {
                variant: variant.clone(),
                // One that is null is not there any more.
                available: available == Some(true),
                price: currency.and_then(|currency| money(node.at(&["price"]), currency)),
                outline: outline(variant, node),
            }
        });
        Step::Done(Found::Shelf(shelf.collect()))
    }

    /// A mutation went through, unless it says what was wrong with it.
    fn done(data: Node<'_>, name: &str) -> Step {
        if data.at(&[name]).is_none() {
            return malformed();
        }
        let errors = data.list(&[name, "userErrors"]);
        let mut codes = errors
            .iter()
            .map(|error| error.say(&["code"]).unwrap_or_else(|| "INVALID".into()));
        match codes.find(|code| code != "TAKEN") {
            None => Step::Done(Found::Done),
            Some(code) => Step::Refused(code.to_ascii_lowercase()),
        }
    }

    fn with_customer(&mut self, id: Option<String>) -> Step {
        let Ask::Tag { reason, .. } = &self.ask else {
            return self.create(id.as_deref());
        };
        let Some(id) = id else {
            return Step::Done(Found::Nothing);
        };
        let variables = format!(
            r#"{{"metafields":[{{"ownerId":{},"namespace":"homing","key":"reason","type":"single_line_text_field","value":"{}"}}]}}"#,
            quoted(&id),
            reason.code()
        );
        self.call(At::Tag, TAG, &variables)
    }
}

impl Client for Shopify {
    fn begin(&mut self) -> Step {
        match self.ask.clone() {
            Ask::Shelf(variants) => {
                let is_number =
                    |id: &&String| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
                self.variants = variants.into_iter().filter(|id| is_number(&id)).collect();
                self.variants.truncate(MAX_VARIANTS);
                if self.variants.is_empty() {
                    return Step::Done(Found::Shelf(Vec::new()));
                }
                let ids: Vec<String> = self
                    .variants
                    .iter()
                    .map(|id| format!(r#""gid://shopify/ProductVariant/{id}""#))
                    .collect();
                let variables = format!(r#"{{"ids":[{}]}}"#, ids.join(","));
                self.call(At::Shelf, SHELF, &variables)
            }
            Ask::Code(code) if code.currency().is_some() => self.call(At::Currency, CURRENCY, "{}"),
            Ask::Code(_) => self.code(),
            Ask::Tag { email, .. } => self.look_up(email.as_str()),
            Ask::Customer(email) => {
                let variables = format!(r#"{{"email":{}}}"#, quoted(email.as_str()));
                self.call(At::Record, RECORD, &variables)
            }
            Ask::Read(Resource::Cart, _) => Step::Done(Found::Nothing),
            Ask::Read(Resource::Order, id) => {
                if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
                    return Step::Done(Found::Nothing);
                }
                let variables = format!(r#"{{"id":"gid://shopify/Order/{id}"}}"#);
                self.call(At::Order, ORDER, &variables)
            }
        }
    }

    fn take(&mut self, response: &Response<'_>) -> Step {
        if response.status != 200 {
            return refused(response.status);
        }
        let Some(answer) = Node::parse(response.body) else {
            return malformed();
        };
        let error = answer.list(&["errors"]).into_iter().next();
        if let Some(error) = error {
            let code = error.say(&["extensions", "code"]).unwrap_or_default();
            return match code.as_str() {
                "THROTTLED" => Step::Later {
                    why: "limited",
                    after_ms: throttled_ms(answer),
                },
                "INTERNAL_SERVER_ERROR" | "TIMEOUT" => Step::Later {
                    why: "unavailable",
                    after_ms: None,
                },
                "ACCESS_DENIED" if self.at == At::Customer && matches!(self.ask, Ask::Code(_)) => {
                    self.create(None)
                }
                // Who may not look at products may ask all the same.
                "ACCESS_DENIED" if self.at == At::Shelf => {
                    Step::Refused(String::from("access_denied"))
                }
                "ACCESS_DENIED" => refused(403),
                _ => Step::Refused(String::from("query")),
            };
        }
        let Some(data) = answer.at(&["data"]) else {
            return malformed();
        };
        match self.at {
            At::Shelf => self.shelf(data),
            At::Customer => self.with_customer(data.say(&["customerByIdentifier", "id"])),
            At::Record => record(data),
            At::Currency => match &self.ask {
                Ask::Code(code) if is_currency(data.say(&["shop", "currencyCode"]), code) => {
                    self.code()
                }
                _ => other_currency(),
            },
            At::Code => {
                let name = match &self.ask {
                    Ask::Code(code) if code.gives == Gives::FreeShipping => {
                        "discountCodeFreeShippingCreate"
                    }
                    _ => "discountCodeBasicCreate",
                };
                Self::done(data, name)
            }
            At::Tag => Self::done(data, "metafieldsSet"),
            At::Order => Step::Done(data.at(&["order"]).map_or(Found::Nothing, |order| {
                Found::Body(order.raw().as_bytes().to_vec())
            })),
        }
    }

    fn rest_ms(&self, response: &Response<'_>) -> Option<u64> {
        let answer = Node::parse(response.body)?;
        let status = answer.at(&["extensions", "cost", "throttleStatus"])?;
        missing_ms(status, RESERVE)
    }
}

/// What a variant is, unless its product is a draft or was taken out of the shop.
fn outline(variant: &str, node: Node<'_>) -> Outline {
    let blank = Outline::blank(variant);
    let status = node.say(&["product", "status"]);
    if !matches!(status.as_deref(), Some("ACTIVE" | "UNLISTED")) {
        return blank;
    }
    let detail = node.title(&["title"]);
    let detail = detail.as_deref().filter(|detail| *detail != ONLY_VARIANT);
    let page = node.say(&["product", "onlineStoreUrl"]);
    Outline {
        product: node.product(&["product", "legacyResourceId"]),
        title: (node.title(&["product", "title"])).map(|title| titled(title, detail)),
        image: node.address(&["product", "featuredMedia", "preview", "image", "url"]),
        url: page.and_then(|page| address_of(&format!("{page}?variant={variant}"))),
        ..blank
    }
}

/// What begins a tag that names a tier: Shopify knows none of its own.
const TIER: &str = "tier:";

fn record(data: Node<'_>) -> Step {
    let Some(node) = data.at(&["customerByIdentifier"]) else {
        return Step::Done(Found::Nothing);
    };
    let tags = node.list(&["tags"]);
    let mut tags = tags.iter().filter_map(|tag| tag.text());
    let tier = tags.find_map(|tag| Some(String::from(tag.strip_prefix(TIER)?.trim())));
    let currency = node.say(&["amountSpent", "currencyCode"]);
    let currency = currency.and_then(|code| Currency::parse(&code));
    let orders = node.say(&["numberOfOrders"]).and_then(|text| count(&text));
    let orders = orders.map(|count| History {
        count,
        spent: currency.and_then(|it| money(node.at(&["amountSpent", "amount"]), it)),
        last_at: (node.say(&["lastOrder", "createdAt"])).and_then(|at| instant::parse(&at)),
    });
    customer(tier, node.say(&["id"]), orders)
}

/// When the bucket will hold what was asked for, ms.
fn throttled_ms(answer: Node<'_>) -> Option<u64> {
    let cost = answer.at(&["extensions", "cost"])?;
    let wanted = whole(cost, "requestedQueryCost")?;
    missing_ms(cost.at(&["throttleStatus"])?, wanted)
}

/// When the bucket will hold `wanted` points, ms; `None`: it does.
fn missing_ms(status: Node<'_>, wanted: u64) -> Option<u64> {
    let missing = wanted.saturating_sub(whole(status, "currentlyAvailable")?);
    let rate = whole(status, "restoreRate")?.max(1);
    (missing > 0).then(|| missing.saturating_mul(1_000).div_ceil(rate))
}

/// A number, which Shopify writes with or without a fraction.
fn whole(node: Node<'_>, name: &str) -> Option<u64> {
    let text = node.say(&[name])?;
    text.split('.').next()?.parse().ok()
}
