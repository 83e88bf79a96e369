//! `PUT /v1/shoppers`: what a shop's own records say of a customer. The address travels in the body: paths are logged.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::privacy;
use homing_core::contact::{Email, Phone};
use homing_core::document::text::Text;
use homing_core::money::{Currency, Money};
use homing_core::object::shopper::{Customer, History, Input, Reply};
use homing_core::scopes::Scope;
use homing_core::shop::FieldError;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    email: Option<String>,
    phone: Option<String>,
    tier: Option<String>,
    name: Option<String>,
    customer_id: Option<String>,
    orders: Option<Orders>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Orders {
    count: u32,
    spent_minor: Option<u64>,
    currency: Option<Currency>,
    last_at: Option<u64>,
}

#[derive(Serialize)]
struct Known {
    shopper: String,
}

/// Replaces what the shop has told of one customer.
pub async fn put(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ContactsWrite).await?;
    let asked: Put = body(request, 4_096).await?;
    let view = config::shop(env, shop).await?;
    let names = &view.names;
    let shopper = match (&asked.email, &asked.phone) {
        (Some(email), None) => names.shopper_by_email(email.parse::<Email>()?.as_str()),
        (None, Some(phone)) => names.shopper_by_phone(phone.parse::<Phone>()?.as_str()),
        _ => return Err(wrong("email", "this field or phone, one of them")),
    };
    let customer = Customer {
        tier: text(asked.tier, "tier")?,
        name: text(asked.name, "name")?,
        reference: text(asked.customer_id.clone(), "customer_id")?,
        orders: asked.orders.map(history).transpose()?,
    };
    let call = ShopperCall {
        shop,
        shopper,
        ask: ShopperAsk::Step(Input::Customer(customer)),
    };
    // So that they can be found when they are to be erased, by it or with everybody: before there is anything to erase.
    privacy::call(env, &view, asked.customer_id.as_deref(), shopper).await?;
    let answer = ask_shopper(env, &call).await?;
    match answer {
        Reply::Done => text_of(&Known {
            shopper: shopper.to_string(),
        }),
        _ => Err(Problem::Internal(String::from(
            "a shopper answered something else",
        ))),
    }
}

fn text(value: Option<String>, field: &str) -> Result<Option<Text>, Problem> {
    value
        .map(|value| Text::try_from(value).map_err(|_| wrong(field, Text::ALLOWED)))
        .transpose()
}

fn history(orders: Orders) -> Result<History, Problem> {
    let spent = match (orders.spent_minor, orders.currency) {
        (Some(minor), Some(currency)) => Some(Money { minor, currency }),
        (None, None) => None,
        _ => {
            return Err(wrong(
                "orders.currency",
                "given together with orders.spent_minor, or neither",
            ));
        }
    };
    Ok(History {
        count: orders.count,
        spent,
        last_at: orders.last_at,
    })
}

fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Field(FieldError {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}
