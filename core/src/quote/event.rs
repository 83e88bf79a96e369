//! A left quote as a shop's endpoints hear of it.

use super::Summary;
use crate::bytes::to_hex;
use crate::endpoint::Event;
use crate::ids::{ShopperId, first_16};
use crate::object::cart::Slot;
use crate::traceparent::TraceId;
use alloc::{
    format,
    string::{String, ToString},
};
use sha2::{Digest, Sha256};

/// The event `quote.left`: the same, id and bytes, however often it is told of one quote that has not changed. `summary` must name nobody.
pub fn left(shopper: ShopperId, slot: &Slot, summary: &Summary, trace: Option<TraceId>) -> Event {
    let json = |value: &[String]| serde_json::to_string(value).unwrap_or_default();
    let total = summary.total.map_or_else(String::new, |total| {
        let currency = total.currency.0.code();
        format!(r#","total_minor":{},"currency":"{currency}""#, total.minor)
    });
    let (lines, actions) = (json(&summary.lines), json(&summary.actions));
    let cart = slot.cart;
    let data = format!(
        r#"{{"shopper":"{shopper}","cart":"{cart}","epoch":{},"lines":{lines}{total},"actions":{actions}}}"#,
        slot.epoch
    );
    let digest = Sha256::digest(format!("quote.left {cart} {}", slot.epoch));
    Event {
        id: format!("evt_{}", to_hex(&first_16(&digest))),
        kind: String::from("quote.left"),
        at: slot.last_activity_at,
        data,
        trace: trace.map(|trace| trace.to_string()),
    }
}
