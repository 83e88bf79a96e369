//! `POST /v1/shoppers/lookup`: what was and will be sent to a person, and why not. `POST /v1/shoppers/join`: two identities are
//! one person. Addresses travel in the body: paths are logged.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::contact::{Email, Phone};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::NameKey;
use homing_core::object::shopper::{Input, Reply, Shopper, View};
use homing_core::scopes::Scope;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often to look whether the two have become one, ms; a message that is on its way ends within twenty seconds.
const POLL_MS: u64 = 500;
const MAX_POLLS: u32 = 50;

/// Looks a person up by exact address or number.
pub async fn lookup(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ContactsRead).await?;
    let asked: Name = body(request, 4_096).await?;
    let names = &config::shop(env, shop).await?.names;
    let (shopper, by_contact) = named(&asked, names)?;
    let view = read(env, shop, shopper).await?;
    if !by_contact && !view.known {
        return Err(Problem::UnknownShopper);
    }
    text_of(&view)
}

async fn read(env: &Env, shop: ShopId, shopper: ShopperId) -> Result<View, Problem> {
    match ask(env, shop, shopper, Input::Read).await? {
        Reply::View(view) => Ok(view),
        Reply::Refused(_) => Err(Problem::UnknownShopper),
        _ => Err(Problem::Internal(String::from(
            "a shopper answered something else",
        ))),
    }
}

async fn ask(env: &Env, shop: ShopId, shopper: ShopperId, input: Input) -> Result<Reply, Problem> {
    let ask = ShopperAsk::Step(input);
    ask_shopper(env, &ShopperCall { shop, shopper, ask }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    shoppers: [Name; 2],
}

/// How a server names a shopper.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Name {
    Email(String),
    Phone(String),
    Shopper(String),
}

#[derive(Serialize)]
struct Joined {
    shopper: String,
    joined: Vec<String>,
}

/// Joins two identities; answered once they are one, and no message is on its way that was released before.
pub async fn join(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ContactsWrite).await?;
    let Join { shoppers: [a, b] } = body(request, 4_096).await?;
    let names = &config::shop(env, shop).await?.names;
    let (a, b) = (named(&a, names)?, named(&b, names)?);
    if a.0 == b.0 {
        return Err(Problem::SameShopper);
    }
    let mut identities = 0_usize;
    for (id, by_contact) in [a, b] {
        let view = read(env, shop, id).await?;
        // An id that no contact of this shop leads to here might be another shop's.
        if !by_contact && !view.known {
            return Err(Problem::UnknownShopper);
        }
        identities = identities
            .saturating_add(view.joined.len())
            .saturating_add(1);
    }
    if identities > Shopper::MAX_IDENTITIES {
        return Err(Problem::TooManyIdentities(Shopper::MAX_IDENTITIES));
    }
    let View {
        shopper, joined, ..
    } = become_one(env, shop, a.0, b.0).await?;
    text_of(&Joined { shopper, joined })
}

fn named(name: &Name, names: &NameKey) -> Result<(ShopperId, bool), Problem> {
    Ok(match name {
        Name::Email(text) => {
            let email: Email = text.parse()?;
            (names.shopper_by_email(email.as_str()), true)
        }
        Name::Phone(text) => {
            let phone: Phone = text.parse()?;
            (names.shopper_by_phone(phone.as_str()), true)
        }
        Name::Shopper(id) => (id.parse().map_err(|_| Problem::UnknownShopper)?, false),
    })
}

/// The larger id goes over to the smaller one. Where it has gone over to yet another one, that one and the smaller are joined:
/// ids only become smaller, so it ends, however many joins cross.
async fn become_one(env: &Env, shop: ShopId, a: ShopperId, b: ShopperId) -> Result<View, Problem> {
    let (mut winner, mut loser) = (a.min(b), a.max(b));
    for poll in 0..MAX_POLLS {
        // The first answer comes before the winner's: what is asked again at once has mostly happened.
        if poll > 1 {
            worker::Delay::from(Duration::from_millis(POLL_MS)).await;
        }
        match ask(env, shop, loser, Input::Join { into: winner }).await {
            Ok(Reply::Joining {
                winner: over_to,
                settled: true,
            }) if over_to == winner => return read(env, shop, winner).await,
            Ok(Reply::Joining {
                winner: over_to,
                settled: true,
            }) => (winner, loser) = (winner.min(over_to), winner.max(over_to)),
            Ok(Reply::Joining { .. }) | Err(Problem::Unavailable(_)) => {}
            Ok(_) => {
                return Err(Problem::Internal(String::from(
                    "a shopper answered something else",
                )));
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::Unavailable(String::from(
        "a join is under way; ask again",
    )))
}
