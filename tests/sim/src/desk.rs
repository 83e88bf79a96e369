//! The desk, and the sweep that looks for the alarms that the platform has lost: `worker/src/objects/shop.rs`,
//! `worker/src/sweep.rs`.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::{Person, ShopperAsk};
use crate::news::Waiting;
use crate::replay::{Letter, Many};
use crate::world::World;
use homing_core::delivery::DeliveryKey;
use homing_core::flood::{Limited, Network};
use homing_core::news::Marks;
use homing_core::object::shopper::{Reply as ShopperReply, Report, Shopper};

/// How late a wake-up is before the sweep looks, ms.
const LATE_MS: u64 = 120_000;
/// The cron's period, ms.
const PERIOD_MS: u64 = 300_000;

/// What the desk knows of the shoppers.
#[derive(Default)]
pub(crate) struct Desk {
    wakes: Vec<Wake>,
    pub(crate) reports: Vec<(Id<Person>, DeliveryKey)>,
    /// News that waits to be told, the oldest first.
    pub(crate) news: Vec<Waiting>,
    latest_news: u64,
    /// What was heard last of each message, where somebody may want it tried again; and what is wanted.
    pub(crate) letters: Vec<Letter>,
    pub(crate) many: Option<Many>,
    /// When the next run of the sweep that may find something is due, and how often that was planned.
    sweep_at: Option<u64>,
    planned: u32,
}

struct Wake {
    person: Id<Person>,
    version: u64,
    at: Option<u64>,
    watched: Marks,
}

/// What a person at the desk says of a message that waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) person: Id<Person>,
    pub(crate) key: DeliveryKey,
    pub(crate) approved: bool,
}

/// What is asked of the desk.
pub(crate) enum DeskAsk {
    Products,
    Fact {
        person: Id<Person>,
        version: u64,
        next_at: Option<u64>,
        reports: Vec<Report>,
        watched: Marks,
        brought_by: Option<Network>,
    },
}

/// What it answers.
pub(crate) enum DeskAnswer {
    Products { paused: bool },
    Done { limited: Option<Limited> },
}

impl World<'_> {
    pub(crate) fn call_desk(&mut self, ask: DeskAsk, back: Back) {
        let fault = self.strike(Opportunity::Desk);
        if fault == Some(Fault::DeskFails) {
            return self.answer(back, Answer::Failed);
        }
        let answer = match ask {
            DeskAsk::Products => {
                self.tally.bill.desk_read(self.stage.lines.len());
                DeskAnswer::Products {
                    paused: self.paused,
                }
            }
            DeskAsk::Fact {
                person,
                version,
                next_at,
                reports,
                watched,
                brought_by,
            } => {
                self.tally.bill.desk_told(next_at.is_some(), reports.len());
                self.check_reports(&reports);
                self.desk.put_wake(person, version, next_at, watched);
                for report in reports {
                    if report.state == "awaiting_approval" {
                        self.somebody_decides(person, report.key);
                    }
                    self.note_letter(person, &report);
                    self.desk.reports.push((person, report.key));
                }
                self.plan_sweep();
                DeskAnswer::Done {
                    limited: brought_by.and_then(crate::flood::limited),
                }
            }
        };
        let answer = match fault {
            Some(_) => Answer::Failed,
            None => Answer::Desk(answer),
        };
        self.answer(back, answer);
    }

    /// Somebody at the desk reads that a message waits, soon or late; now and then two people do.
    fn somebody_decides(&mut self, person: Id<Person>, key: DeliveryKey) {
        for _ in 0..1 + u8::from(self.dice.percent(10)) {
            let wait = if self.dice.percent(60) {
                self.dice.between(1_000, 600_000)
            } else {
                self.dice.between(600_000, 9 * 3_600_000)
            };
            let approved = self.dice.percent(65);
            let verdict = Verdict {
                person,
                key,
                approved,
            };
            self.agenda.put(self.now + wait, Event::Decide(verdict));
        }
    }

    pub(crate) fn decide(&mut self, verdict: Verdict) {
        let Verdict {
            person,
            key,
            approved,
        } = verdict;
        self.asked(&verdict);
        let to = Callee::Shopper(person, ShopperAsk::Decide { key, approved });
        self.call(to, Back::Decided(verdict));
    }

    pub(crate) fn decided(&mut self, verdict: Verdict, answer: Answer) {
        match answer {
            Answer::Shopper(ShopperReply::Done) => self.verdict_taken(&verdict),
            // Too late, or somebody else was quicker.
            Answer::Shopper(_) => {}
            _ => {
                let again = self.now + self.dice.between(1_000, 30_000);
                self.agenda.put(again, Event::Decide(verdict));
            }
        }
    }

    /// Whether the desk would find this person if the platform lost the alarm.
    pub(crate) fn desk_knows(&self, person: Id<Person>) -> bool {
        let shopper = self.people.at(person).hosted.memory.as_ref();
        let next = shopper.and_then(Shopper::next_alarm);
        let known = self.desk.wakes.iter().find(|wake| wake.person == person);
        let told = known.and_then(|wake| wake.at);
        next.is_none() || told.zip(next).is_some_and(|(told, next)| told <= next)
    }

    /// The sweep runs every five minutes. Only the runs that find something are played.
    pub(crate) fn plan_sweep(&mut self) {
        let late = |wake: &Wake| wake.at.map(|at| at + LATE_MS + 1);
        let news = self.desk.news.first().map(|waiting| waiting.id);
        let wanted = self.desk.many.as_ref().map(|many| many.begun_at);
        let wakes = self.desk.wakes.iter().filter_map(late);
        let Some(first) = wakes.chain(news).chain(wanted).min() else {
            return;
        };
        let at = first.max(self.now + 1).div_ceil(PERIOD_MS) * PERIOD_MS;
        if self.desk.sweep_at.is_none_or(|known| known > at) {
            self.desk.sweep_at = Some(at);
            self.desk.planned += 1;
            self.agenda.put(at, Event::Sweep(self.desk.planned));
        }
    }

    pub(crate) fn sweep(&mut self, planned: u32) {
        if planned != self.desk.planned {
            return;
        }
        self.desk.sweep_at = None;
        let before = self.now - LATE_MS;
        let overdue: Vec<Id<Person>> = self
            .desk
            .wakes
            .iter()
            .filter(|wake| wake.at.is_some_and(|at| at < before))
            .map(|wake| wake.person)
            .collect();
        let owes_news = !self.desk.news.is_empty();
        let now = self.now;
        let many = self.desk.many.as_ref();
        let owes_tries = many.is_some_and(|many| many.begun_at <= now);
        let finds = !overdue.is_empty() || owes_news || owes_tries;
        let fails = finds && self.strike(Opportunity::Sweep) == Some(Fault::SweepFails);
        for person in overdue.iter().filter(|_| fails) {
            self.people.at_mut(*person).missed += 1;
        }
        if !fails {
            self.tally.sweeps += 1;
            if owes_news {
                self.hint_news();
            }
            if owes_tries {
                self.hint_wishes();
            }
            for person in overdue {
                let wake = Callee::Shopper(person, ShopperAsk::Wake);
                self.call(wake, Back::Swept(person));
            }
        }
        self.plan_sweep();
    }

    /// A run that did not reach somebody failed for them.
    pub(crate) fn swept(&mut self, person: Id<Person>, answer: &Answer) {
        if matches!(answer, Answer::Failed) {
            self.people.at_mut(person).missed += 1;
        }
    }
}

impl Desk {
    /// A number for news at `now`, later than all before.
    pub(crate) fn next_news(&mut self, now: u64) -> u64 {
        self.latest_news = now.max(self.latest_news + 1);
        self.latest_news
    }

    /// Who watches what.
    pub(crate) fn watching(&self) -> impl Iterator<Item = (Id<Person>, &Marks)> {
        self.wakes.iter().map(|wake| (wake.person, &wake.watched))
    }

    fn put_wake(&mut self, person: Id<Person>, version: u64, at: Option<u64>, watched: Marks) {
        match self.wakes.iter_mut().find(|wake| wake.person == person) {
            Some(wake) if version >= wake.version => {
                wake.version = version;
                wake.at = at;
                wake.watched = watched;
            }
            Some(_) => {}
            None => self.wakes.push(Wake {
                person,
                version,
                at,
                watched,
            }),
        }
    }
}
