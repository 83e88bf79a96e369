//! Dead letters that the merchant wants tried again: one, those of a cause, or all (`worker/src/http/deliveries.rs`,
//! `worker/src/queues/replays.rs`, `worker/src/store/reports.rs`).

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::{Person, ShopperAsk};
use crate::world::World;
use homing_core::delivery::DeliveryKey;
use homing_core::object::shopper::{Input, Reply, Report};

const RETRY_MS: u64 = 30_000;
/// Tries after which one on a list that does not answer is passed over; nobody asks for a single one more often either.
const PATIENCE: u32 = 8;

/// One message that is to be tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) person: Id<Person>,
    pub(crate) key: DeliveryKey,
    /// Somebody has decided that it may go although it may have gone out before.
    pub(crate) despite_unknown: bool,
    /// When it was asked for, epoch ms.
    pub(crate) asked_at: u64,
    tries: u8,
}

/// What the desk has heard last of a message.
pub(crate) struct Letter {
    person: Id<Person>,
    key: DeliveryKey,
    is_dead: bool,
    code: String,
    at: u64,
}

/// Those that are to be tried again, and how far that has come.
pub(crate) struct Many {
    pub(crate) begun_at: u64,
    /// Only those that died of this.
    code: Option<String>,
    reached: Option<(u32, DeliveryKey)>,
}

impl World<'_> {
    /// The desk hears of a message; somebody may want it tried again.
    pub(crate) fn note_letter(&mut self, person: Id<Person>, report: &Report) {
        if self.script.replays == 0 || report.key.conversation == 0 {
            return;
        }
        self.note_report(person, report);
        let (is_dead, is_unknown) = match report.state.as_str() {
            "dead_lettered" => (true, false),
            state => (false, state == "unknown"),
        };
        let letter = Letter {
            person,
            key: report.key,
            is_dead,
            code: report.code.clone(),
            at: report.at,
        };
        let letters = &mut self.desk.letters;
        let is_it = |known: &&mut Letter| known.person == person && known.key == report.key;
        match letters.iter_mut().find(is_it) {
            Some(known) => *known = letter,
            None => letters.push(letter),
        }
        if !(is_dead || is_unknown) || !self.dice.percent(u64::from(self.script.replays)) {
            return;
        }
        let wait = if self.dice.percent(50) {
            self.dice.between(1_000, 600_000)
        } else {
            self.dice.between(600_000, 12 * 3_600_000)
        };
        let at = self.now + wait;
        if self.dice.percent(60) {
            let wish = Wish {
                person,
                key: report.key,
                despite_unknown: self.dice.percent(if is_unknown { 70 } else { 10 }),
                asked_at: 0,
                tries: 0,
            };
            return self.agenda.put(at, Event::Wish(wish));
        }
        if self.desk.many.is_none() {
            let by_code = self.dice.percent(50);
            self.desk.many = Some(Many {
                begun_at: at,
                code: by_code.then(|| report.code.clone()),
                reached: None,
            });
            self.agenda.put(at, Event::Wishes { attempts: 0 });
            self.plan_sweep();
        }
    }

    /// The merchant asks for one.
    pub(crate) fn wish(&mut self, wish: Wish) {
        let wish = Wish {
            asked_at: self.now,
            tries: wish.tries + 1,
            ..wish
        };
        self.tally.wishes += u64::from(wish.tries == 1);
        self.ask_wish(wish, None);
    }

    fn ask_wish(&mut self, wish: Wish, listed: Option<u32>) {
        let input = Input::Replay {
            key: wish.key,
            despite_unknown: wish.despite_unknown,
        };
        let to = |input| Callee::Shopper(wish.person, ShopperAsk::Sent(Box::new(input)));
        // Who says twice that something may go although it may have gone out has decided so twice.
        self.wished_for(&wish);
        let back = Back::Wished { wish, listed };
        let at = self.now + self.latency();
        let lost = match self.strike(Opportunity::Wish) {
            Some(Fault::WishLost) => {
                let answer = Box::new(Answer::Failed);
                return self.agenda.put(at, Event::Back { to: back, answer });
            }
            Some(Fault::WishUnheard) => true,
            Some(Fault::WishTwice) => {
                self.wished_for(&wish);
                let again = at + self.dice.below(120_000);
                let event = Event::Call {
                    to: Box::new(to(input.clone())),
                    back: Back::Nobody,
                    lost: false,
                };
                self.agenda.put(again, event);
                false
            }
            _ => false,
        };
        let to = Box::new(to(input));
        self.agenda.put(at, Event::Call { to, back, lost });
    }

    pub(crate) fn wished(&mut self, wish: Wish, listed: Option<u32>, answer: &Answer) {
        let replayed = matches!(answer, Answer::Shopper(Reply::Replayed));
        if replayed {
            self.replay_acknowledged(&wish);
        }
        let failed = matches!(answer, Answer::Failed);
        match listed {
            None if failed && u32::from(wish.tries) < PATIENCE => {
                let again = self.now + self.dice.between(1_000, RETRY_MS);
                self.agenda.put(again, Event::Wish(wish));
            }
            None => {}
            Some(attempts) if failed && attempts < PATIENCE => {
                let attempts = attempts + 1;
                self.agenda
                    .put(self.now + RETRY_MS, Event::Wishes { attempts });
            }
            Some(_) => {
                if let Some(many) = &mut self.desk.many {
                    let reached = Some((wish.person.number(), wish.key));
                    many.reached = many.reached.max(reached);
                }
                let soon = self.now + self.latency();
                self.agenda.put(soon, Event::Wishes { attempts: 1 });
            }
        }
    }

    /// Says in the relay's queue that some are to be tried again.
    pub(crate) fn hint_wishes(&mut self) {
        let at = self.now + self.dice.between(20, 1_500);
        self.put_in_relay(at, || Event::Wishes { attempts: 1 });
    }

    /// Asks for the next one on the list.
    pub(crate) fn wishes(&mut self, attempts: u32) {
        if attempts == 0 {
            self.tally.wishes += 1;
            return self.hint_wishes();
        }
        if matches!(
            self.strike(Opportunity::Desk),
            Some(Fault::DeskFails | Fault::DeskAnswerLost)
        ) {
            let attempts = attempts + 1;
            return self
                .agenda
                .put(self.now + RETRY_MS, Event::Wishes { attempts });
        }
        let Some(many) = &self.desk.many else { return };
        let dead = self.desk.letters.iter().filter(|letter| {
            let is_meant = many.code.as_ref().is_none_or(|code| *code == letter.code);
            letter.is_dead && is_meant && letter.at <= many.begun_at
        });
        let names = dead.map(|letter| (letter.person.number(), letter.key));
        let rest = names.filter(|name| many.reached.is_none_or(|reached| *name > reached));
        let Some((person, key)) = rest.min() else {
            self.desk.many = None;
            return;
        };
        let wish = Wish {
            person: Id::new(person as usize),
            key,
            despite_unknown: false,
            asked_at: self.now,
            tries: 1,
        };
        self.ask_wish(wish, Some(attempts));
    }
}
