//! What a desk does about people who were erased: webhooks that it keeps for a person are opened, to find those that name them.

use super::{Inner, read};
use crate::config::Deployment;
use crate::error::Problem;
use crate::json::text_of;
use crate::objects::calls::{
    CUSTOMER_ERASURE, Kept, KeptState, SHOP_ERASURE_ASKED, ShopRecord, ShopReply,
};
use crate::store::shop::ShopStore;
use crate::{clock, config, telemetry};
use homing_core::bytes::{from_base64url_any, to_hex};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::{NameKey, Purpose};
use homing_core::object::shopper::Forget;
use homing_core::platform::{self, Envelope, Person, Platform, Tidings};
use homing_core::{named, seal};
use std::rc::Rc;

/// Erasures in an answer.
const MAX_SHOWN: u32 = 500;

impl Inner {
    /// Forgets a person, with what every webhook holds that was kept of before and names them, however it came to be kept. They are opened
    /// for that once an erasure: what is kept later is looked at when it comes.
    pub(super) fn forget(
        &self,
        store: &ShopStore,
        shop: ShopId,
        forget: &Forget,
    ) -> Result<ShopReply, Problem> {
        // It counts as told once all that is kept was looked through: where that fails, it is told again.
        if !store.knows_erasure(forget)? {
            self.look_through(store, shop, forget)?;
        }
        store.forget(forget)?;
        Ok(ShopReply::Done)
    }

    fn look_through(
        &self,
        store: &ShopStore,
        shop: ShopId,
        forget: &Forget,
    ) -> Result<(), Problem> {
        let reader = self.reader(store, shop)?;
        for state in [KeptState::Kept, KeptState::Open] {
            for one in store.kept(state)?.0 {
                if one.told_at() > forget.at {
                    continue;
                }
                let Some(whole) = store.open_kept(&one.id)? else {
                    continue;
                };
                let said = reader.opened(&whole);
                let mut named = reader.people(&said).into_iter();
                if !named.any(|person| forget.people.contains(&person)) {
                    continue;
                }
                match state {
                    // What somebody asked for by law and nobody has done yet is still to be done, for whoever else it names.
                    KeptState::Kept
                        if reader.still_asks(store, &whole, &said, &forget.people)? => {}
                    KeptState::Kept => store.let_go(&one.id)?,
                    // That somebody asked for something is still to be answered.
                    KeptState::Open => store.blank(&one.id)?,
                }
            }
        }
        Ok(())
    }

    /// Keeps a webhook, unless it names somebody who was erased since it was set off, and asks nothing for anybody else.
    pub(super) fn keep(
        &self,
        store: &ShopStore,
        shop: ShopId,
        mut kept: Kept,
    ) -> Result<ShopReply, Problem> {
        let all = store.shop_erasure()?;
        if all.is_some_and(|all| kept.told_at() <= all.asked_at) {
            if kept.state == KeptState::Kept || kept.code == SHOP_ERASURE_ASKED {
                return Ok(ShopReply::Done);
            }
            kept.sealed = String::new();
        }
        if !store.erasures(1)?.is_empty() {
            let reader = self.reader(store, shop)?;
            let said = reader.opened(&kept);
            if store.erased_since(&reader.people(&said), kept.told_at())? {
                match kept.state {
                    KeptState::Kept if reader.still_asks(store, &kept, &said, &[])? => {}
                    KeptState::Kept => return Ok(ShopReply::Done),
                    // It has itself erased whom it names, and a person has to read it to find who else that is. Once that was done it
                    // says nothing any more, however often it comes.
                    KeptState::Open
                        if kept.code == CUSTOMER_ERASURE && !store.is_blank(&kept.id)? => {}
                    KeptState::Open => kept.sealed = String::new(),
                }
            }
        }
        store.keep(&kept, clock::now_ms())?;
        Ok(ShopReply::Done)
    }

    /// The kept webhooks that name one of these people, without what they hold.
    pub(super) fn kept_about(
        &self,
        store: &ShopStore,
        shop: ShopId,
        people: &[ShopperId],
    ) -> Result<ShopReply, Problem> {
        let mut about = Vec::new();
        let reader = self.reader(store, shop)?;
        for state in [KeptState::Kept, KeptState::Open] {
            for one in store.kept(state)?.0 {
                let said = store.open_kept(&one.id)?.map(|whole| reader.opened(&whole));
                let named = reader.people(&said.unwrap_or_default());
                if named.iter().any(|person| people.contains(person)) {
                    about.push(one);
                }
            }
        }
        Ok(ShopReply::Listed(about, 0))
    }

    pub(super) fn erasures(store: &ShopStore) -> Result<ShopReply, Problem> {
        let all = store.shown_shop_erasure()?;
        Ok(ShopReply::Erasures(store.erasures(MAX_SHOWN)?, all))
    }

    /// Begins to forget everybody, and forgets what the desk itself holds.
    pub(super) fn erase_all(
        &self,
        store: &ShopStore,
        mut record: ShopRecord,
        asked_at: u64,
        leaving: Option<(String, u64)>,
    ) -> Result<ShopReply, Problem> {
        if (leaving.as_ref()).is_some_and(|(_, version)| *version != record.version) {
            return Ok(ShopReply::Erasing(None));
        }
        if store.begin_shop_erasure(asked_at)? {
            if let Some((platform, _)) = leaving {
                record.connections.remove(&platform);
            }
            record.erased_at = Some(asked_at);
            record.version = record.version.saturating_add(1);
            store.put_record(&text_of(&record)?)?;
            self.forget_memory();
            telemetry::notice("shop_erasure_begun", "");
        }
        let shown = store.shown_shop_erasure()?;
        Ok(ShopReply::Erasing(
            shown.map(|shown| (shown, Box::new(record))),
        ))
    }

    fn reader(&self, store: &ShopStore, shop: ShopId) -> Result<Reader, Problem> {
        let record = read(store)?.ok_or(Problem::UnknownShop(shop))?;
        let deployment = config::deployment(&self.env)?;
        let (_, name_key) = config::open_name_key(&deployment.keys, shop, &record.name_key)?;
        let names = NameKey::new(&name_key).ok_or(Problem::Key)?;
        Ok(Reader {
            deployment,
            shop,
            names,
        })
    }
}

/// Reads what kept webhooks hold.
struct Reader {
    deployment: Rc<Deployment>,
    shop: ShopId,
    names: NameKey,
}

impl Reader {
    /// A body. Of one that is lost, or cannot be opened, nothing is kept that says anything to anybody.
    fn opened(&self, kept: &Kept) -> Vec<u8> {
        let sealed = from_base64url_any(&kept.sealed).unwrap_or_default();
        if sealed.is_empty() {
            return sealed;
        }
        let (keys, id) = (&self.deployment.keys, kept.id.as_bytes());
        seal::open(keys, Purpose::Kept, self.shop, id, &sealed).unwrap_or_default()
    }

    fn people(&self, body: &[u8]) -> Vec<ShopperId> {
        named::people(body, &self.names)
    }

    /// Whether it is a request under privacy laws that names anybody who was not erased since, beside those who are being `erased`.
    fn still_asks(
        &self,
        store: &ShopStore,
        kept: &Kept,
        body: &[u8],
        erased: &[ShopperId],
    ) -> Result<bool, Problem> {
        let platform = Platform::parse(&kept.platform);
        let Some(platform) = platform.filter(|one| one.asks(&kept.topic)) else {
            return Ok(false);
        };
        let mut people = self.people(body);
        let said = platform::read(platform, &kept.topic, body, &Envelope::default());
        if let Ok(Tidings::Erase(Person {
            id: Some(customer), ..
        })) = said
        {
            people.extend(store.called(&to_hex(&self.names.customer(&customer)))?);
        }
        for person in people {
            if !erased.contains(&person) && !store.erased_since(&[person], kept.told_at())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
