//! Amounts, from the decimals that platforms write to whole minor units. Nothing here is a floating-point number.

use crate::money::Currency;

/// Digits after which a platform writes no more than the noise of its own floating-point numbers.
const MAX_DIGITS: u32 = 36;

/// Largest power of ten that is looked at.
const MAX_POWER: i32 = 60;

/// How many decimals a currency has; `None` for what is no money in minor units, such as gold.
pub(super) fn decimals(currency: Currency) -> Option<i32> {
    currency.0.exponent().map(i32::from)
}

/// `text · 10^shift` as a whole number; what is between two of them is rounded half away from zero, as on a receipt. `None`: no decimal
/// number, or beyond what fits.
pub(super) fn scaled(text: &str, shift: i32) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, whole(exponent)?),
        None => (text, 0),
    };
    let (is_negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let mut power = shift.checked_add(exponent)?;
    let mut magnitude = 0_u128;
    let mut taken = 0_u32;
    // What follows the last digit that counts only says whether there was anything at all.
    for (is_fraction, byte) in before
        .bytes()
        .map(|byte| (false, byte))
        .chain(after.bytes().map(|byte| (true, byte)))
    {
        let digit = byte.is_ascii_digit().then(|| u128::from(byte - b'0'))?;
        if taken < MAX_DIGITS {
            magnitude = magnitude.checked_mul(10)?.checked_add(digit)?;
            taken += u32::from(magnitude > 0);
            power = power.checked_sub(i32::from(is_fraction))?;
        } else {
            power = power.checked_add(i32::from(!is_fraction))?;
        }
    }
    let whole = if magnitude == 0 {
        0
    } else if power >= 0 {
        let factor = 10_u128.checked_pow(u32::try_from(power).ok()?)?;
        magnitude.checked_mul(factor)?
    } else if power < -MAX_POWER {
        0
    } else {
        match 10_u128.checked_pow(u32::try_from(-power).ok()?) {
            Some(divisor) => {
                let rest = magnitude.checked_rem(divisor)?;
                let up = u128::from(rest >= divisor.div_ceil(2));
                magnitude.checked_div(divisor)?.checked_add(up)?
            }
            None => 0,
        }
    };
    let whole = i64::try_from(whole).ok()?;
    Some(if is_negative { -whole } else { whole })
}

fn whole(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(())?;
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::scaled;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact() {
        for (text, shift, whole) in [
            ("19.99", 2, Some(1_999)),
            ("0.07", 2, Some(7)),
            ("1000", 0, Some(1_000)),
            ("1000.00", 0, Some(1_000)),
            ("12.345", 3, Some(12_345)),
            ("4.35", 2, Some(435)),
            ("1.005", 2, Some(101)),
            ("-1.005", 2, Some(-101)),
            ("1.0049999999999999", 2, Some(100)),
            ("1798.0000000000002", 2, Some(179_800)),
            ("1.5e3", 2, Some(150_000)),
            ("15E-1", 0, Some(2)),
            ("90071992547409.93", 2, Some(9_007_199_254_740_993)),
            ("18000000", -4, Some(1_800)),
            (".5", 0, Some(1)),
            ("5.", 0, Some(5)),
            ("-0.00", 2, Some(0)),
            ("0e999999", 2, Some(0)),
            ("1e-999", 2, Some(0)),
            ("92233720368547758.07", 2, Some(i64::MAX)),
            ("92233720368547758.08", 2, None),
            ("1e99", 0, None),
            ("", 2, None),
            (".", 2, None),
            ("-", 2, None),
            ("1,000.00", 2, None),
            ("1.2.3", 2, None),
            ("12 EUR", 2, None),
            ("NaN", 2, None),
            ("١٢", 2, None),
            ("1e", 2, None),
            ("1e99999999999", 2, None),
            (
                "0.333333333333333333333333333333333333333333333333",
                2,
                Some(33),
            ),
            ("9999999999999999999999999999999999999999999999", 0, None),
        ] {
            assert_eq!(scaled(text, shift), whole, "{text} · 10^{shift}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back(minor in -1_000_000_000_000_i64..1_000_000_000_000, decimals in 0_u32..5) {
            let unit = 10_i64.pow(decimals);
            let sign = if minor < 0 { "-" } else { "" };
            let (whole, rest) = (minor.abs() / unit, minor.abs() % unit);
            let text = match decimals {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{rest:0width$}", width = decimals as usize),
            };
            prop_assert_eq!(scaled(&text, decimals as i32), Some(minor));
            prop_assert_eq!(scaled(&format!("{text}000"), decimals as i32), Some(if decimals == 0 { minor * 1_000 } else { minor }));
        }

        #[test]
        fn nothing_panics(text in "[-+0-9.eE]{0,60}", shift in -20_i32..20) {
            let _ = scaled(&text, shift);
        }
    }
}
