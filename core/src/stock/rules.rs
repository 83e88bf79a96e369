//! What may be done with stock.

use super::watch::{Finding, look};
use super::{Cause, Item, Level, Refusal, Reservation, ReservationId, Shelf, State, Wanted};
use crate::cart::Variant;
use crate::ids::CartId;
use crate::object::cart::{Ordered, Snapshot};
use alloc::vec::Vec;

/// Reservations whose time is over that one operation ends at most, so that none takes long. Those that are left still hold, which sells
/// nothing twice; the alarm comes back to them.
const SWEPT: u32 = 100;

/// The stock of one shop.
pub struct Stock<S>(pub S);

/// A reservation, or why not; or the shelf's own trouble.
type Answer<S> = Result<Result<Reservation, Refusal>, <S as Shelf>::Error>;

impl<S: Shelf> Stock<S> {
    /// The shop would sell so many of a variant from now on, what is held included. What was sold before is in that figure.
    pub fn count(&mut self, variant: &Variant, left: Option<u64>) -> Result<(), S::Error> {
        let level = self.0.level(variant)?;
        if level.left == left {
            return Ok(());
        }
        self.0.put_level(variant, Level { left, ..level })
    }

    /// Holds all that is wanted, or nothing of it. A cart has one reservation: the one before makes way, and what it held counts as there.
    pub fn reserve(&mut self, wanted: Wanted, now: u64) -> Answer<S> {
        if let Some(known) = self.0.find(&wanted.id)? {
            let known = self.ended_by_time(known, now)?;
            return Ok(if known.is_of(&wanted) {
                Ok(known)
            } else {
                Err(Refusal::Conflict)
            });
        }
        self.expire(now)?;
        let before = match wanted.cart {
            Some((cart, _)) => self.0.held_for(cart)?,
            None => None,
        };
        let mut short = Vec::new();
        for item in &wanted.items {
            let own = before.as_ref().map_or(0, |one| one.holds(&item.variant));
            let open = self.0.level(&item.variant)?.open(own);
            if let Some(open) = open.filter(|open| *open < u64::from(item.qty)) {
                short.push(Item {
                    variant: item.variant.clone(),
                    qty: u32::try_from(open).unwrap_or(u32::MAX),
                });
            }
        }
        if !short.is_empty() {
            return Ok(Err(Refusal::Short(short)));
        }
        if let Some(before) = before {
            self.end(before, State::Cancelled, Some(Cause::Replaced), now)?;
        }
        let reservation = Reservation::new(wanted, now);
        self.change(&reservation.lines, Level::hold)?;
        self.0.put(&reservation)?;
        Ok(Ok(reservation))
    }

    /// What a reservation held is sold.
    pub fn confirm(&mut self, id: &ReservationId, now: u64) -> Answer<S> {
        let Some(known) = self.0.find(id)? else {
            return Ok(Err(Refusal::Unknown));
        };
        let known = self.ended_by_time(known, now)?;
        match known.state {
            State::Held => self.end(known, State::Confirmed, None, now).map(Ok),
            State::Confirmed => Ok(Ok(known)),
            ended => Ok(Err(Refusal::Ended(ended))),
        }
    }

    /// A reservation is given up. One that holds nothing any more stays as it ended; what was sold cannot be given up.
    pub fn cancel(&mut self, id: &ReservationId, now: u64) -> Answer<S> {
        let Some(known) = self.0.find(id)? else {
            return Ok(Err(Refusal::Unknown));
        };
        let known = self.ended_by_time(known, now)?;
        match known.state {
            State::Held => self.end(known, State::Cancelled, None, now).map(Ok),
            State::Confirmed => Ok(Err(Refusal::Ended(State::Confirmed))),
            _ => Ok(Ok(known)),
        }
    }

    /// A cart was bought: what is held for it is sold, where it was held at that time. An order from before the reservation was made,
    /// told late, changes nothing.
    pub fn ordered(&mut self, cart: CartId, ordered: Ordered, now: u64) -> Result<(), S::Error> {
        let held = self
            .0
            .held_for(cart)?
            .filter(|one| ordered.epoch >= one.cart_epoch && !one.is_over(ordered.at));
        if let Some(held) = held {
            self.end(held, State::Confirmed, Some(Cause::Order), now)?;
        }
        Ok(())
    }

    /// Ends reservations whose time was over at `now`, epoch ms; how many.
    pub fn expire(&mut self, now: u64) -> Result<usize, S::Error> {
        let due = self.0.due(now, SWEPT)?;
        let count = due.len();
        for reservation in due {
            self.end(reservation, State::Expired, None, now)?;
        }
        Ok(count)
    }

    /// Which of these variants somebody who has these carts cannot have now. Changes nothing: what is held although its time is over
    /// counts as held until somebody ends it.
    pub fn short(
        &self,
        variants: Vec<Variant>,
        carts: &[CartId],
    ) -> Result<Vec<Variant>, S::Error> {
        let mut own = Vec::new();
        for cart in carts {
            own.extend(self.0.held_for(*cart)?);
        }
        let mut short = Vec::new();
        for variant in variants {
            let own = own.iter().map(|one| one.holds(&variant)).sum();
            if self.0.level(&variant)?.open(own) == Some(0) {
                short.push(variant);
            }
        }
        Ok(short)
    }

    /// Holds a reservation against its cart as that is now, and frees what the cart does not need any more. The reservation as it is
    /// then, where that ended or lessened it.
    pub fn reconcile(
        &mut self,
        id: &ReservationId,
        cart: &Snapshot,
        now: u64,
    ) -> Result<Option<Reservation>, S::Error> {
        let held = self.0.find(id)?;
        let Some(mut held) = held.filter(|one| one.state == State::Held && !one.is_over(now))
        else {
            return Ok(None);
        };
        let finding = look(&held, cart);
        if !matches!(finding, Finding::Fine | Finding::Seen) {
            held.reconciled_at = Some(now);
        }
        let ended = match finding {
            Finding::Fine => return Ok(None),
            Finding::Seen => {
                held.in_cart = true;
                self.0.put(&held)?;
                return Ok(None);
            }
            // The goods are sold: freeing them would sell them again.
            Finding::Bought => self.end(held, State::Confirmed, Some(Cause::CartOrdered), now)?,
            Finding::CartGone => self.end(held, State::Orphaned, Some(Cause::CartGone), now)?,
            Finding::LinesGone(gone) if gone.len() == held.lines.len() => {
                self.end(held, State::Orphaned, Some(Cause::LineGone), now)?
            }
            Finding::LinesGone(gone) => {
                self.change(&gone, Level::free)?;
                held.lines.retain(|item| !gone.contains(item));
                held.freed.extend(gone);
                held.cause = Some(Cause::LineGone);
                self.0.put(&held)?;
                held
            }
        };
        Ok(Some(ended))
    }

    /// The same reservation, ended where its time is over.
    fn ended_by_time(&mut self, known: Reservation, now: u64) -> Result<Reservation, S::Error> {
        if known.state == State::Held && known.is_over(now) {
            self.end(known, State::Expired, None, now)
        } else {
            Ok(known)
        }
    }

    fn end(
        &mut self,
        mut held: Reservation,
        state: State,
        cause: Option<Cause>,
        now: u64,
    ) -> Result<Reservation, S::Error> {
        let change = if state == State::Confirmed {
            Level::sell
        } else {
            Level::free
        };
        self.change(&held.lines, change)?;
        held.state = state;
        held.cause = cause.or(held.cause);
        held.ended_at = Some(now);
        self.0.put(&held)?;
        Ok(held)
    }

    fn change(&mut self, items: &[Item], how: fn(Level, u64) -> Level) -> Result<(), S::Error> {
        for Item { variant, qty } in items {
            let level = self.0.level(variant)?;
            self.0.put_level(variant, how(level, u64::from(*qty)))?;
        }
        Ok(())
    }
}
