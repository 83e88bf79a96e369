//! Errands of a shopper: what has begun is done beside everything else, and told to the Shopper when it has ended. A process that ends
//! meanwhile is found by the try's lease.

use super::Inner;
use crate::errands::{self, Desk};
use crate::error::Problem;
use crate::http::carts::NO_DELIVERY;
use crate::objects::calls::{ShopInput, ask_shop};
use crate::{clock, config};
use homing_core::audience::Act;
use homing_core::errand::{Ended, Errand, LEASE_MS, Service, Work};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::Commit;
use homing_core::object::cart::Status;
use homing_core::object::shopper::{Effect, Input, Profile, Reply, Shopper};
use homing_core::quote::{Quote, left};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// For how long a paused shop adds nobody, ms.
const PAUSED_MS: u64 = 15 * 60_000;

/// The alert's cart, as a release names one.
struct About<'a> {
    cart: CartId,
    object: &'a str,
    epoch: u32,
    key: Option<&'a str>,
}

impl Inner {
    /// Begins the errands among what is to be done; the rest stays. One that waited for its service would keep everything else of this
    /// shopper waiting.
    pub(super) fn send_out(self: &Rc<Self>, shop: ShopId, commit: &mut Commit<Effect, Reply>) {
        let effects = core::mem::take(&mut commit.effects);
        for effect in effects {
            match effect {
                Effect::Errand(errand) => {
                    let inner = Rc::clone(self);
                    // A pointer, so that there is one piece of code of it.
                    let work: Pin<Box<dyn Future<Output = ()>>> =
                        Box::pin(async move { inner.run(shop, errand).await });
                    wasm_bindgen_futures::spawn_local(work);
                }
                other => commit.effects.push(other),
            }
        }
    }

    async fn run(&self, shop: ShopId, errand: Box<Errand>) {
        let ended = self.attempt(shop, &errand).await;
        let ended = ended.unwrap_or_else(|problem| {
            crate::telemetry::error("errand_failed", &problem.to_string());
            errands::later(service_of(&errand), "own_fault", 0)
        });
        let told = self.step(Input::ErrandDone { errand, ended });
        let told = match told {
            Ok(commit) => {
                self.carry_out(commit.effects).await;
                // Another identity may speak for this one by now. If its answer is lost, its lease ends.
                self.answered(shop, commit.reply).await.map(drop)
            }
            Err(problem) => Err(problem),
        };
        if let Err(problem) = told {
            crate::telemetry::error("errand_answer_lost", &problem.to_string());
        }
    }

    async fn attempt(&self, shop: ShopId, errand: &Errand) -> Result<Ended, Problem> {
        match &errand.work {
            Work::Audience {
                service,
                list,
                act,
                who,
            } => {
                let deployment = config::deployment(&self.env)?;
                let view = config::shop(&self.env, shop).await?;
                if *act == Act::Add {
                    if view.config.paused {
                        return Ok(errands::later(*service, "paused", PAUSED_MS));
                    }
                    let key = view.names.experiments().ok_or(Problem::Key)?;
                    // An advertisement would bring back whom the messages are measured against.
                    if self.standing(&view.config, &key)?.held {
                        let code = String::from("held_out");
                        return Ok(Ended::Needless { code });
                    }
                }
                let under = (errand.lease_until, self.trace(Shopper::latest_trace));
                match Desk::of(&deployment, &view, *service, under) {
                    Ok(desk) => Ok(errands::audience(&desk, (list, *act, who)).await),
                    Err(ended) => Ok(ended),
                }
            }
            Work::Alert {
                service,
                cart,
                object,
                epoch,
                key,
            } => {
                let about = About {
                    cart: *cart,
                    object,
                    epoch: *epoch,
                    key: key.as_ref().map(|key| key.as_str()),
                };
                Box::pin(self.alert(shop, *service, &about, errand.lease_until)).await
            }
        }
    }

    async fn alert(
        &self,
        shop: ShopId,
        service: Service,
        about: &About<'_>,
        lease_until: u64,
    ) -> Result<Ended, Problem> {
        let needless = |code: &str| {
            let code = code.to_owned();
            Ok(Ended::Needless { code })
        };
        let Some(cart) = self.read_cart(shop, about.cart, about.object).await else {
            return Ok(errands::later(service, "cart_unreadable", 0));
        };
        let slot = &cart.slot;
        if slot.status != Status::Open || !slot.quote || slot.epoch != about.epoch {
            return needless("not_left");
        }
        let carts = [(about.cart, Some(cart.clone()))];
        let (record, products, _) = self.products(shop, Vec::new(), &carts).await?;
        let deployment = config::deployment(&self.env)?;
        // However often an event is told, it is the same, and so is its link.
        let made_at = match service {
            Service::Endpoints => slot.last_activity_at,
            _ => clock::now_ms(),
        };
        // No delivery brings anybody by it.
        let token = cart.recovery(shop, deployment.keys.current(), NO_DELIVERY, made_at);
        let token = token.sign(&deployment.keys).ok_or(Problem::Key)?;
        let link = format!("{}/r/{token}", deployment.public_url);
        let who = self.who()?;
        let quote = |who| Quote {
            cart: &cart,
            products: &products,
            who,
            link: &link,
        };
        let summary = quote(&who).summary();
        let least = record.config.quote_alerts.as_ref();
        let least = least.map_or(0, |alerts| alerts.least_minor);
        if summary.total.is_some_and(|total| total.minor < least) {
            return needless("below_least");
        }
        let view = config::shop(&self.env, shop).await?;
        if self.is_erased_since(lease_until.saturating_sub(LEASE_MS)) {
            return needless("erased");
        }
        if service == Service::Endpoints {
            let nobody = who.nameless();
            let event = left(who.shopper, slot, &quote(&nobody).summary(), cart.trace);
            ask_shop(&self.env, shop, &ShopInput::Tell(event)).await?;
            return Ok(Ended::Done { id: String::new() });
        }
        let desk = match Desk::of(&deployment, &view, service, (lease_until, cart.trace)) {
            Ok(desk) => desk,
            Err(ended) => return Ok(ended),
        };
        Ok(match service {
            Service::Salesforce => {
                let value = format!("{}-{}", about.cart, about.epoch);
                let key = about.key.map(|field| (field, value.as_str()));
                errands::salesforce(&desk, &summary, key).await
            }
            _ => errands::hubspot(&desk, &summary, who.email.as_deref()).await,
        })
    }

    /// Whether the person was erased after a try began, epoch ms: others were asked meanwhile, and nothing is told of them any more.
    fn is_erased_since(&self, begun_at: u64) -> bool {
        let shopper = self.shopper.borrow();
        let erased_at = shopper.as_ref().and_then(Shopper::erased_at);
        erased_at.is_some_and(|at| at >= begun_at)
    }

    fn who(&self) -> Result<Profile, Problem> {
        let shopper = self.shopper.borrow();
        shopper
            .as_ref()
            .map(Shopper::profile)
            .ok_or(Problem::NotFound)
    }
}

fn service_of(errand: &Errand) -> Service {
    match errand.work {
        Work::Audience { service, .. } | Work::Alert { service, .. } => service,
    }
}
