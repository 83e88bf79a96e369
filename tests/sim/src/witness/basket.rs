//! What becomes of the shop's own baskets: that nobody gets another person's, and that everybody hears of an order.

use super::Spoke;
use crate::arena::Id;
use crate::host::Basket;
use crate::server::{ShopBasket, knows_when};
use crate::violation::Broken;
use crate::world::World;
use homing_core::ids::ShopperId;
use homing_core::object::cart::{Taken, Telling};

impl World<'_> {
    /// A basket has just changed a cart's lines.
    pub(crate) fn lines_told(&mut self, id: Id<Basket>, telling: &Telling) {
        let is_its = |alias: Id<Basket>| self.baskets.at(alias).id == telling.alias;
        let found = self.shop_baskets.iter().find(|(_, one)| is_its(one.alias));
        let Some((number, basket)) = found else {
            return self.broke(Broken::StrangersCart, || {
                String::from("a basket that is none")
            });
        };
        let number = *number;
        let cart = self.baskets.at(id);
        let is_the_shops = self.carts_of(basket).contains(&cart.id);
        let unclaimed = !is_the_shops && !basket.claimed.contains(&id);
        let second = !is_the_shops && basket.fed.is_some_and(|fed| fed != id);
        // Once the shop has been told whose it is, nobody else's cart gets anything of it.
        let (since, owner) = basket.owner.unzip();
        let since = since.unwrap_or(0);
        let between =
            |(version, _): &&(u64, ShopperId)| (since..=telling.version).contains(version);
        let may = |shopper: ShopperId| {
            let mut said = basket.said.iter().filter(between);
            owner == Some(shopper) || said.any(|(_, said)| *said == shopper)
        };
        let of_another = owner.is_some()
            && telling.version > since
            && cart.model.shopper.is_some_and(|shopper| !may(shopper));
        if let Some(basket) = self.shop_baskets.get_mut(&number).filter(|_| !is_the_shops) {
            basket.fed = Some(id);
        }
        if unclaimed || second || of_another {
            self.broke(Broken::StrangersCart, || {
                format!(
                    "basket {number} in cart {}: {unclaimed} {second} {of_another}",
                    id.number()
                )
            });
        }
    }

    /// The shop's server has got an answer; `known`: the carts that had to hear of an order when it asked.
    pub(crate) fn telling_answered(
        &mut self,
        number: u8,
        telling: &Telling,
        taken: &Taken,
        known: &[Id<Basket>],
    ) {
        let Some(cart) = self.basket_of(taken.cart) else {
            return self.broke(Broken::AcknowledgedLost, || format!("basket {number}"));
        };
        if !taken.refused.is_empty() {
            self.broke(Broken::AcknowledgedLost, || {
                format!("basket {number}: {:?}", taken.refused)
            });
        }
        let last_word = self.shop_baskets.get(&number).and_then(|one| one.last_word);
        // However many have overtaken it: as long as nothing later was said, it counts.
        let is_last_word = last_word.is_some_and(|(version, _)| version == telling.version);
        let counts = !taken.stale || is_last_word || telling.order.is_some();
        let shopper = telling.contact.shopper();
        if shopper.is_some() && counts {
            if self.baskets.at(cart).model.shopper != shopper {
                return self.broke(Broken::StrangersContact, || format!("basket {number}"));
            }
            self.introduced(cart);
            // Whoever comes to a cart that was bought is as good as told of the order.
            self.orders_reach(cart);
        }
        self.answers_acknowledged(number, telling, taken);
        if let Some(order) = telling.order.as_ref().map(|order| order.id) {
            for id in known.iter().copied().chain([cart]) {
                let bought = &self.baskets.at(id).model.bought;
                if !bought.iter().any(|bought| bought.id == order) {
                    self.broke(Broken::OrderNotTold, || {
                        format!("basket {number}, cart {}", id.number())
                    });
                }
                self.orders_acknowledged(id, &[order]);
            }
        }
        let claim = telling.claim.and_then(|claim| self.basket_of(claim));
        let Some(basket) = self.shop_baskets.get_mut(&number) else {
            return;
        };
        // Whoever only ever said to have bought it has nothing of it.
        let holder = telling.order.is_none().then_some(cart);
        for id in claim.into_iter().chain(holder) {
            // An empty basket leaves no trace.
            if self.baskets.at(id).seq > 0 && !basket.known.contains(&id) {
                basket.known.push(id);
            }
        }
        if basket
            .newest
            .is_none_or(|(version, _)| version < telling.version)
        {
            basket.newest = Some((telling.version, cart));
        }
        let said = shopper.filter(|_| telling.order.is_none());
        if let Some(shopper) = said.filter(|_| counts)
            && basket
                .owner
                .is_none_or(|(version, _)| version < telling.version)
        {
            basket.owner = Some((telling.version, shopper));
        }
    }

    /// Of a basket whose shop does not know when its owner answered, only what came before tells whether an answer is a new one.
    fn answers_acknowledged(&mut self, number: u8, telling: &Telling, taken: &Taken) {
        let Some(basket) = self.shop_baskets.get_mut(&number) else {
            return;
        };
        basket.unanswered.remove(&telling.version);
        let is_last_word = |(version, _)| version == telling.version;
        if !taken.stale || basket.last_word.is_some_and(is_last_word) {
            basket.answers.push(telling.version);
        }
        let first = basket.unanswered.first().copied();
        let is_clear =
            |version: &u64| knows_when(number) || first.is_none_or(|first| *version < first);
        let clear: Vec<u64> = basket.answers.extract_if(.., |one| is_clear(one)).collect();
        for version in clear {
            self.answer_acknowledged(Spoke::Telling(number, version));
        }
    }

    /// Whether a cart has something of a basket by tellings alone that were overtaken before they were answered.
    pub(crate) fn is_taken_back(&self, id: Id<Basket>) -> bool {
        let cart = self.baskets.at(id).id;
        self.shop_baskets
            .values()
            .any(|basket| self.carts_of(basket).contains(&cart) && !basket.known.contains(&id))
    }

    /// Whether somebody has a cart with what a basket holds, or the cart of a browser that has shown its token with it.
    fn has_basket(&self, basket: &ShopBasket, owner: ShopperId) -> bool {
        let own = self.carts_of(basket);
        let mut carts = self.baskets.ids().map(|id| (id, self.baskets.at(id)));
        carts.any(|(id, cart)| {
            let is_the_shops = own.contains(&cart.id);
            let is_theirs = cart.model.shopper == Some(owner);
            is_theirs
                && (basket.claimed.contains(&id)
                    || is_the_shops && self.holds(cart, basket).unwrap_or(true))
        })
    }

    /// Whether a cart that only the shop's server changes holds what its basket does.
    fn holds(&self, cart: &Basket, basket: &ShopBasket) -> Option<bool> {
        // A copy that was bought, or something told of it, has changed it from elsewhere.
        let is_left_alone = cart.model.bought.iter().all(|bought| bought.fork.is_none());
        let state = cart.hosted.memory.as_ref().map(|cart| cart.state())?;
        let expected = basket.lines.iter().filter_map(|(variant, qty)| {
            let line = self.stage.lines.get(usize::from(*variant))?;
            Some((line.clone(), u32::from(*qty)))
        });
        let expected: std::collections::BTreeMap<_, _> = expected.collect();
        let lines = state.lines().into_iter().map(|view| (view.line, view.qty));
        is_left_alone.then(|| lines.eq(expected))
    }

    /// A cart that nobody but the shop's server changes ends as its basket, and that is whose the shop has said last that it is.
    pub(crate) fn end_of_baskets(&mut self) {
        let (mut broken, mut nobodys) = (None, None);
        for (number, basket) in &self.shop_baskets {
            let Some((version, id)) = basket.newest else {
                continue;
            };
            if version != basket.version {
                broken = Some(*number);
            }
            let cart = self.baskets.at(id);
            let is_the_shops = self.carts_of(basket).contains(&cart.id);
            if is_the_shops && self.holds(cart, basket) == Some(false) {
                broken = Some(*number);
            }
            let owner = basket.last_word.and_then(|(_, owner)| owner);
            if owner.is_some_and(|owner| !self.has_basket(basket, owner)) {
                nobodys = Some(*number);
            }
        }
        if let Some(number) = broken {
            self.broke(Broken::BasketDiffers, || format!("basket {number}"));
        }
        if let Some(number) = nobodys {
            self.broke(Broken::NotTheirs, || format!("basket {number}"));
        }
    }
}
