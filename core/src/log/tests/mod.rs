//! What an export promises: whatever is changed on the way is found, and the first broken event is named.

mod example;
mod spill;
mod tampering;

use super::*;
use crate::cart::{Dot, EventId, Hlc, LineKey, Op, Quantity, Replica, Variant};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::object::codec;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) const SHOP: ShopId = ShopId([1; 5]);

/// Anything that a log may say; texts hold what JSON has to escape.
pub(super) fn records() -> impl Strategy<Value = Record> {
    (
        proptest::option::of(ids()),
        0..1_u64 << 50,
        0..1_u64 << 50,
        whats(),
    )
        .prop_map(|(id, at, taken_at, what)| Record {
            id,
            at,
            taken_at,
            what,
            trace: None,
        })
}

fn ids() -> impl Strategy<Value = EventId> {
    (any::<u64>(), 1..u32::MAX).prop_map(|(replica, counter)| EventId {
        replica: Replica(replica),
        counter,
    })
}

fn dots() -> impl Strategy<Value = Vec<Dot>> {
    proptest::collection::vec(
        (ids(), 0_u16..3).prop_map(|(id, carry)| Dot { id, carry }),
        0..3,
    )
}

fn texts() -> impl Strategy<Value = String> {
    matching("[ -~éß漢\u{1}\u{7f}\u{2028}\"\\\\]{0,12}")
}

/// Parsed once, not for each text.
fn matching(regex: &str) -> impl Strategy<Value = String> {
    proptest::string::string_regex(regex).unwrap()
}

fn quantities() -> impl Strategy<Value = Quantity> {
    (1..Quantity::MAX).prop_map(|count| Quantity::new(count).unwrap())
}

fn lines() -> impl Strategy<Value = LineKey> {
    let options =
        proptest::collection::btree_map(matching("[a-z]{1,5}"), matching("[ -~é]{1,8}"), 0..3);
    (matching("[!-~]{1,12}"), options).prop_map(|(variant, options)| {
        LineKey::new(Variant::new(&variant).unwrap(), &options).unwrap()
    })
}

fn receipts() -> impl Strategy<Value = ConsentReceipt> {
    (
        any::<Option<bool>>(),
        any::<Option<bool>>(),
        texts(),
        texts(),
    )
        .prop_map(|(email, sms, wording, page)| ConsentReceipt {
            email,
            sms,
            ads: None,
            wording,
            page,
        })
}

fn pages() -> impl Strategy<Value = PageContext> {
    let some = || proptest::option::of(texts());
    let utm = proptest::collection::btree_map(texts(), texts(), 0..3);
    (some(), some(), some(), some(), some(), utm).prop_map(
        |(device, tz, locale, currency, referrer, utm)| PageContext {
            device,
            tz,
            locale,
            currency,
            referrer,
            utm,
        },
    )
}

fn whats() -> impl Strategy<Value = What> {
    let carts = || any::<[u8; 16]>().prop_map(CartId);
    prop_oneof![
        (any::<u32>(), any::<u64>(), lines(), quantities()).prop_map(
            |(epoch, clock, line, qty)| {
                let clock = Hlc(clock);
                What::Lines(Op::Add {
                    epoch,
                    clock,
                    line,
                    qty,
                })
            }
        ),
        (any::<u64>(), ids(), quantities()).prop_map(|(clock, id, qty)| {
            let (clock, dot) = (Hlc(clock), Dot { id, carry: 1 });
            What::Lines(Op::Set { clock, dot, qty })
        }),
        dots().prop_map(|dots| What::Lines(Op::Remove { dots })),
        dots().prop_map(|dots| What::Lines(Op::Close { dots })),
        (dots(), texts()).prop_map(|(dots, order)| What::Order { dots, order }),
        (carts(), dots(), any::<u8>(), any::<bool>()).prop_map(
            |(parent, dots, generation, merged)| What::Fork {
                parent,
                dots,
                generation,
                merged
            }
        ),
        (dots(), carts()).prop_map(|(dots, fork)| What::ForkOrdered { dots, fork }),
        any::<u8>().prop_map(|generation| What::Revoked { generation }),
        pages().prop_map(What::Page),
        (texts(), any::<u32>()).prop_map(|(variant, ms)| What::View {
            variant,
            dwell_ms: ms.into()
        }),
        texts().prop_map(|how| What::Exit { how }),
        (any::<Option<u32>>(), proptest::option::of(texts())).prop_map(|(ms, code)| {
            let latency_ms = ms.map(u64::from);
            What::Checkout {
                stage: Stage::PaymentFailed,
                latency_ms,
                code,
            }
        }),
        (0_u8..3, proptest::option::of(receipts())).prop_map(|(shopper, consent)| {
            let shopper = ShopperId([shopper; 16]);
            What::Identified { shopper, consent }
        }),
        any::<bool>().prop_map(|quote| What::Quote { quote }),
        (
            0_u8..3,
            any::<bool>(),
            any::<Option<bool>>(),
            texts(),
            texts()
        )
            .prop_map(|(shopper, here, agreed, wording, page)| What::Push {
                shopper: ShopperId([shopper; 16]),
                here,
                agreed,
                wording,
                page,
            }),
    ]
}

/// A cart's log: what was said, and which of it is erased.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub cart: CartId,
    pub records: Vec<Record>,
    pub erased: Vec<bool>,
    pub pruned: usize,
}

impl Log {
    pub fn entries(&self) -> Vec<Entry> {
        let mut chain = Chain::new(SHOP, self.cart);
        for record in &self.records {
            chain.append(codec::encode(record).unwrap(), &[5; 32]);
        }
        let mut entries = chain.tail().to_vec();
        let marked = entries.iter_mut().zip(&self.erased);
        marked
            .filter(|(_, erased)| **erased)
            .for_each(|(entry, _)| entry.erase());
        entries
    }

    /// The points behind each number of entries, from 0.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let mut at = Checkpoint::genesis(SHOP, self.cart);
        let mut all = vec![at];
        for entry in self.entries() {
            at = at.step(&entry).unwrap();
            all.push(at);
        }
        all
    }

    pub fn head(&self) -> Hash {
        self.checkpoints().last().unwrap().hash
    }

    /// Its lines, without their ends.
    pub fn lines(&self) -> Vec<String> {
        let entries = self.entries();
        let (_, kept) = entries.split_at(self.pruned);
        let header = Header {
            shop: SHOP,
            cart: self.cart,
            after: (self.pruned > 0).then(|| self.checkpoints()[self.pruned]),
            entries: kept.len() as u64,
            head: self.head(),
        };
        let mut out = Vec::new();
        let mut export = Export::begin(header, &mut out);
        kept.iter().for_each(|entry| export.entry(entry, &mut out));
        export.end(&mut out);
        let text = String::from_utf8(out).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

pub(super) fn logs() -> impl Strategy<Value = Vec<Log>> {
    let log = (
        proptest::collection::vec(records(), 1..8),
        proptest::collection::vec(any::<bool>(), 8),
        0_usize..3,
    );
    proptest::collection::vec(log, 1..4).prop_map(|logs| {
        let numbered = (1_u8..).zip(logs);
        numbered
            .map(|(cart, (records, erased, pruned))| Log {
                cart: CartId([cart; 16]),
                // At least one entry stays.
                pruned: pruned.min(records.len() - 1),
                records,
                erased,
            })
            .collect()
    })
}

pub(super) fn verify_lines<T: AsRef<[u8]>>(
    lines: &[T],
    heads: &mut RecordedHeads,
) -> Result<Totals, Fault> {
    let mut verifier = Verifier::new(heads);
    for line in lines {
        verifier.line(line.as_ref())?;
    }
    verifier.finish()
}

pub(super) fn check<T: AsRef<[u8]>>(lines: &[T]) -> Result<Totals, Fault> {
    verify_lines(lines, &mut RecordedHeads::default())
}

proptest! {
    #[test]
    fn an_export_verifies_whichever_events_are_erased_and_gives_the_log_back(logs in logs()) {
        let lines: Vec<String> = logs.iter().flat_map(Log::lines).collect();
        let totals = check(&lines).unwrap();
        let kept: Vec<Entry> = logs.iter().flat_map(|log| log.entries().split_off(log.pruned)).collect();
        prop_assert_eq!(totals.carts, logs.len() as u64);
        prop_assert_eq!(totals.events, kept.len() as u64);
        prop_assert_eq!(totals.pruned, logs.iter().map(|log| log.pruned as u64).sum::<u64>());
        prop_assert_eq!(totals.erased, kept.iter().filter(|entry| matches!(entry.body, Body::Erased { .. })).count() as u64);
        let mut heads = RecordedHeads::default();
        let mut verifier = Verifier::new(&mut heads);
        let steps = lines.iter().map(|line| verifier.line(line.as_bytes()).unwrap());
        let read: Vec<Entry> = steps.filter_map(|step| match step {
            Step::Passed(entry) => Some(entry),
            _ => None,
        }).collect();
        prop_assert_eq!(read, kept);
    }

    /// A person reads what the chain covers: all of it, in plain JSON.
    #[test]
    fn what_is_readable_is_what_was_said(record in records()) {
        let log = Log { cart: CartId([1; 16]), records: vec![record.clone()], erased: vec![false], pruned: 0 };
        let line: serde_json::Value = serde_json::from_str(&log.lines()[1]).unwrap();
        prop_assert_eq!(line["at"].as_u64(), Some(record.at));
        prop_assert_eq!(line["taken_at"].as_u64(), Some(record.taken_at));
        prop_assert_eq!(line["id"].as_str().map(str::to_owned), record.id.map(|id| id.to_string()));
        let what = &line["what"];
        match &record.what {
            What::Lines(Op::Add { line, qty, clock, .. }) => {
                prop_assert_eq!(what["t"].as_str(), Some("add"));
                prop_assert_eq!(what["variant"].as_str(), Some(line.variant().as_str()));
                prop_assert_eq!(what["qty"].as_u64(), Some(qty.get().into()));
                prop_assert_eq!(&what["clock"], &clock.0.to_string());
                let stated: BTreeMap<&str, &str> = what["options"].as_object().into_iter().flatten()
                    .map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
                prop_assert_eq!(stated, line.options().collect::<BTreeMap<_, _>>());
            }
            What::Order { order, dots } => {
                prop_assert_eq!(what["order"].as_str(), Some(order.as_str()));
                let stated: Vec<Dot> = what["dots"].as_array().unwrap().iter().map(|dot| dot.as_str().unwrap().parse().unwrap()).collect();
                prop_assert_eq!(&stated, dots);
            }
            What::Identified { shopper, consent } => {
                prop_assert_eq!(&what["shopper"], &shopper.to_string());
                let stated = what.get("consent").map(|consent| (consent["email"].as_bool(), consent["page"].as_str().unwrap()));
                prop_assert_eq!(stated, consent.as_ref().map(|consent| (consent.email, consent.page.as_str())));
            }
            What::Push { shopper, here, agreed, page, .. } => {
                prop_assert_eq!(&what["shopper"], &shopper.to_string());
                prop_assert_eq!(what["here"].as_bool(), Some(*here));
                let stated = what.get("consent").map(|consent| (consent["push"].as_bool(), consent["page"].as_str().unwrap()));
                prop_assert_eq!(stated, agreed.map(|agreed| (Some(agreed), page.as_str())));
            }
            What::Page(page) => {
                prop_assert_eq!(what.get("referrer").and_then(|value| value.as_str()), page.referrer.as_deref());
                prop_assert_eq!(what.get("utm").map_or(0, |utm| utm.as_object().unwrap().len()), page.utm.len());
            }
            _ => prop_assert!(what["t"].is_string()),
        }
    }
}
