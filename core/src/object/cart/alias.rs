//! Which cart a shop's own basket is in.
//!
//! The cart that the token names is asked first, and points to the cart that claimed the basket, if one did: the first, for good. That
//! one holds the basket while it speaks for nobody, or for whom the shop says it is. Of somebody else the basket is held by a cart that
//! is theirs alone (`CartId::behind`). All of that is decided in the one cart, one telling after the other, so that two tellings under
//! way at once cannot tear it apart.

use super::basket::{Heard, Source, Step, Telling};
use super::{Cart, Effect, Reply};
use crate::bugs::{self, Bug};
use crate::ids::{CartId, ShopperId};
use crate::object::Commit;
use alloc::{boxed::Box, vec::Vec};
use serde::{Deserialize, Serialize};

/// Carts that claimed a basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Alias {
    /// Where the basket is: the first that did, or the alias itself where the basket was there before.
    pub(super) points_to: CartId,
    /// Those that did later: they hear of orders.
    pub(super) also: Vec<CartId>,
}

/// Most carts that a basket remembers beside the one that it is in; the oldest are forgotten first.
const MAX_ALSO: usize = 16;

fn remember(also: &mut Vec<CartId>, cart: CartId) {
    if !also.contains(&cart) {
        if also.len() >= MAX_ALSO {
            also.remove(0);
        }
        also.push(cart);
    }
}

impl Cart {
    /// Where a telling goes on from here; `None`: it is for this cart. Also whether anything has to be written.
    pub(super) fn route(&mut self, telling: &mut Telling) -> (Option<Heard>, bool) {
        let mut changed = false;
        if telling.step == Step::First {
            changed = self.claim(telling.claim);
            let alias = self.alias.as_ref();
            if let Some(alias) = alias.filter(|alias| alias.points_to != self.cart) {
                let (cart, also) = (alias.points_to, alias.also.clone());
                return (Some(Heard::Elsewhere { cart, also }), changed);
            }
        }
        let is_order = telling.order.is_some();
        let told = telling.contact.shopper();
        let is_stale = !is_order && self.is_stale(telling);
        let is_last_word = self.is_last_word(telling);
        if is_stale && !(is_last_word && told.is_some()) {
            if self.owes(telling) {
                return (None, changed);
            }
            changed |= self.note_named(telling);
            let taken = self.taken_as(telling.alias, Vec::new(), true);
            return (Some(Heard::Taken(taken)), changed);
        }
        if matches!(telling.step, Step::Behind | Step::PassedOn) {
            return (None, changed);
        }
        let bound = self.binding.as_ref().map(|binding| binding.shopper);
        let another = told.filter(|told| bound.is_some_and(|bound| bound != *told));
        if is_order {
            let also = self.also(telling.alias);
            return (another.map(|_| Heard::BoundElsewhere { also }), changed);
        }
        let linked = self.source(telling.alias).and_then(|source| source.link);
        let link = another.or(linked.filter(|_| told.is_none()));
        if is_stale {
            telling.later = self.later_than(telling, link.is_some());
        }
        if link != linked || link.is_some() && self.is_ahead(telling) {
            self.pass_on(telling, link);
            changed = true;
        }
        if link.is_some() {
            changed |= self.note_named(telling);
        }
        let moved = self.has_moved_by(telling);
        let behind = |shopper| Heard::Behind {
            cart: CartId::behind(telling.alias, shopper),
            moved,
            later: telling.later.take(),
        };
        (link.map(behind), changed)
    }

    fn claim(&mut self, claim: Option<CartId>) -> bool {
        let own = self.cart;
        let Some(claim) = claim.filter(|claim| *claim != own) else {
            return false;
        };
        let is_fresh = self.log.seq() == 0 && self.sources.is_empty();
        match &mut self.alias {
            Some(alias) if alias.points_to == claim || alias.also.contains(&claim) => return false,
            Some(alias) if bugs::is(Bug::RivalClaim) => alias.points_to = claim,
            Some(alias) => remember(&mut alias.also, claim),
            empty => {
                let (points_to, also) = if is_fresh {
                    (claim, Vec::new())
                } else {
                    (own, Vec::from([claim]))
                };
                *empty = Some(Box::new(Alias { points_to, also }));
            }
        }
        true
    }

    fn pass_on(&mut self, telling: &Telling, link: Option<ShopperId>) {
        let mut source = self.source_or_new(telling.alias);
        if source.link != link {
            source.link = link;
            source.linked_by = telling.version;
        }
        source.passed_on = source.passed_on.max(telling.latest());
        if let Some(shopper) = link {
            remember(&mut source.also, CartId::behind(telling.alias, shopper));
        }
        self.note_passed(telling, link.is_some());
        self.keep_source(source);
    }

    /// Whether the basket has gone over to another cart by this very telling.
    pub(super) fn has_moved_by(&self, telling: &Telling) -> bool {
        let source = self.source(telling.alias);
        source.is_some_and(|source| source.linked_by == telling.version)
    }

    /// Whether a later telling has come before it.
    pub(super) fn is_stale(&self, telling: &Telling) -> bool {
        let source = self.source(telling.alias);
        source.is_some_and(|source| telling.latest() < source.version.max(source.passed_on))
    }

    /// Whether it is later than any that went on from here.
    fn is_ahead(&self, telling: &Telling) -> bool {
        let source = self.source(telling.alias);
        source.is_none_or(|source| telling.version > source.passed_on)
    }

    /// Carts that have to hear of an order as well.
    pub(super) fn also(&self, alias: CartId) -> Vec<CartId> {
        let claims = self.alias.iter().flat_map(|alias| &alias.also);
        let behind = self
            .source(alias)
            .into_iter()
            .flat_map(|source| &source.also);
        claims.chain(behind).copied().collect()
    }

    pub(super) fn source(&self, alias: CartId) -> Option<&Source> {
        self.sources.iter().find(|source| source.alias == alias)
    }

    pub(super) fn source_or_new(&self, alias: CartId) -> Source {
        let known = self.source(alias).cloned();
        known.unwrap_or_else(|| Source::new(alias, self.log.seq()))
    }

    pub(super) fn keep_source(&mut self, source: Source) {
        self.sources.retain(|one| one.alias != source.alias);
        if self.sources.len() >= Source::MAX {
            self.sources.remove(0);
        }
        self.sources.push(source);
        self.forget_namings();
    }

    pub(super) fn told(&self, write: bool, heard: Heard) -> Commit<Effect, Reply> {
        Commit {
            write,
            pages: Vec::new(),
            effects: Vec::new(),
            reply: Reply::Told(Box::new(heard)),
        }
    }
}
