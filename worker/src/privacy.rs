//! Who a person is, by whatever a shop or its platform calls them, and their erasure.

use crate::bindings::Env;
use crate::config::ShopView;
use crate::error::Problem;
use crate::objects::calls::{
    ShopInput, ShopReply, ShopperAsk, ShopperCall, ViewShopErasure, ask_shop, ask_shopper,
};
use crate::{clock, config, queues};
use homing_core::bytes::to_hex;
use homing_core::contact::{Email, Phone};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply, View, ViewErasure};

/// Names that a shop or its platform has for one person.
#[derive(Default)]
pub struct Names {
    /// The address.
    pub email: Option<Email>,
    /// The number.
    pub phone: Option<Phone>,
    /// What the shop's own records call them.
    pub customer: Option<String>,
}

/// The identities that these names lead to: an address and a number name one each, whoever else is joined to them; a customer's name all
/// of whom a server has told that it is theirs.
pub async fn identities(
    env: &Env,
    shop: &ShopView,
    names: &Names,
) -> Result<Vec<ShopperId>, Problem> {
    let by_email = names.email.iter();
    let by_email = by_email.map(|email| shop.names.shopper_by_email(email.as_str()));
    let by_phone = names.phone.iter();
    let by_phone = by_phone.map(|phone| shop.names.shopper_by_phone(phone.as_str()));
    let mut found: Vec<ShopperId> = by_email.chain(by_phone).collect();
    if let Some(customer) = &names.customer {
        let id = customer_id(shop, customer);
        match ask_shop(env, shop.id, &ShopInput::Called(id, None)).await? {
            ShopReply::Known(known) => found.extend(known),
            _ => return Err(odd()),
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Remembers whom the shop's records call so, or that they know them by no such name.
pub async fn call(
    env: &Env,
    shop: &ShopView,
    customer: Option<&str>,
    person: ShopperId,
) -> Result<(), Problem> {
    let id = customer.map_or_else(String::new, |customer| customer_id(shop, customer));
    ask_shop(env, shop.id, &ShopInput::Called(id, Some(person))).await?;
    Ok(())
}

fn customer_id(shop: &ShopView, customer: &str) -> String {
    to_hex(&shop.names.customer(customer))
}

/// Erases a person, unless that was done since `asked_at`, epoch ms; how it stands. It is in force then, whatever has yet to go out.
pub async fn erase(
    env: &Env,
    shop: ShopId,
    person: ShopperId,
    asked_at: u64,
) -> Result<ViewErasure, Problem> {
    match ask(env, shop, person, Input::Erase { asked_at }).await? {
        Reply::Erasure(begun) => {
            // Others were told by then, as far as they answer.
            let now = view(env, shop, person).await;
            Ok(now.ok().and_then(|view| view.erasure).unwrap_or(begun))
        }
        Reply::Refused(_) => Err(Problem::UnknownShopper),
        _ => Err(odd()),
    }
}

/// Erases everybody, a page at a time by way of a queue; how it stands. `leaving`: see [`ShopInput::EraseAll`]; `None` where the shop is
/// another by now than it was decided on.
pub async fn erase_all(
    env: &Env,
    shop: ShopId,
    leaving: Option<(String, u64)>,
) -> Result<Option<ViewShopErasure>, Problem> {
    let asked_at = clock::now_ms();
    let input = ShopInput::EraseAll { asked_at, leaving };
    let ShopReply::Erasing(begun) = ask_shop(env, shop, &input).await? else {
        return Err(odd());
    };
    let Some((shown, record)) = begun else {
        return Ok(None);
    };
    config::publish(env, shop, &record).await?;
    queues::erasures::later(env, shop).await;
    Ok(Some(shown))
}

/// A person as they are looked up.
pub async fn view(env: &Env, shop: ShopId, person: ShopperId) -> Result<View, Problem> {
    match ask(env, shop, person, Input::Read).await? {
        Reply::View(view) => Ok(view),
        Reply::Refused(_) => Err(Problem::UnknownShopper),
        _ => Err(odd()),
    }
}

/// Asks a Shopper, or who speaks for it.
pub async fn ask(
    env: &Env,
    shop: ShopId,
    shopper: ShopperId,
    input: Input,
) -> Result<Reply, Problem> {
    let ask = ShopperAsk::Step(input);
    ask_shopper(env, &ShopperCall { shop, shopper, ask }).await
}

fn odd() -> Problem {
    Problem::Internal(String::from("an object answered something else"))
}
