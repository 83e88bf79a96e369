//! What merchants call experiments and arms.

use alloc::string::{String, ToString};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// Not a name of an experiment or arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to 40 lower-case letters, digits, - or _")]
pub struct InvalidName;

fn check(text: &str) -> Result<(), InvalidName> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    if (1..=40).contains(&text.len()) && text.bytes().all(legal) {
        Ok(())
    } else {
        Err(InvalidName)
    }
}

/// An experiment of one shop: 1 to 40 lower-case letters, digits, `-` or `_`. Assignment hashes it, so an experiment that is
/// run again under the same id assigns the same shoppers to the same ranges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExperimentId(String);

/// An arm of one experiment, spelt like an [`ExperimentId`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArmId(String);

macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                check(text).map(|()| Self(text.to_string()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": "1 to 40 lower-case letters, digits, - or _",
                    "type": "string",
                    "pattern": "^[a-z0-9_-]{1,40}$",
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(ExperimentId);
name!(ArmId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!("subject-b".parse::<ArmId>().unwrap().as_str(), "subject-b");
        for wrong in ["", "B", "a b", "a\0b", "é", &"a".repeat(41)] {
            assert_eq!(wrong.parse::<ExperimentId>(), Err(InvalidName), "{wrong:?}");
            assert!(serde_json::from_str::<ArmId>(&serde_json::to_string(wrong).unwrap()).is_err());
        }
    }
}
