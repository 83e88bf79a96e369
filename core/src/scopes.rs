//! What a secret key may do.

use alloc::vec::Vec;
use core::fmt;

/// One thing that a secret key may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads carts, their logs and events. Contacts are not in them.
    CartsRead,
    /// Tells of baskets, and makes links worthless.
    CartsWrite,
    /// Reads who somebody is, and looks people up by their contact.
    ContactsRead,
    /// Says what the shop knows of people: customers, suppressions, that two are one.
    ContactsWrite,
    /// Reads products.
    CatalogueRead,
    /// Pushes products.
    CatalogueWrite,
    /// Reads what was sent, what was not, and why.
    DeliveriesRead,
    /// Decides about messages that wait for a person.
    DeliveriesWrite,
    /// Reads the configuration, and what the messages bring.
    ShopRead,
    /// Reads reservations.
    ReservationsRead,
    /// Reserves, confirms and cancels.
    ReservationsWrite,
    /// Reads all that is held about a person.
    PrivacyRead,
    /// Erases people.
    PrivacyWrite,
}

impl Scope {
    /// All of them. A scope's place here is its bit in a key, so new ones go to the end.
    pub const ALL: [Self; 13] = [
        Self::CartsRead,
        Self::CartsWrite,
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::DeliveriesRead,
        Self::DeliveriesWrite,
        Self::ShopRead,
        Self::ReservationsRead,
        Self::ReservationsWrite,
        Self::PrivacyRead,
        Self::PrivacyWrite,
    ];

    /// What a key has to allow so that it is an owner's. These stay as they are: a key that was made with all scopes that there were goes
    /// on being its owner's when one is added.
    pub const OF_OWNERS: [Self; 9] = [
        Self::CartsRead,
        Self::CartsWrite,
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::DeliveriesRead,
        Self::DeliveriesWrite,
        Self::ShopRead,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CartsRead => "carts:read",
            Self::CartsWrite => "carts:write",
            Self::ContactsRead => "contacts:read",
            Self::ContactsWrite => "contacts:write",
            Self::CatalogueRead => "catalogue:read",
            Self::CatalogueWrite => "catalogue:write",
            Self::DeliveriesRead => "deliveries:read",
            Self::DeliveriesWrite => "deliveries:write",
            Self::ShopRead => "shop:read",
            Self::ReservationsRead => "reservations:read",
            Self::ReservationsWrite => "reservations:write",
            Self::PrivacyRead => "privacy:read",
            Self::PrivacyWrite => "privacy:write",
        }
    }

    /// The one with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    fn bit(self) -> u32 {
        let place = Self::ALL.iter().position(|scope| *scope == self);
        place
            .and_then(|place| u32::try_from(place).ok())
            .and_then(|place| 1_u32.checked_shl(place))
            .unwrap_or(0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a secret key is allowed, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes(u32);

impl Scopes {
    /// Everything, also what does not exist yet: what a key without scopes may do.
    pub const EVERYTHING: Self = Self(u32::MAX);

    /// These and nothing else.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// As they stand in a key.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// As they stand in a key.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether this is allowed.
    pub fn allow(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The first of these that is not allowed.
    pub fn missing(self, needed: &[Scope]) -> Option<Scope> {
        needed.iter().copied().find(|scope| !self.allow(*scope))
    }

    /// What is allowed, as far as it exists.
    pub fn list(self) -> Vec<Scope> {
        let all = Scope::ALL.into_iter();
        all.filter(|scope| self.allow(*scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_a_bit_and_a_name_of_its_own() {
        for (n, scope) in Scope::ALL.into_iter().enumerate() {
            assert_eq!(scope.bit(), 1 << n);
            assert_eq!(Scope::parse(scope.name()), Some(scope));
            let one = Scopes::of(&[scope]);
            assert_eq!(one.list(), [scope]);
            assert!(Scopes::EVERYTHING.allow(scope));
        }
        assert_eq!(Scope::parse("carts:*"), None);
    }

    #[test]
    fn a_key_of_all_scopes_there_were_is_an_owners_still() {
        let before = Scopes::from_bits(0b1_1111_1111);
        assert_eq!(before.missing(&Scope::OF_OWNERS), None);
        // What was added is not its own.
        assert_eq!(before.missing(&Scope::ALL), Some(Scope::ReservationsRead));
        let less = Scopes::from_bits(0b1111_1111);
        assert_eq!(less.missing(&Scope::OF_OWNERS), Some(Scope::ShopRead));
    }

    #[test]
    fn what_is_missing_is_named() {
        let some = Scopes::of(&[Scope::CartsRead, Scope::ShopRead]);
        assert_eq!(some.missing(&[Scope::CartsRead]), None);
        let missing = some.missing(&[Scope::CartsRead, Scope::ContactsRead]);
        assert_eq!(missing, Some(Scope::ContactsRead));
        assert_eq!(Scopes::EVERYTHING.missing(&Scope::ALL), None);
    }
}
