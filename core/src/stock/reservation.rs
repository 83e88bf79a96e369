//! One reservation: what it holds, for whom, until when, and what became of it.

use crate::cart::{Quantity, Variant};
use crate::error::Invalid;
use crate::ids::CartId;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub variant: Variant,
    /// How many.
    pub qty: u32,
}

/// Lines as they are held: by variant, lines of the same variant (with other options) added up. `Err` where nothing is wanted, or more
/// than a cart can hold.
pub fn gathered(lines: impl Iterator<Item = (Variant, u32)>) -> Result<Vec<Item>, Invalid> {
    const MOST: usize = 500;
    let mut by_variant = BTreeMap::new();
    for (variant, qty) in lines {
        let qty = Quantity::new(qty)?.get();
        let sum: &mut u32 = by_variant.entry(variant).or_default();
        *sum = sum.saturating_add(qty);
    }
    let items = by_variant.into_iter();
    let items: Vec<Item> = items.map(|(variant, qty)| Item { variant, qty }).collect();
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[serde(rename_all = "snake_case")]
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

/// A reservation as it is stored and answered, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its name.
    pub id: ReservationId,
    /// What became of it.
    pub state: State,
    /// Why, where nobody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What it holds or held to its end.
    pub lines: Vec<Item>,
    /// What it held and gave up before the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freed: Vec<Item>,
    /// For which cart.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_text",
        deserialize_with = "of_text"
    )]
    pub cart: Option<CartId>,
    /// That cart's epoch when it was made: an order that closed it, or a later one, bought what is held.
    #[serde(default)]
    pub cart_epoch: u32,
    /// Whether that cart was ever seen to hold all of it. Of what was never there nobody can say that it is gone.
    #[serde(default)]
    pub in_cart: bool,
    /// When it was made, epoch ms.
    pub created_at: u64,
    /// When its time is over, epoch ms.
    pub expires_at: u64,
    /// When it ended, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<u64>,
    /// When a reconciliation last ended or lessened it, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
        let mut items: Vec<&Item> = self.lines.iter().chain(&self.freed).collect();
        items.sort_unstable();
        self.cart == wanted.cart.map(|(cart, _)| cart)
            && self.expires_at.saturating_sub(self.created_at) == wanted.period.0
            && items.into_iter().eq(&wanted.items)
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
    Short(Vec<(Variant, u64)>),
}

fn as_text<S: Serializer>(cart: &Option<CartId>, serializer: S) -> Result<S::Ok, S::Error> {
    match cart {
        Some(cart) => serializer.collect_str(cart),
        None => serializer.serialize_none(),
    }
}

fn of_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CartId>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: Invalid| serde::de::Error::custom(error.to_string()))
}
