//! What platforms ask for under privacy laws.

use super::Failure;
use super::keep::open_kept;
use crate::bindings::Env;
use crate::clock;
use crate::config::{self, ShopView};
use crate::connections::Connections;
use crate::error::Problem;
use crate::objects::calls::{KeptState, ShopInput, ShopReply, ask_shop};
use crate::platforms::{Answer, Platforms};
use crate::privacy::{self, Names};
use homing_core::platform::api::Ask;
use homing_core::platform::{self, Envelope, FormerShop, Person, Platform, Tidings};
use homing_core::webhook::shopify_store;

/// How long a platform has to say that it does not know us any more, ms.
const GONE_MS: u64 = 5_000;

/// How long one is asked that does not answer, before a person has to see to it, ms.
const PATIENCE_MS: u64 = 12 * 3_600_000;

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
/// person's decision. To be wrong costs all of it, so the desk's own record has to say that this is the store which is connected, that no
/// other platform is, and the store has to refuse the token that stands there: who has connected it anew is not to lose their shoppers to
/// what was said of before.
pub async fn erase_shop(
    env: &Env,
    shop: &ShopView,
    (platform, former): (Platform, &FormerShop),
    waiting_since: u64,
) -> Result<bool, Failure> {
    let ShopReply::Record(Some(record)) = ask_shop(env, shop.id, &ShopInput::Read).await? else {
        return Ok(false);
    };
    let connections = Connections::new(shop.id, record.connections.clone());
    let deployment = config::deployment(env)?;
    let Some(connection) = connections.of(platform, &deployment.keys)? else {
        // An earlier try may have taken it away, and ended before anybody else knew.
        config::publish(env, shop.id, &record).await?;
        return Ok(false);
    };
    let (own, said) = (connection.store.as_deref(), former.domain.as_deref());
    let is_it = own.is_some() && shopify_store(own, said).is_ok();
    if !is_it || !connections.is_only(platform) {
        return Ok(false);
    }
    let store = (shop.id, shop.config.currency);
    let Some(asked) = Platforms::at(platform, &deployment, store, &connections)? else {
        return Ok(false);
    };
    // Any question does: it is about who may ask.
    match asked
        .ask(Ask::Shelf(vec![String::from("1")]), GONE_MS)
        .await
    {
        Answer::Refused(why) if matches!(why.as_str(), "not_allowed" | "status_404") => {}
        Answer::Later { why, after_ms }
            if clock::now_ms() < waiting_since.saturating_add(PATIENCE_MS) =>
        {
            return Err(Failure::Later {
                code: "platform_unavailable",
                detail: format!("whether {} has gone: {why}", platform.as_str()),
                after_s: after_ms.and_then(|ms| u32::try_from(ms.div_ceil(1_000)).ok()),
            });
        }
        _ => return Ok(false),
    }
    let leaving = Some((platform.as_str().to_owned(), record.version));
    let begun = privacy::erase_all(env, shop.id, leaving).await?;
    Ok(begun.is_some())
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
        Ok(Tidings::ShopErase(_)) => Err(Problem::Body(String::from(
            "`request` is about everybody: an erasure of them takes `shop` instead",
        ))),
        Ok(Tidings::DataRequest(_)) => Err(Problem::Body(String::from(
            "`request` asks what is held, and not that anybody is erased",
        ))),
        _ => Err(Problem::NotFound),
    }
}
