//! Writes one cart's log through the real Cart.

use homing_core::cart::{Dot, EventId, Hlc, LineKey, Op, Quantity, Replica, Variant};
use homing_core::error::Invalid;
use homing_core::flood::Voice;
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::log::{ConsentReceipt, Entry, Export, Header, PageContext, What};
use homing_core::object::cart::{Cart, Collect, Identify, Incoming, Input, Ordered};

/// The shop of `npm start`, in bytes.
pub const SHOP: ShopId = ShopId([0x6b, 0xa8, 0x00, 0x00, 0x01]);

/// One cart and what its page sends. Times are epoch ms.
pub struct Pen {
    cart: Cart,
    entries: Vec<Entry>,
    replica: u64,
    counter: u32,
}

impl Pen {
    /// A cart that has seen nothing.
    pub fn new(shop: ShopId, number: u8) -> Self {
        Self {
            cart: Cart::new(shop, CartId([number; 16])),
            entries: Vec::new(),
            replica: u64::from(number),
            counter: 0,
        }
    }

    /// The cart's id.
    pub fn id(&self) -> CartId {
        self.cart.id()
    }

    /// Puts something in; its dot.
    pub fn add(&mut self, at: u64, variant: &str, qty: u32) -> Result<Dot, Invalid> {
        let op = Op::Add {
            epoch: self.cart.state().epoch(),
            clock: Hlc::at(at),
            line: LineKey::of(Variant::new(variant)?, [])?,
            qty: Quantity::new(qty)?,
        };
        let id = self.event(at, What::Lines(op));
        Ok(Dot { id, carry: 0 })
    }

    /// Something happens.
    pub fn event(&mut self, at: u64, what: What) -> EventId {
        let id = self.name();
        self.send(at, vec![Incoming { id, at, what }], None);
        id
    }

    /// Buys these.
    pub fn order(&mut self, at: u64, dots: Vec<Dot>, order: &str) {
        let order = String::from(order);
        self.event(at, What::Order { dots, order });
    }

    /// Says who the shopper is; `consent` is for email.
    pub fn identify(&mut self, at: u64, shopper: ShopperId, consent: bool) {
        let identify = Identify {
            id: self.name(),
            at,
            told_at: None,
            shopper,
            email: None,
            phone: None,
            consent: Some(ConsentReceipt {
                email: Some(consent),
                sms: None,
                ads: None,
                wording: String::from("checkout-v1"),
                page: String::from("/checkout"),
            }),
            push: None,
            earlier: Vec::new(),
            voice: Voice::default(),
        };
        self.send(at, Vec::new(), Some(identify));
    }

    /// Learns of an order on a fork of this cart.
    pub fn fork_ordered(&mut self, at: u64, fork: CartId, dots: Vec<Dot>) {
        let input = Input::ForkOrdered {
            shop: self.cart.shop(),
            cart: self.cart.id(),
            fork,
            origin: fork,
            ordered: Ordered {
                epoch: 0,
                at,
                recovered: false,
            },
            dots,
            generation: 0,
        };
        self.step(at, input);
    }

    /// The whole log as the edge exports it.
    pub fn export(mut self, out: &mut Vec<u8>) {
        self.entries.extend_from_slice(self.cart.log().tail());
        let header = Header {
            shop: self.cart.shop(),
            cart: self.cart.id(),
            after: None,
            entries: self.cart.log().seq(),
            head: self.cart.log().head(),
        };
        let mut export = Export::begin(header, out);
        for entry in &self.entries {
            export.entry(entry, out);
        }
        export.end(out);
    }

    fn name(&mut self) -> EventId {
        self.counter += 1;
        EventId {
            replica: Replica(self.replica),
            counter: self.counter,
        }
    }

    fn send(&mut self, at: u64, events: Vec<Incoming>, identify: Option<Identify>) {
        let input = Input::Collect(Collect {
            shop: self.cart.shop(),
            cart: self.cart.id(),
            seen: 0,
            page: Some(PageContext {
                device: Some(String::from("phone")),
                // In winter, London's clock is UTC's.
                tz: Some(String::from("Europe/London")),
                locale: Some(String::from("en-GB")),
                currency: Some(String::from("EUR")),
                ..PageContext::default()
            }),
            events,
            identify,
            withdrawn: None,
            refused: Vec::new(),
            push_every_ms: 3_600_000,
            look_ms: None,
            by_link: false,
            doubt: None,
        });
        self.step(at, input);
    }

    fn step(&mut self, at: u64, input: Input) {
        // Salts need not be secret where everything is made up.
        let commit = self.cart.step(input, at, &[7; 32]);
        for page in commit.pages {
            self.entries.extend(page.entries);
        }
    }
}
