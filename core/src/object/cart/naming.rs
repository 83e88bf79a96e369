//! Who was named last, of a shop's own basket. The last telling that says whose it is counts, by the shop's numbers, however many have
//! come before it that do not say: a platform tells of one basket by payloads with a place for a contact and by others without.
//!
//! So a telling that comes late and is the last to name somebody does what it would have done in its turn, and the basket is theirs as it
//! is now: where it goes over to another cart by that, the cart that decides says what has come since ([`Later`]). What was put in here
//! in between stays here as well, as it may be either's.

use super::basket::{Later, Purchase, Source, Telling};
use super::{Cart, Step};
use crate::bugs::{self, Bug};
use crate::ids::CartId;
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};

/// What is known of a basket beside its source, of which older rows know nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Naming {
    alias: CartId,
    /// The latest telling that has said whose the basket is, or that it is nobody's. An order does not: it says who bought.
    named_by: u64,
    /// The latest by which this cart's own Shopper was introduced.
    said_by: u64,
    /// What went on last to the cart of whose the basket is.
    passed: Option<Box<Later>>,
    /// The last order, and the number of its telling.
    order: Option<(u64, Purchase)>,
}

impl Naming {
    /// Of a source without one: what an older row has of it.
    fn of(alias: CartId, source: Option<&Source>) -> Self {
        let is_said = |source: &&Source| source.introduced.is_some();
        Self {
            alias,
            named_by: source
                .filter(|source| source.has_an_owner())
                .map_or(0, |source| source.version.max(source.passed_on)),
            said_by: source.filter(is_said).map_or(0, |source| source.version),
            passed: None,
            order: None,
        }
    }
}

impl Cart {
    fn naming(&self, alias: CartId) -> Naming {
        let known = self.namings.iter().find(|naming| naming.alias == alias);
        known
            .cloned()
            .unwrap_or_else(|| Naming::of(alias, self.source(alias)))
    }

    /// Changes what is known of a basket; whether it is something else afterwards. What an older row says of it is read before its source
    /// changes.
    pub(super) fn put_naming(&mut self, alias: CartId, change: impl FnOnce(&mut Naming)) -> bool {
        let before = self.naming(alias);
        let mut naming = before.clone();
        change(&mut naming);
        let is_news = naming != before;
        self.namings.retain(|known| known.alias != alias);
        self.namings.push(naming);
        is_news
    }

    /// Forgets it of baskets of which this cart knows no more.
    pub(super) fn forget_namings(&mut self) {
        let sources = &self.sources;
        let is_known = |alias| sources.iter().any(|source| source.alias == alias);
        self.namings.retain(|known| is_known(known.alias));
        self.last_words.retain(|words| is_known(words.alias()));
    }

    /// Forgets what went on to other carts, and what the shop calls its orders. Who was named last, and by which telling, stays: none that
    /// is older counts again.
    pub(super) fn forget_passed(&mut self) {
        for naming in &mut self.namings {
            naming.passed = None;
            if let Some((_, order)) = &mut naming.order {
                order.reference.clear();
            }
        }
    }

    /// The latest telling by which this cart's Shopper was introduced.
    pub(super) fn said_by(&self, alias: CartId) -> u64 {
        self.naming(alias).said_by
    }

    /// Whether it is no order, and none that is later has said whose the basket is.
    pub(super) fn is_last_word(&self, telling: &Telling) -> bool {
        telling.order.is_none()
            && telling.contact.is_said()
            && telling.version >= self.naming(telling.alias).named_by
            && !(bugs::is(Bug::OvertakenContact) && self.is_stale(telling))
    }

    /// Notes that a telling has said whose the basket is; whether that is news.
    pub(super) fn note_named(&mut self, telling: &Telling) -> bool {
        let is_word = telling.order.is_none() && telling.contact.is_said();
        is_word
            && self.put_naming(telling.alias, |naming| {
                naming.named_by = naming.named_by.max(telling.version);
            })
    }

    /// Notes that a telling has introduced this cart's Shopper. One that says nothing of consent is no word on it: what an older one has
    /// of that still counts when it comes.
    pub(super) fn note_said(&mut self, telling: &Telling) {
        let contact = telling.contact.named();
        let is_word = contact.is_some_and(|contact| contact.consent.is_some());
        self.put_last_words(telling.alias, |words| {
            if is_word {
                words.consent = words.consent.max(telling.version);
            }
        });
        self.put_naming(telling.alias, |naming| {
            naming.said_by = naming.said_by.max(telling.version);
        });
    }

    /// Notes the order that a telling brings.
    pub(super) fn note_purchase(&mut self, telling: &Telling) {
        let Some(order) = &telling.order else { return };
        self.put_naming(telling.alias, |naming| {
            let known = naming.order.as_ref().map_or(0, |(version, _)| *version);
            if telling.version >= known {
                naming.order = Some((telling.version, order.clone()));
            }
        });
    }

    /// Notes what goes on to another cart; `None`: the basket is in this one.
    pub(super) fn note_passed(&mut self, telling: &Telling, goes_on: bool) {
        let (changed_at, told, quote) = telling.contents();
        self.put_last_words(telling.alias, |words| {
            if told.is_some() {
                words.passed_lines = telling.latest();
            }
        });
        self.put_naming(telling.alias, |naming| {
            let before = naming.passed.take();
            let lines = || before.and_then(|before| before.lines);
            naming.passed = goes_on.then(|| {
                Box::new(Later {
                    version: telling.latest(),
                    changed_at,
                    lines: told.cloned().or_else(lines),
                    quote,
                    order: None,
                })
            });
        });
    }

    /// What a telling does not know that comes late: the contents of the latest that has come. None where they are in the cart already
    /// in which the basket is.
    pub(super) fn later_than(&self, telling: &Telling, goes_on: bool) -> Option<Box<Later>> {
        let source = self.source(telling.alias)?;
        let naming = self.naming(telling.alias);
        let order = naming
            .order
            .filter(|(version, _)| *version > telling.version)
            .map(|(version, order)| {
                let heard_at = source.ordered_at;
                (version, Purchase { heard_at, ..order })
            });
        let words = self.last_words(telling.alias);
        let passed = naming.passed.filter(|_| source.passed_on > source.version);
        let (mut later, lines_by) = match passed {
            Some(passed) => (*passed, words.passed_lines),
            None if goes_on => {
                let held = source.held.iter();
                let held = Later {
                    version: source.version,
                    // No later than the last of which this cart has heard.
                    changed_at: self.last_activity_at.max(telling.changed_at),
                    lines: Some(held.map(|held| (held.line.clone(), held.qty)).collect()),
                    quote: (words.quote > telling.version).then_some(self.quote),
                    order: None,
                };
                (held, words.lines)
            }
            None => return None,
        };
        // Of a basket whose lines somebody else tells nothing is known of them. Those that are older than this telling may be those of
        // whoever had the basket before.
        later.lines =
            (later.lines).filter(|_| telling.lines.is_some() && lines_by > telling.version);
        later.order = order.filter(|_| goes_on);
        (later.version > telling.version).then(|| Box::new(later))
    }

    /// A telling that brings the order to a cart that had nothing of the basket when that was told.
    pub(super) fn purchase_told(telling: &Telling) -> Option<Telling> {
        let later = telling.later.as_ref()?;
        let (version, order) = later.order.clone()?;
        Some(Telling {
            version,
            changed_at: order.heard_at.unwrap_or(later.changed_at),
            order: Some(order),
            lines: None,
            quote: None,
            contact: super::Whose::Unsaid,
            claim: None,
            step: Step::PassedOn,
            moved: false,
            later: None,
            ..telling.clone()
        })
    }
}
