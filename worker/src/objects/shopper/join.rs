//! Joins: hands a Shopper over, takes one in, and sends on what comes for one that has gone.

use super::super::calls::{ShopperAsk, ShopperCall, ask_shopper};
#[cfg(feature = "test-routes")]
use super::super::trace;
use super::Inner;
use crate::error::Problem;
use crate::{clock, config};
use homing_core::experiment::{ExperimentKey, Standing};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::Commit;
use homing_core::object::shopper::{Adoption, Effect, Input, PlanSettings, Reply, Shopper};
use homing_core::shop::ShopConfig;
#[cfg(feature = "test-routes")]
use homing_core::trace::{Adopted, Asked};

impl Inner {
    /// The answer of this Shopper, or of whom it has gone over to.
    pub(super) async fn answered(&self, shop: ShopId, reply: Reply) -> Result<Reply, Problem> {
        match reply {
            Reply::Handing => Err(Problem::Unavailable(String::from("a join is under way"))),
            Reply::Elsewhere { shopper, input } => {
                let ask = ShopperAsk::Step(*input);
                ask_shopper(&self.env, &ShopperCall { shop, shopper, ask }).await
            }
            reply => Ok(reply),
        }
    }

    /// Takes another identity in.
    pub(super) async fn adopt(
        &self,
        shop: ShopId,
        loser: Box<Shopper>,
    ) -> Result<Commit<Effect, Reply>, Problem> {
        let (record, ..) = self.products(shop, Vec::new(), &[]).await?;
        let keys = &config::deployment(&self.env)?.keys;
        let (_, name_key) = config::open_name_key(keys, shop, &record.name_key)?;
        let (experiments, _) = self.draws_for(&name_key)?;
        let counts_as_held = self.standing(&record.config, &experiments)?.counts_as_held;
        let settings = PlanSettings::of(&record.config);
        self.persist(|shopper| {
            let adoption = Adoption {
                loser,
                settings: &settings,
                counts_as_held,
                holdout_bp: record.config.holdout_bp,
            };
            let now = clock::now_ms();
            #[cfg(feature = "test-routes")]
            let asked = Asked::Adopt(Adopted::of(&adoption));
            let commit = shopper.adopt(adoption, now);
            #[cfg(feature = "test-routes")]
            trace::step(
                &self.ctx,
                &self.env,
                (now, [0; 32], asked),
                &commit,
                shopper,
            )?;
            Ok(commit)
        })
    }

    /// Hands this shopper over to another identity of the same person. Who does not answer is asked again by the alarm.
    pub(super) async fn hand_over(&self, shop: ShopId, to: ShopperId, state: Box<Shopper>) {
        let call = ShopperCall {
            shop,
            shopper: to,
            ask: ShopperAsk::Step(Input::Adopt(state)),
        };
        let taken = match ask_shopper(&self.env, &call).await {
            Ok(Reply::Adopted { by, shift, settled }) => {
                self.step(Input::HandedOver { by, shift, settled })
            }
            Ok(_) => Err(Problem::Internal(String::from(
                "a shopper was not taken in",
            ))),
            Err(problem) => Err(problem),
        };
        match taken {
            // That this identity does not count any more is the desk's to know.
            Ok(commit) => Box::pin(self.carry_out(commit.effects)).await,
            Err(problem) => crate::telemetry::error("join_not_taken", &problem.to_string()),
        }
    }

    /// What the holdout means for this person, whatever identities were joined to this one.
    pub(super) fn standing(
        &self,
        config: &ShopConfig,
        key: &ExperimentKey,
    ) -> Result<Standing, Problem> {
        let shopper = self.shopper.borrow();
        let (Some(holdout), Some(shopper)) = (config.holdout(), shopper.as_ref()) else {
            return Err(Problem::Internal(String::from(
                "the holdout cannot be drawn",
            )));
        };
        let joined: Vec<ShopperId> = shopper.joined().collect();
        Ok(holdout.standing(key, shopper.id(), &joined))
    }
}
