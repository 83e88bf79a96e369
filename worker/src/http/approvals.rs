//! `POST /v1/approvals`: a person's word about a message that waits for it.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::delivery::DeliveryKey;
use homing_core::object::shopper::{Input, Reply};
use homing_core::scopes::Scope;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    shopper: String,
    conversation: u16,
    step: u8,
    approved: bool,
}

#[derive(Serialize)]
struct Taken {
    approved: bool,
}

/// Approves or rejects one message; 404 where none waits.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::DeliveriesWrite).await?;
    let asked: Approval = body(request, 4_096).await?;
    let key = DeliveryKey {
        conversation: asked.conversation,
        step: asked.step,
    };
    let approved = asked.approved;
    let call = ShopperCall {
        shop,
        shopper: asked.shopper.parse().map_err(|_| Problem::NotFound)?,
        ask: ShopperAsk::Step(Input::Approved { key, approved }),
    };
    match ask_shopper(env, &call).await? {
        Reply::Done => text_of(&Taken { approved }),
        _ => Err(Problem::NotFound),
    }
}
