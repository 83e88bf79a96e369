//! How one variant stands.

/// How one variant stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// How many the shop would still sell, what is held included; `None`: nobody counts them.
    pub left: Option<u64>,
    /// How many are held for somebody who is paying.
    pub held: u64,
}

impl Level {
    /// How many there are for somebody who holds `own` of them already; `None`: as many as they like.
    pub fn open(self, own: u64) -> Option<u64> {
        let others = self.held.saturating_sub(own);
        self.left.map(|left| left.saturating_sub(others))
    }

    /// So many more are held.
    #[must_use]
    pub fn hold(self, qty: u64) -> Self {
        Self {
            held: self.held.saturating_add(qty),
            ..self
        }
    }

    /// So many are not held any more.
    #[must_use]
    pub fn free(self, qty: u64) -> Self {
        Self {
            held: self.held.saturating_sub(qty),
            ..self
        }
    }

    /// So many that were held are sold. A shop that has pushed fewer meanwhile has none left.
    #[must_use]
    pub fn sell(self, qty: u64) -> Self {
        Self {
            left: self.left.map(|left| left.saturating_sub(qty)),
            ..self.free(qty)
        }
    }
}
