//! Stored and exchanged bytes: a version byte, then postcard.

use alloc::vec::Vec;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

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

/// Reads the last field of a stored value that older bytes do not have: they end where it would begin. For
/// `#[serde(deserialize_with)]`.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    // Bytes that are damaged here leave a rest or have lost one, which whoever decodes a sealed row cannot meet.
    Ok(T::deserialize(deserializer).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Before(u8, bool);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct After(u8, bool, #[serde(deserialize_with = "or_default")] Vec<u8>);

    #[test]
    fn a_field_that_came_later_is_empty_in_older_bytes() {
        let old = encode(&Before(7, true)).unwrap();
        let mut known: After = decode(&old).unwrap();
        assert_eq!(known, After(7, true, vec![]));
        known.2.push(9);
        assert_eq!(decode::<After>(&encode(&known).unwrap()).unwrap(), known);
        assert!(decode::<After>(old.get(..2).unwrap()).is_err());
    }
}
