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

/// Writes a page of the log.
pub fn write_page(ctx: &ObjectContext, page: &Page) -> Result<(), Problem> {
    let bytes = codec::encode(page)?;
    bindings::write_page(ctx, page.number, &bytes)
        .map_err(|error| Problem::Unavailable(describe(&error)))
}
