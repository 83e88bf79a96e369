//! One membership: what is wanted, and what the service may hold.
//!
//! A membership is a set's: adding twice is adding once, and removing likewise, so a try whose outcome nobody knows is made again. Two
//! things could still leave somebody in an audience who must not be there. An addition may be on its way while a removal begins: one try
//! is under way at a time, and the removal waits for the addition's lease. And services say that changes take up to a day, and nowhere
//! that they come in the order of the calls: so a removal is said once more a day later.

use super::{Act, Digests, ListId};
use crate::bugs::{self, Bug};
use crate::calendar::DAY_MS;
use crate::delivery::Proof;
use crate::errand::{Ended, Errand, Service, Tries, Work};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What a service may hold of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// Nothing: it was never asked, or has proved that it took nothing, or has been told twice to forget.
    No,
    /// Nobody knows.
    Maybe,
    /// A membership.
    Yes,
    /// It was told once to forget.
    Left,
}

/// Somebody in an audience, or on the way there or back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where.
    pub service: Service,
    /// In which audience there.
    pub list: ListId,
    /// Who, as it was told: what is taken back is what was given, whatever the shopper's contact is by then.
    pub who: Digests,
    /// Whether the membership is wanted.
    pub wanted: bool,
    /// What the service may hold.
    pub held: Held,
    /// Whether it may be held although the last addition was provably not made.
    doubt: bool,
    /// When it ends at the latest, epoch ms.
    pub until: u64,
    /// The tries.
    pub tries: Tries,
    /// Whether the merchant was told that a removal does not succeed.
    told: bool,
}

/// What follows from a try's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It came too late, or there is nothing to tell.
    Quiet,
    /// A merchant should know that it does not succeed.
    Failed,
}

impl Member {
    /// One that is wanted from `now` on, epoch ms.
    pub fn new(service: Service, list: ListId, who: Digests, until: u64, now: u64) -> Self {
        let mut tries = Tries::default();
        tries.start(now);
        Self {
            service,
            list,
            who,
            wanted: true,
            held: Held::No,
            doubt: false,
            until,
            tries,
            told: false,
        }
    }

    /// What has to be done next.
    fn next(&self) -> Option<Act> {
        match (self.wanted, self.held) {
            (true, Held::Yes) | (false, Held::No) => None,
            (true, _) => Some(Act::Add),
            (false, _) => Some(Act::Remove),
        }
    }

    /// It is wanted or not from `now` on, epoch ms; whether that is news.
    pub fn wish(&mut self, wanted: bool, now: u64) -> bool {
        if self.wanted == wanted {
            return false;
        }
        self.wanted = wanted;
        self.told = false;
        if wanted {
            self.begin_anew();
        }
        if self.next().is_some() {
            self.tries.start(now);
        } else {
            self.tries.rest();
        }
        true
    }

    /// An addition from before may still come into force: the next removal is the first one again, and not the one of a day later.
    fn begin_anew(&mut self) {
        if self.held == Held::Left {
            self.held = Held::Maybe;
            self.doubt = true;
        }
    }

    /// The same membership under one person's other identity: what that one was told to hold may be held.
    pub fn join(&mut self, other: &Self, now: u64) {
        if other.held != Held::No && matches!(self.held, Held::No | Held::Left) {
            self.held = Held::Maybe;
            self.doubt = true;
            if !self.wanted {
                self.tries.start(now);
            }
        }
        // A try of the other one's may be under way.
        self.tries.lease_until = self.tries.lease_until.max(other.tries.lease_until);
    }

    /// Whether there is anything to remember: what is wanted, what may be held, or a try that is under way.
    pub fn is_needed(&self) -> bool {
        self.wanted || self.held != Held::No || self.tries.lease_until.is_some()
    }

    /// Begins the next try where one is due.
    pub fn begin(&mut self, now: u64) -> Option<Errand> {
        let act = self.next()?;
        if act == Act::Remove && bugs::is(Bug::RemovalOvertaken) {
            self.tries.lease_until = None;
        }
        let (number, lease_until) = self.tries.begin(now)?;
        // Until its answer says otherwise.
        match (act, self.held) {
            (Act::Add, Held::No) => self.held = Held::Maybe,
            (Act::Remove, Held::Yes) => {
                self.held = Held::Maybe;
                self.doubt = true;
            }
            _ => {}
        }
        Some(Errand {
            number,
            lease_until,
            work: Work::Audience {
                service: self.service,
                list: self.list.clone(),
                act,
                who: self.who,
            },
        })
    }

    /// Whether it is this membership that an errand is about.
    pub fn is(&self, service: Service, list: &ListId, who: &Digests) -> bool {
        (self.service, &self.list, &self.who) == (service, list, who)
    }

    /// The try under way has not answered in time; whether one has.
    pub fn lose(&mut self, waits: &[u64], seed: u64, now: u64) -> bool {
        // Nobody has answered: what it was is what is wanted, or what was wanted before.
        let lost = self.tries.is_lost(now);
        if lost {
            self.doubt = true;
            if bugs::is(Bug::UnansweredAdditionForgotten) && self.held == Held::Maybe {
                self.held = Held::No;
            }
            self.unsettled("lease_ended", Proof::Nothing, (0, waits), seed, now);
        }
        lost
    }

    /// Takes what came of try `number`, which was to do `act`.
    pub fn settle(
        &mut self,
        (number, act): (u32, Act),
        ended: Ended,
        (waits, seed): (&[u64], u64),
        now: u64,
    ) -> Settled {
        if !self.tries.end(number) {
            return Settled::Quiet;
        }
        match ended {
            Ended::Done { .. } => self.done(act, now),
            Ended::Needless { code } => {
                // Nothing was asked of the service.
                self.undone(act);
                self.tries.rest();
                self.tries.code = Some(code);
                Settled::Quiet
            }
            Ended::Failed {
                code,
                proof,
                wait_ms,
            } => {
                self.doubt |= proof == Proof::Nothing && act == Act::Add;
                if proof != Proof::Nothing {
                    self.undone(act);
                }
                // What is wanted by now is something else, and is due.
                if self.next() != Some(act) {
                    return Settled::Quiet;
                }
                self.unsettled(&code, proof, (wait_ms, waits), seed, now)
            }
        }
    }

    fn done(&mut self, act: Act, now: u64) -> Settled {
        self.doubt = false;
        self.told = false;
        self.held = match (act, self.held) {
            (Act::Add, _) => Held::Yes,
            (Act::Remove, Held::Left) => Held::No,
            (Act::Remove, _) if bugs::is(Bug::RemovedOnce) => Held::No,
            (Act::Remove, _) => Held::Left,
        };
        match self.next() {
            None => self.tries.rest(),
            Some(Act::Remove) if act == Act::Remove => {
                self.tries.start(now.saturating_add(DAY_MS));
            }
            Some(_) => self.tries.start(now),
        }
        Settled::Quiet
    }

    /// An addition has provably not been made; earlier ones may have been.
    fn undone(&mut self, act: Act) {
        if act == Act::Add && self.held == Held::Maybe && !self.doubt {
            self.held = Held::No;
            if !self.wanted {
                self.tries.rest();
            }
        }
    }

    /// A try has not succeeded. A refused addition is not asked for again until it has stopped being wanted once; a removal goes on for
    /// ever, daily once a merchant had to be told.
    fn unsettled(
        &mut self,
        code: &str,
        proof: Proof,
        (wait_ms, waits): (u64, &[u64]),
        seed: u64,
        now: u64,
    ) -> Settled {
        if self.tries.count == 0 {
            // Something else has been wanted since it began, and is due.
            self.tries.code = Some(String::from(code));
            return Settled::Quiet;
        }
        let ends = proof == Proof::Rejected && self.wanted;
        let goes_on = !ends && self.tries.put_off(waits, wait_ms, seed, now);
        self.tries.code = Some(String::from(code));
        if goes_on {
            return Settled::Quiet;
        }
        self.tries.due_at = (!self.wanted).then(|| now.saturating_add(DAY_MS));
        if core::mem::replace(&mut self.told, true) {
            Settled::Quiet
        } else {
            Settled::Failed
        }
    }

    /// Where it stands, in a word.
    pub fn state(&self) -> &'static str {
        match (self.wanted, self.held) {
            _ if self.told => "failed",
            (true, Held::Yes) => "member",
            (true, _) if self.tries.due_at.is_none() => "refused",
            (true, _) => "joining",
            (false, Held::Left) => "left",
            (false, _) => "leaving",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Email;
    use crate::errand::LEASE_MS;
    use proptest::prelude::*;

    const WAITS: [u64; 2] = [1_000, 2_000];

    fn ada() -> Member {
        let email: Email = "ada@example.com".parse().unwrap();
        let who = Digests::of(Service::Meta, Some(&email), None).unwrap();
        let list = ListId::new("238").unwrap();
        Member::new(Service::Meta, list, who, 1_000_000, 0)
    }

    fn act(errand: &Errand) -> (u32, Act) {
        match errand.work {
            Work::Audience { act, .. } => (errand.number, act),
            Work::Alert { .. } => panic!("an alert"),
        }
    }

    fn done() -> Ended {
        Ended::Done { id: String::new() }
    }

    fn failed(proof: Proof) -> Ended {
        Ended::Failed {
            code: "x".into(),
            proof,
            wait_ms: 0,
        }
    }

    #[test]
    fn a_purchase_while_the_addition_is_under_way_removes_after_it() {
        let mut ada = ada();
        let add = ada.begin(0).unwrap();
        assert!(ada.wish(false, 5));
        assert_eq!(ada.begin(5), None, "the addition is under way");
        ada.settle(act(&add), done(), (&WAITS, 0), 6);
        let remove = ada.begin(6).unwrap();
        assert_eq!(act(&remove), (2, Act::Remove));
        ada.settle(act(&remove), done(), (&WAITS, 0), 7);
        assert_eq!((ada.state(), ada.tries.due_at), ("left", Some(7 + DAY_MS)));
        let again = ada.begin(7 + DAY_MS).unwrap();
        ada.settle(act(&again), done(), (&WAITS, 0), 8 + DAY_MS);
        assert!(!ada.is_needed());
    }

    #[test]
    fn an_addition_that_nobody_answered_is_removed_as_one_that_was_made() {
        let mut ada = ada();
        let add = ada.begin(0).unwrap();
        ada.wish(false, 5);
        assert!(ada.lose(&WAITS, 0, LEASE_MS));
        assert!(ada.is_needed());
        // Its answer comes too late.
        ada.settle(
            act(&add),
            failed(Proof::Rejected),
            (&WAITS, 0),
            LEASE_MS + 1,
        );
        let due = ada.tries.due_at.unwrap();
        assert_eq!(act(&ada.begin(due).unwrap()).1, Act::Remove);
    }

    #[test]
    fn what_was_provably_never_added_is_not_removed() {
        let mut ada = ada();
        let add = ada.begin(0).unwrap();
        ada.settle(act(&add), failed(Proof::Transient), (&WAITS, 0), 1);
        assert_eq!(ada.state(), "joining");
        ada.wish(false, 2);
        assert!(!ada.is_needed());
    }

    #[test]
    fn a_refused_addition_is_not_asked_for_again() {
        let mut ada = ada();
        let add = ada.begin(0).unwrap();
        let settled = ada.settle(act(&add), failed(Proof::Rejected), (&WAITS, 0), 1);
        assert_eq!((settled, ada.state()), (Settled::Failed, "failed"));
        assert_eq!((ada.begin(DAY_MS), ada.tries.wake_at()), (None, None));
    }

    #[test]
    fn a_removal_is_tried_until_it_is_done_and_told_of_once() {
        let mut ada = ada();
        let add = ada.begin(0).unwrap();
        ada.settle(act(&add), done(), (&WAITS, 0), 1);
        ada.wish(false, 2);
        let mut told = 0;
        let mut now = 2;
        for _ in 0..10 {
            now = ada.tries.wake_at().unwrap();
            let remove = ada.begin(now).unwrap();
            let refused = failed(Proof::Rejected);
            told +=
                u32::from(ada.settle(act(&remove), refused, (&WAITS, 0), now) == Settled::Failed);
        }
        assert_eq!((told, ada.state()), (1, "failed"));
        now += 2 * DAY_MS;
        let remove = ada.begin(now).unwrap();
        ada.settle(act(&remove), done(), (&WAITS, 0), now);
        assert_eq!(ada.state(), "left");
    }

    proptest! {
        /// A service that takes what it is told, answers or not, and never out of order within a lease: when nothing more is wanted and
        /// all is quiet, nobody is in the audience; whoever is wanted is.
        #[test]
        fn the_service_ends_up_with_what_is_wanted(
            steps in prop::collection::vec((any::<bool>(), 0_u8..5, 0_u64..40_000), 0..40),
            last in any::<bool>(),
        ) {
            let mut ada = ada();
            let (mut now, mut in_audience) = (0, false);
            let turn = |ada: &mut Member, luck: u8, now: &mut u64, in_audience: &mut bool| {
                ada.lose(&WAITS, 0, *now);
                let Some(errand) = ada.begin(*now) else { return };
                let (_, what) = act(&errand);
                // 0: all well; 1: done, and no answer; 2: refused for now; 3: neither done nor answered; 4: done, told as unknown.
                if matches!(luck, 0 | 1 | 4) {
                    *in_audience = what == Act::Add;
                }
                let ended = match luck {
                    0 => Some(done()),
                    2 => Some(failed(Proof::Transient)),
                    4 => Some(failed(Proof::Nothing)),
                    _ => None,
                };
                if let Some(ended) = ended {
                    ada.settle(act(&errand), ended, (&WAITS, 0), *now + 1);
                }
            };
            for (wanted, luck, wait) in steps {
                now += wait;
                ada.wish(wanted, now);
                turn(&mut ada, luck, &mut now, &mut in_audience);
            }
            ada.wish(last, now);
            for _ in 0..20 {
                let Some(at) = ada.tries.wake_at() else { break };
                now = now.max(at);
                turn(&mut ada, 0, &mut now, &mut in_audience);
            }
            // An addition that was refused too often is given up, and is said to be.
            let is_given_up = last && ["failed", "refused"].contains(&ada.state());
            if !is_given_up {
                prop_assert_eq!(in_audience, last);
            }
            prop_assert_eq!(ada.is_needed(), last);
        }
    }
}
