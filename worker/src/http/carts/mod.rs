//! `/v1/carts`: a shop's carts as its servers read them. The list holds the carts of every shopper whose contact is known: the desk knows
//! these shoppers anyway, and a cart that nobody can be written to about costs it nothing. Pages are put together when they are asked for:
//! from the desk's list of shoppers, from each of them, and from each of their carts.

mod cursor;
mod events;
mod filter;
mod gather;
mod shown;
mod whole;

use super::merchant::Caller;
use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::{clock, config};
pub use events::get as events;
use filter::Asked;
use gather::Gathered;
pub use gather::Reader;
use homing_core::contact::{Email, Phone};
use homing_core::ids::CartId;
use homing_core::object::shopper::PlanSettings;
use homing_core::scopes::Scope;
use serde::Serialize;
use shown::Cart;
pub use shown::NO_DELIVERY;
pub use whole::Whole;

#[derive(Serialize)]
struct Page {
    carts: Vec<Cart>,
    /// The cursor of the next page; not there on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The carts of all known shoppers.
pub async fn list(request: &Request, env: &Env, query: &str) -> Result<String, Problem> {
    let reader = reader(request, env).await?;
    let filter = Asked::of_query(query)?.filter()?;
    page(reader.list(&filter).await?)
}

/// The same by what a body says: those of one person, named by an exact contact. Addresses of requests are logged on the way, and headers
/// may be; bodies are not.
pub async fn search(request: &Request, env: &Env) -> Result<String, Problem> {
    let reader = reader(request, env).await?;
    let asked: Asked = body(request, 4_096).await?;
    let filter = asked.filter()?;
    let names = &config::shop(env, reader.shop).await?.names;
    let shopper = match (&asked.email, &asked.phone) {
        (None, None) => return page(reader.list(&filter).await?),
        (Some(email), None) => names.shopper_by_email(email.parse::<Email>()?.as_str()),
        (None, Some(phone)) => names.shopper_by_phone(phone.parse::<Phone>()?.as_str()),
        (Some(_), Some(_)) => {
            return Err(filter::wrong("email", "this field or phone, one of them"));
        }
    };
    reader.needs_contacts()?;
    page(reader.of(shopper, &filter).await?)
}

/// One cart, whosever it is.
pub async fn one(request: &Request, env: &Env, cart: &str) -> Result<String, Problem> {
    let reader = reader(request, env).await?;
    let cart: CartId = cart.parse()?;
    let object = config::shop(env, reader.shop).await?.names.cart(cart);
    text_of(&reader.one(cart, object).await?)
}

async fn reader(request: &Request, env: &Env) -> Result<Reader, Problem> {
    let caller = merchant::caller(request, env).await?;
    caller.needs(Scope::CartsRead)?;
    Reader::of_caller(&caller, env)
}

impl Reader {
    /// For somebody who may read.
    pub fn of_caller(caller: &Caller, env: &Env) -> Result<Self, Problem> {
        Ok(Self {
            env: env.clone(),
            shop: caller.shop,
            deployment: config::deployment(env)?,
            settings: PlanSettings::of(&caller.record.config),
            currency: caller.record.config.currency,
            contacts: caller.scopes.allow(Scope::ContactsRead),
            now: clock::now_ms(),
        })
    }
}

fn page(gathered: Gathered) -> Result<String, Problem> {
    text_of(&Page {
        carts: gathered.carts,
        next: gathered.next.map(|cursor| cursor.to_string()),
    })
}
