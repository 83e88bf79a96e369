//! What a decision looks at: the carts as they are, or what the conversation is about instead.

use super::about::About;
use super::{ReleaseInput, Shopper};
use crate::cart::{LineKey, LineView, Variant};
use crate::ids::CartId;
use crate::message::Topic;
use crate::object::cart::{Look, Snapshot, Status};
use crate::sequence::Occasion;
use alloc::{collections::BTreeMap, vec, vec::Vec};

/// What a decision looks at.
pub(super) enum Scene {
    /// The carts that were left.
    Carts,
    /// What the conversation is about, drawn as carts.
    Drawn {
        occasion: Occasion,
        carts: Vec<Option<Snapshot>>,
    },
    /// What would be told is not so any more.
    Passed,
}

impl Scene {
    /// What happened, where it is not that a cart was left.
    pub fn occasion(&self) -> Option<&Occasion> {
        match self {
            Self::Drawn { occasion, .. } => Some(occasion),
            Self::Carts | Self::Passed => None,
        }
    }

    /// The carts to decide about.
    pub fn carts<'a>(&'a self, input: &ReleaseInput<'a>) -> Vec<Option<&'a Snapshot>> {
        match self {
            Self::Drawn { carts, .. } => carts.iter().map(Option::as_ref).collect(),
            Self::Carts | Self::Passed => {
                let carts = input.carts.iter();
                carts.map(|(_, snapshot)| snapshot.as_ref()).collect()
            }
        }
    }
}

impl Shopper {
    /// What the decision about the plan's step looks at.
    pub(super) fn scene(&self, input: &ReleaseInput<'_>) -> Scene {
        let about = self.plan.as_ref().map(|plan| &plan.about);
        match about {
            None | Some(About::Cart { .. }) => Scene::Carts,
            // A cart that cannot be read may hold something: the decision waits for it.
            Some(_) if input.carts.iter().any(|(_, snapshot)| snapshot.is_none()) => Scene::Carts,
            Some(About::Look { cart, look }) => drawn(*cart, look, input).unwrap_or(Scene::Passed),
            Some(About::Answer(answer)) => match self.answered_carts(input) {
                Some(carts) => Scene::Drawn {
                    occasion: Occasion::Answer(*answer),
                    carts,
                },
                None => Scene::Passed,
            },
            Some(about) => match self.true_news(about, input) {
                Some(told) => Scene::Drawn {
                    occasion: told.occasion,
                    carts: told.carts,
                },
                None => Scene::Passed,
            },
        }
    }

    /// What the message says that it is about.
    pub(super) fn topic(&self, cart: &Snapshot) -> Topic {
        match self.plan.as_ref().map(|plan| &plan.about) {
            Some(About::Look { .. }) => Topic::Look,
            Some(About::PriceDrop) => Topic::PriceDrop,
            Some(About::BackInStock) => Topic::BackInStock,
            _ if cart.slot.quote => Topic::Quote,
            _ => Topic::Cart,
        }
    }
}

/// A look as a cart: the product that was looked at is its only line.
fn drawn(cart: CartId, look: &Look, input: &ReleaseInput<'_>) -> Option<Scene> {
    let (_, snapshot) = input.carts.iter().find(|(known, _)| *known == cart)?;
    let mut drawn = snapshot.clone()?;
    let variant = Variant::new(&look.variant).ok()?;
    let product = input.products.get(variant.as_str());
    if product.is_some_and(|product| !product.available) {
        return None;
    }
    drawn.slot.status = Status::Open;
    drawn.slot.stage = None;
    drawn.slot.quote = false;
    drawn.payment_error = None;
    drawn.lines = vec![LineView {
        line: LineKey::new(variant, &BTreeMap::new()).ok()?,
        qty: 1,
        dots: Vec::new(),
    }];
    Some(Scene::Drawn {
        occasion: Occasion::Browse {
            dwell_ms: look.dwell_ms,
        },
        carts: vec![Some(drawn)],
    })
}
