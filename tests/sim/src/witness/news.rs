//! News that is told: it is so, and nobody has been told of it before.

use crate::arena::Id;
use crate::host::Person;
use crate::violation::Broken;
use crate::world::World;
use homing_core::catalogue::Product;
use homing_core::delivery::DeliveryKey;
use homing_core::news::{Change, News};
use homing_core::sequence::Template;

/// A decision knows the catalogue as it was when it was asked for, ms: a call takes no longer.
const LATELY_MS: u64 = 60_000;

/// News that a message tells: of what kind, and of which variants by which news.
pub(crate) type Telling = Option<(Template, Vec<(String, u64)>)>;

impl World<'_> {
    /// A message is released for the first time; what it tells of news that certainly was known to its Shopper.
    pub(crate) fn check_news(
        &mut self,
        id: Id<Person>,
        key: DeliveryKey,
        template: Template,
        text: &str,
    ) -> Telling {
        if !matches!(template, Template::PriceDrop | Template::BackInStock) {
            return None;
        }
        self.tally.news_told += 1;
        let own = self.kin.of(id);
        let shown: Vec<&News> = self
            .announced
            .iter()
            .filter(|news| (news.change == Change::Back) == (template == Template::BackInStock))
            .filter(|news| {
                let product = self.stage.products.get(&news.variant);
                product.is_some_and(|product| text.contains(&product.title))
            })
            .filter(|news| self.holds_lately(news, id))
            .collect();
        let is_new = |news: &&News| {
            own.iter().all(|one| {
                let mut told = self.people.at(*one).told.iter();
                !told.any(|(kind, variant, id)| {
                    *kind == template && *variant == news.variant && *id >= news.id
                })
            })
        };
        let broken = if shown.is_empty() {
            Some(Broken::NewsUntrue)
        } else if shown.iter().any(is_new) {
            None
        } else {
            Some(Broken::NewsTwice)
        };
        let known = shown
            .iter()
            .filter(|news| own.iter().any(|one| self.remembers(news, *one)));
        let known = known.map(|news| (news.variant.clone(), news.id)).collect();
        if let Some(broken) = broken {
            self.broke(broken, || format!("person {}, {key:?}", id.number()));
        }
        Some((template, known))
    }

    /// Such a message was accepted: that much cannot be told again.
    pub(crate) fn news_accepted(&mut self, id: Id<Person>, telling: Telling) {
        let Some((template, known)) = telling else {
            return;
        };
        for one in self.kin.of(id) {
            let told = &mut self.people.at_mut(one).told;
            told.extend(
                known
                    .iter()
                    .map(|(variant, id)| (template, variant.clone(), *id)),
            );
        }
    }

    /// Whether a Shopper certainly knows news that it was told of: what no cart of theirs holds it forgets, and who puts that in again later
    /// has seen it themselves.
    fn remembers(&self, news: &News, id: Id<Person>) -> bool {
        let heard = self.people.at(id).heard.iter();
        let mut heard = heard.filter(|(known, _)| *known == news.id);
        heard.any(|(_, held)| {
            let mut models = self.models_of(id);
            models.any(|model| model.still_holds(&news.variant, held))
        })
    }

    /// Whether news was true for a person at some time of the last minute: the shop sold it, and for less than it cost when they left
    /// it.
    fn holds_lately(&self, news: &News, id: Id<Person>) -> bool {
        let is_fall = news.change != Change::Back;
        let then = self.price_when_left(&news.variant, id);
        let mut until = u64::MAX;
        for (since, product) in self.shelved(&news.variant) {
            if until.saturating_add(LATELY_MS) < self.now {
                return false;
            }
            let cheaper = then.is_some_and(|then| product.price_minor < then);
            if product.available && (cheaper || !is_fall) {
                return true;
            }
            until = since;
        }
        false
    }

    /// The most that it cost when this person was last seen at a cart of theirs that had it. A join that is under way may have
    /// brought the carts of another identity along.
    fn price_when_left(&self, variant: &str, id: Id<Person>) -> Option<u64> {
        let left = self.models_of(id).filter(|model| model.has_held(variant));
        let prices = left.filter_map(|model| {
            let mut earlier = self.shelved(variant);
            let (_, product) = earlier.find(|(since, _)| *since <= model.active_at)?;
            Some(product.price_minor)
        });
        prices.max()
    }

    /// How a product was, from when on, epoch ms; the latest first.
    fn shelved<'b>(&'b self, variant: &'b str) -> impl Iterator<Item = (u64, &'b Product)> {
        let pushed = self.shelf.iter().rev();
        let pushed = pushed.map(|shelved| (shelved.since, &shelved.product));
        let first = self.stage.products.get(variant);
        let all = pushed.chain(first.map(|product| (0, product)));
        all.filter(move |(_, product)| product.variant == variant)
    }
}
