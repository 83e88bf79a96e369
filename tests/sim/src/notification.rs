//! Browsers that take notifications: what they say of it, and where they are reached (`client-sdk/js/push.js`,
//! `worker/src/http/beacon.rs`).

use crate::arena::Id;
use crate::page::{Page, Said};
use crate::script::Notice;
use crate::stage::Stage;
use crate::world::World;
use homing_core::cart::EventId;
use homing_core::endpoint::Address;
use homing_core::push::{Pushed, Subscription};

/// The receiver's keys of RFC 8291, section 5: any that have the right shape do.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// What a browser says, on its way.
#[derive(Clone, Copy)]
pub(crate) struct PushWord {
    /// Which of the world's addresses it is reached under.
    pub(crate) place: u32,
    /// Whether it is, from here on.
    pub(crate) here: bool,
    /// What its user has answered, if asked.
    pub(crate) agreed: Option<bool>,
}

/// The address under which a browser is reached.
pub(crate) fn address(place: u32) -> Option<Address> {
    Address::parse(&format!("https://push.example.net/p/{place}"), &[], &[]).ok()
}

/// The number of an address.
pub(crate) fn place_of(address: &Address) -> Option<u32> {
    address.as_str().rsplit('/').next()?.parse().ok()
}

impl PushWord {
    /// As the edge's parser hands it on.
    pub(crate) fn pushed(self) -> Option<Pushed> {
        let endpoint = address(self.place)?;
        let subscription = match self.here {
            true => Some(Subscription::new(endpoint.clone(), P256DH, AUTH).ok()?),
            false => None,
        };
        Some(Pushed {
            endpoint,
            subscription,
            agreed: self.agreed,
            wording: String::from("p1"),
            page: String::from("/"),
        })
    }

    /// The shopper of whom nothing is known but this browser.
    pub(crate) fn shopper(self, stage: &Stage) -> Option<homing_core::ids::ShopperId> {
        Some(stage.names.shopper_by_push(&address(self.place)?))
    }
}

impl World<'_> {
    /// A page's browser says something; whether there is anything to say.
    pub(crate) fn notify(&mut self, id: Id<Page>, notice: Notice) -> bool {
        let device = usize::from(self.pages.at(id).device);
        if self.reached.len() <= device {
            self.reached.resize(device + 1, None);
        }
        let Some(known) = self.reached.get(device).copied() else {
            return false;
        };
        let fresh = || known.map_or(device as u32 * 100, |place| place + 1);
        let (place, here, agreed) = match notice {
            Notice::Fresh => (fresh(), true, Some(true)),
            Notice::Again => (known.unwrap_or_else(fresh), true, None),
            Notice::Gone => (known.unwrap_or_else(fresh), false, None),
            Notice::No => (known.unwrap_or_else(fresh), false, Some(false)),
        };
        if let Some(reached) = self.reached.get_mut(device) {
            *reached = Some(place);
        }
        let word = PushWord {
            place,
            here,
            agreed,
        };
        self.meet_browser(word);
        let event = self.pages.at_mut(id).push(self.now, word);
        let basket = self.pages.at(id).basket;
        self.noticed(event, basket, word);
        true
    }

    /// Whoever is known by this browser alone.
    fn meet_browser(&mut self, word: PushWord) {
        let Some(shopper) = word.shopper(self.stage) else {
            return;
        };
        if self.person_of(shopper).is_none() {
            self.people.push(crate::host::Person::of_browser(shopper));
            self.kin.meet();
        }
    }
}

impl Page {
    fn push(&mut self, now: u64, word: PushWord) -> EventId {
        let id = self.next_id();
        self.say(id, now, Said::Push(word));
        id
    }
}
