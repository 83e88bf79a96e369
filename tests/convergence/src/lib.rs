//! One cart at the edge: the core's own Cart, asked and answering in the words of `POST /v1/collect`. What the worker does around it
//! (keys, origins, storage) is left out.

use homing_core::error::Invalid;
use homing_core::ids::{CartId, ShopId};
use homing_core::log::What;
use homing_core::object::cart::{Cart, Collect, Incoming, Input, Reply};
use homing_core::wire::{CollectReply, CollectRequest, Event};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::wasm_bindgen;

/// An edge that knows one cart.
#[wasm_bindgen]
pub struct Edge(Cart);

#[wasm_bindgen]
impl Edge {
    /// One that has heard of nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self(Cart::new(ShopId([0; 5]), CartId([0; 16])))
    }

    /// What the edge answers to a body of `POST /v1/collect` at `now`, epoch ms; nothing where the body cannot be read.
    pub fn collect(&mut self, body: &str, now: f64) -> Option<String> {
        let request: CollectRequest = serde_json::from_str(body).ok()?;
        let now = now as u64;
        let mut events = Vec::new();
        for event in &request.events {
            events.push(Incoming {
                id: event.event_id().ok()?,
                at: event.at.unwrap_or(now).min(now),
                what: what(event).ok()?,
            });
        }
        let collect = Collect {
            shop: self.0.shop(),
            cart: self.0.id(),
            seen: request.seen.unwrap_or(0),
            page: None,
            events,
            identify: None,
            withdrawn: None,
            refused: Vec::new(),
            push_every_ms: u64::MAX,
            look_ms: None,
            by_link: false,
            doubt: None,
        };
        let commit = self.0.step(Input::Collect(collect), now, &[0; 32]);
        let Reply::Collected(collected) = commit.reply else {
            return None;
        };
        let collected = self.0.finish(collected);
        serde_json::to_string(&CollectReply::new(&collected, None, now)).ok()
    }

    /// The cart as a browser shows it, as JSON: `epoch`, `dots` and `lines`.
    pub fn view(&self) -> String {
        let lines = self.0.state().lines();
        let dots: Vec<String> = lines
            .iter()
            .flat_map(|view| view.dots.iter().map(ToString::to_string))
            .collect();
        let lines: Vec<serde_json::Value> = lines
            .iter()
            .map(|view| {
                let options: BTreeMap<&str, &str> = view.line.options().collect();
                serde_json::json!({
                    "variant": view.line.variant().as_str(),
                    "options": options,
                    "quantity": view.qty,
                })
            })
            .collect();
        let epoch = self.0.state().epoch();
        serde_json::json!({ "epoch": epoch, "dots": dots, "lines": lines }).to_string()
    }
}

impl Default for Edge {
    fn default() -> Self {
        Self::new()
    }
}

fn what(event: &Event) -> Result<What, Invalid> {
    if event.t == "order" {
        return Ok(What::Order {
            dots: event.dot_list()?,
            order: event.order.clone().unwrap_or_default(),
        });
    }
    match event.op()? {
        Some(op) => Ok(What::Lines(op)),
        None if event.t == "view" => Ok(What::View {
            variant: event.variant.clone().unwrap_or_default(),
            dwell_ms: event.ms.unwrap_or(0),
        }),
        None if event.t == "exit" => Ok(What::Exit {
            how: event.how.clone().unwrap_or_default(),
        }),
        None => Err(Invalid::Kind),
    }
}
