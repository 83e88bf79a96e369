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
    Hint: HintLost "hint lost", HintTwice "hint twice", HintLate "hint late and out of order";
    Relay: RelayLost "relay hint lost", RelayTwice "relay hint twice", RelayLate "relay hint late";
    Desk: DeskFails "desk fails", DeskAnswerLost "desk's answer lost";
    Sweep: SweepFails "sweep fails";
    Consumer: ConsumerKilledBefore "consumer killed before the send", ConsumerKilledAfter "consumer killed after the send", ReportLost "outcome lost";
    Try: Throttled "provider: 429 or 4xx", ServerError "provider: 5xx", TimedOut "provider: no answer", Reset "provider: accepted, answer lost", SlowAccept "provider: accepts after the lease", SlowAnswer "provider: answers late", RecipientRefused "provider: recipient refused", MessageRefused "provider: message refused";
}

/// A fault at the `nth` opportunity of its kind, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// Which of its opportunities.
    pub nth: u32,
    /// What happens there.
    pub fault: Fault,
}

/// The faults that are still to come.
pub(crate) struct Strikes {
    coming: [Vec<Strike>; OPPORTUNITIES],
    counts: [u32; OPPORTUNITIES],
    /// How often each fault struck.
    pub(crate) struck: [u32; FAULTS],
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
            list.sort_unstable_by_key(|strike| std::cmp::Reverse(strike.nth));
        }
        Self {
            coming,
            counts: [0; OPPORTUNITIES],
            struck: [0; FAULTS],
        }
    }

    /// Counts an opportunity; whether something goes wrong there.
    pub(crate) fn at(&mut self, opportunity: Opportunity) -> Option<Fault> {
        let place = opportunity as usize;
        let count = self.counts.get_mut(place)?;
        *count += 1;
        let list = self.coming.get_mut(place)?;
        let strike = list.last().filter(|strike| strike.nth <= *count)?;
        let fault = strike.fault;
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
