//! The gate's questions: what a Shopper has to know before it decides.

use super::Inner;
use crate::connections::Connections;
use crate::error::Problem;
use crate::objects::calls::{
    CartCall, ShopInput, ShopRecord, ShopReply, ShopperAsk, ShopperCall, ask_cart, ask_shop,
    ask_shopper,
};
#[cfg(feature = "test-routes")]
use crate::objects::trace;
use crate::platforms::{Platforms, shelf};
use crate::{clock, config, stock};
use homing_core::catalogue::{Outline, Product};
use homing_core::channel::Channel;
use homing_core::delivery::DeliveryKey;
use homing_core::experiment::{Draws, ExperimentKey};
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::keys::NameKey;
use homing_core::object::Commit;
use homing_core::object::cart::{Input as CartInput, Reply as CartReply, Snapshot};
use homing_core::object::shopper::{
    Effect, Input, NumberWord, Refused, ReleaseInput, Reply, Shopper,
};
use homing_core::shop::Carrier;
#[cfg(feature = "test-routes")]
use homing_core::trace::{Asked, Released};
use homing_core::traceparent::TraceId;
use std::collections::BTreeMap;

impl Inner {
    /// Both halves of a release, with the carts and the shop as they are now.
    pub(super) async fn release(
        &self,
        shop: ShopId,
        key: DeliveryKey,
        (resting, resting_services): (&[Carrier], &[String]),
    ) -> Result<Commit<Effect, Reply>, Problem> {
        let asked = self.step(Input::ReleaseAsked { key })?;
        let Reply::Need(need) = asked.reply else {
            return Ok(asked);
        };
        let deployment = config::deployment(&self.env)?;
        let mut carts = Vec::with_capacity(need.carts.len());
        for (cart, object) in need.carts {
            carts.push((cart, self.read_cart(shop, cart, &object).await));
        }
        // Asked of the Shop itself: a pause must not wait for a cache.
        let (record, mut products, outlines) = self.products(shop, need.products, &carts).await?;
        let connections = Connections::new(shop, record.connections.clone());
        let currency = record.config.currency;
        let mut customer = None;
        // A connection that cannot be opened keeps no message back: the catalogue stands.
        let platform = Platforms::of(&deployment, shop, currency, &connections);
        if let Ok(Some(platform)) = platform {
            let platform = platform.under(self.trace(|shopper| shopper.trace_of(key)));
            let prices = record.config.platform.prices;
            shelf::before_a_send(&platform, &mut products, outlines, prices).await;
            let email = self.shopper.borrow().as_ref().and_then(|shopper| {
                let wanted = record.config.looks_at_customers();
                shopper.to_look_up().filter(|_| wanted).cloned()
            });
            if let Some(email) = email {
                customer = platform.customer(email).await;
            }
        }
        // After the platform, which does not know what is held for others.
        let own = carts.iter().map(|(cart, _)| *cart).collect();
        stock::withhold(&self.env, shop, &mut products, own).await?;
        let (_, name_key) = config::open_name_key(&deployment.keys, shop, &record.name_key)?;
        let number = self.identity_of_number(&name_key)?;
        let now = clock::now_ms();
        let (experiments, id) = self.draws_for(&name_key)?;
        let draws = Draws::new(&record.config, &record.experiments, &experiments, id, now);
        let standing = self.standing(&record.config, &experiments)?;
        // Whoever else is known by the shopper's number is asked for a text alone.
        let mut word = match number {
            Some(_) => NumberWord::Unasked,
            None => NumberWord::Heard(None),
        };
        loop {
            let input = ReleaseInput {
                key,
                carts: &carts,
                products: &products,
                config: &record.config,
                keys: &deployment.keys,
                public_url: &deployment.public_url,
                short_url: &deployment.short_url,
                word,
                held_out: standing.held,
                counts_as_held: standing.counts_as_held,
                draws: &draws,
                resting,
                resting_services,
                customer: customer.as_deref(),
            };
            let commit = self.persist(|shopper| {
                let now = clock::now_ms();
                let commit = shopper.release(&input, now);
                #[cfg(feature = "test-routes")]
                trace::step(
                    &self.ctx,
                    &self.env,
                    (now, [0; 32], Asked::Release(Released::of(&input))),
                    &commit,
                    shopper,
                )?;
                Ok(commit)
            })?;
            match number {
                Some(named) if commit.reply == Reply::Refused(Refused::NumberUnheard) => {
                    word = self.word_of_number(shop, named).await;
                }
                _ => return Ok(commit),
            }
        }
    }

    /// A trace that the shopper knows.
    pub(super) fn trace(&self, of: impl Fn(&Shopper) -> Option<TraceId>) -> Option<TraceId> {
        self.shopper.borrow().as_ref().and_then(of)
    }

    /// Who is known by the shopper's number, where that is an identity of its own: who answers a text is known by the number alone, so what
    /// they say is kept there, whoever else was written to at it.
    fn identity_of_number(&self, name_key: &[u8; 32]) -> Result<Option<ShopperId>, Problem> {
        let names = NameKey::new(name_key).ok_or(Problem::Key)?;
        let shopper = self.shopper.borrow();
        let Some(shopper) = shopper.as_ref() else {
            return Ok(None);
        };
        let named = shopper
            .phone()
            .map(|number| names.shopper_by_phone(number.as_str()));
        Ok(named.filter(|named| {
            *named != shopper.id() && !shopper.joined().any(|joined| joined == *named)
        }))
    }

    /// What was said by text from the shopper's number. Where that cannot be had, the text waits, and says so.
    async fn word_of_number(&self, shop: ShopId, shopper: ShopperId) -> NumberWord {
        let ask = ShopperAsk::Step(Input::WordAbout(Channel::Sms));
        match ask_shopper(&self.env, &ShopperCall { shop, shopper, ask }).await {
            Ok(Reply::Word(word)) => NumberWord::Heard(word),
            Ok(_) => NumberWord::Unanswered,
            Err(problem) => {
                crate::telemetry::error("number_unheard", &problem.to_string());
                NumberWord::Unanswered
            }
        }
    }

    /// The shop's key for draws, and whose draws are wanted.
    pub(super) fn draws_for(
        &self,
        name_key: &[u8; 32],
    ) -> Result<(ExperimentKey, ShopperId), Problem> {
        let key = NameKey::new(name_key).and_then(|names| names.experiments());
        let id = self.shopper.borrow().as_ref().map(Shopper::id);
        key.zip(id)
            .ok_or_else(|| Problem::Internal(String::from("a shopper's arms cannot be drawn")))
    }

    pub(super) async fn read_cart(
        &self,
        shop: ShopId,
        cart: CartId,
        object: &str,
    ) -> Option<Snapshot> {
        match ask_cart(
            &self.env,
            object,
            &CartCall {
                shop,
                cart,
                input: CartInput::Read,
            },
        )
        .await
        {
            Ok(CartReply::Snapshot(snapshot)) => Some(snapshot),
            Ok(_) => None,
            Err(problem) => {
                crate::telemetry::error("cart_unreadable", &problem.to_string());
                None
            }
        }
    }

    /// The shop as it is now, the products of these variants and of what the carts hold, and as much as is known of those that are none.
    pub(super) async fn products(
        &self,
        shop: ShopId,
        mut variants: Vec<String>,
        carts: &[(CartId, Option<Snapshot>)],
    ) -> Result<(ShopRecord, BTreeMap<String, Product>, Vec<Outline>), Problem> {
        let lines = carts
            .iter()
            .filter_map(|(_, snapshot)| snapshot.as_ref())
            .flat_map(|snapshot| &snapshot.lines);
        let looks = carts
            .iter()
            .filter_map(|(_, snapshot)| snapshot.as_ref()?.slot.look.as_ref());
        variants.extend(looks.map(|look| look.variant.clone()));
        variants.extend(lines.map(|view| view.line.variant().as_str().to_owned()));
        variants.sort_unstable();
        variants.dedup();
        match ask_shop(&self.env, shop, &ShopInput::Products(variants.clone())).await? {
            ShopReply::Products(record, products, mut outlines) => {
                let by_variant = products
                    .into_iter()
                    .map(|product| (product.variant.clone(), product));
                let by_variant: BTreeMap<_, _> = by_variant.collect();
                Outline::complete(&mut outlines, variants, |known| {
                    by_variant.contains_key(known)
                });
                Ok((record, by_variant, outlines))
            }
            _ => Err(Problem::Internal(String::from(
                "the shop answered something else",
            ))),
        }
    }
}
