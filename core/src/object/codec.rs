//! Stored and exchanged bytes: a version byte, then postcard.

use alloc::vec::Vec;
use serde::{Serialize, de::DeserializeOwned};

/// Why bytes cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Written by a version that this one does not know.
    #[error("bytes of version {0} are not known here")]
    Version(u8),
    /// Not what they claim to be.
    #[error("bytes are damaged")]
    Damaged,
}

const VERSION: u8 = 1;

/// Encodes a value. Postcard only fails where a map's or sequence's length is unknown, which no type here has.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = alloc::vec![VERSION];
    postcard::to_extend(value, bytes).map_err(|_| CodecError::Damaged)
}

/// Decodes a value, all of it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (version, rest) = bytes.split_first().ok_or(CodecError::Damaged)?;
    if *version != VERSION {
        return Err(CodecError::Version(*version));
    }
    match postcard::take_from_bytes(rest) {
        Ok((value, [])) => Ok(value),
        _ => Err(CodecError::Damaged),
    }
}
