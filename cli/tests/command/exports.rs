//! Exports, heads, roots and proofs, and the command that checks them.

use homing_core::bytes::to_hex;
use homing_core::ids::{CartId, ShopId};
use homing_core::log::merkle::{self, Inclusion};
use homing_core::log::{Chain, Entry, Export, Hash, Header, Record, What};
use homing_core::object::codec;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub const SHOP: ShopId = ShopId([1; 5]);

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn homing(args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_homing"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may stop reading at the first thing that is wrong.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn verify(args: &[&str], input: &str) -> Ran {
    homing(&[&["verify", "-"], args].concat(), input.as_bytes())
}

pub fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

pub fn cart(n: u8) -> CartId {
    CartId([n; 16])
}

fn entries(n: u8, count: u64) -> (Vec<Entry>, Hash) {
    let mut chain = Chain::new(SHOP, cart(n));
    for at in 1..=count {
        let variant = format!("mug-{at}");
        let record = Record {
            id: None,
            at,
            taken_at: at,
            what: What::View {
                variant,
                dwell_ms: 7,
            },
            trace: None,
        };
        chain.append(codec::encode(&record).unwrap(), &[n; 32]);
    }
    (chain.tail().to_vec(), chain.head())
}

pub fn head(n: u8, count: u64) -> Hash {
    entries(n, count).1
}

/// A cart's export; the events of these numbers are erased.
pub fn export(n: u8, count: u64, erased: &[u64]) -> String {
    let (mut entries, head) = entries(n, count);
    let header = Header {
        shop: SHOP,
        cart: cart(n),
        after: None,
        entries: count,
        head,
    };
    let mut out = Vec::new();
    let mut export = Export::begin(header, &mut out);
    for entry in &mut entries {
        if erased.contains(&entry.seq) {
            entry.erase();
        }
        export.entry(entry, &mut out);
    }
    export.end(&mut out);
    String::from_utf8(out).unwrap()
}

pub fn carts(numbers: &[u8]) -> String {
    let exports = numbers.iter().map(|n| export(*n, 3, &[]));
    exports.collect::<Vec<_>>().concat()
}

fn heads(numbers: &[u8]) -> Vec<(CartId, Hash)> {
    numbers.iter().map(|n| (cart(*n), head(*n, 3))).collect()
}

pub fn heads_file(numbers: &[u8]) -> String {
    let line = |(cart, head): (CartId, Hash)| format!("{cart} {}\n", to_hex(&head));
    heads(numbers).into_iter().map(line).collect()
}

pub fn root_file(numbers: &[u8]) -> String {
    let root = merkle::root(heads(numbers)).unwrap();
    json!({
        "root": "homing-root/1",
        "shop": SHOP.to_string(),
        "day": "2026-11-25",
        "carts": numbers.len(),
        "hash": to_hex(&root),
    })
    .to_string()
}

pub fn proofs_file(numbers: &[u8], of: &[u8]) -> String {
    let heads = heads(numbers);
    let line = |n: &u8| {
        let proof = Inclusion::prove(&heads, cart(*n)).unwrap();
        let path: Vec<String> = proof.path.iter().map(|hash| to_hex(hash)).collect();
        let line = json!({
            "proof": "homing-proof/1",
            "cart": cart(*n).to_string(),
            "head": to_hex(&head(*n, 3)),
            "index": proof.index,
            "carts": proof.size,
            "path": path,
        });
        format!("{line}\n")
    };
    of.iter().map(line).collect()
}
