//! Audiences: nobody is added who has not agreed, or has bought, or wants nothing any more; a removal follows an addition and never goes
//! beside it; whoever was added is removed in the end.

use crate::arena::Id;
use crate::fault::Fault;
use crate::host::Person;
use crate::violation::Broken;
use crate::world::World;
use homing_core::audience::Act;
use homing_core::delivery::Proof;
use homing_core::errand::{Ended, Errand, Service, Work};

/// The latest that a removal may begin, ms.
const OVERDUE_MS: u64 = 15 * 60_000;

/// What services were told, and whom they have.
#[derive(Default)]
pub(crate) struct Audiences {
    tries: Vec<Try>,
    /// Contacts, as the services know them.
    listed: Vec<(Service, String)>,
}

/// A try at an audience or an alert's service.
struct Try {
    person: Id<Person>,
    service: Service,
    /// What stands for the person there; none for an alert.
    who: Vec<String>,
    act: Option<Act>,
    lease_until: u64,
    is_open: bool,
    /// Whether the service has provably not taken it.
    is_void: bool,
    /// Since when it has to be taken back, epoch ms.
    to_undo: Option<u64>,
}

impl World<'_> {
    /// A try begins; by which number it is known.
    pub(crate) fn errand_begun(&mut self, id: Id<Person>, errand: &Errand) -> usize {
        let mut one = Try {
            person: id,
            service: Service::Endpoints,
            who: Vec::new(),
            act: None,
            lease_until: errand.lease_until,
            is_open: true,
            is_void: false,
            to_undo: None,
        };
        match &errand.work {
            Work::Audience {
                service, act, who, ..
            } => {
                one.service = *service;
                one.who = [who.email(), who.phone()].into_iter().flatten().collect();
                one.act = Some(*act);
                self.check_membership(&one, *act);
            }
            Work::Alert { .. } => self.alert_begun(id, errand),
        }
        self.audiences.tries.push(one);
        self.audiences.tries.len() - 1
    }

    fn check_membership(&mut self, one: &Try, act: Act) {
        let (id, now) = (one.person, self.now);
        let same = |known: &&mut Try| known.service == one.service && known.who == one.who;
        let mut known = self.audiences.tries.iter_mut().filter(same);
        let overtakes = known.any(|known| known.is_open && known.lease_until > now);
        if overtakes {
            self.broke(Broken::Overtaken, || {
                format!("person {}, {act:?}", id.number())
            });
        }
        if act == Act::Remove {
            self.tally.removals += 1;
            let known = self.audiences.tries.iter_mut().filter(same);
            let since = known.filter_map(|known| known.to_undo.take()).min();
            let outages = self.strikes.struck(Fault::SweepFails);
            let allowed = OVERDUE_MS + u64::from(outages) * 300_000;
            let is_alone = self.kin_said(id) == 1;
            if since.is_some_and(|since| is_alone && now - since > allowed) {
                self.broke(Broken::Overdue, || {
                    format!("person {} is in an audience", id.number())
                });
            }
            return;
        }
        self.tally.additions += 1;
        let active_at = self.active_at(id, None);
        let mut stops = self.people.at(id).stops.iter();
        let is_stopped = stops.any(|stop| stop.forbids(now, active_at));
        let is_wrong = if is_stopped {
            Some("wants nothing, or has bought")
        } else if !self.may_be_advertised(id) {
            Some("has not agreed")
        } else if self.has_gone_over(id) {
            Some("is somebody else by now")
        } else if !self.is_theirs(id, &one.who) {
            Some("is not who was meant")
        } else {
            None
        };
        if let Some(wrong) = is_wrong {
            self.broke(Broken::Advertised, || {
                format!("person {} {wrong}", id.number())
            });
        }
    }

    /// By which number the next try is known.
    pub(super) fn next_try(&self) -> usize {
        self.audiences.tries.len()
    }

    /// How many identities are said to be this person's.
    fn kin_said(&self, id: Id<Person>) -> usize {
        let is_own = |one: &Id<Person>| self.kin.are_said(id, *one);
        self.people.ids().filter(is_own).count()
    }

    /// Whether contacts are a person's own, or numbers that were typed on some cart of theirs.
    fn is_theirs(&self, id: Id<Person>, who: &[String]) -> bool {
        let own = self.people.ids().filter(|one| self.kin.are_said(id, *one));
        let mut known: Vec<String> = Vec::new();
        for one in own {
            let person = self.people.at(one);
            known.extend(person.email.iter().map(|email| hashed(email.as_str())));
            known.extend(
                person
                    .phone
                    .iter()
                    .flat_map(|phone| numbers(phone.as_str())),
            );
        }
        for basket in self.baskets.iter() {
            if self.is_of(id, &basket.model) {
                known.extend(basket.said.iter().flat_map(|phone| numbers(phone.as_str())));
            }
        }
        who.iter().all(|one| known.contains(one))
    }

    /// The service takes a try: it will carry it out.
    pub(crate) fn membership_taken(&mut self, number: usize) {
        if let Some(one) = self.audiences.tries.get_mut(number) {
            one.is_void = false;
        }
    }

    /// The service has carried a try out.
    pub(crate) fn enlisted(&mut self, number: u32) {
        let Audiences { tries, listed } = &mut self.audiences;
        let Some(one) = tries.get(number as usize) else {
            return;
        };
        for who in &one.who {
            listed.retain(|(service, known)| (service, known) != (&one.service, who));
            if one.act == Some(Act::Add) {
                listed.push((one.service, who.clone()));
            }
        }
    }

    /// A try's answer has come back.
    pub(crate) fn errand_answered(&mut self, number: usize, lease_until: u64, ended: &Ended) {
        let now = self.now;
        if let Some(one) = self.audiences.tries.get_mut(number) {
            one.is_open &= now >= lease_until;
            let proved = match ended {
                Ended::Done { .. } => false,
                Ended::Failed { proof, .. } => *proof != Proof::Nothing,
                Ended::Needless { .. } => true,
            };
            one.is_void |= proved;
            if proved {
                one.to_undo = None;
            }
        }
        self.alert_answered(number, ended);
    }

    /// Somebody wants nothing any more, for good: whatever audience they may be in, they have to be taken out of it.
    pub(crate) fn has_to_leave(&mut self, id: Id<Person>) {
        let own = self.kin.of(id);
        let now = self.now;
        let tries = &mut self.audiences.tries;
        for n in 0..tries.len() {
            let (earlier, later) = tries.split_at_mut(n + 1);
            let Some(one) = earlier.last_mut() else {
                continue;
            };
            let is_last = !later
                .iter()
                .any(|other| other.service == one.service && other.who == one.who);
            if is_last && one.act == Some(Act::Add) && !one.is_void && own.contains(&one.person) {
                one.to_undo.get_or_insert(now);
            }
        }
    }

    /// At the end all memberships have ended, and each that had to was told so.
    pub(super) fn end_of_audiences(&mut self) {
        let is_owed = self.audiences.tries.iter().any(|one| one.to_undo.is_some());
        let listed = self.audiences.listed.len();
        if listed > 0 || is_owed {
            self.broke(Broken::Advertised, || {
                format!("{listed} contacts in audiences at the end")
            });
        }
    }
}

/// SHA-256 in hexadecimal, as both services want a contact.
fn hashed(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number as one service wants it written, and as the other does.
fn numbers(text: &str) -> [String; 2] {
    [hashed(text.trim_start_matches('+')), hashed(text)]
}
