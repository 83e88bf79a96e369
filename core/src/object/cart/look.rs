//! What was looked at and not put into the cart.

use super::Cart;
use serde::{Deserialize, Serialize};

/// The longest look at one product in a shopper's last visit, as long as nothing was put into the cart since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The variant.
    pub variant: alloc::string::String,
    /// For how long, ms.
    pub dwell_ms: u64,
    /// When the first look of the visit was taken, epoch ms; names the look: what was said about one visit is not said again.
    pub visit_at: u64,
}

/// How often the Shopper hears what is not urgent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cadence {
    /// Not again within so many ms.
    pub every_ms: u64,
    /// The shortest look that a sequence of the shop cares for, ms; `None`: none does.
    pub look_ms: Option<u64>,
}

impl Cadence {
    /// Whatever there is, at once.
    pub const AT_ONCE: Self = Self {
        every_ms: 0,
        look_ms: None,
    };
}

impl Cart {
    /// How often the Shopper hears of what is not urgent, after a step before which `open_before` was the epoch that held lines. A
    /// Shopper that knows of an empty cart plans nothing: what is put into it next may be the last that is ever heard.
    pub(super) fn cadence(
        &self,
        open_before: Option<u32>,
        every_ms: u64,
        look_ms: Option<u64>,
    ) -> Cadence {
        let open = self.open_epoch();
        let opened = open.is_some() && open != open_before;
        Cadence {
            every_ms: if opened { 0 } else { every_ms },
            look_ms,
        }
    }

    /// Takes a look at a product. A pause of `pause_ms` since `active_at` counts as leaving: what follows is another visit.
    pub(super) fn look_at(
        &mut self,
        variant: &str,
        dwell_ms: u64,
        (active_at, pause_ms): (u64, u64),
        now: u64,
    ) {
        let returned = now.saturating_sub(active_at) >= pause_ms;
        match &mut self.look {
            Some(look) if !returned => {
                if dwell_ms > look.dwell_ms {
                    look.variant = variant.into();
                    look.dwell_ms = dwell_ms;
                }
            }
            look => {
                *look = Some(Look {
                    variant: variant.into(),
                    dwell_ms,
                    visit_at: now,
                });
            }
        }
    }

    /// The visit of a look that a sequence may care for.
    pub(super) fn visit_to_tell(&self, look_ms: Option<u64>) -> Option<u64> {
        let (look, least) = self.look.as_ref().zip(look_ms)?;
        (look.dwell_ms >= least).then_some(look.visit_at)
    }
}
