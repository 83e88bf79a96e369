//! What connects a shop to its platforms: sealed in its record, and opened once an isolate and version.

use homing_core::bytes::{from_base64url_any, to_base64url};
pub use homing_core::connection::Connection;

use homing_core::account::Account;
use homing_core::connection::Sealed;
use homing_core::ids::ShopId;
use homing_core::keys::{MasterKeys, Purpose};
use homing_core::platform::Platform;
use homing_core::seal;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::clock;
use crate::error::Problem;
use crate::json::{text_of, value_of};

/// A shop's connections.
pub struct Connections {
    shop: ShopId,
    sealed: BTreeMap<String, Sealed>,
    opened: RefCell<BTreeMap<Platform, Rc<Connection>>>,
    accounts: RefCell<BTreeMap<&'static str, Rc<Account>>>,
}

impl Connections {
    /// Those of a record.
    pub fn new(shop: ShopId, sealed: BTreeMap<String, Sealed>) -> Self {
        Self {
            shop,
            sealed,
            opened: RefCell::default(),
            accounts: RefCell::default(),
        }
    }

    /// What connects the shop to a platform; `None` where nothing does.
    pub fn of(
        &self,
        platform: Platform,
        keys: &MasterKeys,
    ) -> Result<Option<Rc<Connection>>, Problem> {
        if let Some(opened) = self.opened.borrow().get(&platform) {
            return Ok(Some(Rc::clone(opened)));
        }
        let Some(sealed) = self.sealed.get(platform.as_str()) else {
            return Ok(None);
        };
        let (_, json) = open(keys, self.shop, platform.as_str(), &sealed.sealed)?;
        let connection = Rc::new(value_of::<Connection>(&json)?);
        self.opened
            .borrow_mut()
            .insert(platform, Rc::clone(&connection));
        Ok(Some(connection))
    }

    /// Whether no other shop platform is connected.
    pub fn is_only(&self, platform: Platform) -> bool {
        let mut platforms = self.sealed.keys().filter_map(|name| Platform::parse(name));
        platforms.all(|one| one == platform)
    }

    /// The shop's account at a service or a marketing platform, by its name; `None` where it has none.
    pub fn account(
        &self,
        name: &'static str,
        keys: &MasterKeys,
    ) -> Result<Option<Rc<Account>>, Problem> {
        if let Some(opened) = self.accounts.borrow().get(name) {
            return Ok(Some(Rc::clone(opened)));
        }
        let Some(sealed) = self.sealed.get(name) else {
            return Ok(None);
        };
        let (_, json) = open(keys, self.shop, name, &sealed.sealed)?;
        let account = Rc::new(value_of::<Account>(&json)?);
        let mut accounts = self.accounts.borrow_mut();
        accounts.insert(name, Rc::clone(&account));
        Ok(Some(account))
    }
}

/// Seals a connection to a platform or an account for a shop's record; `set` are the names of its fields.
pub fn seal(
    keys: &MasterKeys,
    shop: ShopId,
    name: &str,
    (set, connection): (Vec<String>, &impl Serialize),
) -> Result<Sealed, Problem> {
    Ok(Sealed {
        set,
        since: clock::now_ms(),
        sealed: close(keys, shop, name, &text_of(connection)?)?,
    })
}

/// The same connections; sealed anew where the master key that sealed them is not the current one any more. One that cannot be opened
/// stays as it is: a shop may be configured all the same.
pub fn resealed(
    keys: &MasterKeys,
    shop: ShopId,
    connections: &BTreeMap<String, Sealed>,
) -> BTreeMap<String, Sealed> {
    let anew = |platform: &str, known: &Sealed| {
        let (kid, json) = open(keys, shop, platform, &known.sealed).ok()?;
        if kid == keys.current() {
            return None;
        }
        let sealed = close(keys, shop, platform, &json).ok()?;
        Some(Sealed {
            sealed,
            ..known.clone()
        })
    };
    let each = connections.iter().map(|(platform, known)| {
        let sealed = anew(platform, known).unwrap_or_else(|| known.clone());
        (platform.clone(), sealed)
    });
    each.collect()
}

fn close(keys: &MasterKeys, shop: ShopId, platform: &str, json: &str) -> Result<String, Problem> {
    let (purpose, context) = (Purpose::Connection, platform.as_bytes());
    seal::seal(
        keys,
        purpose,
        shop,
        context,
        clock::entropy(),
        json.as_bytes(),
    )
    .map(|bytes| to_base64url(&bytes))
    .map_err(|error| Problem::Internal(error.to_string()))
}

/// The connection's JSON, and the id of the master key that sealed it.
fn open(
    keys: &MasterKeys,
    shop: ShopId,
    platform: &str,
    sealed: &str,
) -> Result<(u8, String), Problem> {
    let damaged = || Problem::Internal(format!("the connection to {platform} cannot be opened"));
    let bytes = from_base64url_any(sealed).ok_or_else(damaged)?;
    let kid = *bytes.first().ok_or_else(damaged)?;
    let opened = seal::open(keys, Purpose::Connection, shop, platform.as_bytes(), &bytes)
        .map_err(|_| damaged())?;
    let json = String::from_utf8(opened).map_err(|_| damaged())?;
    Ok((kid, json))
}
