//! What platforms ask for under privacy laws.

use super::Failure;
use super::keep::open_kept;
use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::connections;
use crate::error::Problem;
use crate::objects::calls::{KeptState, ShopInput, ShopReply, ask_shop};
use crate::platforms::{Answer, Platforms};
use crate::privacy::{self, Names};
use homing_core::platform::api::Ask;
use homing_core::platform::{self, Envelope, FormerShop, Person, Platform, Tidings};
use homing_core::webhook::shopify_store;

/// Why a request to erase a whole shop is shown: whether that shop is this one, and has gone, is for a person to say.
pub const SHOP_ERASURE: &str = "shop_erasure";

/// How long a platform has to say that it does not know us any more, ms.
const GONE_MS: u64 = 5_000;

/// What a kept webhook asks for.
pub enum AskedFor {
    /// Something about a person.
    Person(Names),
    /// That everybody is forgotten who was told of by this time, epoch ms.
    Everybody(u64),
}

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

/// Erases everybody because a platform says that a shop of its own has gone, and drops the connection; `false` where that has to be a
/// person's decision. What it costs to be wrong is everything, so it has to be the store that is connected, the only one, and one that lets
/// us in no more: whoever has installed the app again since is not to lose their shoppers to what was said of before.
pub async fn erase_shop(
    env: &Env,
    shop: &ShopView,
    (platform, former): (Platform, &FormerShop),
    asked_at: u64,
) -> Result<bool, Failure> {
    let deployment = config::deployment(env)?;
    let connection = shop.connections.of(platform, &deployment.keys)?;
    let Some(connection) = connection else {
        return Ok(false);
    };
    let (own, said) = (connection.store.as_deref(), former.domain.as_deref());
    let is_it = own.is_some() && shopify_store(own, said).is_ok();
    if !is_it || !shop.connections.is_only(platform) || !has_gone(env, shop, platform).await? {
        return Ok(false);
    }
    privacy::erase_all(env, shop.id, asked_at).await?;
    connections::set(env, shop.id, platform.as_str(), None).await?;
    Ok(true)
}

/// Whether a platform lets us in no more.
async fn has_gone(env: &Env, shop: &ShopView, platform: Platform) -> Result<bool, Failure> {
    let deployment = config::deployment(env)?;
    let store = (shop.id, shop.config.currency);
    let Some(found) = Platforms::at(platform, &deployment, store, &shop.connections)? else {
        return Ok(false);
    };
    // Any question does: it is about who may ask.
    match found
        .ask(Ask::Shelf(vec![String::from("1")]), GONE_MS)
        .await
    {
        Answer::Found(_) => Ok(false),
        Answer::Refused(why) => Ok(matches!(why.as_str(), "not_allowed" | "status_404")),
        Answer::Later { why, after_ms } => Err(Failure::Later {
            code: "platform_unavailable",
            detail: format!("whether {} has gone: {why}", platform.as_str()),
            after_s: after_ms.and_then(|ms| u32::try_from(ms.div_ceil(1_000)).ok()),
        }),
    }
}

/// What a kept webhook asks for; `erases`: it has to ask for an erasure, and not to be told what is held.
pub async fn asked_for(
    env: &Env,
    shop: &ShopView,
    id: &str,
    erases: bool,
) -> Result<AskedFor, Problem> {
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
        Ok(Tidings::Erase(person)) => Ok(AskedFor::Person(person.into())),
        Ok(Tidings::DataRequest(person)) if !erases => Ok(AskedFor::Person(person.into())),
        Ok(Tidings::ShopErase(_)) if erases => Ok(AskedFor::Everybody(kept.told_at())),
        Ok(Tidings::ShopErase(_)) => Err(Problem::Body(String::from(
            "`request` asks that everybody is erased, and not what is held",
        ))),
        Ok(Tidings::DataRequest(_)) => Err(Problem::Body(String::from(
            "`request` asks what is held, and not that anybody is erased",
        ))),
        _ => Err(Problem::NotFound),
    }
}
