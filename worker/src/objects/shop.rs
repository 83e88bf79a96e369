//! Hosts a Shop: the merchant's desk.

mod endpoints;
mod erasures;
mod notices;

use super::calls::{ShopInput, ShopRecord, ShopReply, Waiting};
use super::{answer, exception, message, state_of};
use crate::bindings::{Env, ObjectContext};
use crate::error::Problem;
use crate::json::text_of;
use crate::promise::promise;
use crate::store::heard::Memory;
use crate::store::shop::ShopStore;
use crate::{clock, config, connections, telemetry};
use homing_core::bytes::to_base64url;
use homing_core::connection::Sealed;
use homing_core::document;
use homing_core::endpoint::EndpointId;
use homing_core::experiment::{Ledger, Overview};
use homing_core::flood::{Introductions, Limited, Network};
use homing_core::ids::ShopId;
use homing_core::keys::Purpose;
use homing_core::preview::Begun;
use homing_core::seal;
use homing_core::shop::ShopConfig;
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::durable::State;

/// Shoppers woken by one run of the sweep, per shop.
const SWEEP_LIMIT: u32 = 400;

/// A Shop and what the platform gave it. Nothing of what it holds can be half changed by a panic: the tables are the truth.
#[wasm_bindgen]
pub struct ShopHost(AssertUnwindSafe<Rc<Inner>>);

struct Inner {
    ctx: ObjectContext,
    state: State,
    env: Env,
    /// Endpoints that are being told something: one thing at a time, so that a slow one takes no more than one connection.
    busy: RefCell<BTreeSet<EndpointId>>,
    /// What platforms have said of products lately.
    heard: RefCell<Memory>,
    /// Contacts that nobody vouches for, as far as they are counted; read with the first of them.
    introductions: RefCell<Option<Introductions>>,
}

/// Opens the object.
#[wasm_bindgen]
pub fn open_shop(ctx: ObjectContext, env: Env) -> ShopHost {
    ShopHost(AssertUnwindSafe(Rc::new(Inner {
        state: state_of(&ctx),
        ctx,
        env,
        busy: RefCell::new(BTreeSet::new()),
        heard: RefCell::default(),
        introductions: RefCell::new(None),
    })))
}

#[wasm_bindgen]
impl ShopHost {
    /// Forgets what it remembers beside its tables.
    pub fn forget(&self) {
        self.0.forget_memory();
    }

    /// One call: bytes in, bytes out.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        self.0
            .take(&bytes)
            .and_then(|reply| answer(&reply))
            .map_err(|problem| exception(&problem))
    }

    /// The alarm: endpoints are told.
    pub fn alarm(&self) -> Promise {
        let inner = Rc::clone(&self.0);
        promise(async move {
            inner.send_notices()?;
            inner.tell()?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Inner {
    fn forget_memory(&self) {
        self.introductions.replace(None);
        if let Ok(mut heard) = self.heard.try_borrow_mut() {
            *heard = Memory::default();
        }
    }

    /// Counts a contact that was typed on this network. What cannot be counted is let through: a fault of ours keeps nobody's reminder.
    fn introduce(&self, store: &ShopStore, network: Network) -> Option<Limited> {
        let limits = config::deployment(&self.env).ok()?.unconfirmed;
        let now = clock::now_ms();
        let mut known = self.introductions.borrow_mut();
        let counted = known.get_or_insert_with(|| store.introductions());
        let limited = counted.introduce(network, limits, now);
        if counted.is_to_write()
            && let Err(problem) = store.put_introductions(counted)
        {
            telemetry::error("introductions_lost", &problem.to_string());
        }
        if let Some(limited) = limited {
            telemetry::notice("introduction_limited", limited.skip().code());
        }
        limited
    }

    fn take(&self, bytes: &Uint8Array) -> Result<ShopReply, Problem> {
        let (shop, input): (ShopId, ShopInput) = message(bytes)?;
        if let ShopInput::Configure(json) = &input {
            return self.configure(shop, json);
        }
        let Some(store) = ShopStore::open(self.state.storage().sql(), false)? else {
            return match input {
                ShopInput::Read => Ok(ShopReply::Record(None)),
                _ => Err(Problem::UnknownShop(shop)),
            };
        };
        match input {
            ShopInput::Configure(_) => Ok(ShopReply::Done),
            ShopInput::Read => Ok(ShopReply::Record(read(&store)?)),
            ShopInput::PutProducts(products) => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                store.put_products(&products, &record.config.sequences, clock::now_ms())?;
                Ok(ShopReply::Stored(
                    store.count_products()?,
                    store.owes_news()?,
                ))
            }
            ShopInput::Products(variants) => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                let (products, outlines) = store.shown(&variants)?;
                Ok(ShopReply::Products(record, products, outlines))
            }
            ShopInput::Shelf {
                variants,
                left_at,
                short,
            } => {
                let (shelved, outlines) = store.shelf(&variants, left_at, &short)?;
                Ok(ShopReply::Shelf(shelved, outlines))
            }
            ShopInput::Hear(words) => {
                // Taken out while it is at work: where that fails, the tables are the truth.
                let mut memory = self.heard.take();
                store.hear(words, &mut memory, clock::now_ms())?;
                self.heard.replace(memory);
                Ok(ShopReply::Done)
            }
            ShopInput::CountProducts => Ok(ShopReply::Count(store.count_products()?)),
            ShopInput::Fact {
                shopper,
                version,
                next_at,
                exposure,
                arms,
                reports,
                watched,
                brought_by,
            } => {
                if store.is_of_erased(shopper, version)? {
                    return Ok(ShopReply::Done);
                }
                store.put_wake(shopper, version, next_at, exposure, &arms, &watched)?;
                self.tell_endpoints(&store, shopper, &reports)?;
                reports
                    .iter()
                    .try_for_each(|(report, trace)| store.put_report(shopper, report, *trace))?;
                let limited = brought_by.and_then(|network| self.introduce(&store, network));
                Ok(limited.map_or(ShopReply::Done, ShopReply::Limited))
            }
            ShopInput::Overdue(before) => {
                let overdue = store.overdue(before, SWEEP_LIMIT)?;
                // Its own alarm may be gone as well.
                self.arm(&store)?;
                store.forget_old_reports(clock::now_ms())?;
                let waiting = Waiting {
                    news: store.owes_news()?,
                    replays: store.replays()?.is_some_and(|one| one.ended_at.is_none()),
                    erasure: (store.shop_erasure()?).is_some_and(|one| one.ended_at.is_none()),
                };
                Ok(ShopReply::Overdue(overdue, waiting))
            }
            ShopInput::News => Ok(ShopReply::News(store.news()?)),
            ShopInput::NewsTold { id, reached } => {
                store.news_told(id, reached)?;
                Ok(ShopReply::Done)
            }
            ShopInput::Holdout => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                let tally = store.tally(record.config.holdout_bp)?;
                Ok(ShopReply::Readout(Overview::holdout(
                    &record.config,
                    &tally,
                )))
            }
            ShopInput::Experiments => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                Ok(ShopReply::Overview(Overview::new(
                    &record.config,
                    &record.experiments,
                    &store.tally(record.config.holdout_bp)?,
                    &store.counted()?,
                    clock::now_ms(),
                )))
            }
            ShopInput::Reports(state) => Ok(ShopReply::Reports(store.reports(state.as_deref())?)),
            ShopInput::Known { after, limit } => Ok(ShopReply::Known(store.known(after, limit)?)),
            ShopInput::Endpoints => endpoints::list(&store),
            ShopInput::Tell(event) => {
                self.tell_event(&store, &event)?;
                Ok(ShopReply::Done)
            }
            ShopInput::Endpoint { id, act } => self.act(&store, (shop, id), act),
            ShopInput::Catalogue { after, limit } => Ok(ShopReply::Catalogue(
                store.catalogue(after.as_deref(), limit)?,
            )),
            ShopInput::Connect(platform, sealed) => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                connect(&store, record, platform, sealed)
            }
            ShopInput::Keep(kept) => self.keep(&store, shop, kept),
            ShopInput::Listed(state) => {
                let (kept, lost) = store.kept(state)?;
                Ok(ShopReply::Listed(kept, lost))
            }
            ShopInput::Open(id) => Ok(ShopReply::Opened(store.open_kept(&id)?)),
            ShopInput::Let(id) => {
                store.let_go(&id)?;
                Ok(ShopReply::Done)
            }
            ShopInput::Forget(forget) => self.forget(&store, shop, &forget),
            ShopInput::Erasures => Self::erasures(&store),
            ShopInput::EraseAll { asked_at, leaving } => {
                let record = read(&store)?.ok_or(Problem::UnknownShop(shop))?;
                self.erase_all(&store, record, asked_at, leaving)
            }
            ShopInput::ErasurePage => Ok(ShopReply::ErasurePage(
                store.shop_erasure_page(clock::now_ms())?,
            )),
            ShopInput::ErasureTold(told) => {
                store.shop_erasure_told(&told, clock::now_ms())?;
                Ok(ShopReply::Done)
            }
            ShopInput::KeptAbout(people) => self.kept_about(&store, shop, &people),
            ShopInput::Called(id, Some(person)) => {
                store.call(&id, person)?;
                Ok(ShopReply::Done)
            }
            ShopInput::Called(id, None) => Ok(ShopReply::Known(store.called(&id)?)),
            ShopInput::Test(name) => {
                let mut tests = store.tests()?;
                let begun = tests.begin(&name, clock::now_ms());
                if begun == Begun::Go {
                    store.put_tests(&tests)?;
                }
                Ok(ShopReply::Begun(begun))
            }
            ShopInput::Tested(name, told) => {
                let mut tests = store.tests()?;
                tests.ended(&name, told);
                store.put_tests(&tests)?;
                Ok(ShopReply::Done)
            }
            ShopInput::Replay(filter) => {
                let (replay, is_new) = store.begin_replay(filter, clock::now_ms())?;
                Ok(ShopReply::Replay(Some(replay), is_new))
            }
            ShopInput::Replaying => Ok(ShopReply::Replay(store.replays()?, false)),
            ShopInput::ReplayPage => Ok(ShopReply::ReplayPage(store.replay_page()?)),
            ShopInput::ReplayTold(told) => Ok(ShopReply::Replay(
                store.replay_told(told, clock::now_ms())?,
                false,
            )),
        }
    }

    fn configure(&self, shop: ShopId, json: &str) -> Result<ShopReply, Problem> {
        let config = ShopConfig::parse(json.as_bytes())?;
        let Some(store) = ShopStore::open(self.state.storage().sql(), true)? else {
            return Err(Problem::UnknownShop(shop));
        };
        let (version, name_key, ledger, connections, erased_at) = match read(&store)? {
            Some(record) => {
                let keys = &config::deployment(&self.env)?.keys;
                let name_key = self.resealed(shop, &record.name_key)?;
                let connections = connections::resealed(keys, shop, &record.connections);
                if record.config == config
                    && record.name_key == name_key
                    && record.connections == connections
                {
                    return Ok(ShopReply::Record(Some(record)));
                }
                (
                    record.version.saturating_add(1),
                    name_key,
                    record.experiments,
                    connections,
                    record.erased_at,
                )
            }
            None => (
                1,
                self.sealed(shop, &clock::entropy::<32>())?,
                Ledger::default(),
                BTreeMap::new(),
                None,
            ),
        };
        // Shares that are edited move as few shoppers as they can, so it takes the ledger that was.
        let experiments = ledger
            .after(&config.experiments)
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let record = ShopRecord {
            version,
            name_key,
            config,
            experiments,
            connections,
            erased_at,
        };
        store.put_record(&text_of(&record)?)?;
        Ok(ShopReply::Record(Some(record)))
    }

    /// A name key under the current master key. The key itself is random, names every object of the shop, and never changes.
    fn sealed(&self, shop: ShopId, name_key: &[u8]) -> Result<String, Problem> {
        let keys = &config::deployment(&self.env)?.keys;
        seal::seal(
            keys,
            Purpose::Wrap,
            shop,
            config::NAME_KEY,
            clock::entropy(),
            name_key,
        )
        .map(|bytes| to_base64url(&bytes))
        .map_err(|error| Problem::Internal(error.to_string()))
    }

    /// The same name key; sealed anew when the master key that sealed it is not the current one any more, so that an old one can
    /// be retired.
    fn resealed(&self, shop: ShopId, sealed: &str) -> Result<String, Problem> {
        let keys = &config::deployment(&self.env)?.keys;
        let (kid, name_key) = config::open_name_key(keys, shop, sealed)?;
        if kid == keys.current() {
            Ok(sealed.to_owned())
        } else {
            self.sealed(shop, &name_key)
        }
    }
}

/// Each change of a connection is a version of the record, so that every isolate hears of it.
fn connect(
    store: &ShopStore,
    mut record: ShopRecord,
    platform: String,
    sealed: Option<Sealed>,
) -> Result<ShopReply, Problem> {
    let is_known = record.connections.contains_key(&platform);
    match sealed {
        Some(sealed) => {
            record.connections.insert(platform, sealed);
        }
        None if is_known => {
            record.connections.remove(&platform);
        }
        None => return Ok(ShopReply::Record(Some(record))),
    }
    record.version = record.version.saturating_add(1);
    store.put_record(&text_of(&record)?)?;
    Ok(ShopReply::Record(Some(record)))
}

fn read(store: &ShopStore) -> Result<Option<ShopRecord>, Problem> {
    let json = store.record()?;
    json.map(|json| document::read(&json, "").map_err(|error| Problem::Internal(error.to_string())))
        .transpose()
}
