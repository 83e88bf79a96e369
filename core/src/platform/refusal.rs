//! What of a payload could not be understood, and where that stands.

use alloc::string::String;
use serde::{Serialize, Serializer};

/// Why something could not be read. Each has a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The body is no JSON.
    Json,
    /// What must be there is not.
    Missing,
    /// It is not of the kind that the platform documents.
    Kind,
    /// It is beyond what can be kept.
    Range,
    /// No amount.
    Amount,
    /// The payload does not say in which of two currencies this is.
    Ambiguous,
    /// No currency of ISO 4217.
    Currency,
    /// No time.
    Time,
    /// No email address.
    Email,
    /// No international phone number.
    Phone,
    /// The line names no variant: it was deleted, or never was one.
    VariantMissing,
    /// A cart cannot hold this variant's id.
    Variant,
    /// A cart cannot hold these options.
    Options,
    /// A cart cannot hold so many, or so few.
    Quantity,
    /// A cart cannot hold more lines.
    Lines,
}

impl Code {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json_invalid",
            Self::Missing => "field_missing",
            Self::Kind => "field_kind",
            Self::Range => "field_out_of_range",
            Self::Amount => "amount_invalid",
            Self::Ambiguous => "currency_ambiguous",
            Self::Currency => "currency_invalid",
            Self::Time => "time_invalid",
            Self::Email => "email_invalid",
            Self::Phone => "phone_invalid",
            Self::VariantMissing => "variant_missing",
            Self::Variant => "variant_invalid",
            Self::Options => "options_invalid",
            Self::Quantity => "quantity_invalid",
            Self::Lines => "lines_exhausted",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A part of a payload that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Where, such as `line_items[3].quantity`; names of fields only, nothing of what they hold.
    pub path: String,
    /// Why.
    pub code: Code,
}

/// A payload of which nothing can be taken. It is kept, to be read again by a newer version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("`{path}`: {}", code.as_str())]
pub struct NotUnderstood {
    /// Why.
    pub code: Code,
    /// Where; empty for the body as a whole.
    pub path: String,
}
