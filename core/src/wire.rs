//! The JSON that a storefront and the edge exchange. Flat on purpose: it is easy to write in any language. [`Event::op`] turns the
//! loose shape into a value that cannot be wrong.

use crate::cart::{Change, Dot, Entry, EventId, Hlc, LineKey, Op, Quantity, Variant};
use crate::error::Invalid;
use crate::object::cart::Collected;
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Deserializer, Serialize};

/// Body of `POST /v1/collect`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CollectRequest {
    /// Version of this shape: 1.
    pub v: u32,
    /// Publishable key.
    pub key: String,
    /// The cart's secret, base64url.
    pub cart: String,
    /// The sequence number that the browser's base stands at.
    pub seen: Option<u64>,
    /// The browser's clock, epoch ms.
    pub sent_at: Option<u64>,
    /// The visit's trace id, which the log names where a request fails.
    pub trace: Option<String>,
    /// What the page is.
    pub page: Option<Page>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
}

/// The page and device that events come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// `desktop`, `phone` or `tablet`.
    pub device: Option<String>,
    /// IANA time zone.
    pub tz: Option<String>,
    /// BCP 47 locale.
    pub locale: Option<String>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Origin of the referring page.
    pub referrer: Option<String>,
    /// UTM parameters without their prefix.
    pub utm: Option<BTreeMap<String, String>>,
    /// Whether the browser says that a program drives it.
    pub webdriver: Option<bool>,
}

/// One event; `t` says which of the other fields it needs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "each field is described at the kind of event that uses it, in docs/api.md"
)]
pub struct Event {
    pub id: String,
    pub t: String,
    pub at: Option<u64>,
    pub epoch: Option<u32>,
    pub clock: Option<String>,
    pub variant: Option<String>,
    pub options: Option<BTreeMap<String, String>>,
    pub qty: Option<u32>,
    pub dot: Option<String>,
    pub dots: Option<Vec<String>>,
    pub order: Option<String>,
    pub token: Option<String>,
    pub merged: Option<bool>,
    #[serde(deserialize_with = "duration", default)]
    pub ms: Option<u64>,
    pub how: Option<String>,
    pub stage: Option<String>,
    pub code: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub consent: Option<Consent>,
    pub quote: Option<bool>,
    pub push: Option<Push>,
}

/// Where a browser takes notifications, as `PushSubscription.toJSON()` has it; without keys: it does not any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// The address of its push service.
    pub endpoint: String,
    /// Its public key, base64url.
    pub p256dh: Option<String>,
    /// The secret that it shares with whoever may send, base64url.
    pub auth: Option<String>,
}

/// Milliseconds from any number: a clock that was set back while something lasted gives less than nothing.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    // A cast of a float ends at the bounds of its target.
    Ok(Option::<f64>::deserialize(deserializer)?.map(|ms| ms as u64))
}

/// What a shopper agreed to, and to which words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// May be written to by email.
    pub email: Option<bool>,
    /// May be written to by SMS.
    pub sms: Option<bool>,
    /// The contact may be given, hashed, to advertising services.
    pub ads: Option<bool>,
    /// May be shown notifications; of a browser, with `push`.
    pub push: Option<bool>,
    /// Version of the wording that was shown.
    pub wording: Option<String>,
    /// Path of the page that showed it.
    pub page: Option<String>,
}

/// Answer to `POST /v1/collect`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CollectReply {
    /// Events that are in the log and need not be sent again.
    pub acked: Vec<String>,
    /// Events that will never be taken.
    pub refused: Vec<Refused>,
    /// The cart's last sequence number.
    pub seq: u64,
    /// The cart's epoch.
    pub epoch: u32,
    /// Whether `dots` is the whole base rather than what changed.
    pub full: bool,
    /// What the browser did not know yet.
    pub dots: Vec<DotChange>,
    /// The cart's clock.
    pub clock: String,
    /// Intent token: reads this cart on any device.
    pub token: Option<String>,
    /// The edge's clock, epoch ms.
    pub now: u64,
    /// The cart already speaks for another contact: fork it and identify again.
    pub rebind: Option<bool>,
}

impl CollectReply {
    /// What a Cart has answered, at the edge's `now`.
    pub fn new(collected: &Collected, token: Option<String>, now: u64) -> Self {
        let refused = collected.refused.iter().map(|(id, refusal)| Refused {
            id: id.to_string(),
            code: String::from(refusal.code()),
        });
        Self {
            acked: collected.acked.iter().map(ToString::to_string).collect(),
            refused: refused.collect(),
            seq: collected.seq,
            epoch: collected.epoch,
            full: collected.full,
            dots: collected.changes.iter().map(DotChange::from).collect(),
            clock: collected.clock.to_string(),
            token,
            now,
            rebind: collected.rebind.then_some(true),
        }
    }
}

/// An event that will never be taken, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// The event's id.
    pub id: String,
    /// A stable code.
    pub code: String,
}

/// The state of one add.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DotChange {
    /// Its dot, with its carry.
    pub dot: String,
    /// What was added.
    pub variant: Option<String>,
    /// With which options.
    pub options: Option<BTreeMap<String, String>>,
    /// How many.
    pub qty: Option<u32>,
    /// The clock of the quantity.
    pub clock: Option<String>,
    /// The event that set the quantity.
    pub by: Option<String>,
    /// Whether it was removed, cleared or bought.
    pub gone: bool,
    /// Its last change.
    pub seq: u64,
}

impl Event {
    /// The event's id.
    pub fn event_id(&self) -> Result<EventId, Invalid> {
        self.id.parse()
    }

    /// The operation on lines, or `None` for an event that changes none.
    pub fn op(&self) -> Result<Option<Op>, Invalid> {
        Ok(Some(match self.t.as_str() {
            "add" => Op::Add {
                epoch: self.epoch.ok_or(Invalid::Missing("epoch"))?,
                clock: self.hlc()?,
                line: LineKey::new(
                    Variant::new(self.variant.as_deref().ok_or(Invalid::Missing("variant"))?)?,
                    self.options.as_ref().unwrap_or(&BTreeMap::new()),
                )?,
                qty: self.quantity()?,
            },
            "set" => Op::Set {
                clock: self.hlc()?,
                dot: self
                    .dot
                    .as_deref()
                    .ok_or(Invalid::Missing("dot"))?
                    .parse()?,
                qty: self.quantity()?,
            },
            "remove" => Op::Remove {
                dots: self.dot_list()?,
            },
            "clear" | "order" => Op::Close {
                dots: self.dot_list()?,
            },
            _ => return Ok(None),
        }))
    }

    /// The dots that the event names.
    pub fn dot_list(&self) -> Result<Vec<Dot>, Invalid> {
        let dots = self.dots.as_ref().ok_or(Invalid::Missing("dots"))?;
        if dots.len() > Op::MAX_DOTS {
            return Err(Invalid::Range("dots"));
        }
        dots.iter().map(|dot| dot.parse()).collect()
    }

    fn hlc(&self) -> Result<Hlc, Invalid> {
        let text = self.clock.as_deref().ok_or(Invalid::Missing("clock"))?;
        match text.parse() {
            // 0 is how a cart without a clock reads.
            Ok(0) | Err(_) => Err(Invalid::Range("clock")),
            Ok(clock) => Ok(Hlc(clock)),
        }
    }

    fn quantity(&self) -> Result<Quantity, Invalid> {
        Quantity::new(self.qty.ok_or(Invalid::Missing("qty"))?)
    }
}

impl From<&Change> for DotChange {
    fn from(change: &Change) -> Self {
        let Change { id, entry } = change;
        let line = entry.line.as_ref().filter(|_| !entry.gone);
        let qty = entry.qty.filter(|_| line.is_some());
        Self {
            dot: Dot {
                id: *id,
                carry: entry.carry,
            }
            .to_string(),
            variant: line.map(|line| line.variant().as_str().to_string()),
            options: line
                .map(|line| {
                    line.options()
                        .map(|(name, value)| (name.into(), value.into()))
                        .collect()
                })
                .filter(|options: &BTreeMap<String, String>| !options.is_empty()),
            qty: qty.map(|(_, _, qty)| qty.get()),
            clock: qty.map(|(clock, _, _)| clock.to_string()),
            by: qty.map(|(_, by, _)| by.to_string()),
            gone: entry.gone,
            seq: entry.seq,
        }
    }
}

impl TryFrom<&DotChange> for Change {
    type Error = Invalid;

    fn try_from(wire: &DotChange) -> Result<Self, Invalid> {
        let dot: Dot = wire.dot.parse()?;
        let line = match &wire.variant {
            Some(variant) => Some(LineKey::new(
                Variant::new(variant)?,
                wire.options.as_ref().unwrap_or(&BTreeMap::new()),
            )?),
            None => None,
        };
        let qty = match (&wire.clock, &wire.by, wire.qty) {
            (Some(clock), Some(by), Some(qty)) => {
                let clock = clock.parse().map_err(|_| Invalid::Range("clock"))?;
                Some((Hlc(clock), by.parse()?, Quantity::new(qty)?))
            }
            _ => None,
        };
        Ok(Self {
            id: dot.id,
            entry: Entry {
                carry: dot.carry,
                line,
                qty,
                gone: wire.gone,
                seq: wire.seq,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_any_number_and_never_less_than_nothing() {
        for (json, ms) in [("-5", 0), ("7", 7), ("7.9", 7), ("1e300", u64::MAX)] {
            let event: Event =
                serde_json::from_str(&alloc::format!(r#"{{"id":"","t":"view","ms":{json}}}"#))
                    .unwrap();
            assert_eq!(event.ms, Some(ms), "{json}");
        }
        for absent in ["", r#","ms":null"#] {
            let event: Event =
                serde_json::from_str(&alloc::format!(r#"{{"id":"","t":"view"{absent}}}"#)).unwrap();
            assert_eq!(event.ms, None);
        }
        assert!(serde_json::from_str::<Event>(r#"{"id":"","t":"view","ms":"7"}"#).is_err());
    }
}
