//! What a desk does about people who were erased: webhooks that it keeps for a person are opened, to find those that name them.

use super::{Inner, read};
use crate::error::Problem;
use crate::objects::calls::{Kept, KeptState, ShopReply};
use crate::store::shop::ShopStore;
use crate::{clock, config};
use homing_core::bytes::from_base64url_any;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::{NameKey, Purpose};
use homing_core::object::shopper::Forget;
use homing_core::{named, seal};

/// Erasures in an answer.
const MAX_SHOWN: u32 = 500;

impl Inner {
    /// Forgets a person, with what every kept webhook holds that names them, however it came to be kept.
    pub(super) fn forget(
        &self,
        store: &ShopStore,
        shop: ShopId,
        forget: &Forget,
    ) -> Result<ShopReply, Problem> {
        for state in [KeptState::Kept, KeptState::Open] {
            let (kept, _) = store.kept(state)?;
            for one in kept {
                let named = self.people_in(store, shop, &one.id)?;
                if named.iter().any(|person| forget.people.contains(person)) {
                    match state {
                        KeptState::Kept => store.let_go(&one.id)?,
                        // That somebody asked for something is still to be answered.
                        KeptState::Open => store.blank(&one.id)?,
                    }
                }
            }
        }
        store.forget(forget)?;
        Ok(ShopReply::Done)
    }

    /// Keeps a webhook, unless it names somebody who was erased since it came.
    pub(super) fn keep(
        &self,
        store: &ShopStore,
        shop: ShopId,
        mut kept: Kept,
    ) -> Result<ShopReply, Problem> {
        let is_of_erased = !store.erasures(1)?.is_empty() && {
            let named = self.named(store, shop, &kept)?;
            store.erased_since(&named, kept.at)?
        };
        match (is_of_erased, kept.state) {
            (true, KeptState::Kept) => return Ok(ShopReply::Done),
            (true, KeptState::Open) => kept.sealed = String::new(),
            _ => {}
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
        for state in [KeptState::Kept, KeptState::Open] {
            for one in store.kept(state)?.0 {
                let named = self.people_in(store, shop, &one.id)?;
                if named.iter().any(|person| people.contains(person)) {
                    about.push(one);
                }
            }
        }
        Ok(ShopReply::Listed(about, 0))
    }

    pub(super) fn erasures(store: &ShopStore) -> Result<ShopReply, Problem> {
        Ok(ShopReply::Erasures(store.erasures(MAX_SHOWN)?))
    }

    fn people_in(
        &self,
        store: &ShopStore,
        shop: ShopId,
        id: &str,
    ) -> Result<Vec<ShopperId>, Problem> {
        match store.open_kept(id)? {
            Some(kept) => self.named(store, shop, &kept),
            None => Ok(Vec::new()),
        }
    }

    fn named(
        &self,
        store: &ShopStore,
        shop: ShopId,
        kept: &Kept,
    ) -> Result<Vec<ShopperId>, Problem> {
        // Of one whose body is lost nothing is kept.
        let sealed = from_base64url_any(&kept.sealed).unwrap_or_default();
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        let record = read(store)?.ok_or(Problem::UnknownShop(shop))?;
        let keys = &config::deployment(&self.env)?.keys;
        let (_, name_key) = config::open_name_key(keys, shop, &record.name_key)?;
        let names = NameKey::new(&name_key).ok_or(Problem::Key)?;
        // One that cannot be opened says nothing to anybody.
        let body = seal::open(keys, Purpose::Kept, shop, kept.id.as_bytes(), &sealed);
        Ok(body.map_or_else(|_| Vec::new(), |body| named::people(&body, &names)))
    }
}
