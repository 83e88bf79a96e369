//! Names of events and of the adds that put lines into a cart.

use crate::error::Invalid;
use core::{fmt, str::FromStr};

/// One journal in one browser; random, 64 bits, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Replica(pub u64);

/// An event's name: its replica and that replica's counter, from 1, written `0011223344556677-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct EventId {
    /// Which journal made it.
    pub replica: Replica,
    /// Its place in that journal, from 1.
    pub counter: u32,
}

/// The add that a line came from, and how many epochs it was carried over since: `…-1`, then `…-1+1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Dot {
    /// The add's own id.
    pub id: EventId,
    /// How often an order or a clear that did not cover it has carried it into a new epoch.
    pub carry: u16,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.replica.0, self.counter)
    }
}

impl FromStr for EventId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (replica, counter) = text.split_once('-').ok_or(Invalid::EventId)?;
        if replica.len() != 16
            || !replica
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(Invalid::EventId);
        }
        let replica = u64::from_str_radix(replica, 16).map_err(|_| Invalid::EventId)?;
        let counter = decimal(counter).ok_or(Invalid::EventId)?;
        if counter == 0 {
            return Err(Invalid::EventId);
        }
        Ok(Self {
            replica: Replica(replica),
            counter,
        })
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)?;
        if self.carry > 0 {
            write!(f, "+{}", self.carry)
        } else {
            Ok(())
        }
    }
}

impl FromStr for Dot {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (id, carry) = match text.split_once('+') {
            Some((id, carry)) => {
                let carry = decimal(carry)
                    .and_then(|n| u16::try_from(n).ok())
                    .ok_or(Invalid::Dot)?;
                (
                    id,
                    if carry == 0 {
                        return Err(Invalid::Dot);
                    } else {
                        carry
                    },
                )
            }
            None => (text, 0),
        };
        Ok(Self {
            id: id.parse().map_err(|_| Invalid::Dot)?,
            carry,
        })
    }
}

/// Plain decimal digits without sign or leading zero, so that one id has one spelling.
fn decimal(text: &str) -> Option<u32> {
    let canonical =
        text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Dot, EventId};

    #[test]
    fn names_have_one_spelling() {
        for text in ["00000000000000ff-1", "0123456789abcdef-4294967295"] {
            assert_eq!(text.parse::<EventId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "ff-1",
            "00000000000000FF-1",
            "00000000000000ff-0",
            "00000000000000ff-01",
            "00000000000000ff-+1",
            "00000000000000ff-4294967296",
        ] {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
        assert_eq!("00000000000000ff-1+2".parse::<Dot>().unwrap().carry, 2);
        for text in [
            "00000000000000ff-1",
            "00000000000000ff-1+1",
            "00000000000000ff-10+65535",
        ] {
            assert_eq!(text.parse::<Dot>().unwrap().to_string(), text);
        }
        for text in [
            "00000000000000ff-1+0",
            "00000000000000ff-1+",
            "00000000000000ff-1+65536",
        ] {
            assert!(text.parse::<Dot>().is_err(), "{text}");
        }
    }
}
