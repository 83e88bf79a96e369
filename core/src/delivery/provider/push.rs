//! The row of push services.

use super::{Proof, Row, any};
use crate::channel::Channel;

/// An answer is waited for a little less long than a lease lasts.
const TIMEOUT_MS: u64 = 15_000;

pub(super) const WEB_PUSH: Row = Row {
    name: "webpush",
    title: "Web Push",
    channel: Channel::Push,
    // A `Topic` replaces what has not been shown yet; it does not tell a repeat from a second message.
    idempotency_ms: None,
    timeout_ms: TIMEOUT_MS,
    max_recipients: 1,
    max_bytes: Some(4_096),
    rate: "the push service's own",
    refusals: &[
        any(404, 404, Proof::Recipient),
        any(410, 410, Proof::Recipient),
        any(429, 429, Proof::Transient),
        // The deployment's key, or its clock: somebody will put it right.
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(400, 499, Proof::Rejected),
    ],
    source: "RFC 8030, sections 5, 7.3 and 8.4; RFC 8292, section 4.2; mozilla-services.github.io/autopush-rs: Error Codes",
};
