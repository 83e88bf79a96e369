//! One side: the real carts and shoppers in virtual time. Nothing fails: an alarm rings when it is due, a hint is taken at once, a
//! provider accepts at once.

use super::history::Moment;
use super::ledger::{Ledger, find};
use super::retold::{collect, origin};
use super::{History, Options};
use crate::bytes::to_base64url;
use crate::catalogue::Product;
use crate::contact::Email;
use crate::decision::{Hold, worth};
use crate::delivery::{DeliveryKey, Outcome};
use crate::experiment::{Draws, ExperimentKey, Ledger as Designs};
use crate::ids::{CartId, ShopperId};
use crate::keys::MasterKeys;
use crate::log::{Record, What};
use crate::object::cart::{self, Cart, Ordered, Snapshot};
use crate::object::shopper::{
    self, NumberWord, PlanSettings, Refused, ReleaseInput, Reply, Shopper, View,
};
use crate::shop::ShopConfig;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

/// Nothing here is read by anybody: the host of links in messages that nobody gets.
const PUBLIC_URL: &str = "https://replay.invalid";
/// How long after the history's end is looked at, ms: longer than a step may wait.
const AFTERWARDS_MS: u64 = 120 * 86_400_000;
/// Alarms of one shopper before they are given up: far more than any plan has.
const MAX_ALARMS: u32 = 2_000;
/// Salts of logs that nobody keeps.
const ENTROPY: [u8; 32] = [0; 32];

/// What both sides are given.
pub(super) struct Given<'a> {
    pub history: &'a History,
    pub catalogue: &'a BTreeMap<String, Product>,
    pub options: &'a Options,
    pub standins: &'a Standins,
}

/// What stands for keys and contacts, which no export holds.
pub(super) struct Standins {
    keys: MasterKeys,
    draws: ExperimentKey,
    email: Email,
}

impl Standins {
    pub fn new() -> Option<Self> {
        Some(Self {
            keys: MasterKeys::parse(&format!("1:{}", to_base64url(&[0; 32]))).ok()?,
            draws: ExperimentKey::new(&[0; 32])?,
            email: "shopper@replay.invalid".parse().ok()?,
        })
    }
}

/// A shop's objects on one side.
pub(super) struct World<'a> {
    given: &'a Given<'a>,
    config: ShopConfig,
    settings: PlanSettings,
    designs: Designs,
    carts: BTreeMap<CartId, Cart>,
    shoppers: BTreeMap<ShopperId, Hosted>,
    /// When whom to wake.
    alarms: BTreeSet<(u64, ShopperId)>,
    now: u64,
    ledger: Ledger,
}

struct Hosted {
    shopper: Shopper,
    alarm: Option<u64>,
    alarms: u32,
}

/// How a side ended.
pub(super) struct Played {
    pub ledger: Ledger,
    pub prices_micro: BTreeMap<crate::channel::Channel, u64>,
    /// The history's end, epoch ms.
    pub end: u64,
    /// Shoppers whose messages were put off without end.
    pub unfinished: u64,
}

impl<'a> World<'a> {
    /// Plays the whole history under `config`.
    pub fn play(given: &'a Given<'a>, config: &ShopConfig) -> Played {
        let config = ShopConfig {
            paused: false,
            ..config.clone()
        };
        let mut world = Self {
            given,
            settings: PlanSettings::of(&config),
            designs: Designs::default()
                .after(&config.experiments)
                .unwrap_or_default(),
            carts: BTreeMap::new(),
            shoppers: BTreeMap::new(),
            alarms: BTreeSet::new(),
            now: 0,
            ledger: Ledger::new(&config),
            config,
        };
        let end = given.history.span().map_or(0, |(_, end)| end);
        let until = given
            .options
            .until
            .unwrap_or_else(|| end.saturating_add(AFTERWARDS_MS));
        for moment in given.history.moments() {
            if moment.at > until {
                break;
            }
            // Who comes back in the very millisecond in which a message is due, is back.
            world.ring_until(moment.at.saturating_sub(1));
            world.now = world.now.max(moment.at);
            world.take(&moment);
        }
        world.ring_until(until);
        let unfinished = world
            .shoppers
            .values()
            .filter(|hosted| hosted.alarms >= MAX_ALARMS)
            .count();
        Played {
            ledger: world.ledger,
            prices_micro: given.options.prices_micro.clone(),
            end,
            unfinished: u64::try_from(unfinished).unwrap_or(u64::MAX),
        }
    }

    fn ring_until(&mut self, until: u64) {
        while let Some((at, shopper)) = self.alarms.first().copied().filter(|(at, _)| *at <= until)
        {
            self.alarms.remove(&(at, shopper));
            self.now = self.now.max(at);
            if let Some(hosted) = self.shoppers.get_mut(&shopper) {
                hosted.alarm = None;
                hosted.alarms = hosted.alarms.saturating_add(1);
            }
            self.ask(shopper, shopper::Input::Wake);
        }
    }

    /// Gives a cart what it was given then.
    fn take(&mut self, moment: &Moment<'_>) {
        let Some(shop) = self.given.history.shop() else {
            return;
        };
        let cart = self
            .carts
            .entry(moment.cart)
            .or_insert_with(|| Cart::new(shop, moment.cart));
        let input = match moment.records {
            [
                Record {
                    what: What::ForkOrdered { dots, fork },
                    id,
                    ..
                },
            ] => cart::Input::ForkOrdered {
                shop,
                cart: moment.cart,
                fork: *fork,
                origin: origin(*fork, *id),
                ordered: Ordered {
                    // As the cart names the order of a fork.
                    epoch: id.map_or(0, |id| id.counter.saturating_sub(1)),
                    at: moment.at,
                    recovered: false,
                },
                dots: dots.clone(),
                generation: generation(cart),
            },
            [
                Record {
                    what: What::Revoked { .. },
                    ..
                },
            ] => cart::Input::Revoke,
            records => cart::Input::Collect(collect(
                (shop, moment.cart),
                records,
                &self.given.standins.email,
                &self.settings,
            )),
        };
        let effects = cart.step(input, self.now, &ENTROPY).effects;
        for effect in effects {
            self.carry_out(moment.cart, effect);
        }
    }

    fn carry_out(&mut self, cart: CartId, effect: cart::Effect) {
        let answer = match effect {
            cart::Effect::Push {
                shopper,
                slot,
                identify,
                named_at,
            } => {
                let Some(shop) = self.given.history.shop() else {
                    return;
                };
                let (version, identified) = (slot.version, identify.as_ref().map(|one| one.id));
                let reply = self.ask(
                    shopper,
                    shopper::Input::Slot {
                        shop,
                        shopper,
                        object: cart.to_string(),
                        slot,
                        identify,
                        named_at,
                        settings: self.settings.clone(),
                        errands: shopper::ErrandSettings::default(),
                    },
                );
                cart::Input::SlotTaken {
                    version,
                    settled: matches!(reply, Reply::Taken { settled: true }),
                    identified,
                }
            }
            // The parent's own log says when it took the order.
            cart::Effect::TellParent { ordered, .. } => cart::Input::ParentTook { ordered },
        };
        if let Some(cart) = self.carts.get_mut(&cart) {
            cart.step(answer, self.now, &ENTROPY);
        }
    }

    /// One step of a shopper, with all that follows from it at this moment.
    fn ask(&mut self, id: ShopperId, input: shopper::Input) -> Reply {
        let Some(shop) = self.given.history.shop() else {
            return Reply::Done;
        };
        let now = self.now;
        let hosted = self.shoppers.entry(id).or_insert_with(|| Hosted {
            shopper: Shopper::new(shop, id),
            alarm: None,
            alarms: 0,
        });
        let commit = hosted.shopper.step(input, now);
        self.follow(id, commit.write, commit.effects);
        commit.reply
    }

    /// Tells the desk, takes hints, looks at what has become of the shopper, and sets the alarm.
    fn follow(&mut self, id: ShopperId, changed: bool, effects: Vec<shopper::Effect>) {
        if changed && let Some(view) = self.view(id) {
            self.ledger.look(id, &view, self.now);
        }
        for effect in effects {
            match effect {
                shopper::Effect::Hint { key } => self.release(id, key),
                shopper::Effect::TellDesk {
                    version, reported, ..
                } => {
                    if let Some(hosted) = self.shoppers.get_mut(&id) {
                        let taken = shopper::Input::FactTaken {
                            version,
                            reported,
                            limited: None,
                        };
                        hosted.shopper.step(taken, self.now);
                    }
                }
                // Nobody is joined here, and nothing is done beside messages.
                shopper::Effect::HandOver { .. }
                | shopper::Effect::Errand(_)
                | shopper::Effect::Forget(_) => {}
            }
        }
        let Some(hosted) = self.shoppers.get_mut(&id) else {
            return;
        };
        let next = hosted
            .shopper
            .next_alarm()
            .filter(|_| hosted.alarms < MAX_ALARMS);
        if let Some(at) = hosted.alarm.filter(|_| hosted.alarm != next) {
            self.alarms.remove(&(at, id));
        }
        hosted.alarm = next;
        self.alarms.extend(next.map(|at| (at, id)));
    }

    fn view(&mut self, id: ShopperId) -> Option<View> {
        let hosted = self.shoppers.get_mut(&id)?;
        match hosted.shopper.step(shopper::Input::Read, self.now).reply {
            Reply::View(view) => Some(view),
            _ => None,
        }
    }

    /// What a consumer does with a hint: both halves of a release, and the provider's word.
    fn release(&mut self, id: ShopperId, key: DeliveryKey) {
        let Reply::Need(need) = self.ask(id, shopper::Input::ReleaseAsked { key }) else {
            return;
        };
        let carts: Vec<(CartId, Option<Snapshot>)> = need
            .carts
            .iter()
            .map(|(cart, _)| (*cart, self.snapshot(*cart)))
            .collect();
        let now = self.now;
        let standins = self.given.standins;
        let draws = Draws::new(&self.config, &self.designs, &standins.draws, id, now);
        let held_out = self.given.options.held_out.contains(&id);
        let Some(hosted) = self.shoppers.get_mut(&id) else {
            return;
        };
        let input = ReleaseInput {
            key,
            carts: &carts,
            products: self.given.catalogue,
            config: &self.config,
            keys: &standins.keys,
            public_url: PUBLIC_URL,
            short_url: PUBLIC_URL,
            word: NumberWord::Heard(None),
            held_out,
            counts_as_held: held_out,
            draws: &draws,
            resting: &[],
            resting_services: &[],
            customer: None,
        };
        let commit = hosted.shopper.release(&input, now);
        self.follow(id, commit.write, commit.effects);
        match commit.reply {
            Reply::Go(release) => {
                let about = carts.iter().find(|(cart, _)| *cart == release.message.cart);
                let value = about.and_then(|(_, cart)| worth(cart.as_ref()?, self.given.catalogue));
                // What tells a platform to send nothing more is no message.
                if !key.is_recall()
                    && let Some(view) = self.view(id)
                    && let Some(delivery) = find(&view, key)
                {
                    self.ledger.sent(id, delivery, value, now);
                }
                self.ask(
                    id,
                    shopper::Input::Outcome {
                        key,
                        attempt: release.attempt,
                        outcome: Outcome::Accepted {
                            provider_id: String::new(),
                        },
                        waits_ms: Vec::new(),
                    },
                );
            }
            Reply::Refused(Refused::NotDue) => self.put_off(id, key),
            _ => {}
        }
    }

    fn put_off(&mut self, id: ShopperId, key: DeliveryKey) {
        let Some(view) = self.view(id) else { return };
        let Some(delivery) = find(&view, key) else {
            return;
        };
        let Some(last) = delivery.decisions.last() else {
            return;
        };
        self.ledger.put_off(id, delivery, &last.code);
        if last.code == Hold::Approval.code() {
            let approved = true;
            self.ask(id, shopper::Input::Approved { key, approved });
        }
    }

    fn snapshot(&mut self, cart: CartId) -> Option<Snapshot> {
        snapshot(self.carts.get_mut(&cart)?)
    }
}

fn snapshot(cart: &mut Cart) -> Option<Snapshot> {
    match cart.step(cart::Input::Read, 0, &ENTROPY).reply {
        cart::Reply::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    }
}

fn generation(cart: &mut Cart) -> u8 {
    snapshot(cart).map_or(0, |snapshot| snapshot.generation)
}
