//! `POST /v1/messages/test`: the message to one of the shop's own people, by the channel and the provider that carry the shop's messages.
//! It belongs to no shopper: no plan, no cap, no holdout, no report. That it was begun is written down before it is sent, under a name
//! that the same `Idempotency-Key` makes again, so a try that was interrupted is told as unknown and not repeated.

use super::asked::{Asked, wrong};
use super::{MERCHANT_BODY, body, merchant, see, text_of};
use crate::bindings::{Env, Request};
use crate::config::ShopView;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_shop, ask_shopper};
use crate::{channels, clock, config, telemetry, traces};
use homing_core::channel::Channel;
use homing_core::delivery::{Frozen, Whom};
use homing_core::idempotency::IdempotencyKey;
use homing_core::ids::{CartId, ShopId, first_16};
use homing_core::object::shopper::{Input, Release, Reply};
use homing_core::preview::{Begun, SampleLinks, Told, What, marked, name};
use homing_core::scopes::Scope;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What a try may take, ms: as long as the lease of a message to a shopper.
const LEASE_MS: u64 = 20_000;

#[derive(Serialize)]
struct Answer<'a> {
    test: &'a str,
    channel: Channel,
    provider: &'static str,
    result: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// Sends it, and says what came of that.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let caller = merchant::caller(request, env).await?;
    caller.needs(Scope::DeliveriesWrite)?;
    let mut asked: Asked = body(request, MERCHANT_BODY).await?;
    let listed = asked
        .to
        .as_deref()
        .map(|to| caller.record.config.test_recipient(to));
    let to = match listed {
        Some(Some(to)) => to,
        Some(None) => return Err(Problem::NotListed),
        None => return Err(wrong("to", "an address or a number of test_recipients")),
    };
    let channel = *asked.channel.get_or_insert(to.channel());
    if channel != to.channel() {
        return Err(wrong("channel", "the channel by which `to` is reached"));
    }
    let seen = see(caller, asked, env).await?;
    let (shop, config) = (seen.shop, &seen.record.config);
    let written = seen.preview.written.map_err(|skip| {
        let why = format!("a message that is sent, and not skipped as {}", skip.code());
        wrong("sequence", &why)
    })?;
    let carrier = config
        .carrier(channel)
        .ok_or_else(|| wrong("channel", "one that the shop sends by"))?;
    let name = name_of(request, shop);
    let deployment = config::deployment(env)?;
    // What becomes of it is told as of any message, and found to be about none.
    let callback_url = format!(
        "{}/callbacks/{}/{shop}?delivery={name}",
        deployment.public_url,
        carrier.name()
    );
    let number = match &to {
        Whom::Number(number) => Some(number.clone()),
        Whom::Address(_) => None,
    };
    let message = marked(written, config, to, callback_url)
        .ok_or_else(|| wrong("channel", "the channel by which `to` is reached"))?;
    let answer = |told: &Told| {
        let is_accepted = told.result == What::Accepted;
        let said = Some(told.detail.as_str()).filter(|text| !text.is_empty());
        text_of(&Answer {
            test: &name,
            channel,
            provider: carrier.name(),
            result: told.result,
            provider_id: said.filter(|_| is_accepted),
            code: said.filter(|_| !is_accepted),
        })
    };
    match ask_shop(env, shop, &ShopInput::Test(name.clone())).await? {
        ShopReply::Begun(Begun::Go) => {}
        ShopReply::Begun(Begun::Known(told)) => return answer(&told),
        ShopReply::Begun(Begun::Full(wait_ms)) => {
            let seconds = u32::try_from(wait_ms.div_ceil(1_000)).unwrap_or(u32::MAX);
            return Err(Problem::TooManyTests(seconds));
        }
        _ => {
            return Err(Problem::Internal(String::from(
                "the shop answered something else",
            )));
        }
    }
    let view = config::shop(env, shop).await.ok();
    let told = match number {
        // Who has said STOP from a telephone has said it about tests as well.
        Some(number) if has_left(env, view.as_deref(), number.as_str()).await => Told {
            result: What::Refused,
            detail: String::from("opted_out"),
        },
        _ => {
            let now = clock::now_ms();
            let release = Release {
                attempt: 1,
                provider: carrier,
                lease_until: now.saturating_add(LEASE_MS),
                message: Frozen {
                    unsubscribe_url: SampleLinks::new(&deployment.public_url).unsubscribe,
                    key: name.clone(),
                    date_ms: now,
                    cart: seen.cart.unwrap_or(CartId([0; 16])),
                    body: message,
                },
                trace: Some(traces::of(request)),
                code: None,
            };
            let tried = channels::send(env, &deployment, (shop, view.as_deref()), &release).await;
            Told::from(tried.outcome)
        }
    };
    telemetry::passed(
        Some(traces::of(request)),
        "test_sent",
        &format!("{name} {:?}", told.result),
    );
    // It was sent or not, whatever is remembered of it.
    let ended = ShopInput::Tested(name.clone(), told.clone());
    if let Err(problem) = ask_shop(env, shop, &ended).await {
        telemetry::error("test_not_remembered", &problem.to_string());
    }
    answer(&told)
}

/// The test's name: the same for the same `Idempotency-Key`.
fn name_of(request: &Request, shop: ShopId) -> String {
    let header = request.headers().get("idempotency-key");
    let Some(key) = header.and_then(|header| IdempotencyKey::parse(&header)) else {
        return name(&clock::entropy());
    };
    let digest = Sha256::new()
        .chain_update(b"test")
        .chain_update(shop.0)
        .chain_update(key.as_str().as_bytes())
        .finalize();
    name(&first_16(&digest))
}

/// Whether texts to a number were ended from it. Asked, and never told anything; where nobody answers it counts as a yes.
async fn has_left(env: &Env, view: Option<&ShopView>, number: &str) -> bool {
    let Some(view) = view else {
        return true;
    };
    let call = ShopperCall {
        shop: view.id,
        shopper: view.names.shopper_by_phone(number),
        ask: ShopperAsk::Step(Input::WordAbout(Channel::Sms)),
    };
    match ask_shopper(env, &call).await {
        Ok(Reply::Word(word)) => word.is_some_and(|word| word.refused.is_some()),
        Ok(_) => false,
        Err(_) => true,
    }
}
