//! A webhook that only names what changed: what it is now is asked of the platform.

use super::Failure;
use crate::bindings::Env;
use crate::clock;
use crate::config::{self, ShopView};
use crate::platforms::{Answer, Platforms};
use homing_core::platform::api::{Ask, Found};
use homing_core::platform::{self, Envelope, Ignored, Platform, Thin, Tidings};
use homing_core::traceparent::TraceId;

/// How long it may take, ms.
const PATIENCE_MS: u64 = 10_000;
/// The longest that is waited by the platform's word, s.
const MOST_WAIT_S: u32 = 600;

/// What the platform's own API says of it.
pub async fn fetched(
    env: &Env,
    shop: &ShopView,
    (platform, trace): (Platform, TraceId),
    thin: Thin,
    envelope: &Envelope,
) -> Result<Tidings, Failure> {
    let deployment = config::deployment(env)?;
    let whose = (shop.id, shop.config.currency);
    let connected = Platforms::at(platform, &deployment, whose, &shop.connections)?
        .ok_or_else(|| later("not_connected", "the connection was taken away", None))?;
    // What is fetched is the state of this moment, whenever that was set off for which it is fetched.
    let envelope = Envelope {
        triggered_at: Some(clock::now_ms()),
        ..*envelope
    };
    let Thin { resource, id, .. } = thin;
    let connected = connected.under(Some(trace));
    match connected.ask(Ask::Read(resource, id), PATIENCE_MS).await {
        Answer::Found(Found::Body(body)) => {
            Ok(platform::fetched(platform, resource, &body, &envelope)?)
        }
        // It went meanwhile: whatever became of it is told by itself.
        Answer::Found(_) => Ok(Tidings::Ignored(Ignored::BasketGone)),
        Answer::Later { why, after_ms } => Err(later(
            "platform_unavailable",
            &format!("{} {why}", platform.as_str()),
            Some(wait_s(after_ms)),
        )),
        Answer::Refused(why) => Err(later(
            "platform_refused",
            &format!("{} {why}", platform.as_str()),
            None,
        )),
    }
}

/// How long to wait, s: all that was told to wait comes back spread out by the queue.
fn wait_s(after_ms: Option<u64>) -> u32 {
    let seconds = after_ms.map_or(0, |ms| ms.div_ceil(1_000));
    u32::try_from(seconds)
        .unwrap_or(MOST_WAIT_S)
        .min(MOST_WAIT_S)
}

fn later(code: &'static str, detail: &str, after_s: Option<u32>) -> Failure {
    Failure::Later {
        code,
        detail: detail.to_owned(),
        after_s,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_WAIT_S, wait_s};

    #[test]
    fn a_limit_is_waited_out_within_reason() {
        assert_eq!(
            [None, Some(1), Some(15_000), Some(15_001)].map(wait_s),
            [0, 1, 15, 16]
        );
        assert_eq!(wait_s(Some(u64::MAX)), MOST_WAIT_S);
    }
}
