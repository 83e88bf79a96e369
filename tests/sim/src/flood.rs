//! What the edge thinks of whoever asks: now and then it has seen too many of their kind, or takes them for a machine. Drawn from ids that
//! are random anyway, so that the dice fall for everything else as before.

use homing_core::cart::EventId;
use homing_core::flood::{Doubt, Limited, Network, Voice};
use homing_core::ids::CartId;

/// One browser in eight is on a network of which something is known; there an address may name one cart a day.
pub(crate) fn voice(id: EventId) -> Voice {
    let bits = id.replica.0;
    if bits % 8 > 0 {
        return Voice::Unlimited;
    }
    Voice::Typed {
        network: Network(bits / 8 % 8),
        carts_a_day: 1,
    }
}

/// What the desk says of a contact that a network has brought.
pub(crate) fn limited(network: Network) -> Option<Limited> {
    match network.0 {
        0 => Some(Limited::Network),
        1 => Some(Limited::Shop),
        _ => None,
    }
}

/// Why the edge does not take a cart for a shopper's: one in a hundred and twenty-eight each.
pub(crate) fn doubt(cart: CartId) -> Option<Doubt> {
    let [first, ..] = cart.0;
    match first % 128 {
        0 => Some(Doubt::Automated),
        1 => Some(Doubt::CardTesting),
        _ => None,
    }
}
