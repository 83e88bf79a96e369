//! One packed value per object (row 0), and the pages of its log behind it.

use crate::bindings::{self, ObjectContext};
use crate::error::{Problem, describe};
use homing_core::log::Page;
use homing_core::object::codec;

/// The packed value; `None` for an object that was never written.
pub fn read(ctx: &ObjectContext) -> Result<Option<Vec<u8>>, Problem> {
    let value =
        bindings::read_value(ctx).map_err(|error| Problem::Unavailable(describe(&error)))?;
    Ok(value.map(|bytes| bytes.to_vec()))
}

/// Writes the packed value.
pub fn write(ctx: &ObjectContext, value: &[u8]) -> Result<(), Problem> {
    bindings::write_value(ctx, value).map_err(|error| Problem::Unavailable(describe(&error)))
}

/// The key of an object's own; empty where it has none. See `readOwnKey` in `js/platform.js`.
pub fn own_key(ctx: &ObjectContext) -> Result<Vec<u8>, Problem> {
    bindings::read_own_key(ctx).map_err(|error| Problem::Unavailable(describe(&error)))
}

/// Gives an object another key; what it had written is gone.
pub fn renew_own_key(ctx: &ObjectContext, key: &[u8; 32]) -> Result<(), Problem> {
    bindings::renew_own_key(ctx, key).map_err(|error| Problem::Unavailable(describe(&error)))
}

/// A page of the log.
pub fn read_page(ctx: &ObjectContext, number: u32) -> Result<Option<Page>, Problem> {
    let page =
        bindings::read_page(ctx, number).map_err(|error| Problem::Unavailable(describe(&error)))?;
    Ok(page
        .map(|bytes| codec::decode(&bytes.to_vec()))
        .transpose()?)
}

/// Writes a page of the log.
pub fn write_page(ctx: &ObjectContext, page: &Page) -> Result<(), Problem> {
    let bytes = codec::encode(page)?;
    bindings::write_page(ctx, page.number, &bytes)
        .map_err(|error| Problem::Unavailable(describe(&error)))
}
