//! What a provider tells of a mail after it has taken it reaches the Shopper that sent it.

use crate::bindings::Env;
use crate::clock;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::callback::Told;
use homing_core::channel::Channel;
use homing_core::ids::ShopId;
use homing_core::object::shopper::{Input, Reply};

/// Tells the Shopper; `false`: it has sent no such message. What fails here is to be told again: what was taken already changes nothing
/// then.
pub async fn tell(env: &Env, shop: ShopId, told: &Told) -> Result<bool, Problem> {
    let call = ShopperCall {
        shop,
        shopper: told.delivery.shopper,
        ask: ShopperAsk::Step(Input::HeardBack {
            key: told.delivery.key,
            replays: told.delivery.replays,
            channel: Channel::Email,
            feedback: told.feedback,
            detail: String::new(),
            at: told.at.unwrap_or_else(clock::now_ms),
        }),
    };
    let reply = ask_shopper(env, &call).await?;
    Ok(!matches!(reply, Reply::Refused(_)))
}
