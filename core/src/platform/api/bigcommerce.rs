//! BigCommerce's management API: carts, products and customers (v3), orders and coupons (v2):
//! <https://developer.bigcommerce.com/docs/rest-management>, `reference/` of `bigcommerce/docs`.
//!
//! - It counts requests by window: each answer says in `X-Rate-Limit-Requests-Left` how many are left, and in
//!   `X-Rate-Limit-Time-Reset-Ms` when the next window begins.
//! - A coupon knows nothing of customers: its code counts for whoever enters it first. It works in the store's default currency alone, in
//!   which its amounts are; which that is stands in `GET /v2/store`, and is asked for before a code that has any and after products,
//!   whose prices are in it.
//! - Version 2 answers 204 where there is no such thing.

use super::super::instant;
use super::super::node::Node;
use super::{
    Ask, Call, Client, Found, MAX_VARIANTS, OnShelf, Response, Step, customer, escaped,
    is_currency, is_plain_id, lacks_currency, malformed, money, other_currency, priced, quoted,
    refused, shown,
};
use crate::catalogue::{Outline, titled};
use crate::money::{Currency, Money};
use crate::object::shopper::History;
use crate::platform::Resource;
use crate::sequence::Gives;
use alloc::{format, string::String, string::ToString, vec, vec::Vec};

/// Orders that are read of one customer.
const MAX_ORDERS: usize = 100;

/// Statuses of orders by which nothing was bought: incomplete, refunded, cancelled, declined.
const NO_PURCHASE: [&str; 4] = ["0", "4", "5", "6"];

/// Products that come in one page with their variants.
const MAX_PRODUCTS: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Read,
    Shelf,
    /// The store's default currency.
    Currency,
    Code,
    /// Whether a code that could not be made is there already.
    IsThere,
    Customer,
    /// The name of the customer's group, which is the tier here.
    Group,
    /// What the customer bought.
    Orders,
    Tag,
    /// The note that stood there before.
    Noted,
    Changed,
}

pub(super) struct BigCommerce {
    base: String,
    token: String,
    currency: Currency,
    /// The store's default currency, where it is known.
    store: Option<Currency>,
    ask: Ask,
    at: At,
    /// Product and variant of each that is asked about.
    variants: Vec<(String, String)>,
    found: Vec<OnShelf>,
    customer: String,
    tier: Option<String>,
    /// The status of a code that could not be made.
    status: u16,
}

impl BigCommerce {
    pub(super) fn new(
        base: String,
        token: &str,
        (currency, store): (Currency, Option<Currency>),
        ask: Ask,
    ) -> Self {
        Self {
            base,
            token: String::from(token),
            currency,
            store,
            ask,
            at: At::Read,
            variants: Vec::new(),
            found: Vec::new(),
            customer: String::new(),
            tier: None,
            status: 0,
        }
    }

    fn call(&mut self, at: At, method: &'static str, path: &str, body: Option<String>) -> Step {
        self.at = at;
        Step::Call(Call {
            method,
            url: format!("{}{path}", self.base),
            headers: vec![("x-auth-token", self.token.clone())],
            body,
        })
    }

    fn get(&mut self, at: At, path: &str) -> Step {
        self.call(at, "GET", path, None)
    }

    fn shelf(&mut self, answer: Node<'_>) -> Step {
        let products = answer.list(&["data"]);
        let id_of = |node: &Node<'_>| node.say(&["id"]);
        let shelf = self.variants.iter().map(|(product, variant)| {
            let known = products
                .iter()
                .find(|node| id_of(node).as_ref() == Some(product));
            let found = known.and_then(|known| {
                let variants = known.list(&["variants"]);
                let found = variants
                    .into_iter()
                    .find(|node| id_of(node).as_ref() == Some(variant))?;
                Some((*known, found))
            });
            let name = format!("{product}:{variant}");
            let Some((product, variant)) = found else {
                return OnShelf::gone(name);
            };
            OnShelf {
                available: is_there(product, variant),
                price: money(variant.at(&["calculated_price"]), self.currency),
                outline: outline(&name, product, variant),
                variant: name,
            }
        });
        self.found = shelf.collect();
        if lacks_currency(&self.found, self.store) {
            return self.get(At::Currency, "/v2/store");
        }
        Step::Done(Found::Shelf(self.so_far()))
    }

    fn orders(&mut self) -> Step {
        let path = format!(
            "/v2/orders?customer_id={}&is_deleted=false&sort=date_created:desc&limit={MAX_ORDERS}",
            self.customer
        );
        self.get(At::Orders, &path)
    }

    fn record(&self, orders: &[Node<'_>]) -> Step {
        let status = |order: &&Node<'_>| {
            let status = order.say(&["status_id"]);
            !status.is_some_and(|status| NO_PURCHASE.contains(&status.as_str()))
        };
        let bought: Vec<&Node<'_>> = orders.iter().filter(status).collect();
        let sums = bought.iter().map(|order| {
            let code = order.say(&["default_currency_code"])?;
            let total = money(order.at(&["total_inc_tax"]), Currency::parse(&code)?)?;
            (total.currency == self.currency).then_some(total.minor)
        });
        let spent = sums.sum::<Option<u64>>().map(|minor| Money {
            minor,
            currency: self.currency,
        });
        let last = bought
            .first()
            .and_then(|order| order.say(&["date_created"]));
        let history = History {
            count: u32::try_from(bought.len()).unwrap_or(u32::MAX),
            // Of more orders than were read the sum is not known.
            spent: spent.filter(|_| orders.len() < MAX_ORDERS),
            last_at: last.and_then(|at| instant::parse(&at)),
        };
        customer(
            self.tier.clone(),
            Some(self.customer.clone()),
            Some(history),
        )
    }

    fn create(&mut self) -> Step {
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        let Some(ends) = shown::mail(code.ends_at) else {
            return Step::Refused(String::from("time"));
        };
        let (kind, amount) = match code.gives {
            Gives::Percent(percent) => ("percentage_discount", percent.to_string()),
            Gives::Amount(money) => ("per_total_discount", money.decimal()),
            // It must have an amount, which means nothing.
            Gives::FreeShipping => ("free_shipping", String::from("0")),
        };
        let least = code.minimum.map_or_else(String::new, |least| {
            format!(r#","min_purchase":"{}""#, least.decimal())
        });
        let name = quoted(&code.code);
        let body = format!(
            r#"{{"name":{name},"code":{name},"type":"{kind}","amount":"{amount}"{least},"enabled":true,"max_uses":1,"max_uses_per_customer":1,"expires":"{ends}","applies_to":{{"entity":"categories","ids":[0]}}}}"#
        );
        self.call(At::Code, "POST", "/v2/coupons", Some(body))
    }

    fn note(&self) -> String {
        let reason = match &self.ask {
            Ask::Tag { reason, .. } => reason.code(),
            _ => "",
        };
        format!(
            r#"{{"permission_set":"read","namespace":"homing","key":"reason","value":"{reason}"}}"#
        )
    }

    fn notes(&self) -> String {
        format!("/v3/customers/{}/metafields", self.customer)
    }
}

/// What a variant is, unless its product is hidden. Its page is told as a path, and where the shop is stands elsewhere.
fn outline(name: &str, product: Node<'_>, variant: Node<'_>) -> Outline {
    let blank = Outline::blank(name);
    if product.at(&["is_visible"]).and_then(Node::bool) != Some(true) {
        return blank;
    }
    let values = variant.list(&["option_values"]);
    let values: Vec<String> = values
        .iter()
        .filter_map(|one| one.title(&["label"]))
        .collect();
    let detail = (!values.is_empty()).then(|| values.join(", "));
    let own = variant.address(&["image_url"]);
    Outline {
        product: product.product(&["id"]),
        title: (product.title(&["name"])).map(|title| titled(title, detail.as_deref())),
        image: own.or_else(|| product.address(&["primary_image", "url_standard"])),
        ..blank
    }
}

/// Whether a variant can be bought.
fn is_there(product: Node<'_>, variant: Node<'_>) -> bool {
    let level = |node: Node<'_>| {
        let level: Option<i64> = node.say(&["inventory_level"]).and_then(|n| n.parse().ok());
        level.unwrap_or(0) > 0
    };
    let is_off = variant.at(&["purchasing_disabled"]).and_then(Node::bool) == Some(true)
        || product.say(&["availability"]).as_deref() == Some("disabled");
    !is_off
        && match product.say(&["inventory_tracking"]).as_deref() {
            Some("product") => level(product),
            Some("variant") => level(variant),
            _ => true,
        }
}

impl Client for BigCommerce {
    fn begin(&mut self) -> Step {
        match self.ask.clone() {
            Ask::Read(_, id) if !is_plain_id(&id) => Step::Done(Found::Nothing),
            // Without `include` an item's options are left out.
            Ask::Read(Resource::Cart, id) => self.get(
                At::Read,
                &format!("/v3/carts/{id}?include=line_items.physical_items.options,line_items.digital_items.options,redirect_urls"),
            ),
            Ask::Read(Resource::Order, id) => self.get(At::Read, &format!("/v2/orders/{id}")),
            Ask::Shelf(variants) => {
                let is_number = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
                let mut products: Vec<String> = Vec::new();
                for variant in variants.iter().take(MAX_VARIANTS) {
                    let Some((product, variant)) = variant.split_once(':') else {
                        continue;
                    };
                    let is_known = products.iter().any(|known| known == product);
                    if !is_number(product)
                        || !is_number(variant)
                        || !is_known && products.len() >= MAX_PRODUCTS
                    {
                        continue;
                    }
                    if !is_known {
                        products.push(product.to_string());
                    }
                    self.variants.push((product.to_string(), variant.to_string()));
                }
                if products.is_empty() {
                    return Step::Done(Found::Shelf(Vec::new()));
                }
                let path = format!(
                    "/v3/catalog/products?id:in={}&include=variants,primary_image&exclude_fields=description&limit={MAX_PRODUCTS}",
                    products.join(",")
                );
                self.get(At::Shelf, &path)
            }
            Ask::Code(code) if code.currency().is_some() => self.get(At::Currency, "/v2/store"),
            Ask::Code(_) => self.create(),
            Ask::Tag { email, .. } | Ask::Customer(email) => {
                let path = format!("/v3/customers?email:in={}", escaped(email.as_str()));
                self.get(At::Customer, &path)
            }
        }
    }

    fn so_far(&mut self) -> Vec<OnShelf> {
        let found = core::mem::take(&mut self.found);
        priced(found, self.currency, self.store)
    }

    fn store(&self) -> Option<Currency> {
        self.store
    }

    fn take(&mut self, response: &Response<'_>) -> Step {
        let status = response.status;
        match (self.at, status) {
            (At::Read, 200) => return Step::Done(Found::Body(response.body.to_vec())),
            (At::Read, 204 | 404 | 410) | (At::Noted, 404) => return Step::Done(Found::Nothing),
            (At::Code, 200 | 201) | (At::Tag | At::Changed, 200 | 201) => {
                return Step::Done(Found::Done);
            }
            // It does not say in a way to rely on that a code is there already, so that is looked up.
            (At::Code, 400 | 409 | 422) => {
                self.status = status;
                let Ask::Code(code) = &self.ask else {
                    return malformed();
                };
                let path = format!("/v2/coupons?code={}", escaped(&code.code));
                return self.get(At::IsThere, &path);
            }
            (At::Group, 404) => return self.orders(),
            (At::Orders, 204) => return self.record(&[]),
            (At::IsThere, 204) => return refused(self.status),
            (At::Tag, 409 | 422) => {
                let path = format!("{}?namespace=homing&key=reason", self.notes());
                return self.get(At::Noted, &path);
            }
            (
                At::Shelf
                | At::Currency
                | At::IsThere
                | At::Customer
                | At::Group
                | At::Orders
                | At::Noted,
                200,
            ) => {}
            // Who may not ask for it sees whether there is any, and no price.
            (At::Currency, _) if matches!(self.ask, Ask::Shelf(_)) => {
                return Step::Done(Found::Shelf(self.so_far()));
            }
            _ => return refused(status),
        }
        let Some(answer) = Node::parse(response.body) else {
            return malformed();
        };
        match self.at {
            At::Shelf if answer.at(&["data"]).is_some() => self.shelf(answer),
            At::Currency => match &self.ask {
                Ask::Shelf(_) => {
                    let code = answer.say(&["currency"]);
                    self.store = code.and_then(|code| Currency::parse(&code));
                    Step::Done(Found::Shelf(self.so_far()))
                }
                Ask::Code(code) if is_currency(answer.say(&["currency"]), code) => self.create(),
                _ => other_currency(),
            },
            At::IsThere => {
                let Ask::Code(code) = &self.ask else {
                    return malformed();
                };
                let coupons = answer.entries().unwrap_or_default();
                let is_it = |node: &Node<'_>| {
                    let found = node.say(&["code"]);
                    found.is_some_and(|found| found.eq_ignore_ascii_case(&code.code))
                };
                if coupons.iter().any(is_it) {
                    Step::Done(Found::Done)
                } else {
                    refused(self.status)
                }
            }
            At::Customer => {
                let customer = answer.list(&["data"]).into_iter().next();
                let id = customer.and_then(|customer| customer.say(&["id"]));
                let Some(id) = id.filter(|id| is_plain_id(id)) else {
                    return Step::Done(Found::Nothing);
                };
                self.customer = id;
                if matches!(self.ask, Ask::Customer(_)) {
                    let group = customer.and_then(|node| node.say(&["customer_group_id"]));
                    return match group.filter(|id| id != "0" && is_plain_id(id)) {
                        Some(id) => self.get(At::Group, &format!("/v2/customer_groups/{id}")),
                        None => self.orders(),
                    };
                }
                let (path, body) = (self.notes(), self.note());
                self.call(At::Tag, "POST", &path, Some(body))
            }
            At::Group => {
                self.tier = answer.say(&["name"]);
                self.orders()
            }
            At::Orders => self.record(&answer.entries().unwrap_or_default()),
            At::Noted => {
                let notes = answer.list(&["data"]);
                let is_ours = |note: &&Node<'_>| {
                    note.say(&["namespace"]).as_deref() == Some("homing")
                        && note.say(&["key"]).as_deref() == Some("reason")
                };
                let id = notes
                    .iter()
                    .find(is_ours)
                    .and_then(|note| note.say(&["id"]));
                let Some(id) = id.filter(|id| is_plain_id(id)) else {
                    return refused(409);
                };
                let (path, body) = (format!("{}/{id}", self.notes()), self.note());
                self.call(At::Changed, "PUT", &path, Some(body))
            }
            _ => malformed(),
        }
    }

    fn rest_ms(&self, response: &Response<'_>) -> Option<u64> {
        let left: u64 = (response.header)("x-rate-limit-requests-left")?
            .trim()
            .parse()
            .ok()?;
        (left < 2).then(|| self.limit_ms(response)).flatten()
    }

    fn limit_ms(&self, response: &Response<'_>) -> Option<u64> {
        let text = (response.header)("x-rate-limit-time-reset-ms")?;
        text.trim().parse().ok()
    }
}
