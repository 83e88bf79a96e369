//! News of products: a catalogue that is pushed anew, what the desk writes down of it, and who is told of it:
//! `worker/src/store/news.rs`, `worker/src/queues/news.rs`.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::{Person, ShopperAsk};
use crate::model::Model;
use crate::world::World;
use homing_core::catalogue::Product;
use homing_core::news::{Interest, Marked, News};
use homing_core::object::shopper::Input;
use homing_core::prices::Prices;
use std::sync::Arc;

/// Tries after which those who cannot be told are passed over.
const PATIENCE: u32 = 8;
const RETRY_MS: u64 = 30_000;

/// News that waits at the desk until everybody whom it may concern has heard.
pub(crate) struct Waiting {
    pub(crate) id: u64,
    pub(crate) news: Vec<News>,
}

/// A consumer that tells one row of news.
pub(crate) struct Telling {
    id: u64,
    attempts: u32,
    /// Answers that are still to come.
    unheard: usize,
    failed: bool,
}

/// How a product was, from a moment on.
pub(crate) struct Shelved {
    pub(crate) since: u64,
    pub(crate) product: Product,
}

impl World<'_> {
    /// The shop pushes a product of its catalogue anew.
    pub(crate) fn push_product(&mut self, variant: u8, price_minor: u64, available: bool) {
        let line = self.stage.lines.get(usize::from(variant));
        let Some(before) = line.and_then(|line| self.products.get(line.variant().as_str())) else {
            return;
        };
        let after = Product {
            price_minor,
            available,
            ..before.clone()
        };
        if after == *before {
            return;
        }
        let interest = Interest::of(&self.config.open.sequences);
        let variant = after.variant.clone();
        let prices = self.prices.entry(variant.clone());
        let prices = prices.or_insert_with(|| Prices::new(before.price(), 0));
        prices.note(after.price(), self.now);
        let changes = interest.changes(before, &after, prices);
        self.shelf.push(Shelved {
            since: self.now,
            product: after.clone(),
        });
        Arc::make_mut(&mut self.products).insert(variant.clone(), after);
        if changes.is_empty() {
            return;
        }
        let (at, id) = (self.now, self.desk.next_news(self.now));
        let news: Vec<News> = changes
            .into_iter()
            .map(|change| News {
                id,
                at,
                variant: variant.clone(),
                change,
            })
            .collect();
        self.tally.news += 1;
        self.announced.extend(news.iter().cloned());
        self.desk.news.push(Waiting { id, news });
        self.hint_news();
        self.plan_sweep();
    }

    /// Says in the relay's queue that news waits.
    pub(crate) fn hint_news(&mut self) {
        let at = self.now + self.dice.between(20, 1_500);
        self.put_in_relay(at, || Event::News { attempts: 1 });
    }

    /// Tells the oldest news to everybody who watches.
    pub(crate) fn tell_news(&mut self, attempts: u32) {
        self.tally.bill.queued();
        if matches!(
            self.strike(Opportunity::Desk),
            Some(Fault::DeskFails | Fault::DeskAnswerLost)
        ) {
            return self.try_news_again(attempts);
        }
        let Some(waiting) = self.desk.news.first() else {
            return;
        };
        let id = waiting.id;
        let marked = Marked::new(&waiting.news);
        let watching = self.desk.watching();
        let asks: Vec<(Id<Person>, Vec<News>)> = watching
            .map(|(person, watched)| (person, marked.concerning(watched)))
            .filter(|(_, news)| !news.is_empty())
            .collect();
        if asks.is_empty() {
            return self.news_told(id);
        }
        let telling = self.tellings.put(Telling {
            id,
            attempts,
            unheard: asks.len(),
            failed: false,
        });
        for (person, news) in asks {
            let settings = self.config.settings.clone();
            let ask = ShopperAsk::Sent(Box::new(Input::News { news, settings }));
            let back = Back::News { telling, person };
            self.call(Callee::Shopper(person, ask), back);
        }
    }

    /// One of those who watch has heard, or has not.
    pub(crate) fn news_heard(&mut self, number: u32, person: Id<Person>, answer: &Answer) {
        let Some(telling) = self.tellings.get_mut(number) else {
            return;
        };
        telling.unheard -= 1;
        if matches!(answer, Answer::Shopper(_)) {
            let id = telling.id;
            let held = self.models_of(person).flat_map(Model::live).collect();
            self.people.at_mut(person).heard.push((id, held));
        } else {
            telling.failed = true;
        }
        let Some(telling) = self.tellings.get_mut(number) else {
            return;
        };
        if telling.unheard > 0 {
            return;
        }
        let Some(telling) = self.tellings.take(number) else {
            return;
        };
        if telling.failed && telling.attempts < PATIENCE {
            return self.try_news_again(telling.attempts);
        }
        self.news_told(telling.id);
    }

    fn try_news_again(&mut self, attempts: u32) {
        let attempts = attempts + 1;
        self.agenda
            .put(self.now + RETRY_MS, Event::News { attempts });
    }

    fn news_told(&mut self, id: u64) {
        self.desk.news.retain(|waiting| waiting.id != id);
        if !self.desk.news.is_empty() {
            let soon = self.now + self.latency();
            self.agenda.put(soon, Event::News { attempts: 1 });
        }
    }
}
