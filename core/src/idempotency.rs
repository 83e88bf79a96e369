//! What a request with an `Idempotency-Key` meets: the header of draft-ietf-httpapi-idempotency-key-header-06, with the answers that
//! docs/api.md promises. A key is kept with the digest of the request that first carried it.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// How long an answer is kept, ms: two days.
pub const KEPT_MS: u64 = 2 * 86_400_000;

/// How long a request may be under way, ms. Whoever began it and has not answered by then was ended: it may be done again, because
/// every operation of the API by itself may be.
pub const LEASE_MS: u64 = 60_000;

/// The largest answer that is kept, bytes.
pub const MAX_ANSWER: usize = 256 * 1024;

/// A key as a caller sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header: 1 to 255 visible ASCII characters, in quotation marks as the draft's structured string or without. A string's
    /// escapes stay as they are: all that matters is that the same header is the same key.
    pub fn parse(header: &str) -> Option<Self> {
        let text = header.trim();
        let text = text
            .strip_prefix('"')
            .map_or(Some(text), |rest| rest.strip_suffix('"'))?;
        let fits =
            (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(String::from(text)))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that carried a key: the digest of its method, address and body.
pub type Fingerprint = [u8; 32];

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The request that carried it.
    pub fingerprint: Fingerprint,
    /// When it was begun last, epoch ms.
    pub begun_at: u64,
    /// How often it was begun.
    pub attempt: u32,
    /// What was answered; `None`: nothing yet.
    pub answer: Option<Answer>,
}

/// What a request with a key meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Met {
    /// Nobody has done it: do it, under this number.
    Begin(u32),
    /// It has been done, and this was the answer.
    Done(Answer),
    /// The key belongs to another request.
    Conflict,
    /// Somebody is doing it; ask again after so many ms.
    UnderWay(u64),
    /// Too many keys are kept.
    Full,
}

/// What a request meets of whose key `known` is known.
pub fn meet(known: Option<&Known>, fingerprint: &Fingerprint, now: u64) -> Met {
    let Some(known) = known.filter(|known| now.saturating_sub(known.begun_at) < KEPT_MS) else {
        return Met::Begin(1);
    };
    if known.fingerprint != *fingerprint {
        return Met::Conflict;
    }
    if let Some(answer) = &known.answer {
        return Met::Done(answer.clone());
    }
    let ends = known.begun_at.saturating_add(LEASE_MS);
    match ends.checked_sub(now).filter(|left| *left > 0) {
        Some(left) => Met::UnderWay(left),
        None => Met::Begin(known.attempt.saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn known(answer: Option<Answer>) -> Known {
        Known {
            fingerprint: [1; 32],
            begun_at: 1_000,
            attempt: 1,
            answer,
        }
    }

    #[test]
    fn the_same_request_is_done_once() {
        assert_eq!(meet(None, &[1; 32], 1_000), Met::Begin(1));
        let under_way = known(None);
        assert_eq!(
            meet(Some(&under_way), &[1; 32], 2_000),
            Met::UnderWay(59_000)
        );
        let answer = Answer {
            status: 200,
            body: vec![1],
        };
        let done = known(Some(answer.clone()));
        assert_eq!(meet(Some(&done), &[1; 32], 86_400_000), Met::Done(answer));
    }

    #[test]
    fn another_request_under_the_same_key_is_refused_whether_the_first_has_ended_or_not() {
        let answer = Answer {
            status: 200,
            body: vec![],
        };
        for known in [known(None), known(Some(answer))] {
            assert_eq!(meet(Some(&known), &[2; 32], 2_000), Met::Conflict);
        }
    }

    #[test]
    fn what_was_begun_and_never_answered_may_be_done_again() {
        let ended = 1_000 + LEASE_MS;
        assert_eq!(
            meet(Some(&known(None)), &[1; 32], ended - 1),
            Met::UnderWay(1)
        );
        assert_eq!(meet(Some(&known(None)), &[1; 32], ended), Met::Begin(2));
    }

    #[test]
    fn a_key_is_forgotten_after_two_days() {
        assert_eq!(
            meet(Some(&known(None)), &[2; 32], 1_000 + KEPT_MS),
            Met::Begin(1)
        );
    }

    #[test]
    fn a_key_is_read_with_quotation_marks_or_without() {
        let parse = |header: &str| IdempotencyKey::parse(header).map(|key| key.0);
        assert_eq!(parse("\"8e03978e\""), Some(String::from("8e03978e")));
        assert_eq!(parse(" 8e03978e "), Some(String::from("8e03978e")));
        for header in ["", "\"\"", "\"open", "two words", "ä"] {
            assert_eq!(parse(header), None, "{header}");
        }
        assert_eq!(parse(&"k".repeat(255)).map(|key| key.len()), Some(255));
        assert_eq!(parse(&"k".repeat(256)), None);
    }
}
