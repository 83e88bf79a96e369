//! Putting pages of carts together: shoppers from the desk, carts from shoppers, lines from carts, products from the desk again. What
//! belongs together is asked for at once.

use super::cursor::Cursor;
use super::filter::Filter;
use super::shown::{Cart, Known};
use crate::bindings::Env;
use crate::config::Deployment;
use crate::error::Problem;
use crate::objects::calls::{
    CartCall, ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_cart, ask_shop, ask_shopper,
};
use futures_util::future::try_join_all;
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::money::Currency;
use homing_core::object::cart::{Account, Input, Reply};
use homing_core::object::shopper::{
    Input as ShopperInput, PlanSettings, Profile, Reply as ShopperReply,
};
use homing_core::scopes::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Shoppers that are asked at once.
const BATCH: u32 = 16;

/// Objects that are asked for one page, about: a request of the platform may ask a thousand times. A page ends there, whatever it holds.
const MOST_ASKED: usize = 500;

/// Who reads, and what with.
pub struct Reader {
    /// The worker's environment.
    pub env: Env,
    /// Whose carts.
    pub shop: ShopId,
    /// Signs recovery links.
    pub deployment: Rc<Deployment>,
    /// Says when a cart counts as left.
    pub settings: PlanSettings,
    /// The shop's own.
    pub currency: Currency,
    /// Whether contacts may be shown.
    pub contacts: bool,
    /// Epoch ms.
    pub now: u64,
}

/// A page.
pub struct Gathered {
    /// Its carts.
    pub carts: Vec<Cart>,
    /// Where the next one begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// A cart that may be on the page.
struct Candidate {
    at: Cursor,
    whose: Rc<Profile>,
    account: Account,
}

impl Reader {
    /// Refuses who may not see contacts.
    pub fn needs_contacts(&self) -> Result<(), Problem> {
        if self.contacts {
            Ok(())
        } else {
            Err(Problem::Scope(Scope::ContactsRead))
        }
    }

    /// A page of the carts of all known shoppers.
    pub async fn list(&self, filter: &Filter) -> Result<Gathered, Problem> {
        let mut at = filter.cursor;
        let mut carts = Vec::new();
        let mut asked = 0_usize;
        loop {
            let (shoppers, more) = self.shoppers(at).await?;
            let Some(last) = shoppers.last().copied() else {
                return Ok(Gathered { carts, next: None });
            };
            let profiles =
                try_join_all(shoppers.iter().map(|shopper| self.profile(*shopper))).await?;
            let people = shoppers.iter().copied().zip(profiles);
            let candidates = self.candidates(people, at).await?;
            asked = asked
                .saturating_add(shoppers.len())
                .saturating_add(candidates.len());
            if let Some(full) = self.fill(&mut carts, &candidates, filter).await? {
                let is_last = candidates.last().is_none_or(|last| last.at == full);
                let next = (more || !is_last).then_some(full);
                return Ok(Gathered { carts, next });
            }
            let end = Cursor {
                shopper: last,
                cart: None,
            };
            if !more || asked >= MOST_ASKED {
                return Ok(Gathered {
                    carts,
                    next: more.then_some(end),
                });
            }
            at = Some(end);
        }
    }

    /// A page of one person's carts.
    pub async fn of(&self, shopper: ShopperId, filter: &Filter) -> Result<Gathered, Problem> {
        let profile = self.profile(shopper).await?;
        // Whoever they have been joined to speaks for them here.
        let speaks_for = profile.as_ref().map_or(shopper, |profile| profile.shopper);
        let candidates = self
            .candidates([(speaks_for, profile)].into_iter(), filter.cursor)
            .await?;
        let mut carts = Vec::new();
        let full = self.fill(&mut carts, &candidates, filter).await?;
        let last = candidates.last().map(|candidate| candidate.at);
        Ok(Gathered {
            carts,
            next: full.filter(|full| Some(*full) != last),
        })
    }

    /// One cart.
    pub async fn one(&self, cart: CartId, object: String) -> Result<Cart, Problem> {
        let account = self.account(cart, &object).await?;
        if account.snapshot.entries == 0 {
            return Err(Problem::UnknownCart);
        }
        let whose = match account.snapshot.shopper {
            Some(shopper) => self.profile(shopper).await?,
            None => None,
        };
        let products = self.products([&account].into_iter()).await?;
        Ok(Cart::new(self, &account, whose.as_ref(), &products))
    }

    /// The shoppers behind a place, whose turn it is, and whether there are more.
    async fn shoppers(&self, at: Option<Cursor>) -> Result<(Vec<ShopperId>, bool), Problem> {
        // Of the shopper in whose carts the last page ended there may be more.
        let unfinished = at.filter(|at| at.cart.is_some()).map(|at| at.shopper);
        let known = ShopInput::Known {
            after: at.map(|at| at.shopper),
            // One more tells whether there is another page.
            limit: BATCH.saturating_add(1),
        };
        let ShopReply::Known(known) = ask_shop(&self.env, self.shop, &known).await? else {
            return Err(odd("the shop"));
        };
        let mut ids: Vec<ShopperId> = unfinished.into_iter().chain(known).collect();
        let batch = usize::try_from(BATCH).unwrap_or(usize::MAX);
        let more = ids.len() > batch;
        ids.truncate(batch);
        Ok((ids, more))
    }

    async fn profile(&self, shopper: ShopperId) -> Result<Option<Profile>, Problem> {
        let call = ShopperCall {
            shop: self.shop,
            shopper,
            ask: ShopperAsk::Step(ShopperInput::Profile),
        };
        match ask_shopper(&self.env, &call).await? {
            ShopperReply::Profile(profile) => Ok(Some(*profile)),
            // Another shop's.
            ShopperReply::Refused(_) => Ok(None),
            _ => Err(odd("a shopper")),
        }
    }

    async fn account(&self, cart: CartId, object: &str) -> Result<Account, Problem> {
        let call = CartCall {
            shop: self.shop,
            cart,
            input: Input::Account,
        };
        match ask_cart(&self.env, object, &call).await? {
            Reply::Account(account) => Ok(*account),
            _ => Err(odd("a cart")),
        }
    }

    /// The carts of these shoppers behind a place.
    async fn candidates(
        &self,
        people: impl Iterator<Item = (ShopperId, Option<Profile>)>,
        after: Option<Cursor>,
    ) -> Result<Vec<Candidate>, Problem> {
        let mut found = Vec::new();
        for (shopper, profile) in people {
            // Of one that has gone over to another identity that one's turn comes by itself.
            let Some(profile) = profile.filter(|profile| profile.shopper == shopper) else {
                continue;
            };
            let whose = Rc::new(profile);
            for (cart, object) in &whose.carts {
                let is_behind = after.is_none_or(|after| {
                    after.shopper != shopper || after.cart.is_none_or(|last| last < *cart)
                });
                if is_behind {
                    found.push((shopper, *cart, object.clone(), Rc::clone(&whose)));
                }
            }
        }
        let accounts = found
            .iter()
            .map(|(_, cart, object, _)| self.account(*cart, object));
        let accounts = try_join_all(accounts).await?;
        let candidates = found.into_iter().zip(accounts);
        Ok(candidates
            .map(|((shopper, cart, _, whose), account)| Candidate {
                at: Cursor {
                    shopper,
                    cart: Some(cart),
                },
                whose,
                account,
            })
            .collect())
    }

    /// Puts what is wanted on the page; where that is full, the place of its last cart.
    async fn fill(
        &self,
        page: &mut Vec<Cart>,
        candidates: &[Candidate],
        filter: &Filter,
    ) -> Result<Option<Cursor>, Problem> {
        let accounts = candidates.iter().map(|candidate| &candidate.account);
        let products = self.products(accounts).await?;
        for candidate in candidates {
            let cart = Cart::new(self, &candidate.account, Some(&*candidate.whose), &products);
            if filter.wants(&cart.looks()) {
                page.push(cart);
                if page.len() >= filter.limit {
                    return Ok(Some(candidate.at));
                }
            }
        }
        Ok(None)
    }

    /// What the merchant or the platform has said of all that is in these carts.
    async fn products(
        &self,
        accounts: impl Iterator<Item = &Account>,
    ) -> Result<BTreeMap<String, Known>, Problem> {
        let lines = accounts.flat_map(|account| &account.snapshot.lines);
        let variants: BTreeSet<&str> = lines.map(|view| view.line.variant().as_str()).collect();
        if variants.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked = ShopInput::Products(variants.into_iter().map(String::from).collect());
        match ask_shop(&self.env, self.shop, &asked).await? {
            ShopReply::Products(_, products, outlines) => {
                let products = products.into_iter();
                let products = products.map(|one| (one.variant.clone(), Known::Product(one)));
                let outlines = outlines.into_iter();
                let outlines = outlines.map(|one| (one.variant.clone(), Known::Outline(one)));
                Ok(products.chain(outlines).collect())
            }
            _ => Err(odd("the shop")),
        }
    }
}

fn odd(who: &str) -> Problem {
    Problem::Internal(format!("{who} answered something else"))
}
