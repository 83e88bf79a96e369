//! What is known when a rule is judged.

use super::choice::Device;
use super::moment::LocalMoment;
use super::reason::Reason;
use crate::channel::Channel;
use crate::log::Stage;
use crate::money::Money;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// What is known about a cart, its shopper and the moment. `None` always means "not known"; where a thing is known not to be there,
/// its own type says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Since the shopper's last activity on the cart, ms.
    pub since_abandonment_ms: Option<u64>,
    /// The sum of the cart's lines.
    pub cart_value: Option<Money>,
    /// The cart's lines; an empty list is an empty cart.
    pub lines: Option<Vec<LineFacts>>,
    /// What of the cart's value is left after its cost, whole percent, rounded down; negative below cost.
    pub margin_percent: Option<i16>,
    /// The customer's tier, as the shop names it; `Some(None)`: a customer without one.
    pub customer_tier: Option<Option<String>>,
    /// What the shopper bought before.
    pub orders: Option<Orders>,
    /// The device of the last activity.
    pub device: Option<Device>,
    /// ISO 3166-1 alpha-2 code, upper case.
    pub country: Option<String>,
    /// Why the cart was left: how likely each reason is, whole percent. A reason that is not named counts as 0.
    pub reasons: Option<BTreeMap<Reason, u8>>,
    /// What the shopper agreed to.
    pub consents: Consents,
    /// How the shopper came to the shop.
    pub source: Option<Source>,
    /// How far the checkout went.
    pub checkout: Option<CheckoutFacts>,
    /// Whether the cart is a quote, which a business buyer asked for.
    pub quote: Option<bool>,
    /// The moment where the shopper lives.
    pub local: Option<LocalMoment>,
}

/// One line of a cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineFacts {
    /// The variant's id.
    pub variant: String,
    /// The product's id.
    pub product: Option<String>,
    /// The product's tags.
    pub tags: Option<Vec<String>>,
    /// The variant's attributes, such as colour and size, by name.
    pub attributes: Option<BTreeMap<String, String>>,
    /// How many.
    pub qty: u32,
}

/// What a shopper bought before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// How many orders; 0 for somebody who never bought.
    pub count: u32,
    /// What they came to.
    pub spent: Option<Money>,
    /// Whole days since the last of them.
    pub days_since_last: Option<u32>,
}

/// What a shopper agreed to, by channel; `Some(false)` is a refusal or a withdrawal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consents {
    /// To emails.
    pub email: Option<bool>,
    /// To text messages.
    pub sms: Option<bool>,
    /// To push notifications.
    pub push: Option<bool>,
}

impl Consents {
    /// The consent to one channel.
    pub fn of(self, channel: Channel) -> Option<bool> {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
            Channel::Push => self.push,
        }
    }
}

/// How a shopper came to the shop. Here `None` means that there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// `utm_source`.
    pub utm_source: Option<String>,
    /// `utm_medium`.
    pub utm_medium: Option<String>,
    /// `utm_campaign`.
    pub utm_campaign: Option<String>,
    /// Host of the referring page, without scheme and port.
    pub referrer_host: Option<String>,
}

/// How far a checkout went. Here `None` means that there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckoutFacts {
    /// The last stage.
    pub stage: Option<Stage>,
    /// The code of the last payment's error, as the shop or its provider names it.
    pub payment_error: Option<String>,
}
