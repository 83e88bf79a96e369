//! One reservation: what it holds, for whom, until when, and what became of it.

use crate::cart::{Quantity, Variant};
use crate::error::Invalid;
use crate::ids::CartId;
use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;
use serde::{Deserialize, Serialize};

/// How long a reservation holds where nothing is said, ms: as long as payment pages usually wait.
pub const DEFAULT_MS: u64 = 15 * 60_000;

/// For how long a reservation is remembered once its time is over, ms: a week.
pub const KEPT_MS: u64 = 7 * 86_400_000;

/// A reservation's name, the caller's own or ours: 1 to 64 letters, digits, `-`, `_`, `.` or `:`, a letter or digit first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReservationId(String);

impl ReservationId {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ReservationId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        let begins = text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric());
        if begins && text.len() <= 64 && text.bytes().all(legal) {
            Ok(Self(text))
        } else {
            Err(Invalid::ReservationId)
        }
    }
}

impl From<ReservationId> for String {
    fn from(id: ReservationId) -> Self {
        id.0
    }
}

/// So many of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub variant: Variant,
    /// How many.
    pub qty: u32,
}

/// Lines as they are held: those of the same variant (with other options) added up. `Err` where nothing is wanted, or more than a cart
/// can hold.
pub fn gathered(lines: impl Iterator<Item = (Variant, u32)>) -> Result<Vec<Item>, Invalid> {
    const MOST: usize = 500;
    let mut items: Vec<Item> = Vec::new();
    for (variant, qty) in lines {
        let qty = Quantity::new(qty)?.get();
        match items.iter_mut().find(|item| item.variant == variant) {
            Some(item) => item.qty = item.qty.saturating_add(qty),
            None => items.push(Item { variant, qty }),
        }
        if items.len() > MOST {
            break;
        }
    }
    if (1..=MOST).contains(&items.len()) {
        Ok(items)
    } else {
        Err(Invalid::Range("lines"))
    }
}

/// How long a reservation holds, ms: a second to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period(u64);

impl Period {
    /// So many ms.
    pub fn new(ms: u64) -> Result<Self, Invalid> {
        if (1_000..=86_400_000).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(Invalid::Range("expires_in_ms"))
        }
    }
}

/// What somebody wants to be held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Under which name.
    pub id: ReservationId,
    /// What; see [`gathered`].
    pub items: Vec<Item>,
    /// For which cart, and in which of its epochs.
    pub cart: Option<(CartId, u32)>,
    /// Whether that cart holds all of it at this moment.
    pub in_cart: bool,
    /// For how long.
    pub period: Period,
}

/// What became of a reservation. It leaves `Held` once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It holds.
    Held,
    /// What it held is sold.
    Confirmed,
    /// It was given up.
    Cancelled,
    /// Its time was over.
    Expired,
    /// Its cart did not need it any more.
    Orphaned,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Held,
        Self::Confirmed,
        Self::Cancelled,
        Self::Expired,
        Self::Orphaned,
    ];

    /// Its number, as it is stored.
    pub fn number(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Confirmed => 1,
            Self::Cancelled => 2,
            Self::Expired => 3,
            Self::Orphaned => 4,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Orphaned => "orphaned",
        }
    }
}

/// Why something became of it that nobody asked for by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Another one was made for the same cart.
    Replaced,
    /// The cart's order was heard of.
    Order,
    /// The reconciliation found that the cart was bought.
    CartOrdered,
    /// The reconciliation found no such cart.
    CartGone,
    /// The reconciliation found that lines had left the cart.
    LineGone,
}

impl Cause {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Order => "order",
            Self::CartOrdered => "cart_ordered",
            Self::CartGone => "cart_gone",
            Self::LineGone => "line_gone",
        }
    }
}

/// A reservation as it is stored, by [`crate::object::codec`]: fields are added at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its name.
    pub id: ReservationId,
    /// What became of it.
    pub state: State,
    /// Why, where nobody asked for that.
    pub cause: Option<Cause>,
    /// What it holds or held to its end.
    pub lines: Vec<Item>,
    /// What it held and gave up before the rest.
    pub freed: Vec<Item>,
    /// For which cart.
    pub cart: Option<CartId>,
    /// That cart's epoch when it was made: an order that closed it, or a later one, bought what is held.
    pub cart_epoch: u32,
    /// Whether that cart was ever seen to hold all of it. Of what was never there nobody can say that it is gone.
    pub in_cart: bool,
    /// When it was made, epoch ms.
    pub created_at: u64,
    /// When its time is over, epoch ms.
    pub expires_at: u64,
    /// When it ended, epoch ms.
    pub ended_at: Option<u64>,
    /// When a reconciliation last ended or lessened it, epoch ms.
    pub reconciled_at: Option<u64>,
}

impl Reservation {
    /// A reservation of what is wanted, made at `now`, epoch ms.
    pub fn new(wanted: Wanted, now: u64) -> Self {
        let Wanted {
            id,
            items,
            cart,
            in_cart,
            period,
        } = wanted;
        Self {
            id,
            state: State::Held,
            cause: None,
            lines: items,
            freed: Vec::new(),
            cart: cart.map(|(cart, _)| cart),
            cart_epoch: cart.map_or(0, |(_, epoch)| epoch),
            in_cart,
            created_at: now,
            expires_at: now.saturating_add(period.0),
            ended_at: None,
            reconciled_at: None,
        }
    }

    /// Whether this is what was wanted: the same lines for the same cart and time. A cart's epoch goes on by itself.
    pub fn is_of(&self, wanted: &Wanted) -> bool {
        let mut items = self.lines.iter().chain(&self.freed);
        self.cart == wanted.cart.map(|(cart, _)| cart)
            && self.expires_at.saturating_sub(self.created_at) == wanted.period.0
            && self.lines.len().saturating_add(self.freed.len()) == wanted.items.len()
            && items.all(|item| wanted.items.contains(item))
    }

    /// As it is answered, JSON. Ids and our own words hold nothing that would need escaping.
    pub fn json(&self) -> String {
        let mut json = format!(
            r#"{{"id":"{}","state":"{}","cart_epoch":{},"in_cart":{},"created_at":{},"expires_at":{}"#,
            self.id.0,
            self.state.name(),
            self.cart_epoch,
            self.in_cart,
            self.created_at,
            self.expires_at,
        );
        // Writing to a String cannot fail.
        if let Some(cause) = self.cause {
            let _ = write!(json, r#","cause":"{}""#, cause.name());
        }
        if let Some(cart) = self.cart {
            let _ = write!(json, r#","cart":"{cart}""#);
        }
        for (name, at) in [
            ("ended_at", self.ended_at),
            ("reconciled_at", self.reconciled_at),
        ] {
            if let Some(at) = at {
                let _ = write!(json, r#","{name}":{at}"#);
            }
        }
        for (name, items) in [("lines", &self.lines), ("freed", &self.freed)] {
            if name == "freed" && items.is_empty() {
                continue;
            }
            let _ = write!(json, r#","{name}":["#);
            for (n, Item { variant, qty }) in items.iter().enumerate() {
                let comma = if n > 0 { "," } else { "" };
                let variant = serde_json::to_string(variant.as_str()).unwrap_or_default();
                let _ = write!(json, r#"{comma}{{"variant":{variant},"qty":{qty}}}"#);
            }
            json.push(']');
        }
        json.push('}');
        json
    }

    /// Whether its time was over at `now`, epoch ms.
    pub fn is_over(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// How many of a variant it holds.
    pub fn holds(&self, variant: &Variant) -> u64 {
        let held = self.lines.iter().find(|item| item.variant == *variant);
        held.map_or(0, |item| u64::from(item.qty))
    }
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no such reservation, or it is forgotten.
    Unknown,
    /// Another reservation has this name.
    Conflict,
    /// It has ended in this state.
    Ended(State),
    /// There are too few of these: what can be had of each.
    Short(Vec<Item>),
}
