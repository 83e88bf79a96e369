mod codes;
mod engine;
mod erasure;
mod errands;
mod experiments;
mod feedback;
mod flows;
mod gate;
mod join;
mod notifications;
mod overtaken;
mod reach;
mod replays;
mod rows;
mod rules;
mod suppressions;
mod survey;
mod texts;
mod triggers;
mod vouching;

use super::*;
use crate::cart::{LineKey, LineView, Variant};
use crate::catalogue::Product;
use crate::delivery::{DeliveryKey, Outcome, State, retry};
use crate::experiment::Draws;
use crate::flood::Voice;
use crate::keys::tests::master;
use crate::log::{ConsentReceipt, PageContext};
use crate::news::{Mark, Marks};
use crate::object::cart::{Ordered, Slot, Snapshot, Status};
use crate::sequence::{Step, Template};
use crate::shop::{Carrier, ShopConfig};
use std::collections::BTreeMap;

pub(super) const SHOP: ShopId = ShopId([1; 5]);
pub(super) const ADA: ShopperId = ShopperId([7; 16]);
pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;

pub(super) fn settings() -> PlanSettings {
    PlanSettings::of(&config("smtp"))
}

/// A shop that sends one message, `after_ms` after the last activity.
pub(super) fn one_message(after_ms: u64, template: Template) -> ShopConfig {
    let mut config = config("smtp");
    let steps = vec![Step::new(after_ms, template)];
    config.sequences[0].steps = steps;
    config
}

pub(super) fn cart(n: u8) -> CartId {
    CartId([n; 16])
}

pub(super) fn slot(n: u8, version: u64, active: u64) -> Slot {
    Slot {
        cart: cart(n),
        version,
        epoch: 0,
        status: Status::Open,
        last_activity_at: active,
        stage: None,
        ordered: None,
        quote: false,
        look: None,
        marks: Marks::new([Mark::of("mug")], 1),
    }
}

pub(super) fn bought(n: u8, version: u64, at: u64) -> Slot {
    Slot {
        epoch: 1,
        status: Status::Ordered,
        ordered: Some(Ordered {
            epoch: 0,
            at,
            recovered: false,
        }),
        ..slot(n, version, at)
    }
}

pub(super) fn ada(consent: bool) -> Option<Identify> {
    let receipt = ConsentReceipt {
        email: Some(consent),
        sms: None,
        ads: None,
        wording: "w1".into(),
        page: "/".into(),
    };
    Some(Identify {
        id: "00000000000000ff-1".parse().unwrap(),
        at: 1,
        told_at: None,
        shopper: ADA,
        email: Some("ada@example.com".parse().unwrap()),
        phone: None,
        consent: Some(receipt),
        push: None,
        earlier: Vec::new(),
        voice: Voice::default(),
    })
}

pub(super) fn tell(
    shopper: &mut Shopper,
    slot: Slot,
    identify: Option<Identify>,
    now: u64,
) -> Commit<Effect, Reply> {
    let errands = ErrandSettings::default();
    tell_by(shopper, (slot, identify), (settings(), errands), now)
}

/// The same in a shop with these settings.
pub(super) fn tell_by(
    shopper: &mut Shopper,
    (slot, identify): (Slot, Option<Identify>),
    (settings, errands): (PlanSettings, ErrandSettings),
    now: u64,
) -> Commit<Effect, Reply> {
    shopper.step(
        Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot,
            identify,
            named_at: None,
            settings,
            errands,
        },
        now,
    )
}

pub(super) fn left_at(now: u64) -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, slot(1, 1, now), ada(true), now);
    shopper
}

pub(super) fn config(provider: &str) -> ShopConfig {
    let json = crate::shop::tests::json().replace(
        "\"currency\"",
        &format!("\"provider\":\"{provider}\",\"currency\""),
    );
    ShopConfig::parse(json.as_bytes()).unwrap()
}

pub(super) fn snapshot(slot: Slot) -> Snapshot {
    let line = LineKey::new(Variant::new("mug").unwrap(), &BTreeMap::new()).unwrap();
    Snapshot {
        slot,
        generation: 0,
        lines: vec![LineView {
            line,
            qty: 2,
            dots: vec![],
        }],
        page: PageContext::default(),
        head: [0; 32],
        entries: 1,
        shopper: Some(ADA),
        payment_error: None,
        trace: None,
        doubt: None,
    }
}

pub(super) fn products() -> BTreeMap<String, Product> {
    let json = r#"{"variant":"mug","title":"Mug","price_minor":1900,"currency":"EUR","image":"https://shop.example/m.png","url":"https://shop.example/m"}"#;
    BTreeMap::from([("mug".into(), serde_json::from_str(json).unwrap())])
}

pub(super) fn release_with(
    shopper: &mut Shopper,
    key: DeliveryKey,
    carts: &[(CartId, Option<Snapshot>)],
    provider: &str,
    now: u64,
) -> Reply {
    release_as(shopper, key, carts, &config(provider), false, now)
}

pub(super) fn release_as(
    shopper: &mut Shopper,
    key: DeliveryKey,
    carts: &[(CartId, Option<Snapshot>)],
    config: &ShopConfig,
    held_out: bool,
    now: u64,
) -> Reply {
    release_drawn(
        shopper,
        key,
        carts,
        config,
        (held_out, &Draws::default()),
        now,
    )
}

pub(super) fn release_drawn(
    shopper: &mut Shopper,
    key: DeliveryKey,
    carts: &[(CartId, Option<Snapshot>)],
    config: &ShopConfig,
    (held_out, draws): (bool, &Draws),
    now: u64,
) -> Reply {
    let by = (held_out, draws, &[][..]);
    release_while(shopper, key, carts, config, by, now)
}

/// A release while some rest.
pub(super) fn release_while(
    shopper: &mut Shopper,
    key: DeliveryKey,
    carts: &[(CartId, Option<Snapshot>)],
    config: &ShopConfig,
    (held_out, draws, resting): (bool, &Draws, &[Carrier]),
    now: u64,
) -> Reply {
    let (products, keys) = (products(), master());
    let input = ReleaseInput {
        key,
        carts,
        products: &products,
        config,
        keys: &keys,
        public_url: "https://edge.example",
        short_url: "https://s.example",
        word: NumberWord::Heard(None),
        held_out,
        counts_as_held: held_out,
        draws,
        resting,
        resting_services: &[],
        customer: None,
    };
    shopper.release(&input, now).reply
}

pub(super) fn view(shopper: &mut Shopper, now: u64) -> View {
    match shopper.step(Input::Read, now).reply {
        Reply::View(view) => view,
        other => panic!("{other:?}"),
    }
}

pub(super) fn release(shopper: &mut Shopper, key: DeliveryKey, slot: Slot, now: u64) -> Reply {
    release_with(
        shopper,
        key,
        &[(slot.cart, Some(snapshot(slot)))],
        "smtp",
        now,
    )
}

pub(super) fn step(step: u8) -> DeliveryKey {
    DeliveryKey {
        conversation: 1,
        step,
    }
}

pub(super) fn hints(commit: &Commit<Effect, Reply>) -> Vec<DeliveryKey> {
    commit
        .effects
        .iter()
        .filter_map(|effect| {
            if let Effect::Hint { key } = effect {
                Some(*key)
            } else {
                None
            }
        })
        .collect()
}

pub(super) fn outcome(
    shopper: &mut Shopper,
    key: DeliveryKey,
    attempt: u32,
    outcome: Outcome,
    now: u64,
) {
    shopper.step(
        Input::Outcome {
            key,
            attempt,
            outcome,
            waits_ms: retry::DEFAULT_WAITS_MS.to_vec(),
        },
        now,
    );
}

pub(super) fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: "1".into(),
    }
}

pub(super) fn state(shopper: &Shopper, key: DeliveryKey) -> &State {
    &shopper.delivery(key).unwrap().state
}
