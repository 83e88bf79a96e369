//! Who has answered STOP to a text gets none at that number any more, whatever is said in a page afterwards.

use crate::arena::Id;
use crate::host::Person;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::{Body, DeliveryKey};

/// A number that its provider has called stopped, of a person who has heard so.
pub(crate) struct Stopped {
    person: Id<Person>,
    number: String,
}

/// The number that a text goes to.
pub(crate) fn number_of(body: &Body) -> Option<String> {
    match body {
        Body::Sms { to, .. } | Body::LinkedSms { to, .. } => Some(String::from(to.as_str())),
        _ => None,
    }
}

impl World<'_> {
    /// Somebody's Shopper has heard in time that their number is stopped.
    pub(crate) fn number_stopped(&mut self, person: Id<Person>, number: String) {
        self.stopped.push(Stopped { person, number });
    }

    /// A text is released.
    pub(super) fn check_stopped(&mut self, id: Id<Person>, key: DeliveryKey, body: &Body) {
        let Some(number) = number_of(body) else {
            return;
        };
        let mut stopped = self.stopped.iter();
        if stopped.any(|one| one.person == id && one.number == number) {
            self.broke(Broken::NotAgreed, || {
                format!("person {}, {key:?}, a number that was stopped", id.number())
            });
        }
    }
}
