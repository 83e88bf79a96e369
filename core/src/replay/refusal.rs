//! Why nothing was replayed.

use crate::log::Fault;
use crate::shop::FieldError;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// Why nothing was replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The history is not a whole export.
    History(Fault),
    /// The history holds carts of more than one shop.
    TwoShops,
    /// The configuration as it is.
    Configuration(Vec<FieldError>),
    /// The edited sequence, sequences or configuration.
    Edited(Vec<FieldError>),
    /// The catalogue.
    Catalogue(Vec<FieldError>),
    /// The options.
    Options(Vec<FieldError>),
    /// What stands for keys and contacts could not be made: a fault of this program.
    Standins,
}

impl Refusal {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::History(_) => "history_broken",
            Self::TwoShops => "history_of_two_shops",
            Self::Configuration(_) => "configuration_invalid",
            Self::Edited(_) => "edited_invalid",
            Self::Catalogue(_) => "catalogue_invalid",
            Self::Options(_) => "options_invalid",
            Self::Standins => "internal",
        }
    }

    /// What is wrong, each with the path of its field; for a history the field is empty.
    pub fn problems(&self) -> Vec<FieldError> {
        match self {
            Self::Configuration(errors)
            | Self::Edited(errors)
            | Self::Catalogue(errors)
            | Self::Options(errors) => errors.clone(),
            Self::History(_) | Self::TwoShops | Self::Standins => Vec::from([FieldError {
                field: String::new(),
                reason: self.to_string(),
            }]),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, errors) = match self {
            Self::History(fault) => return write!(f, "the history: {fault}"),
            Self::TwoShops => {
                return f.write_str("the history: it holds carts of more than one shop");
            }
            Self::Standins => return f.write_str("the replay could not be set up"),
            Self::Configuration(errors) => ("the configuration", errors),
            Self::Edited(errors) => ("what was edited", errors),
            Self::Catalogue(errors) => ("the catalogue", errors),
            Self::Options(errors) => ("the options", errors),
        };
        f.write_str(what)?;
        errors
            .iter()
            .try_for_each(|error| write!(f, ": {}: {}", error.field, error.reason))
    }
}

impl core::error::Error for Refusal {}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::History(fault)
    }
}
