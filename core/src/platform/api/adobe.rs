//! Adobe Commerce's REST API (<https://developer.adobe.com/commerce/webapi/rest/>; `etc/webapi.xml` and the repositories of
//! `magento/magento2`).
//!
//! - A coupon belongs to a cart price rule and has its limits and its end. One rule is made for each day and each thing that is given, and
//!   holds all codes of that day: each counts once, and the rule ends for all of them.
//! - A rule's last day is compared with today where the store is (`Magento\SalesRule\Model\ResourceModel\Rule\Collection`), which nobody
//!   tells here. So it is the day on which a code ends in the easternmost zone: none ends early, and west of it some later.
//! - A rule names the websites and the groups of customers that it is for; all of them, as they are when it is made. Its amounts are in a
//!   website's base currency, so one with amounts is for the websites alone whose currency that is.
//! - Free shipping of a rule is stored as it is sent: 2 is for the whole shipment (`Magento\OfflineShipping\Model\SalesRule\Rule`), which the
//!   names in `RuleInterface` are not turned into.
//! - Prices here know neither of special prices nor of rules or taxes, so what a shopper would see is not told.
//! - A customer is written back whole, because what is left out of one may be taken away.
//! - There are no limits but those of whoever hosts it, with 429 or 503 and `Retry-After`.

use super::super::instant;
use super::super::node::Node;
use super::{
    Ask, Call, Client, Found, OnShelf, Response, Step, count, customer, escaped, is_currency,
    is_plain_id, malformed, other_currency, quoted, refused, shown,
};
use crate::calendar::HOUR_MS;
use crate::catalogue::Outline;
use crate::object::shopper::History;
use crate::platform::Resource;
use crate::sequence::Gives;
use alloc::{format, string::String, vec, vec::Vec};

/// Variants that are asked for, one by one.
const MAX_SINGLE: usize = 8;

/// The customer attribute that holds why somebody did not buy; the merchant creates it.
const REASON: &str = "homing_reason";

/// What is said of an address that is none of the API's (`Magento\Webapi\Controller\Rest\Router`).
const NO_ROUTE: &str = "Request does not match any route.";

/// How far the clocks of the easternmost zone are ahead of UTC, ms.
const EASTERNMOST_MS: u64 = 14 * HOUR_MS;

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Read,
    Shelf,
    IsThere,
    Rule,
    Websites,
    /// The websites whose base currency is that of the code's amounts.
    Currency,
    Groups,
    NewRule,
    Code,
    Customer,
    /// The customer's group, which is the tier here.
    Group,
    Orders,
    Tag,
}

pub(super) struct Adobe {
    base: String,
    authorization: String,
    ask: Ask,
    at: At,
    left: Vec<String>,
    found: Vec<OnShelf>,
    websites: Vec<String>,
    customer: Option<String>,
    tier: Option<String>,
}

impl Adobe {
    pub(super) fn new(base: String, authorization: String, ask: Ask) -> Self {
        Self {
            base,
            authorization,
            ask,
            at: At::Read,
            left: Vec::new(),
            found: Vec::new(),
            websites: Vec::new(),
            customer: None,
            tier: None,
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

    /// Looks for what has this value in a field.
    fn search(&mut self, at: At, path: &str, field: &str, value: &str) -> Step {
        let filter = "searchCriteria[filterGroups][0][filters][0]";
        let path = format!(
            "{path}?{filter}[field]={field}&{filter}[value]={}&searchCriteria[pageSize]=1",
            escaped(value)
        );
        self.get(at, &path.replace('[', "%5B").replace(']', "%5D"))
    }

    /// The latest order of whoever has the address, and how many there are.
    fn orders(&mut self) -> Step {
        let Ask::Customer(email) = &self.ask else {
            return malformed();
        };
        let filter = |n: u8, field: &str, value: &str, kind: &str| {
            let at = format!("searchCriteria[filterGroups][{n}][filters][0]");
            format!("{at}[field]={field}&{at}[value]={value}&{at}[conditionType]={kind}")
        };
        let path = format!(
            "/orders?{}&{}&searchCriteria[sortOrders][0][field]=created_at&searchCriteria[sortOrders][0][direction]=DESC&searchCriteria[pageSize]=1&fields=items[created_at],total_count",
            filter(0, "customer_email", &escaped(email.as_str()), "eq"),
            filter(1, "state", "canceled", "neq"),
        );
        self.get(At::Orders, &path.replace('[', "%5B").replace(']', "%5D"))
    }

    fn next_single(&mut self) -> Step {
        match self.left.last() {
            Some(sku) => {
                let path = format!(
                    "/products/{}?fields=id,sku,name,status,extension_attributes%5Bstock_item%5Bis_in_stock%5D%5D",
                    sku_in_path(sku)
                );
                self.get(At::Shelf, &path)
            }
            None => Step::Done(Found::Shelf(self.so_far())),
        }
    }

    /// What it is, where it is on; a price that a shopper sees, a picture's address and a page's are not to be had here.
    fn tell(&mut self, answer: Node<'_>) -> Step {
        let stock = answer.at(&["extension_attributes", "stock_item", "is_in_stock"]);
        let is_on = answer.say(&["status"]).as_deref() != Some("2");
        let told = self.left.pop().zip(stock.and_then(Node::bool));
        self.found
            .extend(told.map(|(variant, is_in_stock)| OnShelf {
                available: is_in_stock && is_on,
                price: None,
                outline: Outline {
                    variant: variant.clone(),
                    product: answer.product(&["id"]).filter(|_| is_on),
                    title: answer.title(&["name"]).filter(|_| is_on),
                    ..Outline::default()
                },
                variant,
            }));
        self.next_single()
    }

    /// The name and the last day of the rule that the code belongs to.
    fn rule(&self) -> Option<(String, String)> {
        let Ask::Code(code) = &self.ask else {
            return None;
        };
        let day = shown::date(code.ends_at.saturating_add(EASTERNMOST_MS))?;
        let gives = match (code.gives, code.minimum) {
            (Gives::Percent(percent), None) => format!("{percent}%"),
            (gives, minimum) => gives.brief(minimum),
        };
        Some((format!("Homing {gives} until {day}"), day))
    }

    /// The groups of customers, once it is known which websites a rule is for.
    fn groups(&mut self) -> Step {
        // 0 is the back office.
        self.websites.retain(|id| id != "0");
        if self.websites.is_empty() && self.at == At::Currency {
            return other_currency();
        }
        let path = "/customerGroups/search?searchCriteria%5BpageSize%5D=100";
        self.get(At::Groups, path)
    }

    fn new_rule(&mut self, groups: &[String]) -> Step {
        let Some((name, day)) = self.rule() else {
            return malformed();
        };
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        let (action, amount, shipping) = match code.gives {
            Gives::Percent(percent) => ("by_percent", format!("{percent}"), ""),
            Gives::Amount(money) => ("cart_fixed", money.decimal(), ""),
            Gives::FreeShipping => (
                "by_percent",
                String::from("0"),
                r#","simple_free_shipping":"2""#,
            ),
        };
        let least = code.minimum.map_or_else(String::new, |least| {
            let class = r"Magento\\SalesRule\\Model\\Rule\\Condition";
            let least = least.decimal();
            format!(
                r#","condition":{{"condition_type":"{class}\\Combine","aggregator_type":"all","value":"1","conditions":[{{"condition_type":"{class}\\Address","attribute_name":"base_subtotal","operator":">=","value":"{least}"}}]}}"#
            )
        });
        let body = format!(
            r#"{{"rule":{{"name":{},"website_ids":[{}],"customer_group_ids":[{}],"to_date":"{day}","uses_per_customer":1,"is_active":true,"stop_rules_processing":false,"is_advanced":true,"sort_order":0,"simple_action":"{action}","discount_amount":{amount},"discount_step":0,"apply_to_shipping":false,"times_used":0,"is_rss":false,"coupon_type":"SPECIFIC_COUPON","use_auto_generation":true,"uses_per_coupon":1{shipping}{least}}}}}"#,
            quoted(&name),
            self.websites.join(","),
            groups.join(",")
        );
        self.call(At::NewRule, "POST", "/salesRules", Some(body))
    }

    fn new_code(&mut self, rule: &str) -> Step {
        let Ask::Code(code) = &self.ask else {
            return malformed();
        };
        // 1: one that was generated, and the rule is one for such.
        let body = format!(
            r#"{{"coupon":{{"rule_id":{rule},"code":{},"times_used":0,"is_primary":false,"type":1}}}}"#,
            quoted(&code.code)
        );
        self.call(At::Code, "POST", "/coupons", Some(body))
    }

    fn write_back(&mut self, customer: Node<'_>) -> Step {
        let Ask::Tag { reason, .. } = &self.ask else {
            return malformed();
        };
        let (Some(id), Some(fields)) = (customer.say(&["id"]), customer.fields()) else {
            return Step::Done(Found::Nothing);
        };
        if !is_plain_id(&id) {
            return malformed();
        }
        // Addresses that are not named stay as they are.
        let kept = fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_ref(), "addresses" | "custom_attributes"))
            .map(|(name, node)| format!("{}:{},", quoted(name), node.raw()));
        let attributes = customer
            .list(&["custom_attributes"])
            .into_iter()
            .filter(|one| one.say(&["attribute_code"]).as_deref() != Some(REASON))
            .map(|one| format!("{},", one.raw()));
        let body = format!(
            r#"{{"customer":{{{}"custom_attributes":[{}{{"attribute_code":"{REASON}","value":"{}"}}]}}}}"#,
            kept.collect::<String>(),
            attributes.collect::<String>(),
            reason.code()
        );
        self.call(At::Tag, "PUT", &format!("/customers/{id}"), Some(body))
    }
}

/// A SKU as a part of a path. As a variant's id it has what is not visible ASCII percent-encoded already, and `%` itself.
fn sku_in_path(variant: &str) -> String {
    let parts: Vec<String> = variant.split('%').map(escaped).collect();
    parts.join("%")
}

/// Whether a product that was not found is not there: a server before it may not let a SKU with a slash through, and says so by itself.
fn is_gone(body: &[u8]) -> bool {
    let message = Node::parse(body).and_then(|answer| answer.say(&["message"]));
    message.is_some_and(|message| message != NO_ROUTE)
}

/// The ids of entries.
fn ids(entries: Vec<Node<'_>>) -> Vec<String> {
    let ids = entries.into_iter().filter_map(|entry| entry.say(&["id"]));
    ids.filter(|id| is_number(id)).collect()
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
}

impl Client for Adobe {
    fn begin(&mut self) -> Step {
        match self.ask.clone() {
            Ask::Read(_, id) if !is_plain_id(&id) => Step::Done(Found::Nothing),
            Ask::Read(Resource::Cart, id) => self.get(At::Read, &format!("/carts/{id}")),
            Ask::Read(Resource::Order, id) => self.get(At::Read, &format!("/orders/{id}")),
            Ask::Shelf(variants) => {
                self.left = variants;
                self.left.truncate(MAX_SINGLE);
                self.next_single()
            }
            Ask::Code(code) => self.search(At::IsThere, "/coupons/search", "code", &code.code),
            Ask::Tag { email, .. } | Ask::Customer(email) => {
                self.search(At::Customer, "/customers/search", "email", email.as_str())
            }
        }
    }

    fn so_far(&mut self) -> Vec<OnShelf> {
        core::mem::take(&mut self.found)
    }

    fn take(&mut self, response: &Response<'_>) -> Step {
        let status = response.status;
        match (self.at, status) {
            (At::Read, 200) => return Step::Done(Found::Body(response.body.to_vec())),
            (At::Read, 404) => return Step::Done(Found::Nothing),
            (At::Shelf, 404) => {
                let sku = self.left.pop().filter(|_| is_gone(response.body));
                self.found.extend(sku.map(OnShelf::gone));
                return self.next_single();
            }
            (At::Code | At::Tag, 200) => return Step::Done(Found::Done),
            // Another try may have made it meanwhile.
            (At::Code, 400) => {
                let Ask::Code(code) = self.ask.clone() else {
                    return malformed();
                };
                // Asked again, with nothing to fall back on: what is not there then was refused.
                self.websites.clear();
                let step = self.search(At::IsThere, "/coupons/search", "code", &code.code);
                self.left = vec![String::new()];
                return step;
            }
            (At::Group, 404) => return self.orders(),
            (_, 200) => {}
            _ => return refused(status),
        }
        let Some(answer) = Node::parse(response.body) else {
            return malformed();
        };
        let items = answer.list(&["items"]);
        match self.at {
            At::Shelf => self.tell(answer),
            At::IsThere if !items.is_empty() => Step::Done(Found::Done),
            At::IsThere if !self.left.is_empty() => refused(400),
            At::IsThere => match self.rule() {
                Some((name, _)) => self.search(At::Rule, "/salesRules/search", "name", &name),
                None => Step::Refused(String::from("time")),
            },
            At::Rule => match items.first().and_then(|rule| rule.say(&["rule_id"])) {
                Some(rule) if is_plain_id(&rule) => self.new_code(&rule),
                Some(_) => malformed(),
                None => match &self.ask {
                    Ask::Code(code) if code.currency().is_some() => {
                        self.get(At::Currency, "/store/storeConfigs")
                    }
                    _ => self.get(At::Websites, "/store/websites"),
                },
            },
            At::Currency => {
                let Ask::Code(code) = &self.ask else {
                    return malformed();
                };
                let stores = answer.entries().unwrap_or_default();
                let fits = |store: &Node<'_>| is_currency(store.say(&["base_currency_code"]), code);
                let fitting = stores.into_iter().filter(fits);
                let websites = fitting.filter_map(|store| store.say(&["website_id"]));
                let mut websites: Vec<String> = websites.filter(|id| is_number(id)).collect();
                websites.sort_unstable();
                websites.dedup();
                self.websites = websites;
                self.groups()
            }
            At::Websites => {
                self.websites = ids(answer.entries().unwrap_or_default());
                self.groups()
            }
            At::Groups => self.new_rule(&ids(items)),
            At::NewRule => match answer.say(&["rule_id"]) {
                Some(rule) if is_plain_id(&rule) => self.new_code(&rule),
                _ => malformed(),
            },
            At::Customer => match items.first() {
                Some(customer) if matches!(self.ask, Ask::Customer(_)) => {
                    self.customer = customer.say(&["id"]);
                    let group = customer.say(&["group_id"]);
                    match group.filter(|id| is_plain_id(id)) {
                        Some(id) => self.get(At::Group, &format!("/customerGroups/{id}")),
                        None => self.orders(),
                    }
                }
                Some(customer) => self.write_back(*customer),
                None => Step::Done(Found::Nothing),
            },
            At::Group => {
                // The group in which everybody is who is in no other.
                self.tier = answer.say(&["code"]).filter(|code| code != "General");
                self.orders()
            }
            At::Orders => {
                let last = items.first().and_then(|one| one.say(&["created_at"]));
                let total = answer.say(&["total_count"]);
                let history = total.and_then(|total| count(&total)).map(|count| History {
                    count,
                    // No list of orders tells what they came to together.
                    spent: None,
                    last_at: last.and_then(|at| instant::parse(&at)),
                });
                customer(self.tier.take(), self.customer.take(), history)
            }
            At::Read | At::Code | At::Tag => malformed(),
        }
    }
}
