//! Addresses that a merchant may have called.
//!
//! Whoever names an address has our servers call it (server-side request forgery, OWASP), so only one plain spelling is taken: what is
//! checked here and what is called then cannot be read in two ways.

use crate::error::Invalid;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// An https address under a public name, without user, fragment or IP address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address(String);

/// Names that lead nowhere or home (RFC 6761, RFC 6762, RFC 8375, RFC 9476, RFC 7686, and what networks use inside).
const INNER: [&str; 14] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "onion",
    "alt",
];

/// Longest address, bytes.
const MAX_BYTES: usize = 2_000;

impl Address {
    /// Reads an address. `own` are hosts of this deployment, which must not be made to call itself; `open` are hosts that are taken
    /// as they are, over http as well: an operator's own machine, for tests.
    pub fn parse(text: &str, own: &[&str], open: &[&str]) -> Result<Self, Invalid> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(Invalid::Address),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(Invalid::Address)?;
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_path = path.bytes().all(|byte| {
            byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>' | b'`')
        });
        if text.len() > MAX_BYTES || !is_path {
            return Err(Invalid::Address);
        }
        let is_open = open.contains(&host) && port.is_none_or(is_number);
        let is_public = secure && matches!(port, None | Some("443")) && is_public_name(host);
        let is_own = own.iter().any(|own| is_under(host, own));
        if is_open || is_public && !is_own {
            Ok(Self(String::from(text)))
        } else {
            Err(Invalid::Address)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of at least two labels in lower case, as RFC 1123 has them, whose last one is no number: the URL standard reads every other
/// host as an IPv4 address, `0x7f.1` and `2130706433` included.
fn is_public_name(host: &str) -> bool {
    let labels = host.split('.');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.contains('.')
        && labels.clone().all(is_label)
        && last.bytes().any(|b| b.is_ascii_lowercase())
        && !last.starts_with(|first: char| first.is_ascii_digit())
        && !INNER.iter().any(|inner| is_under(host, inner))
}

/// Whether `host` is `name`, or below it.
fn is_under(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_number(port: &str) -> bool {
    port.parse::<u16>().is_ok()
}
