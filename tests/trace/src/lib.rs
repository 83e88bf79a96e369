//! Takes the steps that an object on the real platform has recorded again, on the core alone. State, commits and effects must come
//! out as the same bytes after every step, and what the object remembered after it was closed must be what it had written before.

use homing_core::bytes::from_base64url_any;
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::keys::MasterKeys;
use homing_core::object::cart::Cart;
use homing_core::object::codec::{self, CodecError};
use homing_core::object::shopper::Shopper;
use homing_core::trace::{Asked, Entry};

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Which kind of object: `Cart` or `Shopper`.
    pub kind: &'static str,
    /// Steps.
    pub steps: usize,
    /// Of them, those that wrote a row.
    pub written: usize,
    /// Effects that they asked for.
    pub effects: usize,
    /// Releases among them.
    pub releases: usize,
    /// How often the object's memory began anew.
    pub begun: usize,
    /// How often its alarm was set.
    pub armed: usize,
}

/// Why a trace is not what the core does. Entries are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Divergence {
    /// Not a trace at all.
    #[error("not a trace: {0}")]
    Unreadable(String),
    /// Nothing was recorded.
    #[error("the trace is empty")]
    Empty,
    /// A step of an object that has not begun, or of another kind of object.
    #[error("entry {0} is no step of this object")]
    Stray(usize),
    /// The object began with something else than it had written.
    #[error("entry {0}: the object began with other bytes than it had written")]
    Begun(usize),
    /// The core decides otherwise.
    #[error("entry {0}: another commit")]
    Commit(usize),
    /// The core comes to another state.
    #[error("entry {0}: another state")]
    State(usize),
    /// The core sets another alarm.
    #[error("entry {0}: another alarm")]
    Alarm(usize),
}

impl From<CodecError> for Divergence {
    fn from(error: CodecError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Reads a trace as the route for tests gives it.
pub fn read(text: &str) -> Result<Vec<Entry>, Divergence> {
    let bytes = from_base64url_any(text.trim())
        .ok_or_else(|| Divergence::Unreadable(String::from("no base64url")))?;
    Ok(codec::decode(&bytes)?)
}

enum Object {
    Cart(Box<Cart>),
    Shopper(Box<Shopper>),
}

impl Object {
    fn encode(&self) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::Cart(cart) => codec::encode(cart),
            Self::Shopper(shopper) => codec::encode(shopper),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<Self, CodecError> {
        Ok(match self {
            Self::Cart(_) => Self::Cart(Box::new(codec::decode(bytes)?)),
            Self::Shopper(_) => Self::Shopper(Box::new(codec::decode(bytes)?)),
        })
    }

    /// The same object as it is before anything has happened to it.
    fn pristine(&self) -> Self {
        match self {
            Self::Cart(cart) => Self::Cart(Box::new(Cart::new(cart.shop(), cart.id()))),
            Self::Shopper(shopper) => {
                Self::Shopper(Box::new(Shopper::new(shopper.shop(), shopper.id())))
            }
        }
    }
}

/// What a step came to.
struct Taken {
    commit: Vec<u8>,
    write: bool,
    effects: usize,
}

fn take(
    object: &mut Object,
    asked: &Asked,
    keys: &MasterKeys,
    now: u64,
    entropy: &[u8; 32],
) -> Result<Option<Taken>, CodecError> {
    Ok(Some(match (object, asked) {
        (Object::Cart(cart), Asked::Cart(input)) => {
            let commit = cart.step(input.clone(), now, entropy);
            Taken {
                commit: codec::encode(&commit)?,
                write: commit.write,
                effects: commit.effects.len(),
            }
        }
        (Object::Shopper(shopper), Asked::Shopper(_) | Asked::Release(_) | Asked::Adopt(_)) => {
            let commit = match asked {
                Asked::Release(released) => shopper.release(&released.input(keys), now),
                Asked::Shopper(input) => shopper.step(input.clone(), now),
                Asked::Adopt(adopted) => shopper.adopt(adopted.adoption(), now),
                Asked::Cart(_) => return Ok(None),
            };
            Taken {
                commit: codec::encode(&commit)?,
                write: commit.write,
                effects: commit.effects.len(),
            }
        }
        _ => return Ok(None),
    }))
}

/// Takes every step again. `keys` are those of the deployment that recorded it.
pub fn replay(entries: &[Entry], keys: &MasterKeys) -> Result<Replayed, Divergence> {
    let mut replayed = Replayed::default();
    let mut object = blank(entries)?;
    replayed.kind = match object {
        Object::Cart(_) => "Cart",
        Object::Shopper(_) => "Shopper",
    };
    let mut row: Option<Vec<u8>> = None;
    // Whether what the alarm adds goes into the row of the step before it.
    let mut writes = false;
    for (n, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Begun { state } => {
                let recorded = object.decode(state)?;
                object = match &row {
                    Some(row) => object.decode(row)?,
                    None => recorded.pristine(),
                };
                if object.encode()? != *state {
                    return Err(Divergence::Begun(n));
                }
                replayed.begun += 1;
                writes = false;
            }
            Entry::Armed { now, at, state } => {
                let Object::Shopper(shopper) = &mut object else {
                    return Err(Divergence::Stray(n));
                };
                if shopper.arm(*now) != *at {
                    return Err(Divergence::Alarm(n));
                }
                if object.encode()? != *state {
                    return Err(Divergence::State(n));
                }
                replayed.armed += usize::from(at.is_some());
                if writes {
                    row = Some(state.clone());
                }
                writes = false;
            }
            Entry::Step { .. } if replayed.begun == 0 => return Err(Divergence::Stray(n)),
            Entry::Step {
                now,
                entropy,
                asked,
                commit,
                state,
            } => {
                let taken =
                    take(&mut object, asked, keys, *now, entropy)?.ok_or(Divergence::Stray(n))?;
                if taken.commit != *commit {
                    return Err(Divergence::Commit(n));
                }
                let bytes = object.encode()?;
                if bytes != *state {
                    return Err(Divergence::State(n));
                }
                replayed.steps += 1;
                replayed.effects += taken.effects;
                replayed.releases += usize::from(matches!(asked, Asked::Release(_)));
                writes = taken.write;
                if taken.write {
                    replayed.written += 1;
                    row = Some(bytes);
                }
            }
        }
    }
    Ok(replayed)
}

/// An object of the kind that the first step is about; which one, its first entry says.
fn blank(entries: &[Entry]) -> Result<Object, Divergence> {
    let shop = ShopId([0; 5]);
    let asked = entries.iter().find_map(|entry| match entry {
        Entry::Step { asked, .. } => Some(asked),
        Entry::Begun { .. } | Entry::Armed { .. } => None,
    });
    match asked {
        None => Err(Divergence::Empty),
        Some(Asked::Cart(_)) => Ok(Object::Cart(Box::new(Cart::new(shop, CartId([0; 16]))))),
        Some(_) => Ok(Object::Shopper(Box::new(Shopper::new(
            shop,
            ShopperId([0; 16]),
        )))),
    }
}

#[cfg(test)]
mod tests;
