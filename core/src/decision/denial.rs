//! What denies a message whatever the carts hold: a suppression, a recent order, a flag that was switched off.

use super::{Case, Hold, Judged, Made};
use crate::calendar::HORIZON_MS;
use crate::delivery::Skip;
use crate::flag::Flag;
use crate::object::shopper::Suppression;
use crate::sequence::Sequence;
use alloc::string::String;

/// What forbids a message altogether. Where it ends within the time that a reminder is worth something, the message waits for it.
pub(super) fn suppressed(case: &Case<'_>) -> Result<(), Judged> {
    let quiet_ms = case.config.quiet_after_order_ms;
    let ordered = case
        .shopper
        .ordered_at
        .filter(|_| quiet_ms > 0)
        .map(|at| Suppression {
            cause: Skip::RecentlyOrdered,
            at,
            until: Some(at.saturating_add(quiet_ms)),
        });
    let all = case.shopper.suppressed.into_iter().chain(ordered);
    // What never ends goes before what does, and the later end before the earlier.
    let strictest = all
        .filter(|one| one.holds_at(case.now))
        .max_by_key(|one| one.until.unwrap_or(u64::MAX));
    match strictest {
        None => Ok(()),
        Some(Suppression {
            cause,
            until: Some(until),
            ..
        }) if until <= case.now.saturating_add(HORIZON_MS) => Err(plain(Made::Defer {
            until,
            hold: Hold::Suppressed(cause),
        })),
        Some(one) => Err(plain(Made::Skip(one.cause))),
    }
}

/// The flag that the sequence needs, where it is off for everybody: that stops those under way as well. A share that was lowered
/// lets them finish, and so does a flag that the shop no longer has.
pub(super) fn switched_off<'a>(case: &Case<'a>, sequence: &Sequence) -> Option<&'a Flag> {
    let flag = Flag::named(&case.config.flags, sequence.flag.as_ref()?)?;
    (!flag.is_on_for_some()).then_some(flag)
}

fn plain(made: Made) -> Judged {
    Judged {
        made,
        seen: String::new(),
    }
}
