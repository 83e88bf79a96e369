//! What a decision answers, asked directly.

mod choice;
mod facts;
mod reasons;
mod time;
mod words;

use super::*;
use crate::calendar::{Activity, Cap, Caps, QuietHours, Season, Sent, Zone};
use crate::cart::{LineKey, LineView, Variant};
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::Skip;
use crate::experiment::Draws;
use crate::ids::CartId;
use crate::log::{PageContext, Stage};
use crate::money::Money;
use crate::news::Marks;
use crate::object::cart::{Slot, Snapshot, Status};
use crate::object::shopper::Suppression;
use crate::object::shopper::Vouching;
use crate::rules::{Consents, Device, Facts, Orders};
use crate::sequence::{Gives, Occasion, Offer, Sequence, SequenceId, Step, Template, Trigger};
use crate::shop::ShopConfig;
use std::collections::BTreeMap;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
/// A Wednesday, 12:00 UTC: 2026-11-25.
const NOON: u64 = 1_795_608_000_000;

/// Everything that a case looks at; a test changes what it is about.
struct World {
    now: u64,
    suppressed: Option<Skip>,
    consents: Consents,
    wordings: Wordings<'static>,
    words: Vec<crate::object::shopper::ChannelWord>,
    email: Option<Email>,
    phone: Option<Phone>,
    push: bool,
    push_yields: bool,
    sent: Vec<Sent>,
    ordered_at: Option<u64>,
    orders: Orders,
    tier: Option<Option<&'static str>>,
    occasion: Option<Occasion>,
    activity: Activity,
    held_out: bool,
    carts: Vec<Option<Snapshot>>,
    products: BTreeMap<String, Product>,
    config: ShopConfig,
    sequence: Option<Sequence>,
    step: u8,
    begun: Option<Channel>,
    approved: bool,
    waited: bool,
    without_offer: bool,
    /// How long a cart must rest, ms.
    rest: u64,
}

fn world() -> World {
    let config = ShopConfig::parse(crate::shop::tests::json().as_bytes()).unwrap();
    World {
        now: NOON,
        suppressed: None,
        consents: Consents {
            email: Some(true),
            sms: None,
            push: None,
        },
        wordings: Wordings::default(),
        words: Vec::new(),
        email: Some("ada@example.com".parse().unwrap()),
        phone: None,
        push: false,
        push_yields: false,
        sent: vec![],
        ordered_at: None,
        orders: Orders::default(),
        tier: None,
        occasion: None,
        activity: Activity::default(),
        held_out: false,
        carts: vec![Some(left(1, NOON - DAY))],
        products: ["mug", "lamp"].map(product).into_iter().collect(),
        sequence: Some(config.sequences[0].clone()),
        config,
        step: 0,
        begun: None,
        approved: false,
        waited: false,
        without_offer: false,
        rest: HOUR,
    }
}

fn product(variant: &str) -> (String, Product) {
    let (price, cost) = if variant == "mug" {
        (1_900, 700)
    } else {
        (10_000, 4_000)
    };
    let json = format!(
        r#"{{"variant":"{variant}","product":"p-{variant}","title":"A {variant}","price_minor":{price},"cost_minor":{cost},"currency":"EUR","tags":["home"],"options":{{"Colour":"Blue"}},"image":"https://shop.example/m.png","url":"https://shop.example/m"}}"#
    );
    (variant.into(), serde_json::from_str(&json).unwrap())
}

fn line(variant: &str, qty: u32) -> LineView {
    LineView {
        line: LineKey::new(Variant::new(variant).unwrap(), &BTreeMap::new()).unwrap(),
        qty,
        dots: vec![],
    }
}

fn left(n: u8, at: u64) -> Snapshot {
    Snapshot {
        slot: Slot {
            cart: CartId([n; 16]),
            version: 1,
            epoch: 0,
            status: Status::Open,
            last_activity_at: at,
            stage: None,
            ordered: None,
            quote: false,
            look: None,
            marks: Marks::default(),
        },
        generation: 0,
        lines: vec![line("mug", 2)],
        page: PageContext::default(),
        head: [0; 32],
        entries: 1,
        shopper: None,
        payment_error: None,
        trace: None,
        doubt: None,
    }
}

impl World {
    fn cart(&mut self) -> &mut Snapshot {
        self.carts[0].as_mut().unwrap()
    }

    fn standing(&self) -> Standing<'_> {
        Standing {
            suppressed: self.suppressed.map(|cause| Suppression {
                cause,
                at: 0,
                until: None,
            }),
            consents: self.consents,
            wordings: self.wordings,
            words: &self.words,
            email: self.email.as_ref(),
            phone: self.phone.as_ref(),
            push: self.push,
            push_yields: self.push_yields,
            sent: &self.sent,
            ordered_at: self.ordered_at,
            orders: self.orders,
            tier: self.tier,
            activity: &self.activity,
            held_out: self.held_out,
            vouching: Vouching::NONE,
        }
    }

    fn decide(&self) -> Verdict {
        let carts: Vec<Option<&Snapshot>> = self.carts.iter().map(Option::as_ref).collect();
        let draws = Draws::default();
        let case = Case {
            now: self.now,
            lease_ms: 20_000,
            shopper: self.standing(),
            carts: &carts,
            occasion: self.occasion.as_ref(),
            products: &self.products,
            config: &self.config,
            sequence: self.sequence.as_ref(),
            arms: &[],
            draws: &draws,
            step: self.step,
            begun: self.begun,
            approved: self.approved,
            waited: self.waited,
            without_offer: self.without_offer,
        };
        let rests = |_: Option<&Sequence>, carts: &[&Snapshot]| {
            let until = carts
                .iter()
                .map(|cart| cart.slot.last_activity_at + self.rest)
                .max();
            until.filter(|until| *until > self.now)
        };
        let latest = carts
            .iter()
            .flatten()
            .map(|cart| cart.slot.last_activity_at);
        let since = latest.max().unwrap_or(0);
        decide(&case, rests, |sequence| since + sequence.steps[0].after_ms)
    }

    fn made(&self) -> Made {
        self.decide().judged.made
    }

    fn facts(&self, zone: Option<&Zone>) -> Facts {
        let cart = self.carts[0].as_ref().unwrap();
        super::facts(cart, &self.products, &self.standing(), zone, None, self.now)
    }
}

fn rule(json: &str) -> Option<crate::rules::Condition> {
    Some(serde_json::from_str(json).unwrap())
}

fn code(made: Made) -> &'static str {
    Decided::new(0, made, String::new()).code()
}
