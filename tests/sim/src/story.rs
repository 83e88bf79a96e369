//! What happens in a world, for a reader.

use crate::arena::Id;
use crate::host::Person;
use homing_core::object::Commit;
use homing_core::object::shopper::{Effect, Reply, Shopper};

/// A Shopper's step, for a reader.
pub(crate) fn told(
    id: Id<Person>,
    beginning: u64,
    shopper: Option<&Shopper>,
    commit: &Commit<Effect, Reply>,
) -> String {
    let since = |at: u64| at.saturating_sub(beginning);
    let reply = match &commit.reply {
        Reply::Go(release) => format!("go, try {}", release.attempt),
        Reply::Need(need) => format!("needs {} carts", need.carts.len()),
        reply => format!("{reply:?}"),
    };
    let deliveries = shopper.map_or(&[][..], Shopper::deliveries).iter();
    let open: Vec<String> = deliveries
        .filter(|delivery| !delivery.state.is_closed())
        .map(|delivery| {
            let (key, name) = (delivery.key, delivery.state.name());
            let due_at = since(delivery.due_at);
            format!("{}.{} {name} for {due_at}", key.conversation, key.step)
        })
        .collect();
    let alarm = shopper.and_then(Shopper::next_alarm).map(since);
    format!(
        "person {}: {reply}, written {}, tells {}, open {open:?}, wakes at {alarm:?}",
        id.number(),
        commit.write,
        commit.effects.len()
    )
}
