//! Where a page of carts ended. Carts are listed by shopper and cart, whose names never change: whatever happens to carts while somebody
//! pages, each that is there all the time comes once.

use super::filter::wrong;
use crate::error::Problem;
use homing_core::ids::{CartId, ShopperId};
use std::fmt;
use std::str::FromStr;

/// The last place that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Whose.
    pub shopper: ShopperId,
    /// Which of their carts; `None`: all were looked at.
    pub cart: Option<CartId>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shopper)?;
        self.cart.map_or(Ok(()), |cart| write!(f, ".{cart}"))
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parsed = || {
            let (shopper, cart) = match text.split_once('.') {
                Some((shopper, cart)) => (shopper, Some(cart.parse().ok()?)),
                None => (text, None),
            };
            Some(Self {
                shopper: shopper.parse().ok()?,
                cart,
            })
        };
        parsed().ok_or_else(|| wrong("cursor", "what the page before led to"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        for cart in [None, Some(CartId([2; 16]))] {
            let cursor = Cursor {
                shopper: ShopperId([1; 16]),
                cart,
            };
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
        for text in ["", "5", "shp_00", "crt_02020202020202020202020202020202"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
