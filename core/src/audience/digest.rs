//! Who a member is: SHA-256 of the contact as each service wants it written before it is hashed. The rules differ, and a contact
//! that is written otherwise matches nobody.
//!
//! - Meta, "Customer File Custom Audiences", Hashing and Normalizing: addresses trimmed and in lower case, dots and tags as they are; numbers
//!   as digits alone with the country's code, without leading zeros.
//! - Google, Data Manager API, "Format user data": addresses in lower case without spaces, of `gmail.com` and `googlemail.com` without the dots and
//!   without the tag from `+` on; numbers in E.164 with the plus sign.

use crate::bytes::to_hex;
use crate::contact::{Email, Phone};
use crate::errand::Service;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who somebody is to one service; at least one of both is known.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    email: Option<[u8; 32]>,
    phone: Option<[u8; 32]>,
}

impl core::fmt::Debug for Digests {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Digests(…)")
    }
}

impl Digests {
    /// Of a person with these contacts; `None` where there is none.
    pub fn of(service: Service, email: Option<&Email>, phone: Option<&Phone>) -> Option<Self> {
        let digest = |text: String| <[u8; 32]>::from(Sha256::digest(text));
        let digests = Self {
            email: email
                .and_then(|email| written_email(service, email))
                .map(digest),
            phone: phone.map(|phone| digest(written_phone(service, phone))),
        };
        (digests.email.is_some() || digests.phone.is_some()).then_some(digests)
    }

    /// The address, lower-case hexadecimal.
    pub fn email(&self) -> Option<String> {
        self.email.map(|digest| to_hex(&digest))
    }

    /// The number, lower-case hexadecimal.
    pub fn phone(&self) -> Option<String> {
        self.phone.map(|digest| to_hex(&digest))
    }
}

/// Addresses are trimmed and in lower case here anyway, and have no spaces. One of which nothing is left is nobody's.
fn written_email(service: Service, email: &Email) -> Option<String> {
    let text = email.as_str();
    let is_gmail = matches!(email.domain(), "gmail.com" | "googlemail.com");
    match text.rsplit_once('@') {
        Some((local, domain)) if service == Service::Google && is_gmail => {
            let local = local.split('+').next().unwrap_or(local);
            let local = local.replace('.', "");
            (!local.is_empty()).then(|| format!("{local}@{domain}"))
        }
        _ => Some(String::from(text)),
    }
}

/// Numbers are in E.164 here anyway.
fn written_phone(service: Service, phone: &Phone) -> String {
    let text = phone.as_str();
    match service {
        Service::Google => String::from(text),
        _ => String::from(text.trim_start_matches(['+', '0'])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(service: Service, email: &str, phone: &str) -> (Option<String>, Option<String>) {
        let email: Option<Email> = email.parse().ok();
        let phone: Option<Phone> = phone.parse().ok();
        let digests = Digests::of(service, email.as_ref(), phone.as_ref()).unwrap();
        (digests.email(), digests.phone())
    }

    /// Each line was made by the service's own code: for Meta by facebook-nodejs-business-sdk 24.0.1 (`ServerSideUtils.normalizeAndHash`),
    /// for Google by google-ads-datamanager-util 0.4.0 (`Formatter`). `tests/edge/audiences.test.mjs` asks Meta's again.
    const VECTORS: &str = include_str!("vectors.txt");

    #[test]
    fn digests_are_those_of_the_services_own_code() {
        let mut lines = 0;
        for line in VECTORS.lines() {
            let [service, kind, text, digest] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let service = Service::named(service).unwrap();
            let (email, phone) = of(service, text, text);
            let found = if kind == "email" { email } else { phone };
            assert_eq!(found.as_deref(), Some(digest), "{line}");
            lines += 1;
        }
        assert!(lines >= 20, "{lines}");
    }

    #[test]
    fn who_has_no_contact_is_nobody() {
        assert_eq!(Digests::of(Service::Meta, None, None), None);
        let ada = of(Service::Meta, "ada@example.com", "");
        assert!(ada.0.is_some() && ada.1.is_none());
        let email: Email = "ada@example.com".parse().unwrap();
        let digests = Digests::of(Service::Meta, Some(&email), None).unwrap();
        assert_eq!(alloc::format!("{digests:?}"), "Digests(…)");
    }
}
