//! From a platform's webhook, whose signature has been checked, to what it does: the same way at the edge, out of a queue, and when a
//! person has it tried again.

mod fetch;
mod keep;
mod parcel;
mod privacy;
mod tell;

pub use keep::{BODY_LOST, keep, keep_lost};
pub use parcel::{Parcel, Unopened, pack, pack_kept, unpack};
pub use privacy::asked_about;

use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{CUSTOMER_ERASURE, SHOP_ERASURE_ASKED};
use homing_core::ids::ShopId;
use homing_core::platform::{self, Envelope, NotUnderstood, Platform, Tidings};
use homing_core::traceparent::TraceId;

/// A webhook whose signature was good.
pub struct Webhook {
    /// Whose it is.
    pub platform: Platform,
    /// What about, as the platform calls it; empty where only the body says so.
    pub topic: String,
    /// When it came, epoch ms.
    pub at: u64,
    /// When the platform set it off, epoch ms, where a header says so.
    pub triggered_at: Option<u64>,
    /// The body, as it came.
    pub body: Vec<u8>,
    /// Under which id it is kept, if a person has it tried again.
    pub kept: Option<String>,
    /// The trace that it came with, or that was made when it came.
    pub trace: TraceId,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in force, or of no concern.
    Done,
    /// It asks for something that a person has to do.
    Asked(&'static str),
}

/// Why a webhook is not in force.
#[derive(Debug)]
pub enum Failure {
    /// It cannot be read, and will not be by this version.
    NotUnderstood(NotUnderstood),
    /// Something did not answer; the same again may do.
    Later {
        /// A stable code.
        code: &'static str,
        /// In words, for the log.
        detail: String,
        /// How soon it makes sense, s, where somebody has said.
        after_s: Option<u32>,
    },
}

impl Failure {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotUnderstood(why) => why.code.as_str(),
            Self::Later { code, .. } => code,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let (_, code, _) = problem.class();
        let detail = match problem {
            Problem::Unavailable(what) | Problem::Internal(what) => what,
            other => other.to_string(),
        };
        Self::Later {
            code,
            detail,
            after_s: None,
        }
    }
}

impl From<NotUnderstood> for Failure {
    fn from(why: NotUnderstood) -> Self {
        Self::NotUnderstood(why)
    }
}

/// Does what a webhook says. Whoever repeats it changes nothing: baskets have versions, and orders names.
pub async fn take(env: &Env, shop: ShopId, webhook: &Webhook) -> Result<Fate, Failure> {
    let view = config::shop(env, shop).await?;
    let envelope = Envelope {
        triggered_at: webhook.triggered_at,
        received_at: webhook.at,
        shop_currency: Some(view.config.currency),
    };
    let read = platform::read(webhook.platform, &webhook.topic, &webhook.body, &envelope)?;
    let tidings = match read {
        Tidings::Thin(thin) => {
            fetch::fetched(
                env,
                &view,
                (webhook.platform, webhook.trace),
                thin,
                &envelope,
            )
            .await?
        }
        whole => whole,
    };
    let told_at = webhook.triggered_at.unwrap_or(webhook.at);
    match tidings {
        // Of before everybody was forgotten.
        Tidings::Basket(_) | Tidings::Order(_)
            if view.erased_at.is_some_and(|at| told_at <= at) => {}
        Tidings::Basket(basket) => {
            tell::basket(env, &view, (webhook.platform, webhook.trace), basket).await?;
        }
        Tidings::Order(order) => {
            tell::order(env, &view, (webhook.platform, webhook.trace), order).await?;
        }
        Tidings::Erase(person) => {
            if !privacy::erase(env, &view, person, told_at).await? {
                return Ok(Fate::Asked(CUSTOMER_ERASURE));
            }
        }
        Tidings::DataRequest(_) => return Ok(Fate::Asked("customer_data")),
        Tidings::ShopErase(former) => {
            let whose = (webhook.platform, &former);
            if !privacy::erase_shop(env, &view, whose, webhook.at).await? {
                return Ok(Fate::Asked(SHOP_ERASURE_ASKED));
            }
        }
        // What is fetched is whole; a resource that names another is of no use.
        Tidings::Thin(_) | Tidings::Ping | Tidings::Ignored(_) => {}
    }
    Ok(Fate::Done)
}
