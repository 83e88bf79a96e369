//! What platforms ask for under privacy laws.

use super::keep::open_kept;
use crate::bindings::Env;
use crate::config::ShopView;
use crate::error::Problem;
use crate::objects::calls::{KeptState, ShopInput, ShopReply, ask_shop};
use crate::privacy::{self, Names};
use homing_core::platform::{self, Envelope, Person, Platform, Tidings};

impl From<Person> for Names {
    fn from(person: Person) -> Self {
        Self {
            email: person.email,
            phone: person.phone,
            customer: person.id,
        }
    }
}

/// Erases whom a platform names; `false` where nobody is known by that, which is for a person to look at: the customer may have another
/// address here. Asked for again, it erases nobody who has come since. One of them who cannot be reached keeps nobody else from it.
pub async fn erase(
    env: &Env,
    shop: &ShopView,
    person: Person,
    asked_at: u64,
) -> Result<bool, Problem> {
    let identities = privacy::identities(env, shop, &person.into()).await?;
    let mut is_known = false;
    for identity in &identities {
        // Who does not answer is somebody.
        let view = privacy::view(env, shop.id, *identity).await;
        is_known |= view.map_or(true, |view| view.known);
    }
    let mut failed = None;
    for identity in identities {
        failed = privacy::erase(env, shop.id, identity, asked_at)
            .await
            .err()
            .or(failed);
    }
    match failed {
        // Of somebody unknown nothing was left undone.
        Some(problem) if is_known => Err(problem),
        _ => Ok(is_known),
    }
}

/// Whom a kept webhook asks about; `erases`: it has to ask for an erasure, and not to be told what is held.
pub async fn asked_about(
    env: &Env,
    shop: &ShopView,
    id: &str,
    erases: bool,
) -> Result<Names, Problem> {
    let ShopReply::Listed(open, _) =
        ask_shop(env, shop.id, &ShopInput::Listed(KeptState::Open)).await?
    else {
        return Err(Problem::Internal(String::from(
            "the shop answered something else",
        )));
    };
    let kept = open.into_iter().find(|kept| kept.id == id);
    let kept = kept.ok_or(Problem::NotFound)?;
    let body = open_kept(env, shop.id, id).await?;
    let (Some(platform), Some(body)) = (Platform::parse(&kept.platform), body) else {
        return Err(Problem::NotFound);
    };
    let envelope = Envelope {
        triggered_at: kept.triggered_at,
        received_at: kept.at,
        shop_currency: Some(shop.config.currency),
    };
    match platform::read(platform, &kept.topic, &body, &envelope) {
        Ok(Tidings::Erase(person)) => Ok(person.into()),
        Ok(Tidings::DataRequest(person)) if !erases => Ok(person.into()),
        Ok(Tidings::DataRequest(_)) => Err(Problem::Body(String::from(
            "`request` asks what is held, and not that anybody is erased",
        ))),
        _ => Err(Problem::NotFound),
    }
}
