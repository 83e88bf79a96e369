//! Amounts: whole minor units and a currency, never floating point.

use alloc::{format, string::String};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 currency. Written as its code: what iso_currency derives names each of them once more for each format, which is
/// 40 KB of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub iso_currency::Currency);

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Code)
    }
}

struct Code;

impl de::Visitor<'_> for Code {
    type Value = Currency;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an upper-case code of ISO 4217, such as EUR")
    }

    fn visit_str<E: de::Error>(self, code: &str) -> Result<Currency, E> {
        Currency::parse(code).ok_or_else(|| E::invalid_value(de::Unexpected::Str(code), &self))
    }
}

impl Currency {
    /// Parses an upper-case code.
    pub fn parse(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).map(Self)
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's smallest unit.
    pub minor: u64,
    /// Which currency.
    pub currency: Currency,
}

impl Money {
    /// As a shopper reads it in English: symbol, grouped thousands, the currency's own decimals.
    pub fn display(self) -> String {
        let iso = self.currency.0;
        let decimals = iso.exponent().unwrap_or(0);
        let unit = 10_u64.saturating_pow(u32::from(decimals));
        let (whole, rest) = (self.minor / unit, self.minor % unit);
        let mut grouped = String::new();
        let digits = format!("{whole}");
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && digits.len().saturating_sub(n) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let symbol = iso.symbol().symbol;
        let space = if symbol.chars().last().is_some_and(char::is_alphabetic) {
            "\u{a0}"
        } else {
            ""
        };
        if decimals == 0 {
            format!("{symbol}{space}{grouped}")
        } else {
            format!(
                "{symbol}{space}{grouped}.{rest:0width$}",
                width = usize::from(decimals)
            )
        }
    }

    /// As an explanation shows it, the same in every language: the currency's own decimals and its code, `1234.50 EUR`.
    pub fn with_code(self) -> String {
        format!("{} {}", self.decimal(), self.currency.0.code())
    }

    /// The number alone, with the currency's own decimals: `1234.50`.
    pub fn decimal(self) -> String {
        let decimals = self.currency.0.exponent().unwrap_or(0);
        let unit = 10_u64.saturating_pow(u32::from(decimals));
        let (whole, rest) = (self.minor / unit, self.minor % unit);
        match usize::from(decimals) {
            0 => format!("{whole}"),
            width => format!("{whole}.{rest:0width$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let show = |minor, code| {
            Money {
                minor,
                currency: Currency::parse(code).unwrap(),
            }
            .display()
        };
        assert_eq!(show(1_900, "EUR"), "€19.00");
        assert_eq!(show(123_456_789, "USD"), "$1,234,567.89");
        assert_eq!(show(5_000, "JPY"), "¥5,000");
        assert_eq!(show(1_234, "KWD"), "د.ك\u{a0}1.234");
        assert!(Currency::parse("XYZ").is_none());
    }

    #[test]
    fn amounts_with_a_code_keep_the_currencys_decimals() {
        let show = |minor, code| {
            Money {
                minor,
                currency: Currency::parse(code).unwrap(),
            }
            .with_code()
        };
        assert_eq!(show(123_450, "EUR"), "1234.50 EUR");
        assert_eq!(show(5, "USD"), "0.05 USD");
        assert_eq!(show(5_000, "JPY"), "5000 JPY");
        assert_eq!(show(1_234, "KWD"), "1.234 KWD");
    }
}
