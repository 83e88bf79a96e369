//! What the merchant brings along: heads, and a day's root.

use crate::args::Verify;
use crate::root::{Root, Unreadable, each, read_proofs, read_root};
use homing_core::ids::{CartId, ShopId};
use homing_core::log::merkle::{RootBuilder, Unsorted};
use homing_core::log::{Hash, Header, RecordedHeads};
use std::collections::BTreeMap;

/// What exports are held against.
#[derive(Debug)]
pub struct Evidence {
    /// Heads through which logs have to lead.
    pub heads: RecordedHeads,
    /// What the root says, and what it is compared with.
    pub root: Option<RootCheck>,
}

/// A root and what speaks for or against it.
#[derive(Debug)]
pub struct RootCheck {
    /// The root.
    pub root: Root,
    /// The exports' own heads, where nothing else is compared with it.
    own: Option<BTreeMap<CartId, Hash>>,
    /// What is wrong.
    pub wrong: Option<Mismatch>,
}

/// Why a root does not cover what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("the proof of cart {0} does not lead to the root")]
    Proof(CartId),
    #[error("the root covers {stated} carts, here are {found}")]
    Size { stated: u64, found: u64 },
    #[error("the root covers other carts or other heads than these")]
    Root,
    #[error("cart {0} occurs more than once")]
    Twice(CartId),
    #[error("the root is that of {root}, cart {cart} is one of {shop}")]
    Shop {
        root: ShopId,
        shop: ShopId,
        cart: CartId,
    },
}

impl From<Unsorted> for Mismatch {
    fn from(unsorted: Unsorted) -> Self {
        Self::Twice(unsorted.cart)
    }
}

impl Evidence {
    /// Reads what the arguments name.
    pub fn read(args: &Verify) -> Result<Self, Unreadable> {
        let mut heads = RecordedHeads::default();
        if let Some(path) = &args.heads {
            let parse = |text: &str| {
                RecordedHeads::parse(text)
                    .ok_or_else(|| String::from("it is not `crt_…` and 64 hexadecimal digits"))
            };
            for (cart, head) in each(path, parse)? {
                heads.record(cart, head);
            }
        }
        let root = match &args.root {
            None => None,
            Some(path) => {
                let root = read_root(path)?;
                let mut check = RootCheck {
                    root,
                    own: None,
                    wrong: None,
                };
                if let Some(path) = &args.proofs {
                    for proof in read_proofs(path)? {
                        check.prove(&proof);
                        heads.record(proof.cart, proof.head);
                    }
                } else if args.heads.is_some() {
                    check.compare(heads.iter());
                } else {
                    check.own = Some(BTreeMap::new());
                }
                Some(check)
            }
        };
        for (cart, head) in &args.head {
            heads.record(*cart, *head);
        }
        Ok(Self { heads, root })
    }
}

impl RootCheck {
    /// A log that is whole.
    pub fn met(&mut self, header: &Header) {
        if header.shop != self.root.shop {
            self.refuse(Mismatch::Shop {
                root: self.root.shop,
                shop: header.shop,
                cart: header.cart,
            });
        }
        let known = self
            .own
            .as_mut()
            .and_then(|own| own.insert(header.cart, header.head));
        if known.is_some() {
            self.refuse(Mismatch::Twice(header.cart));
        }
    }

    /// All files were read.
    pub fn finish(&mut self) {
        if let Some(own) = self.own.take() {
            self.compare(own.into_iter());
        }
    }

    fn prove(&mut self, proof: &crate::root::Proof) {
        let found = proof.inclusion.size;
        if found != self.root.carts {
            let stated = self.root.carts;
            self.refuse(Mismatch::Size { stated, found });
        }
        if !proof
            .inclusion
            .verify(proof.cart, &proof.head, &self.root.root)
        {
            self.refuse(Mismatch::Proof(proof.cart));
        }
    }

    fn compare(&mut self, heads: impl Iterator<Item = (CartId, Hash)>) {
        let mut builder = RootBuilder::default();
        for (cart, head) in heads {
            if let Err(unsorted) = builder.push(cart, &head) {
                self.refuse(unsorted.into());
            }
        }
        let (stated, found) = (self.root.carts, builder.size());
        if stated != found {
            self.refuse(Mismatch::Size { stated, found });
        }
        if builder.root() != self.root.root {
            self.refuse(Mismatch::Root);
        }
    }

    /// The first one is told.
    fn refuse(&mut self, mismatch: Mismatch) {
        self.wrong.get_or_insert(mismatch);
    }
}
