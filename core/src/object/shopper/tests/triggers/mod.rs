//! What begins a conversation beside a cart that was left: a look, a price, a return to stock, a quote. And what ends one: a return,
//! an order, a cart.

mod carts;
mod customers;
mod looks;
mod news;

use super::*;
use crate::log::Stage;
use crate::news::{Change, News};
use crate::object::cart::Look;
use crate::prices::Prices;
use crate::sequence::library;

/// A shop with the whole library, whose rules find nobody in a season or on a phone.
fn whole_library() -> ShopConfig {
    let mut config = config("smtp");
    config.sequences = library(crate::money::Currency::parse("EUR").unwrap());
    config.usual_hour_ms = 0;
    config
}

fn only(names: &[&str]) -> ShopConfig {
    let mut config = whole_library();
    // Of two that begin alike the first is chosen.
    config.sequences.retain(|sequence| {
        names.contains(&sequence.trigger.name())
            && sequence.when.is_none()
            && sequence.id.as_str() != "asked"
    });
    for sequence in &mut config.sequences {
        sequence.approval = false;
    }
    config
}

fn looked(n: u8, version: u64, at: u64, dwell_ms: u64) -> Slot {
    Slot {
        status: Status::Empty,
        look: Some(Look {
            variant: "mug".into(),
            dwell_ms,
            visit_at: at,
        }),
        marks: Marks::default(),
        ..slot(n, version, at)
    }
}

fn say(shopper: &mut Shopper, config: &ShopConfig, slot: Slot, now: u64) -> Commit<Effect, Reply> {
    let input = Input::Slot {
        shop: SHOP,
        shopper: ADA,
        object: "cart".into(),
        slot,
        identify: ada(true).filter(|_| shopper.email.is_none()),
        named_at: None,
        settings: PlanSettings::of(config),
        errands: ErrandSettings::default(),
    };
    shopper.step(input, now)
}

fn mug_at(price_minor: u64, available: bool) -> BTreeMap<String, Product> {
    let mut products = products();
    let mug = products.get_mut("mug").unwrap();
    (mug.price_minor, mug.available) = (price_minor, available);
    products
}

/// A release of what is due, of carts whose lines are those of `snapshot`.
fn go(
    shopper: &mut Shopper,
    conversation: u16,
    slots: &[Slot],
    products: &BTreeMap<String, Product>,
    config: &ShopConfig,
    now: u64,
) -> Reply {
    shopper.step(Input::Wake, now);
    let keys = master();
    let carts: Vec<(CartId, Option<Snapshot>)> = slots
        .iter()
        .map(|slot| {
            let mut cart = snapshot(slot.clone());
            if slot.status != Status::Open {
                cart.lines.clear();
            }
            (slot.cart, Some(cart))
        })
        .collect();
    let input = ReleaseInput {
        key: first(conversation),
        carts: &carts,
        products,
        config,
        keys: &keys,
        public_url: "https://edge.example",
        short_url: "https://s.example",
        word: NumberWord::Heard(None),
        held_out: false,
        counts_as_held: false,
        draws: &Draws::default(),
        resting: &[],
        resting_services: &[],
        customer: None,
    };
    shopper.release(&input, now).reply
}

fn first(conversation: u16) -> DeliveryKey {
    DeliveryKey {
        conversation,
        step: 0,
    }
}

fn message(reply: Reply) -> crate::delivery::Frozen {
    match reply {
        Reply::Go(release) => release.message,
        other => panic!("{other:?}"),
    }
}

/// A mug that cost `from` for ever and costs `to` since `at`.
fn fell(id: u64, from: u64, to: u64, at: u64) -> News {
    changed(id, &[(0, from), (at, to)])
}

/// A mug with the prices that it had from these times on, the last of them new.
fn changed(id: u64, costs: &[(u64, u64)]) -> News {
    let price = |minor| mug_at(minor, true)["mug"].price();
    let mut prices = Prices::new(price(costs[0].1), costs[0].0);
    for (since, minor) in &costs[1..] {
        prices.note(price(*minor), *since);
    }
    News {
        id,
        at: costs[costs.len() - 1].0,
        variant: "mug".into(),
        change: Change::Fell(prices),
    }
}

fn hear(shopper: &mut Shopper, config: &ShopConfig, news: News, now: u64) -> Commit<Effect, Reply> {
    let settings = PlanSettings::of(config);
    shopper.step(
        Input::News {
            news: vec![news],
            settings,
        },
        now,
    )
}

fn watched(commit: &Commit<Effect, Reply>) -> Option<Marks> {
    commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { watched, .. } => Some(watched.clone()),
        Effect::Hint { .. } | Effect::HandOver { .. } | Effect::Errand(_) | Effect::Forget(_) => {
            None
        }
    })
}
