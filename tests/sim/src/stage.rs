//! What all worlds share: keys, catalogue, prepared configurations, people's addresses. Made once a thread.

use homing_core::bytes::to_base64url;
use homing_core::cart::{LineKey, Variant};
use homing_core::catalogue::Product;
use homing_core::contact::{Email, Phone};
use homing_core::experiment::Draws;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::{HmacSha256, MasterKeys, NameKey, Purpose};
use homing_core::log::PageContext;
use homing_core::object::shopper::PlanSettings;
use homing_core::shop::{Provider, ShopConfig};
use std::collections::BTreeMap;

pub(crate) const SHOP: ShopId = ShopId([7; 5]);
/// When every world begins, epoch ms.
pub(crate) const BEGINNING: u64 = 1_800_000_000_000;
pub(crate) const PUBLIC_URL: &str = "https://edge.example";
/// Stands in every address, and nowhere else: where it is found, a contact has leaked.
pub(crate) const PLANTED: &[u8] = b"planted.contact";
/// Begins every telephone number, likewise.
pub(crate) const PLANTED_PHONE: &[u8] = b"+4915100";

const HOUR: u64 = 3_600_000;
const SEQUENCES: [&[u64]; 4] = [
    &[24 * HOUR, 48 * HOUR, 72 * HOUR],
    &[2 * HOUR],
    &[HOUR, 20 * HOUR],
    &[HOUR / 2, HOUR, 2 * HOUR, 26 * HOUR],
];
const TEMPLATES: [&str; 3] = ["reminder", "offer", "last_chance"];

/// When the steps of a prepared sequence are due, ms after the last activity.
pub(crate) fn steps_ms(sequence: u8) -> &'static [u64] {
    SEQUENCES
        .get(usize::from(sequence) % SEQUENCES.len())
        .copied()
        .unwrap_or(&[])
}

/// Somebody whom the shop may know.
pub(crate) struct Contact {
    pub(crate) email: Option<Email>,
    pub(crate) phone: Option<Phone>,
    pub(crate) shopper: ShopperId,
}

/// A shop's configuration, as it is and while it is paused.
pub(crate) struct Configured {
    pub(crate) open: ShopConfig,
    pub(crate) paused: ShopConfig,
    pub(crate) settings: PlanSettings,
    /// Whether it has quiet hours, caps and a holdout.
    pub(crate) restrained: bool,
    pub(crate) push_every_ms: u64,
    pub(crate) waits_ms: Vec<u64>,
}

impl Configured {
    /// Quiet hours begin and end, hours of the shopper's day.
    pub(crate) const NIGHT: (u64, u64) = (21, 8);
    /// Messages at most in [`Self::WINDOW_MS`], and the least gap, ms.
    pub(crate) const CAP: usize = 2;
    pub(crate) const WINDOW_MS: u64 = 48 * HOUR;
    pub(crate) const GAP_MS: u64 = 2 * HOUR;
    /// The shoppers' clock is this far ahead of UTC all year (India), ms: a model of zones that needs no table.
    pub(crate) const AHEAD_MS: u64 = 11 * HOUR / 2;

    /// Whether a shopper is held out: a draw of the simulation's own.
    pub(crate) fn holds_out(&self, shopper: ShopperId) -> bool {
        self.restrained && shopper.0.first().is_some_and(|byte| *byte < 52)
    }
}

/// What all worlds share.
pub struct Stage {
    pub(crate) keys: MasterKeys,
    /// Checks recovery links.
    pub(crate) recovery: HmacSha256,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) lines: Vec<LineKey>,
    pub(crate) contacts: Vec<Contact>,
    /// People who are known by a telephone number.
    pub(crate) telephones: Vec<Contact>,
    /// The numbers of the devices' owners.
    pub(crate) numbers: Vec<Phone>,
    pub(crate) page: PageContext,
    /// Nobody is in an experiment.
    pub(crate) draws: Draws,
    configs: Vec<Configured>,
}

impl Stage {
    /// Builds it. `None` when the core refuses what stands here, which is a mistake in this file.
    pub fn new() -> Option<Self> {
        let names = NameKey::new(&[3; 32])?;
        let contacts = (0..64).map(|n| {
            let email: Email = format!("planted.contact+{n}@people.example").parse().ok()?;
            let shopper = names.shopper_by_email(email.as_str());
            Some(Contact {
                email: Some(email),
                phone: None,
                shopper,
            })
        });
        let telephones = (0..64).map(|n| {
            let phone: Phone = format!("+4915100{n:05}").parse().ok()?;
            let shopper = names.shopper_by_phone(phone.as_str());
            Some(Contact {
                email: None,
                phone: Some(phone),
                shopper,
            })
        });
        let numbers = (0..256).map(|n| format!("+4915100{:05}", 1_000 + n).parse().ok());
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
                r#"{{"variant":"variant-{n}","title":"Thing {n}","price_minor":{},"currency":"EUR","image":"https://shop.example/{n}.png","url":"https://shop.example/{n}"}}"#,
                900 + u64::from(n) * 100
            );
            let product: Product = serde_json::from_slice(json.as_bytes()).ok()?;
            Some((product.variant.clone(), product))
        });
        let mut configs = Vec::new();
        for provider in ["smtp", "resend"] {
            for steps in SEQUENCES {
                configs.push(configured(provider, steps)?);
            }
        }
        let keys = MasterKeys::parse(&format!("1:{}", to_base64url(&[9; 32]))).ok()?;
        Some(Self {
            recovery: keys.mac(keys.current(), Purpose::Recovery, SHOP)?,
            keys,
            products: products.collect::<Option<_>>()?,
            lines: lines.collect::<Option<_>>()?,
            contacts: contacts.collect::<Option<_>>()?,
            telephones: telephones.collect::<Option<_>>()?,
            numbers: numbers.collect::<Option<_>>()?,
            page: PageContext {
                device: Some(String::from("phone")),
                locale: Some(String::from("en")),
                tz: Some(String::from("Asia/Kolkata")),
                ..PageContext::default()
            },
            draws: Draws::default(),
            configs,
        })
    }

    /// The configuration of one world's shop.
    pub(crate) fn config(&self, provider: Provider, sequence: u8) -> Option<&Configured> {
        let of_provider = match provider {
            Provider::Smtp => 0,
            Provider::Resend => SEQUENCES.len(),
        };
        self.configs
            .get(of_provider + usize::from(sequence) % SEQUENCES.len())
    }
}

/// Half of the shops know quiet hours, caps and a holdout; the others send whenever a step is due, so that nothing hides behind
/// restraint.
const RESTRAINT: &str = r#""quiet_hours":[{"from":"21:00","to":"08:00"}],"caps":{"caps":[{"messages":2,"window_ms":172800000}],"min_gap_ms":7200000},"holdout_bp":2000"#;
const FREEDOM: &str = r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#;

const LOOKS: &str = r#",{"id":"looked","version":1,"name":"Looked at","trigger":{"browse":{"min_dwell_ms":1000}},"steps":[{"after_ms":3600000,"template":"browse"},{"after_ms":86400000,"template":"browse"}]}"#;

fn configured(provider: &str, steps: &[u64]) -> Option<Configured> {
    // Both providers meet both: a failure of one kind must not hide behind the other.
    let restrained = steps.len() > 2;
    let engine = if restrained { RESTRAINT } else { FREEDOM };
    let sequence: Vec<String> = steps
        .iter()
        .zip(TEMPLATES.iter().cycle())
        .map(|(after, template)| {
            let offer = if *template == "offer" {
                r#","offer":{"code":"BACK10","percent":10}"#
            } else {
                ""
            };
            format!(r#"{{"after_ms":{after},"template":"{template}"{offer}}}"#)
        })
        .collect();
    // One of the shops writes about what was only looked at.
    let looks = if steps.len() == 1 { LOOKS } else { "" };
    let json = format!(
        r#"{{"name":"Hearth","origins":["https://shop.example"],"restore_url":"https://shop.example/cart","currency":"EUR","sender":{{"name":"Hearth","email":"hello@shop.example","postal_address":"1 Lane"}},"provider":"{provider}","time_zone":"America/New_York",{engine},"sequences":[{{"id":"left","version":1,"name":"Left carts","trigger":{{"cart":{{}}}},"steps":[{}]}}{looks}]}}"#,
        sequence.join(",")
    );
    let open = ShopConfig::parse(json.as_bytes()).ok()?;
    let thresholds = open.thresholds;
    Some(Configured {
        settings: PlanSettings::of(&open),
        restrained,
        push_every_ms: thresholds.cart_ms.min(thresholds.checkout_ms).max(5_000),
        waits_ms: homing_core::delivery::retry::DEFAULT_WAITS_MS.to_vec(),
        paused: ShopConfig {
            paused: true,
            ..open.clone()
        },
        open,
    })
}
