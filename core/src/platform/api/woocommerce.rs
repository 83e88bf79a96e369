//! WooCommerce's REST API, version 3 (<https://woocommerce.github.io/woocommerce-rest-api-docs/>, and its controllers in
//! `woocommerce/woocommerce`).
//!
//! - It has no limits of its own; hosts and plugins have, with 429 and `Retry-After`.
//! - A list of products leaves variations out; one by its id may be one. So what a list does not have is asked for singly.
//! - A variation is `publish` also while its product is a draft or private, so what one is called is told only once its product is asked for.
//! - A code may be tied to an address, a guest's as well. It is stored in small letters and found in any.
//! - A code's end is set as `date_expires`, which is in the site's own time unless it ends in `Z` (`WC_Data::set_date_prop`).
//!   `date_expires_gmt` is only told: whoever sends it gets a code without an end (`WC_Coupon` has no setter for it).
//! - Amounts are in the store's currency, which is asked for before a code that has any and after products with a price
//!   (`data/currencies/current`).
//! - `free_shipping` opens the shipping methods "Free shipping" that ask for a coupon, and gives nothing where there is none.
//! - A guest has no record, and so no note; a cart is not to be had.

use super::super::instant;
use super::super::node::Node;
use super::super::woocommerce::unescaped;
use super::{
    Ask, Call, Client, Found, MAX_VARIANTS, OnShelf, Response, Step, count, customer, escaped,
    is_currency, is_plain_id, lacks_currency, malformed, money, other_currency, priced, quoted,
    refused, shown,
};
use crate::catalogue::{Outline, title_of};
use crate::money::Currency;
use crate::object::shopper::History;
use crate::platform::Resource;
use crate::sequence::Gives;
use alloc::{format, string::String, vec, vec::Vec};

/// Variants that are asked for one by one.
const MAX_SINGLE: usize = 8;
const FIELDS: &str =
    "_fields=id,parent_id,name,permalink,images,price,status,stock_status,purchasable";
const CURRENCY: &str = "/data/currencies/current";

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Read,
    Shelf,
    Single,
    /// The products of variations.
    Parents,
    /// The store's currency.
    Currency,
    Code,
    Customer,
    /// The latest order of a customer, and how many there are.
    Orders,
    Tag,
}

pub(super) struct WooCommerce {
    base: String,
    authorization: String,
    currency: Currency,
    /// The store's, where it is known.
    store: Option<Currency>,
    ask: Ask,
    at: At,
    /// What has not been asked for yet.
    left: Vec<String>,
    found: Vec<OnShelf>,
    /// What the variations among them are, should their products be shown.
    veiled: Vec<Outline>,
    customer: String,
    role: Option<String>,
}

impl WooCommerce {
    pub(super) fn new(
        base: String,
        authorization: String,
        (currency, store): (Currency, Option<Currency>),
        ask: Ask,
    ) -> Self {
        Self {
            base,
            authorization,
            currency,
            store,
            ask,
            at: At::Read,
            left: Vec::new(),
            found: Vec::new(),
            veiled: Vec::new(),
            customer: String::new(),
            role: None,
        }
    }

    fn call(&mut self, at: At, method: &'static str, path: &str, body: Option<String>) -> Step {
        self.at = at;
        Step::Call(Call {
            method,
            url: format!("{}{path}", self.base),
            headers: vec![("authorization", self.authorization.clone())],
            body,
        })
    }

    fn get(&mut self, at: At, path: &str) -> Step {
        self.call(at, "GET", path, None)
    }

    /// Keeps what is said of a product or a variation.
    fn keep(&mut self, node: Node<'_>) {
        let Some(mut one) = self.on_shelf(node) else {
            return;
        };
        let is_variation = node.say(&["parent_id"]).is_some_and(|id| id != "0");
        if is_variation && one.outline.product.is_some() {
            let blank = Outline::blank(&one.variant);
            self.veiled
                .push(core::mem::replace(&mut one.outline, blank));
        }
        self.found.push(one);
    }

    fn on_shelf(&self, node: Node<'_>) -> Option<OnShelf> {
        let is_in = matches!(
            node.say(&["stock_status"])?.as_str(),
            "instock" | "onbackorder"
        );
        let is_sold = node.at(&["purchasable"]).and_then(Node::bool) != Some(false);
        let price = node.at(&["price"]).filter(|price| {
            // One without a price has an empty one.
            price.scalar().is_some_and(|text| !text.is_empty())
        });
        let variant = node.say(&["id"])?;
        Some(OnShelf {
            available: is_in && is_sold,
            price: money(price, self.currency),
            outline: outline(&variant, node),
            variant,
        })
    }

    fn create(&mut self) -> Step {
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        let Some(ends) = shown::iso(code.ends_at) else {
            return Step::Refused(String::from("time"));
        };
        let (kind, amount, shipping) = match code.gives {
            Gives::Percent(percent) => ("percent", format!("{percent}"), ""),
            Gives::Amount(money) => ("fixed_cart", money.decimal(), ""),
            Gives::FreeShipping => ("fixed_cart", String::from("0"), r#","free_shipping":true"#),
        };
        let least = code.minimum.map_or_else(String::new, |least| {
            format!(r#","minimum_amount":"{}""#, least.decimal())
        });
        let whose = code.email.as_ref().map_or_else(String::new, |email| {
            format!(r#","email_restrictions":[{}]"#, quoted(email.as_str()))
        });
        let body = format!(
            r#"{{"code":{},"amount":"{amount}","discount_type":"{kind}"{shipping}{least},"usage_limit":1,"usage_limit_per_user":1,"date_expires":"{ends}Z"{whose}}}"#,
            quoted(&code.code),
        );
        self.call(At::Code, "POST", "/coupons", Some(body))
    }

    /// The next that the list did not have, or all that was found.
    fn next_single(&mut self) -> Step {
        match self.left.last() {
            Some(id) => {
                let path = format!("/products/{id}?{FIELDS}");
                self.get(At::Single, &path)
            }
            None => self.parents(),
        }
    }

    /// Asks whether the products are shown whose variations were found, or ends where there are none.
    fn parents(&mut self) -> Step {
        let products = self.veiled.iter().filter_map(|one| one.product.clone());
        let mut products: Vec<String> = products.filter(|id| is_plain_id(id)).collect();
        products.sort_unstable();
        products.dedup();
        if products.is_empty() {
            return self.ends();
        }
        let path = format!(
            "/products?include={}&per_page=100&_fields=id,status",
            products.join(",")
        );
        self.get(At::Parents, &path)
    }

    /// Ends, once it is known which currency the prices are in.
    fn ends(&mut self) -> Step {
        if lacks_currency(&self.found, self.store) {
            return self.get(At::Currency, CURRENCY);
        }
        Step::Done(Found::Shelf(self.so_far()))
    }

    /// Tells what those variations are whose products are shown.
    fn unveil(&mut self, products: &[Node<'_>]) {
        let shown = products.iter().filter(|node| is_published(node));
        let shown: Vec<String> = shown.filter_map(|node| node.product(&["id"])).collect();
        for outline in self.veiled.drain(..) {
            let is_shown = (outline.product.as_ref()).is_some_and(|id| shown.contains(id));
            let found = self.found.iter_mut();
            let one = found
                .filter(|_| is_shown)
                .find(|one| one.variant == outline.variant);
            if let Some(one) = one {
                one.outline = outline;
            }
        }
    }
}

fn is_published(node: &Node<'_>) -> bool {
    node.say(&["status"]).as_deref() == Some("publish")
}

/// What a product or variation is, unless it is a draft, private or waits.
fn outline(variant: &str, node: Node<'_>) -> Outline {
    let blank = Outline::blank(variant);
    if !is_published(&node) {
        return blank;
    }
    let parent = node.product(&["parent_id"]).filter(|id| id != "0");
    let images = node.list(&["images"]);
    Outline {
        product: parent.or_else(|| node.product(&["id"])),
        title: node
            .say(&["name"])
            .and_then(|name| title_of(&unescaped(&name))),
        image: images.first().and_then(|image| image.address(&["src"])),
        url: node.address(&["permalink"]),
        ..blank
    }
}

impl Client for WooCommerce {
    fn begin(&mut self) -> Step {
        match self.ask.clone() {
            Ask::Read(Resource::Order, id) if is_plain_id(&id) => {
                self.get(At::Read, &format!("/orders/{id}"))
            }
            Ask::Read(..) => Step::Done(Found::Nothing),
            Ask::Shelf(variants) => {
                let is_number =
                    |id: &String| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
                self.left = variants.into_iter().filter(is_number).collect();
                self.left.truncate(MAX_VARIANTS);
                if self.left.is_empty() {
                    return Step::Done(Found::Shelf(Vec::new()));
                }
                let path = format!(
                    "/products?include={}&per_page=100&{FIELDS}",
                    self.left.join(",")
                );
                self.get(At::Shelf, &path)
            }
            Ask::Code(code) if code.currency().is_some() => self.get(At::Currency, CURRENCY),
            Ask::Code(_) => self.create(),
            Ask::Tag { email, .. } | Ask::Customer(email) => {
                let path = format!("/customers?email={}&role=all", escaped(email.as_str()));
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
        let answer = Node::parse(response.body);
        match (self.at, status) {
            (At::Read, 200) => return Step::Done(Found::Body(response.body.to_vec())),
            (At::Read, 404 | 410) => return Step::Done(Found::Nothing),
            (At::Code, 200 | 201) | (At::Tag, 200) => return Step::Done(Found::Done),
            (At::Code, 400) => {
                let code = answer.and_then(|answer| answer.say(&["code"]));
                return match code.as_deref() {
                    None => malformed(),
                    Some("woocommerce_rest_coupon_code_already_exists") => Step::Done(Found::Done),
                    _ => refused(status),
                };
            }
            // It was there when the shopper left.
            (At::Single, 404) => {
                self.found.extend(self.left.pop().map(OnShelf::gone));
                return self.next_single();
            }
            (_, 200) => {}
            // Who may not ask for it sees whether there is any, and no price.
            (At::Currency, _) if matches!(self.ask, Ask::Shelf(_)) => {
                return Step::Done(Found::Shelf(self.so_far()));
            }
            _ => return refused(status),
        }
        let Some(answer) = answer else {
            return malformed();
        };
        match self.at {
            At::Shelf => {
                let Some(products) = answer.entries() else {
                    return malformed();
                };
                products.into_iter().for_each(|node| self.keep(node));
                let found = &self.found;
                self.left
                    .retain(|id| found.iter().all(|known| known.variant != *id));
                self.left.truncate(MAX_SINGLE);
                self.next_single()
            }
            At::Currency => match &self.ask {
                Ask::Shelf(_) => {
                    let code = answer.say(&["code"]);
                    self.store = code.and_then(|code| Currency::parse(&code));
                    Step::Done(Found::Shelf(self.so_far()))
                }
                Ask::Code(code) if is_currency(answer.say(&["code"]), code) => self.create(),
                _ => other_currency(),
            },
            At::Single => {
                self.keep(answer);
                self.left.pop();
                self.next_single()
            }
            At::Parents => {
                self.unveil(&answer.entries().unwrap_or_default());
                self.ends()
            }
            At::Customer => {
                let customer = answer.entries().unwrap_or_default().into_iter().next();
                let id = customer.and_then(|customer| customer.say(&["id"]));
                let Some(id) = id else {
                    return Step::Done(Found::Nothing);
                };
                if !is_plain_id(&id) {
                    return malformed();
                }
                let Ask::Tag { reason, .. } = &self.ask else {
                    // Who only has an account is in no tier.
                    self.role = customer
                        .and_then(|node| node.say(&["role"]))
                        .filter(|role| !matches!(role.as_str(), "customer" | "subscriber"));
                    let path = format!(
                        "/orders?customer={id}&status=processing,completed&orderby=date&order=desc&per_page=1&_fields=date_created_gmt"
                    );
                    self.customer = id;
                    return self.get(At::Orders, &path);
                };
                let body = format!(
                    r#"{{"meta_data":[{{"key":"homing_reason","value":"{}"}}]}}"#,
                    reason.code()
                );
                self.call(At::Tag, "PUT", &format!("/customers/{id}"), Some(body))
            }
            At::Orders => {
                let Some(orders) = answer.entries() else {
                    return malformed();
                };
                let last = orders
                    .first()
                    .and_then(|one| one.say(&["date_created_gmt"]));
                let total = (response.header)("x-wp-total");
                let history = total.and_then(|total| count(&total)).map(|count| History {
                    count,
                    // No list of orders tells what they came to together.
                    spent: None,
                    last_at: last.and_then(|at| instant::parse(&at)),
                });
                customer(self.role.take(), Some(self.customer.clone()), history)
            }
            _ => malformed(),
        }
    }
}
