//! The messages that exist.

use serde::{Deserialize, Serialize};

/// The messages that exist. Stored by their place in this list: new ones go to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// You left something.
    Reminder,
    /// Here is a code.
    Offer,
    /// This is the last message.
    LastChance,
    /// You looked at something.
    Browse,
    /// Your payment did not go through: try another way.
    PaymentFailed,
    /// Something in your cart costs less now.
    PriceDrop,
    /// Something in your cart can be bought again.
    BackInStock,
    /// Your quote is waiting, and so is somebody who can help with it.
    Quote,
    /// A personal word about a valuable cart, without a discount.
    HighValue,
    /// A season's message, such as Black Friday.
    Season,
    /// What kept you? After a miss.
    Survey,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Reminder,
        Self::Offer,
        Self::LastChance,
        Self::Browse,
        Self::PaymentFailed,
        Self::PriceDrop,
        Self::BackInStock,
        Self::Quote,
        Self::HighValue,
        Self::Season,
        Self::Survey,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Offer => "offer",
            Self::LastChance => "last_chance",
            Self::Browse => "browse",
            Self::PaymentFailed => "payment_failed",
            Self::PriceDrop => "price_drop",
            Self::BackInStock => "back_in_stock",
            Self::Quote => "quote",
            Self::HighValue => "high_value",
            Self::Season => "season",
            Self::Survey => "survey",
        }
    }
}
