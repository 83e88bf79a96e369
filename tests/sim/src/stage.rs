//! What all worlds share: keys, catalogue, prepared configurations, people's addresses. Made once a thread.

use crate::place::Place;
use crate::shops::{Prepared, Rules, SHOPS};
use homing_core::bytes::to_base64url;
use homing_core::cart::{LineKey, Variant};
use homing_core::catalogue::Product;
use homing_core::contact::{Email, Phone};
use homing_core::experiment::Draws;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::{HmacSha256, MasterKeys, NameKey, Purpose};
use homing_core::log::PageContext;
use homing_core::object::shopper::{ErrandSettings, PlanSettings};
use homing_core::shop::{Provider, ShopConfig};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const SHOP: ShopId = ShopId([7; 5]);
/// When the first worlds begin, epoch ms: 15 January 2027, 8 o'clock UTC. Others begin some days later.
pub(crate) const BEGINNING: u64 = 1_800_000_000_000;
pub(crate) const PUBLIC_URL: &str = "https://edge.example";
/// Stands in every address, and nowhere else: where it is found, a contact has leaked.
pub(crate) const PLANTED: &[u8] = b"planted.contact";
/// The same for numbers.
pub(crate) const PLANTED_DIGITS: &[u8] = b"4815162";

/// When messages of a prepared shop may be on their way, ms after the last activity.
pub(crate) fn due_ms(shop: u8) -> &'static [u64] {
    SHOPS
        .get(usize::from(shop) % SHOPS.len())
        .map_or(&[], |shop| shop.due_ms)
}

/// Somebody whom the shop may know.
pub(crate) struct Contact {
    pub(crate) email: Option<Email>,
    pub(crate) shopper: ShopperId,
    /// By the place that the world is in; some people have none.
    phones: [Option<Phone>; Place::ALL.len()],
    /// Whether they let text messages be sent to them.
    pub(crate) texts: bool,
}

impl Contact {
    fn new(names: &NameKey, n: u8) -> Option<Self> {
        let email: Email = format!("planted.contact+{n}@people.example").parse().ok()?;
        let shopper = names.shopper_by_email(email.as_str());
        let phone = |place: Place| -> Option<Phone> { place.phone(n)?.parse().ok() };
        Some(Self {
            email: Some(email),
            shopper,
            phones: Place::ALL.map(|place| phone(place).filter(|_| !n.is_multiple_of(5))),
            texts: !n.is_multiple_of(4),
        })
    }

    /// Somebody who is known by a number, where people have one.
    pub(crate) fn by_phone(stage: &Stage, place: Place, n: u8) -> Option<Self> {
        let phone: Phone = place.other_phone(n)?.parse().ok()?;
        let shopper = stage.names.shopper_by_phone(phone.as_str());
        Some(Self {
            email: None,
            shopper,
            phones: Place::ALL.map(|one| (one == place).then(|| phone.clone())),
            texts: !n.is_multiple_of(4),
        })
    }

    pub(crate) fn phone(&self, place: Place) -> Option<&Phone> {
        self.phones.get(place as usize)?.as_ref()
    }
}

/// A shop's configuration, as it is and while it is paused.
pub(crate) struct Configured {
    pub(crate) open: ShopConfig,
    pub(crate) paused: ShopConfig,
    pub(crate) settings: PlanSettings,
    pub(crate) errands: ErrandSettings,
    pub(crate) rules: Rules,
    pub(crate) push_every_ms: u64,
    pub(crate) waits_ms: Vec<u64>,
}

/// What all worlds share.
pub struct Stage {
    pub(crate) keys: MasterKeys,
    /// Checks recovery links.
    pub(crate) recovery: HmacSha256,
    pub(crate) products: Arc<BTreeMap<String, Product>>,
    pub(crate) lines: Vec<LineKey>,
    pub(crate) contacts: Vec<Contact>,
    pages: [PageContext; Place::ALL.len()],
    pub(crate) names: NameKey,
    /// Nobody is in an experiment.
    pub(crate) draws: Draws,
    configs: Vec<Configured>,
}

impl Stage {
    /// Builds it. `None` when the core refuses what stands here, which is a mistake in this file.
    pub fn new() -> Option<Self> {
        let names = NameKey::new(&[3; 32])?;
        let contacts = (0..64).map(|n| Contact::new(&names, n));
        let lines = (0..=crate::draw::VARIANTS).map(|n| {
            let size = if n % 3 == 0 { "M" } else { "" };
            LineKey::of(
                Variant::new(&format!("variant-{n}")).ok()?,
                [("Size", size)],
            )
            .ok()
        });
        let products = (0..crate::draw::VARIANTS).map(|n| {
            let json = format!(
                r#"{{"variant":"variant-{n}","title":"Thing {n}","price_minor":{},"currency":"EUR","image":"https://shop.example/{n}.png","url":"https://shop.example/{n}","available":{}}}"#,
                900 + u64::from(n) * 100,
                // One thing is sold out.
                n + 1 < crate::draw::VARIANTS
            );
            let product: Product = serde_json::from_slice(json.as_bytes()).ok()?;
            Some((product.variant.clone(), product))
        });
        let configs = ["smtp", "resend"]
            .iter()
            .flat_map(|provider| SHOPS.iter().map(|shop| configured(provider, shop)));
        let keys = MasterKeys::parse(&format!("1:{}", to_base64url(&[9; 32]))).ok()?;
        Some(Self {
            recovery: keys.mac(keys.current(), Purpose::Recovery, SHOP)?,
            keys,
            products: Arc::new(products.collect::<Option<_>>()?),
            lines: lines.collect::<Option<_>>()?,
            contacts: contacts.collect::<Option<_>>()?,
            names,
            pages: Place::ALL.map(|place| PageContext {
                device: Some(String::from("phone")),
                locale: Some(String::from("en")),
                tz: place.zone().map(String::from),
                ..PageContext::default()
            }),
            draws: Draws::default(),
            configs: configs.collect::<Option<_>>()?,
        })
    }

    /// The configuration of one world's shop.
    pub(crate) fn config(&self, provider: Provider, shop: u8) -> Option<&Configured> {
        let of_provider = match provider {
            Provider::Resend => SHOPS.len(),
            // Scripts name one that knows idempotency keys and one that knows none; the others are like that one.
            _ => 0,
        };
        self.configs
            .get(of_provider + usize::from(shop) % SHOPS.len())
    }

    /// What browsers say of themselves in a place.
    pub(crate) fn page(&self, place: Place) -> Option<&PageContext> {
        self.pages.get(place as usize)
    }
}

fn configured(provider: &str, shop: &Prepared) -> Option<Configured> {
    // A shop that says nothing else is in New York.
    let zone = if shop.engine.contains("time_zone") {
        ""
    } else {
        r#""time_zone":"America/New_York","#
    };
    // Whose messages never go as texts has nobody who carries them.
    let sms = if shop.sequences.contains(r#""sms""#) {
        r#""sms":{"provider":"twilio","sender":"+15005550006"},"#
    } else {
        ""
    };
    let json = format!(
        r#"{{"name":"Hearth","origins":["https://shop.example"],"restore_url":"https://shop.example/cart","currency":"EUR","sender":{{"name":"Hearth","email":"hello@shop.example","postal_address":"1 Lane"}},"provider":"{provider}",{sms}{zone}{},"sequences":{}}}"#,
        shop.engine, shop.sequences
    );
    let open = ShopConfig::parse(json.as_bytes()).ok()?;
    let thresholds = open.thresholds;
    Some(Configured {
        settings: PlanSettings::of(&open),
        errands: ErrandSettings::of(&open),
        rules: shop.rules,
        push_every_ms: thresholds.cart_ms.min(thresholds.checkout_ms).max(5_000),
        waits_ms: homing_core::delivery::retry::DEFAULT_WAITS_MS.to_vec(),
        paused: ShopConfig {
            paused: true,
            ..open.clone()
        },
        open,
    })
}
