//! What the edge thinks of whoever asks: now and then it has seen too many of their kind, or takes them for a machine. Drawn from ids that
//! are random anyway, so that the dice fall for everything else as before. In the workload that is priced everybody is on a network, and
//! nobody is one too many.

use crate::script::Script;
use crate::shops::REFERENCE;
use homing_core::cart::EventId;
use homing_core::flood::{Doubt, Limited, Network, Voice};
use homing_core::ids::CartId;

/// A network of which the desk has seen enough of neither kind.
const UNSUSPICIOUS: Network = Network(8);

/// One browser in eight is on a network of which something is known; there an address may name one cart a day.
pub(crate) fn voice(script: &Script, id: EventId) -> Voice {
    let bits = id.replica.0;
    if script.sequence == REFERENCE {
        Voice::Typed {
            network: UNSUSPICIOUS,
            carts_a_day: 6,
        }
    } else if bits.is_multiple_of(8) {
        Voice::Typed {
            network: Network(bits / 8 % 8),
            carts_a_day: 1,
        }
    } else {
        Voice::Unlimited
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
pub(crate) fn doubt(script: &Script, cart: CartId) -> Option<Doubt> {
    let [first, ..] = cart.0;
    match first % 128 {
        _ if script.sequence == REFERENCE => None,
        0 => Some(Doubt::Automated),
        1 => Some(Doubt::CardTesting),
        _ => None,
    }
}
