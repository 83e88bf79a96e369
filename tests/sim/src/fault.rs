//! What goes wrong: which opportunity, and how.

use serde::{Deserialize, Serialize};

macro_rules! faults {
    ($($opportunity:ident: $($fault:ident $name:literal),+;)+) => {
        /// A place where something can go wrong. Each is counted as it comes up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Opportunity { $($opportunity),+ }

        impl Opportunity {
            pub(crate) const ALL: &[Self] = &[$(Self::$opportunity),+];
            /// What can go wrong there.
            pub(crate) fn faults(self) -> &'static [Fault] {
                match self { $(Self::$opportunity => &[$(Fault::$fault),+]),+ }
            }
        }

        /// What goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fault {
            $($(#[doc = $name] $fault),+),+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$($(Self::$fault),+),+];

            /// In words.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$fault => $name),+),+ }
            }

            pub(crate) fn opportunity(self) -> Opportunity {
                match self { $($(Self::$fault => Opportunity::$opportunity),+),+ }
            }
        }
    };
}

faults! {
    Request: RequestLost "beacon lost", AnswerLost "answer lost", RequestTwice "beacon twice", RequestSlow "beacon late";
    CartStep: CartKilledBefore "cart killed before the write", CartKilledAfter "cart killed after the write", CartEvicted "cart evicted";
    ShopperStep: ShopperKilledBefore "shopper killed before the write", ShopperKilledAfter "shopper killed after the write", ShopperEvicted "shopper evicted";
    Effect: KilledBeforeEffect "object killed before an effect", CallLost "call lost", CallAnswerLost "call's answer lost", CallSlow "call slow";
    AlarmSet: AlarmEarly "alarm early";
    AlarmDue: AlarmLate "alarm late", AlarmTwice "alarm twice", AlarmLost "alarm lost after six tries";
    Telling: ToldTwice "basket told twice", ToldLate "basket told late and out of order", ToldUnheard "basket told, answer lost";
    Hint: HintLost "hint lost", HintTwice "hint twice", HintLate "hint late and out of order";
    Relay: RelayLost "relay hint lost", RelayTwice "relay hint twice", RelayLate "relay hint late";
    Desk: DeskFails "desk fails", DeskAnswerLost "desk's answer lost";
    Sweep: SweepFails "sweep fails";
    Consumer: ConsumerKilledBefore "consumer killed before the send", ConsumerKilledAfter "consumer killed after the send", ReportLost "outcome lost";
    Try: Throttled "provider: 429 or 4xx", ServerError "provider: 5xx", TimedOut "provider: no answer", Reset "provider: accepted, answer lost", SlowAccept "provider: accepts after the lease", SlowAnswer "provider: answers late", RecipientRefused "provider: recipient refused", MessageRefused "provider: message refused";
    Code: CodeLimited "code: not now", CodeUnheard "code: made, answer lost", CodeSlow "code: made slowly", CodeRefused "code: refused for good";
    Errand: ErrandBusy "errand: not now", ErrandRefused "errand: refused for good", ErrandFails "errand: 5xx", ErrandUnheard "errand: done, answer lost", ErrandKilled "errand: done, process killed", ErrandLate "errand: done, answered after its lease";
    Wish: WishLost "wish for another try lost", WishUnheard "wish for another try: answer lost", WishTwice "wish for another try said twice";
}

/// A fault at the first opportunity of its kind that is the `nth` or a later one, and not before a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// Which of its opportunities, from 1.
    pub nth: u32,
    /// Not before this, ms after the world's beginning. A script that is being shrunk names its faults by time: what is taken
    /// out of it before them would change the count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from: u64,
    /// What happens there.
    pub fault: Fault,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
fn is_zero(from: &u64) -> bool {
    *from == 0
}

/// The faults that are still to come.
pub(crate) struct Strikes {
    coming: [Vec<Strike>; OPPORTUNITIES],
    counts: [u32; OPPORTUNITIES],
    /// How often each fault struck.
    pub(crate) struck: [u32; FAULTS],
    /// What struck, by time.
    pub(crate) record: Vec<Strike>,
}

pub(crate) const OPPORTUNITIES: usize = Opportunity::ALL.len();
pub(crate) const FAULTS: usize = Fault::ALL.len();

impl Strikes {
    pub(crate) fn new(faults: &[Strike]) -> Self {
        let mut coming = [const { Vec::new() }; OPPORTUNITIES];
        for strike in faults {
            if let Some(list) = coming.get_mut(strike.fault.opportunity() as usize) {
                list.push(*strike);
            }
        }
        // The next one stands last.
        for list in &mut coming {
            list.sort_unstable_by_key(|strike| std::cmp::Reverse((strike.from, strike.nth)));
        }
        Self {
            coming,
            counts: [0; OPPORTUNITIES],
            struck: [0; FAULTS],
            record: Vec::new(),
        }
    }

    /// Counts an opportunity at `now` (ms after the world's beginning); whether something goes wrong there.
    pub(crate) fn at(&mut self, opportunity: Opportunity, now: u64) -> Option<Fault> {
        let place = opportunity as usize;
        let count = self.counts.get_mut(place)?;
        *count += 1;
        let list = self.coming.get_mut(place)?;
        let due = |strike: &&Strike| strike.nth <= *count && strike.from <= now;
        let fault = list.last().filter(due)?.fault;
        self.record.push(Strike {
            nth: 1,
            from: now,
            fault,
        });
        list.pop();
        if let Some(struck) = self.struck.get_mut(fault as usize) {
            *struck += 1;
        }
        Some(fault)
    }

    /// How often one fault struck.
    pub(crate) fn struck(&self, fault: Fault) -> u32 {
        self.struck.get(fault as usize).copied().unwrap_or(0)
    }

    /// Whether an object may yet lose its memory.
    pub(crate) fn may_forget(&self) -> bool {
        [
            Opportunity::CartStep,
            Opportunity::ShopperStep,
            Opportunity::Effect,
        ]
        .iter()
        .any(|place| {
            self.coming
                .get(*place as usize)
                .is_some_and(|list| !list.is_empty())
        })
    }

    /// From here on nothing goes wrong.
    pub(crate) fn calm(&mut self) {
        self.coming.iter_mut().for_each(Vec::clear);
    }
}
