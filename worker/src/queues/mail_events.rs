//! What the platform's email service tells of mails: an event for each, by the id that the service gave the mail. Whose queue it is says who
//! tells; the same event again changes nothing.

use super::backoff_s;
use crate::bindings::Env;
use crate::channels;
use crate::feedback;
use crate::telemetry;
use homing_core::callback::{MailEvent, Told, mail_event};

/// How long an event waits at first that cannot be taken, s.
const FIRST_DELAY_S: u32 = 20;
/// How often an event of a mail is tried that is not known here: KV may take a minute to show elsewhere what was written.
const UNKNOWN_TRIES: u32 = 5;
/// How often one is whose Shopper does not answer. It stays below what the queue itself allows, which would take it for ours.
const TRIES: u32 = 18;

/// Takes an event, tried for the `attempts`th time; `Some(seconds)` to see it again.
pub async fn consume(body: &str, attempts: u32, env: &Env) -> Option<u32> {
    let Ok(event) = mail_event(body) else {
        telemetry::error("mail_event_unreadable", "");
        return None;
    };
    let MailEvent {
        mail,
        feedback: Some(feedback),
        at,
    } = event
    else {
        return None;
    };
    let again = |most: u32| (attempts < most).then(|| backoff_s(FIRST_DELAY_S, attempts));
    let (shop, delivery) = match channels::find_mail(env, &mail).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let again = again(UNKNOWN_TRIES);
            if again.is_none() {
                telemetry::notice("callback_unknown", "cloudflare");
            }
            return again;
        }
        Err(problem) => {
            telemetry::error("mail_event_failed", &problem.to_string());
            return again(TRIES);
        }
    };
    let told = Told {
        delivery,
        feedback,
        at,
    };
    match feedback::tell(env, shop, &told).await {
        Ok(true) => None,
        Ok(false) => {
            telemetry::notice("callback_unknown", "cloudflare");
            None
        }
        Err(problem) => {
            telemetry::error("mail_event_failed", &problem.to_string());
            again(TRIES)
        }
    }
}
