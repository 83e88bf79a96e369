//! A day's root and proofs for it, as files.

use crate::lines::{Lines, name};
use homing_core::bytes::from_hex;
use homing_core::ids::{CartId, ShopId};
use homing_core::log::Hash;
use homing_core::log::merkle::Inclusion;
use serde::Deserialize;
use std::path::Path;

/// The formats' name and version.
const ROOT: &str = "homing-root/1";
const PROOF: &str = "homing-proof/1";

/// What a root file says.
#[derive(Clone, Debug)]
pub struct Root {
    /// Whose carts.
    pub shop: ShopId,
    /// The day, as it is written there.
    pub day: String,
    /// How many carts it covers.
    pub carts: u64,
    /// The root.
    pub root: Hash,
}

/// A proof's line.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The cart.
    pub cart: CartId,
    /// Its head on that day.
    pub head: Hash,
    /// The proof.
    pub inclusion: Inclusion,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootFile {
    root: String,
    shop: String,
    day: String,
    carts: u64,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofLine {
    proof: String,
    cart: String,
    head: String,
    index: u64,
    carts: u64,
    path: Vec<String>,
}

/// Why a file is neither.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    #[error("{0}, line {1}: {2}")]
    Line(String, u64, String),
}

/// Reads a root file: one line of JSON.
pub fn read_root(path: &Path) -> Result<Root, Unreadable> {
    let mut roots = each(path, parse_root)?;
    match (roots.pop(), roots.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(Unreadable::Line(
            name(path),
            1,
            String::from("a root file is one line of JSON"),
        )),
    }
}

/// Reads proofs, one a line.
pub fn read_proofs(path: &Path) -> Result<Vec<Proof>, Unreadable> {
    each(path, parse_proof)
}

/// Reads each line that is neither blank nor a comment.
pub fn each<T>(
    path: &Path,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Unreadable> {
    let io = |error| Unreadable::Io(name(path), error);
    let mut lines = Lines::open(path).map_err(io)?;
    let mut found = Vec::new();
    let mut number = 0_u64;
    while let Some(line) = lines.next().map_err(io)? {
        number = number.saturating_add(1);
        let refused = |why| Unreadable::Line(name(path), number, why);
        let text =
            std::str::from_utf8(line).map_err(|_| refused(String::from("it is not text")))?;
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            found.push(parse(text).map_err(refused)?);
        }
    }
    Ok(found)
}

fn parse_root(text: &str) -> Result<Root, String> {
    let file: RootFile =
        serde_json::from_str(text).map_err(|error| format!("it is not a root: {error}"))?;
    if file.root != ROOT {
        return Err(format!(
            "it is in the format {:?}; this program reads {ROOT:?}",
            file.root
        ));
    }
    let spelling = || String::from("a value is not written as Homing writes it");
    if !is_day(&file.day) {
        return Err(spelling());
    }
    Ok(Root {
        shop: file.shop.parse().map_err(|_| spelling())?,
        day: file.day,
        carts: file.carts,
        root: from_hex(&file.hash).ok_or_else(spelling)?,
    })
}

/// `YYYY-MM-DD`; whether there is such a day does not matter.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn parse_proof(text: &str) -> Result<Proof, String> {
    let line: ProofLine =
        serde_json::from_str(text).map_err(|error| format!("it is not a proof: {error}"))?;
    if line.proof != PROOF {
        return Err(format!(
            "it is in the format {:?}; this program reads {PROOF:?}",
            line.proof
        ));
    }
    let spelling = || String::from("a value is not written as Homing writes it");
    let path: Option<Vec<Hash>> = line.path.iter().map(|hash| from_hex(hash)).collect();
    Ok(Proof {
        cart: line.cart.parse().map_err(|_| spelling())?,
        head: from_hex(&line.head).ok_or_else(spelling)?,
        inclusion: Inclusion {
            index: line.index,
            size: line.carts,
            path: path.ok_or_else(spelling)?,
        },
    })
}
