//! News of what a shopper left, until it is told: which product, since which price, and what was told of it already.

use super::about::About;
use super::{Commit, Effect, PlanSettings, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::catalogue::Product;
use crate::money::Money;
use crate::news::{Change, Mark, Marks, News, fall_percent};
use crate::object::cart::Snapshot;
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
            Change::Fell { .. } => *about == About::PriceDrop,
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

    /// By how much the price has fallen since what the shopper last knew, whole percent; 0 for a return. `None`: it is not so, or
    /// not so any more.
    fn holds(&self, product: &Product) -> Option<u8> {
        match self.news.change {
            _ if bugs::is(Bug::NewsUnchecked) => Some(50),
            _ if !product.available => None,
            Change::Back => Some(0),
            Change::Fell { from, .. } => fall_percent(from, product.price()).filter(|_| {
                self.told_minor
                    .is_none_or(|told| product.price_minor < told)
            }),
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
    /// Carts that were left longer ago are not written about because of news, ms: 60 days.
    const NEWS_REACH_MS: u64 = 60 * crate::calendar::DAY_MS;

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
        if !self.may_hold(&news.variant, now) {
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
        let change = match (&known.news.change, &news.change) {
            // The same drop once more, or one that does not reach what was told.
            (_, Change::Fell { to, .. })
                if known.told_minor.is_some_and(|told| to.minor >= told) =>
            {
                return;
            }
            // Two falls before either was told are one.
            (Change::Fell { from: earlier, .. }, Change::Fell { from, to })
                if known.open && earlier.currency == from.currency =>
            {
                Change::Fell {
                    from: Money {
                        minor: earlier.minor.max(from.minor),
                        ..*from
                    },
                    to: *to,
                }
            }
            (_, change) => change.clone(),
        };
        known.news = News { change, ..news };
        known.open = true;
    }

    /// Whether a cart that was left may hold `variant`.
    fn may_hold(&self, variant: &str, now: u64) -> bool {
        let mark = Mark::of(variant);
        self.carts.values().any(|bound| {
            let slot = &bound.slot;
            self.is_left(slot)
                && slot.marks.holds(mark)
                && now.saturating_sub(slot.last_activity_at) <= Self::NEWS_REACH_MS
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
                        && self.may_hold(&tiding.news.variant, now)
                });
                let at = open.map(|tiding| tiding.news.at).max()?;
                Some((about, at))
            })
    }

    /// What of the waiting news of one kind is true of the carts and the catalogue as they are now.
    pub(super) fn true_news(&self, about: &About, input: &ReleaseInput<'_>) -> Option<Told> {
        let waiting = self
            .tidings
            .iter()
            .filter(|one| one.open && one.is_kind(about));
        let holding: Vec<(&str, u8)> = waiting
            .filter_map(|tiding| {
                let variant = tiding.news.variant.as_str();
                Some((variant, tiding.holds(input.products.get(variant)?)?))
            })
            .collect();
        let is_told = |variant: &str| holding.iter().find(|(told, _)| *told == variant);
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
            let told = snapshot
                .lines
                .iter()
                .filter_map(|view| is_told(view.line.variant().as_str()));
            let Some(percent) = told.map(|(_, percent)| *percent).max() else {
                continue;
            };
            best = best.max(Some(percent));
            let mut drawn = snapshot.clone();
            drawn
                .lines
                .sort_by_key(|view| is_told(view.line.variant().as_str()).is_none());
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
            if let Change::Fell { to, .. } = &tiding.news.change {
                let product = input.products.get(tiding.news.variant.as_str());
                tiding.telling_minor = Some(product.map_or(to.minor, |one| one.price_minor));
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
