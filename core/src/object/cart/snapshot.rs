//! The cart as others see it.

use super::{Cart, LogEnd, Slot, Snapshot, Status};
use crate::ids::ShopId;
use crate::news::{Mark, Marks};
use crate::token::{LinkPurpose, Token};

impl Snapshot {
    /// How long recovery links work, s: 30 days.
    const RECOVERY_S: u64 = 30 * 86_400;

    /// The recovery link's token to this cart as it is now, made at `now`, epoch ms. `ordinal`: of the delivery that carries it.
    pub fn recovery(&self, shop: ShopId, kid: u8, ordinal: u16, now: u64) -> Token {
        let expires = (now / 1_000).saturating_add(Self::RECOVERY_S);
        Token {
            purpose: LinkPurpose::Recovery,
            kid,
            expires_at_s: u32::try_from(expires).unwrap_or(u32::MAX),
            shop,
            subject: self.slot.cart.0,
            epoch: u16::try_from(self.slot.epoch & 0xffff).unwrap_or(0),
            generation: self.generation,
            ordinal,
        }
    }
}

impl Cart {
    pub(super) fn slot(&self) -> Slot {
        let status = match self.ordered {
            _ if !self.state.is_empty() => Status::Open,
            Some(ordered) if ordered.epoch.saturating_add(1) == self.state.epoch() => {
                Status::Ordered
            }
            _ => Status::Empty,
        };
        Slot {
            cart: self.cart,
            version: self.log.seq(),
            epoch: self.state.epoch(),
            status,
            last_activity_at: self.last_activity_at,
            stage: self.stage,
            ordered: self.ordered,
            quote: self.quote,
            look: self.look.clone(),
            marks: self.marks(),
        }
    }

    fn marks(&self) -> Marks {
        let live = self.state.entries().filter(|(_, entry)| entry.is_live());
        let lines = live.filter_map(|(_, entry)| entry.line.as_ref());
        Marks::new(
            lines.map(|line| Mark::of(line.variant().as_str())),
            Marks::MAX_OF_CART,
        )
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            slot: self.slot(),
            generation: self.generation,
            lines: self.state.lines(),
            page: self.page.clone(),
            head: self.log.head(),
            entries: self.log.seq(),
            shopper: self.binding.as_ref().map(|binding| binding.shopper),
            payment_error: self.payment_error.clone(),
            trace: self.trace(),
            doubt: self.doubt(),
        }
    }

    pub(super) fn log_end(&self) -> LogEnd {
        LogEnd {
            entries: self.log.seq(),
            head: self.log.head(),
            pages: self.log.pages(),
            tail: self.log.tail().to_vec(),
        }
    }
}
