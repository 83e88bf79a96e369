//! Networks: what one connection has of the internet.

use core::net::{IpAddr, Ipv6Addr};
use serde::{Deserialize, Serialize};

/// A keyed hash of a network, see [`crate::keys::network`]: it tells one from another, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Network(pub u64);

/// An address as far as it names a network: all of IPv4's, the first 64 bits of IPv6's, of which a connection has the rest to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address([u8; 8], u8);

impl Address {
    /// Reads an address. `None` for what is none, and for this machine's own, which is no network.
    pub fn parse(text: &str) -> Option<Self> {
        let ip = text.trim().parse::<IpAddr>().ok()?.to_canonical();
        if ip.is_loopback() || ip.is_unspecified() {
            return None;
        }
        let mut bytes = [0; 8];
        let len = match ip {
            IpAddr::V4(ip) => {
                bytes
                    .iter_mut()
                    .zip(ip.octets())
                    .for_each(|(to, b)| *to = b);
                4
            }
            IpAddr::V6(ip) => {
                let octets = Ipv6Addr::octets(&ip);
                bytes.iter_mut().zip(octets).for_each(|(to, b)| *to = b);
                8
            }
        };
        Some(Self(bytes, len))
    }

    /// What is hashed of it. No two networks have the same: the two kinds differ in length.
    pub fn bytes(&self) -> &[u8] {
        self.0.get(..usize::from(self.1)).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_machine_is_no_network_of_its_own() {
        for own in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "",
            "x",
            "1.2.3",
        ] {
            assert_eq!(Address::parse(own), None, "{own}");
        }
    }

    #[test]
    fn a_network_is_one_address_of_ipv4_and_the_half_of_ipv6() {
        let of = |text: &str| Address::parse(text).unwrap();
        assert_eq!(of("203.0.113.7").bytes(), [203, 0, 113, 7]);
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_header_is_read_without_a_panic(text in ".{0,60}") {
            if let Some(address) = Address::parse(&text) {
                prop_assert!(matches!(address.bytes().len(), 4 | 8));
            }
        }

        #[test]
        fn the_low_half_of_ipv6_says_nothing(high in 0x2000_0000_0000_0000_u64.., low: u64, other: u64) {
            let of = |low: u64| {
                let ip = Ipv6Addr::from(u128::from(high) << 64 | u128::from(low));
                Address::parse(&std::string::ToString::to_string(&ip))
            };
            prop_assert_eq!(of(low), of(other));
            prop_assert!(of(low).is_some());
        }
    }
}
