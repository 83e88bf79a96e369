//! The row of push services.

use super::{Most, Proof, Repeats, Row, TIMEOUT_MS, any};
use crate::push::encryption::RECORD_BYTES;

pub(super) const WEB_PUSH: Row = Row {
    name: "webpush",
    title: "Web Push",
    // A `Topic` replaces what has not been shown yet; it does not tell a repeat from a second message.
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(RECORD_BYTES),
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
