//! Codes of a message's own: one a message, whatever is tried again, and there before the message is.

use crate::arena::Id;
use crate::host::Person;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::DeliveryKey;

/// What a code here begins with, and how many letters and digits follow.
const STEM: &str = "OWN-";
const REST: usize = 10;

/// What the platform was asked for, and what it has made.
#[derive(Default)]
pub(crate) struct Codes {
    asked: Vec<Asked>,
    made: Vec<String>,
}

struct Asked {
    person: Id<Person>,
    key: DeliveryKey,
    code: String,
    /// How often the merchant had wanted the message tried again.
    wished: usize,
}

/// The code that a message names. A link may hold the stem by chance, but not what follows.
pub(crate) fn code_in(text: &str) -> Option<String> {
    let is_code = |code: &&str| {
        let mut letters = code.bytes();
        letters.all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase())
    };
    let mut rests = text.split(STEM).skip(1);
    let code = rests.find_map(|rest| rest.get(..REST).filter(is_code))?;
    Some(format!("{STEM}{code}"))
}

impl World<'_> {
    /// The platform is asked for a code in the name of a message.
    pub(crate) fn code_asked(&mut self, person: Id<Person>, key: DeliveryKey, code: &str) {
        let wished = self.replays.wished(person, key);
        let is_other = |known: &Asked| {
            let is_its = known.person == person && known.key == key;
            // What was tried again as a dead letter may have had its code used: it gets another one.
            let differs = is_its && known.wished == wished && known.code != code;
            differs || !is_its && known.code == code
        };
        if self.codes.asked.iter().any(is_other) {
            self.broke(Broken::CodeTwice, || {
                format!("person {}, {key:?}, {code}", person.number())
            });
        }
        self.codes.asked.push(Asked {
            person,
            key,
            code: String::from(code),
            wished,
        });
    }

    pub(crate) fn code_made(&mut self, code: String) {
        self.tally.codes += 1;
        self.codes.made.push(code);
    }

    /// A message is on its way to a mailbox: what it names can be used.
    pub(super) fn check_code(&mut self, key: DeliveryKey, code: Option<String>) {
        let Some(code) = code else { return };
        if !self.codes.made.contains(&code) {
            self.broke(Broken::CodeMissing, || format!("{key:?}, {code}"));
        }
    }
}
