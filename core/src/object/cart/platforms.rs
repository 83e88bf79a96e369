//! On which platforms a cart is: who has told of it.

use super::Cart;
use crate::platform::Platform;
use serde::{Deserialize, Serialize};

/// Where a cart is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CartPlatform {
    /// In the pages of the shop: its browser tells of it.
    Snippet,
    /// At a server of the shop's own, which tells of it with the secret key.
    Headless,
    /// At a platform that the shop is connected to, whose webhooks tell of it.
    Connected(Platform),
}

impl CartPlatform {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Connected(Platform::Shopify),
        Self::Connected(Platform::BigCommerce),
        Self::Connected(Platform::Adobe),
        Self::Connected(Platform::WooCommerce),
        Self::Headless,
        Self::Snippet,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snippet => "snippet",
            Self::Headless => "headless",
            Self::Connected(platform) => platform.as_str(),
        }
    }

    /// Its place in a set; never another one, since sets are stored.
    fn bit(self) -> u8 {
        match self {
            Self::Snippet => 1,
            Self::Headless => 1 << 1,
            Self::Connected(Platform::Shopify) => 1 << 2,
            Self::Connected(Platform::BigCommerce) => 1 << 3,
            Self::Connected(Platform::Adobe) => 1 << 4,
            Self::Connected(Platform::WooCommerce) => 1 << 5,
        }
    }
}

/// The platforms that a cart is on. Empty where it was told by somebody before that was kept, and nobody since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartPlatforms(u8);

impl CartPlatforms {
    /// Whether the cart is on this one.
    pub fn have(self, platform: CartPlatform) -> bool {
        self.0 & platform.bit() != 0
    }

    /// Whether nobody knows.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Them, in the order of [`CartPlatform::ALL`].
    pub fn iter(self) -> impl Iterator<Item = CartPlatform> {
        let all = CartPlatform::ALL.into_iter();
        all.filter(move |platform| self.have(*platform))
    }

    pub(super) fn note(&mut self, platform: CartPlatform) {
        self.0 |= platform.bit();
    }
}

impl Cart {
    /// Where it is. What was written before that was kept is the snippet's where no server tells of it.
    pub(super) fn platforms(&self) -> CartPlatforms {
        let mut platforms = self.platforms;
        if platforms.is_empty() && self.sources.is_empty() {
            platforms.note(CartPlatform::Snippet);
        }
        platforms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CartId, ShopId};
    use crate::object::cart::basket::Source;
    use crate::object::codec;
    use std::{string::String, vec::Vec};

    #[test]
    fn each_is_itself_in_a_set_and_by_its_name() {
        let mut all = CartPlatforms::default();
        for platform in CartPlatform::ALL {
            assert!(!all.have(platform), "{platform:?}");
            all.note(platform);
            all.note(platform);
        }
        let names: Vec<_> = all.iter().map(|one| String::from(one.name())).collect();
        assert_eq!(
            names.join(" "),
            "shopify bigcommerce adobe woocommerce headless snippet"
        );
    }

    /// Rows that were written before it was kept.
    #[test]
    fn an_older_row_is_the_snippets_unless_a_server_told_of_it() {
        let shop = "shop_00000001".parse::<ShopId>().unwrap();
        let mut cart = Cart::new(shop, CartId([1; 16]));
        let older = |cart: &Cart| {
            let row = codec::encode(cart).unwrap();
            codec::decode::<Cart>(row.get(..row.len() - 1).unwrap()).unwrap()
        };
        let read = older(&cart);
        assert_eq!(read, cart);
        assert!(read.account().platforms.have(CartPlatform::Snippet));
        cart.sources.push(Source::new(CartId([2; 16]), 0));
        assert!(older(&cart).account().platforms.is_empty());
        cart.platforms.note(CartPlatform::Headless);
        let row = codec::encode(&cart).unwrap();
        assert_eq!(codec::decode::<Cart>(&row).unwrap(), cart);
    }
}
