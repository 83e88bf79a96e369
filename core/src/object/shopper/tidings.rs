//! News of what a shopper left, until it is told: which product, since which price, and what was told of it already.

use super::about::About;
use super::{Commit, Effect, PlanSettings, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::cart::LineView;
use crate::catalogue::Product;
use crate::money::Money;
use crate::news::{Change, Mark, Marks, News};
use crate::object::cart::{Slot, Snapshot};
use crate::prices::{Prices, fall_percent};
use crate::sequence::Occasion;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What was heard of one variant, one of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tiding {
    news: News,
    /// Whether it waits to be told.
    open: bool,
    /// The price that was told last, in the smallest unit of the currency: only a lower one is news again.
    told_minor: Option<u64>,
    /// The price that a conversation under way tells, likewise.
    telling_minor: Option<u64>,
}

impl Tiding {
    fn is_kind(&self, about: &About) -> bool {
        match self.news.change {
            Change::Fell(_) => *about == About::PriceDrop,
            Change::Back => *about == About::BackInStock,
        }
    }

    /// It has been told, or is not worth telling any more.
    fn close(&mut self) {
        self.open = false;
        if let Some(telling) = self.telling_minor.take() {
            self.told_minor = Some(self.told_minor.unwrap_or(telling).min(telling));
        }
    }

    /// By how much its price has fallen to `price` since what the shopper last knew, whole percent: since it was left at `left_at`
    /// (epoch ms), or since it was told. 0 for a return; `None`: it has not.
    fn falls(&self, price: Money, left_at: u64) -> Option<u8> {
        match &self.news.change {
            Change::Back => Some(0),
            Change::Fell(prices) => {
                let time = if bugs::is(Bug::FallSinceLastPrice) {
                    self.news.at.saturating_sub(1)
                } else {
                    left_at
                };
                if time > self.news.at {
                    // What it has cost since is not known: it may have been left at what it costs now.
                    return None;
                }
                let then = prices.at(time)?;
                let known = self.told_minor.unwrap_or(then.minor).min(then.minor);
                let known = Money {
                    minor: known,
                    ..then
                };
                fall_percent(known, price)
            }
        }
    }

    /// The same with what is sold now; `None` as well where it cannot be bought.
    fn holds(&self, product: &Product, left_at: u64) -> Option<u8> {
        if bugs::is(Bug::NewsUnchecked) {
            return Some(50);
        }
        if !product.available {
            return None;
        }
        self.falls(product.price(), left_at)
    }

    /// Whether a cart that was left at `left_at` would have it told, as far as it is known here.
    fn matters(&self, left_at: u64, least_percent: u8) -> bool {
        match &self.news.change {
            Change::Back => true,
            Change::Fell(prices) => prices
                .last()
                .and_then(|price| self.falls(price, left_at))
                .is_some_and(|percent| percent >= least_percent),
        }
    }
}

/// News that is still true, and where.
pub(super) struct Told {
    pub occasion: Occasion,
    /// Carts that hold what it is about, each with that first; `None` for one that could not be read.
    pub carts: Vec<Option<Snapshot>>,
}

impl Shopper {
    /// Tidings remembered; the oldest is forgotten first.
    const MAX_TIDINGS: usize = 24;

    /// Takes news of products. A repeated message changes nothing.
    pub(super) fn hear(
        &mut self,
        news: Vec<News>,
        settings: &PlanSettings,
        now: u64,
    ) -> Commit<Effect, Reply> {
        if !self.may_be_written_to() {
            return Commit::read(Reply::Done);
        }
        let before = self.tidings.clone();
        for news in news {
            self.take_news(news, now);
        }
        if self.tidings == before {
            return Commit::read(Reply::Done);
        }
        self.replan(settings, now);
        self.commit(true, now, Reply::Done)
    }

    fn take_news(&mut self, news: News, now: u64) {
        if self.may_hold(&news.variant, now).next().is_none() {
            return;
        }
        let is_back = |change: &Change| *change == Change::Back;
        let known = self.tidings.iter_mut().find(|known| {
            known.news.variant == news.variant
                && is_back(&known.news.change) == is_back(&news.change)
        });
        let Some(known) = known else {
            self.tidings.push(Tiding {
                news,
                open: true,
                told_minor: None,
                telling_minor: None,
            });
            let excess = self.tidings.len().saturating_sub(Self::MAX_TIDINGS);
            self.tidings.drain(..excess);
            return;
        };
        if news.id <= known.news.id && !bugs::is(Bug::NewsRepeated) {
            return;
        }
        // The same drop once more, or one that does not reach what was told.
        if let Change::Fell(prices) = &news.change
            && let Some((told, last)) = known.told_minor.zip(prices.last())
            && last.minor >= told
        {
            return;
        }
        known.news = news;
        known.open = true;
    }

    /// The carts that were left not too long ago and may hold `variant`.
    fn may_hold<'a>(&'a self, variant: &str, now: u64) -> impl Iterator<Item = &'a Slot> {
        let mark = Mark::of(variant);
        let slots = self.carts.values().map(|bound| &bound.slot);
        slots.filter(move |slot| {
            self.is_left(slot)
                && slot.marks.holds(mark)
                && now.saturating_sub(slot.last_activity_at) <= Prices::REACH_MS
        })
    }

    /// The variants whose news this shopper may want to hear, for the desk.
    pub(super) fn watched(&self) -> Marks {
        if !self.watches || !self.may_be_written_to() {
            return Marks::default();
        }
        let left = self
            .carts
            .values()
            .filter(|bound| self.is_left(&bound.slot));
        Marks::new(left.flat_map(|bound| bound.slot.marks.iter()), Marks::MAX)
    }

    /// What waits to be told, and since when, epoch ms. A return to stock goes before a price.
    pub(super) fn news_to_tell(&self, settings: &PlanSettings, now: u64) -> Option<(About, u64)> {
        [About::BackInStock, About::PriceDrop]
            .into_iter()
            .find_map(|about| {
                settings.start(&about, None)?;
                let open = self.tidings.iter().filter(|tiding| {
                    tiding.open
                        && tiding.is_kind(&about)
                        && self.may_hold(&tiding.news.variant, now).any(|slot| {
                            tiding.matters(slot.last_activity_at, settings.least_percent)
                        })
                });
                let at = open.map(|tiding| tiding.news.at).max()?;
                Some((about, at))
            })
    }

    /// What of the waiting news of one kind is true of the carts and the catalogue as they are now.
    pub(super) fn true_news(&self, about: &About, input: &ReleaseInput<'_>) -> Option<Told> {
        let waiting: Vec<(&Tiding, &Product)> = self
            .tidings
            .iter()
            .filter(|one| one.open && one.is_kind(about))
            .filter_map(|one| Some((one, input.products.get(one.news.variant.as_str())?)))
            .collect();
        let mut best: Option<u8> = None;
        let mut carts = Vec::new();
        for (_, snapshot) in input.carts {
            let Some(snapshot) = snapshot else {
                carts.push(None);
                continue;
            };
            if !self.is_left(&snapshot.slot) {
                continue;
            }
            let told = |view: &LineView| {
                let variant = view.line.variant().as_str();
                let (tiding, product) = waiting
                    .iter()
                    .find(|(tiding, _)| tiding.news.variant == variant)?;
                tiding.holds(product, snapshot.slot.last_activity_at)
            };
            let Some(percent) = snapshot.lines.iter().filter_map(told).max() else {
                continue;
            };
            best = best.max(Some(percent));
            let mut drawn = snapshot.clone();
            drawn.lines.sort_by_key(|view| told(view).is_none());
            carts.push(Some(drawn));
        }
        let percent = best?;
        let occasion = match about {
            About::BackInStock => Occasion::BackInStock,
            _ => Occasion::PriceDrop { percent },
        };
        Some(Told { occasion, carts })
    }

    /// Variants of which a decision has to know the product, beside those in the carts.
    pub(super) fn products_to_read(&self) -> Vec<String> {
        match self.plan.as_ref().map(|plan| &plan.about) {
            Some(About::Look { look, .. }) => alloc::vec![look.variant.clone()],
            _ => Vec::new(),
        }
    }

    /// A message about carts goes out: it shows what things cost and whether they can be bought, so that all news is told by it.
    /// What it is about itself stays open until its conversation has ended.
    pub(super) fn tell_news(&mut self, input: &ReleaseInput<'_>) {
        let Some(about) = self.plan.as_ref().map(|plan| plan.about.clone()) else {
            return;
        };
        if matches!(about, About::Look { .. }) {
            return;
        }
        for tiding in self.tidings.iter_mut().filter(|tiding| tiding.open) {
            if let Change::Fell(prices) = &tiding.news.change {
                let product = input.products.get(tiding.news.variant.as_str());
                let price = product.map(|one| one.price()).or_else(|| prices.last());
                tiding.telling_minor = price.map(|price| price.minor);
            }
            if !tiding.is_kind(&about) {
                tiding.close();
            }
        }
    }

    /// News of one kind is not worth telling any more.
    pub(super) fn close_tidings(&mut self, about: &About) {
        for tiding in self
            .tidings
            .iter_mut()
            .filter(|tiding| tiding.is_kind(about))
        {
            tiding.close();
        }
    }

    /// News is not worth telling any more.
    pub(super) fn close_all_tidings(&mut self) {
        self.tidings.iter_mut().for_each(Tiding::close);
    }

    /// Takes over what another identity of the same person has heard. What either was told is not news any more.
    pub(super) fn join_tidings(&mut self, others: Vec<Tiding>) {
        for other in others {
            let known = self.tidings.iter_mut().find(|known| {
                known.news.variant == other.news.variant
                    && (known.news.change == Change::Back) == (other.news.change == Change::Back)
            });
            let Some(known) = known else {
                self.tidings.push(other);
                continue;
            };
            if other.news.id > known.news.id {
                known.news = other.news;
                known.open = other.open;
            } else if other.news.id == known.news.id {
                // What either has told, or found not worth telling, is over for the person.
                known.open &= other.open;
            }
            let told = known.told_minor.into_iter().chain(other.told_minor);
            known.told_minor = told.min();
        }
        let excess = self.tidings.len().saturating_sub(Self::MAX_TIDINGS);
        self.tidings.drain(..excess);
    }

    /// Forgets what was heard of things that no cart holds any more.
    pub(super) fn forget_tidings(&mut self) {
        let held: Vec<Mark> = self
            .carts
            .values()
            .flat_map(|bound| bound.slot.marks.iter())
            .collect();
        self.tidings
            .retain(|tiding| held.contains(&Mark::of(&tiding.news.variant)));
    }
}
