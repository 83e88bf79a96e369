//! The row of who carries nothing but text messages. Attentive's row, [`super::FlowPlatform::Attentive`], is that of its texts as well.

use super::{Most, Proof, Repeats, Row, TIMEOUT_MS, any, named};

/// Twilio's Programmable Messaging. Its own codes stand under every 4xx, and in status callbacks, where there is no status.
pub const TWILIO: Row = Row {
    name: "twilio",
    title: "Twilio",
    // The `Messages` resource takes no idempotency key: its reference lists every parameter.
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Units(1_600),
    refusals: &[
        // The number has answered STOP to this sender.
        named(400, 499, "21610", Proof::OptedOut),
        // Too much at once, for the account or for the number.
        any(429, 429, Proof::Transient),
        named(400, 499, "20429", Proof::Transient),
        named(400, 499, "14107", Proof::Transient),
        named(400, 499, "21611", Proof::Transient),
        // The deployment's own credentials or account: somebody will put them right.
        any(401, 401, Proof::Transient),
        any(403, 404, Proof::Transient),
        // No number, no mobile, a landline, or nobody's.
        named(400, 499, "21211", Proof::Recipient),
        named(400, 499, "21614", Proof::Recipient),
        named(400, 499, "21635", Proof::Recipient),
        named(400, 499, "30005", Proof::Recipient),
        named(400, 499, "30006", Proof::Recipient),
        any(400, 499, Proof::Rejected),
    ],
    source: "twilio.com/docs: Messages resource, Error and warning dictionary",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_proved_may_be_tried_again() {
        for (status, code, proof) in [
            (429, "20429", Proof::Transient),
            (400, "14107", Proof::Transient),
            (401, "20003", Proof::Transient),
            (404, "20404", Proof::Transient),
            (400, "21610", Proof::OptedOut),
            (400, "21211", Proof::Recipient),
            (400, "21614", Proof::Recipient),
            (400, "21606", Proof::Rejected),
            (302, "", Proof::Nothing),
            (500, "20500", Proof::Nothing),
            (503, "", Proof::Nothing),
        ] {
            assert_eq!(TWILIO.proof(status, code), proof, "{status} {code}");
        }
    }
}
