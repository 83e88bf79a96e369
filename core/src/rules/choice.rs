//! Tests of a kind: one of a list.

use super::sight::{Sight, listed};
use crate::document::{Problems, text::Text, text::shown};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// One of these values: 1 to 50 of them, none twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OneOf<T>(pub Vec<T>);

impl<T: PartialEq> OneOf<T> {
    /// Longest list.
    pub const MAX: usize = 50;

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.list(&self.0, 1..=Self::MAX);
    }

    /// `what` was `seen`; `seen` is `None` where it is not known, and `Some(None)` where it is known that there is none.
    pub(super) fn see<S: ?Sized>(
        &self,
        what: &str,
        seen: Option<Option<&S>>,
        same: impl Fn(&T, &S) -> bool,
        show: impl Fn(&S) -> String,
    ) -> Sight
    where
        T: Spoken,
    {
        match seen {
            None => Sight::unknown(what),
            Some(None) => Sight::new(false, format!("there was no {}", bare(what))),
            Some(Some(seen)) => {
                let holds = self.0.iter().any(|value| same(value, seen));
                let not = if holds { "" } else { "not " };
                let listed = listed(&self.0, Spoken::spoken);
                let seen = show(seen);
                let words = match self.0.as_slice() {
                    [_] if holds => format!("{what} was {seen}"),
                    [_] => format!("{what} was {seen}, not {listed}"),
                    _ => format!("{what} was {seen}, {not}one of {listed}"),
                };
                Sight::new(holds, words)
            }
        }
    }
}

impl OneOf<Text> {
    /// The same for a text from outside.
    pub(super) fn see_text(&self, what: &str, seen: Option<Option<&str>>) -> Sight {
        self.see(what, seen, |value, seen: &str| value.is(seen), shown)
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for OneOf<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        format!("OneOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "array",
            "items": generator.subschema_for::<T>(),
            "minItems": 1,
            "maxItems": 50,
            "uniqueItems": true,
        })
    }
}

/// A value's name in a sentence.
pub(super) trait Spoken {
    fn spoken(&self) -> String;
}

impl Spoken for Text {
    fn spoken(&self) -> String {
        self.to_string()
    }
}

fn bare(what: &str) -> &str {
    what.strip_prefix("the ").unwrap_or(what)
}

checked_text! {
    /// A variant's or a product's id in the shop's catalogue. Compared byte by byte.
    CatalogueId {
        allowed: "1 to 64 visible ASCII characters",
        pattern: r"^[!-~]{1,64}$",
        check: |text| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    }
}

checked_text! {
    /// A country: ISO 3166-1 alpha-2, upper case. Whether the code is assigned is not looked at.
    Country {
        allowed: "two upper-case letters, as in ISO 3166-1",
        pattern: r"^[A-Z]{2}$",
        check: |text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
    }
}

checked_text! {
    /// A host's name without scheme, port or path. It stands for its subdomains as well.
    Host {
        allowed: "a host such as google.com: lower-case letters, digits, dots and hyphens, at most 253",
        pattern: r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$",
        check: is_host
    }
}

fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= 253
        && text.bytes().all(|b| plain(b) || matches!(b, b'.' | b'-'))
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
}

impl Host {
    /// Whether `host` is this host or one below it.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host.strip_suffix(&self.0)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl Spoken for Host {
    fn spoken(&self) -> String {
        self.to_string()
    }
}

impl Spoken for Country {
    fn spoken(&self) -> String {
        self.to_string()
    }
}

/// What the shopper shops with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// A computer.
    Desktop,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
}

impl Device {
    /// Parses a device's name as it stands on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "desktop" => Self::Desktop,
            "phone" => Self::Phone,
            "tablet" => Self::Tablet,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
        }
    }
}

impl Spoken for Device {
    fn spoken(&self) -> String {
        String::from(self.name())
    }
}

impl Spoken for crate::log::Stage {
    fn spoken(&self) -> String {
        String::from(stage_name(*self))
    }
}

/// A stage's name on the wire.
pub(crate) fn stage_name(stage: crate::log::Stage) -> &'static str {
    use crate::log::Stage;
    match stage {
        Stage::Started => "started",
        Stage::Contact => "contact",
        Stage::Shipping => "shipping",
        Stage::Price => "price",
        Stage::PaymentStarted => "payment_started",
        Stage::PaymentFailed => "payment_failed",
        Stage::PaymentSucceeded => "payment_succeeded",
    }
}
