//! Stored and exchanged bytes: a version byte, then postcard.

use alloc::vec::Vec;
use postcard::ser_flavors::Flavor;
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

/// Most messages, and the state of a cart that has just begun, fit without growing.
const TYPICAL_BYTES: usize = 512;

/// Where encoded bytes go. Postcard's own flavour for vectors begins empty, its one for collections takes slices byte by byte.
struct Bytes(Vec<u8>);

impl Flavor for Bytes {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Encodes a value. Postcard only fails where a map's or sequence's length is unknown, which no type here has.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(TYPICAL_BYTES);
    bytes.push(VERSION);
    postcard::serialize_with_flavor(value, Bytes(bytes)).map_err(|_| CodecError::Damaged)
}

/// Decodes a value to which fields were added at its end since it was written: none, nothing and an empty list are all zeros, so
/// that is what stands in their place. At most `added` bytes of them.
pub fn decode_grown<T: DeserializeOwned>(bytes: &[u8], added: usize) -> Result<T, CodecError> {
    let (version, rest) = bytes.split_first().ok_or(CodecError::Damaged)?;
    if *version != VERSION {
        return Err(CodecError::Version(*version));
    }
    let grown = [rest, &alloc::vec![0; added]].concat();
    match postcard::take_from_bytes(&grown) {
        // Not less than what is there, or something else was written after it.
        Ok((value, left)) if left.len() <= added => Ok(value),
        _ => Err(CodecError::Damaged),
    }
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
