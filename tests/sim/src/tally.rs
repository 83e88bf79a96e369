//! What was tried and what came of it, so that a run that tested nothing is seen.

use crate::bill::Bill;
use crate::fault::{FAULTS, Fault};
use crate::reason::{REASONS, Why};
use homing_core::delivery::State;
use homing_core::object::shopper::Refused;
use std::collections::BTreeMap;
use std::fmt;

/// Counts over many worlds.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Shops.
    pub worlds: u64,
    /// Carts that the edge has heard of.
    pub lives: u64,
    /// Events that people made.
    pub events: u64,
    pub(crate) requests: u64,
    pub(crate) steps: u64,
    pub(crate) forks: u64,
    pub(crate) links: u64,
    pub(crate) orders: u64,
    pub(crate) unsubscribes: u64,
    pub(crate) consents: u64,
    pub(crate) answers: u64,
    pub(crate) joins: u64,
    pub(crate) releases: u64,
    /// Of these such as tell a platform that nothing may follow.
    pub(crate) recalls: u64,
    pub(crate) news: u64,
    pub(crate) news_told: u64,
    pub(crate) tellings: u64,
    pub(crate) claims: u64,
    pub(crate) rival_claims: u64,
    pub(crate) moves: u64,
    pub(crate) looks: u64,
    pub(crate) tries: u64,
    pub(crate) accepted: u64,
    pub(crate) crossed: u64,
    pub(crate) sweeps: u64,
    pub(crate) untold: u64,
    pub(crate) wishes: u64,
    pub(crate) replays: u64,
    pub(crate) additions: u64,
    pub(crate) removals: u64,
    pub(crate) alerts: u64,
    pub(crate) codes: u64,
    pub(crate) notices: u64,
    pub(crate) pushes: u64,
    pub(crate) latest_ms: u64,
    /// What the platform would bill.
    pub bill: Bill,
    struck: [u64; FAULTS],
    given: [u64; REASONS],
    outcomes: BTreeMap<&'static str, u64>,
    refusals: BTreeMap<&'static str, u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            worlds: 0,
            lives: 0,
            events: 0,
            requests: 0,
            steps: 0,
            forks: 0,
            links: 0,
            orders: 0,
            unsubscribes: 0,
            consents: 0,
            answers: 0,
            joins: 0,
            releases: 0,
            recalls: 0,
            news: 0,
            news_told: 0,
            tellings: 0,
            claims: 0,
            rival_claims: 0,
            moves: 0,
            looks: 0,
            tries: 0,
            accepted: 0,
            crossed: 0,
            sweeps: 0,
            untold: 0,
            wishes: 0,
            replays: 0,
            additions: 0,
            removals: 0,
            alerts: 0,
            codes: 0,
            notices: 0,
            pushes: 0,
            latest_ms: 0,
            bill: Bill::default(),
            struck: [0; FAULTS],
            given: [0; REASONS],
            outcomes: BTreeMap::new(),
            refusals: BTreeMap::new(),
        }
    }
}

/// Something that a run of this length has to meet, and met too seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seldom {
    /// A fault or a reason, in words.
    pub name: &'static str,
    /// How often it came up.
    pub count: u64,
    /// How often it has to.
    pub floor: u64,
}

impl Tally {
    /// How often anything went wrong.
    pub fn faults(&self) -> u64 {
        self.struck.iter().sum()
    }

    /// How often one thing went wrong.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.struck.get(fault as usize).copied().unwrap_or(0)
    }

    /// Messages that a provider accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    pub(crate) fn strike(&mut self, struck: &[u32; FAULTS]) {
        for (sum, count) in self.struck.iter_mut().zip(struck) {
            *sum += u64::from(*count);
        }
    }

    pub(crate) fn closed(&mut self, state: &State) {
        let crossed = matches!(state, State::Sent { crossed: true, .. });
        let name = if crossed {
            "sent, crossed"
        } else {
            state.name()
        };
        *self.outcomes.entry(name).or_default() += 1;
        if let State::Skipped(skip) = state {
            self.reason(Why::of_skip(*skip));
        }
    }

    pub(crate) fn reason(&mut self, why: Why) {
        if let Some(count) = self.given.get_mut(why as usize) {
            *count += 1;
        }
    }

    /// How often a reason was given.
    pub fn given(&self, why: Why) -> u64 {
        self.given.get(why as usize).copied().unwrap_or(0)
    }

    /// Lives in which each fault strikes at least once, and each reason is given at least once, on average: a run that falls
    /// behind has not tested what it says.
    const LIVES_A_FAULT: u64 = 1_000;
    const LIVES_A_REASON: u64 = 10_000;

    /// What came up more seldom than a run of this length needs.
    pub fn seldom(&self) -> Vec<Seldom> {
        let faults = Fault::ALL.iter().map(|fault| Seldom {
            name: fault.name(),
            count: self.struck(*fault),
            floor: self.lives / Self::LIVES_A_FAULT,
        });
        // Nobody here answers STOP but where a provider says so, which is too seldom to be counted on.
        let counted = Why::ALL.iter().filter(|why| **why != Why::OptedOut);
        let reasons = counted.map(|why| Seldom {
            name: why.name(),
            count: self.given(*why),
            floor: self.lives / Self::LIVES_A_REASON,
        });
        faults
            .chain(reasons)
            .filter(|one| one.count < one.floor)
            .collect()
    }

    pub(crate) fn refused(&mut self, refused: Refused) {
        let name = match refused {
            Refused::Closed => "release refused: closed or skipped",
            Refused::InFlight => "release refused: in flight",
            Refused::NotDue => "release refused: deferred",
            Refused::Resting => "release refused: provider rests",
            Refused::NumberUnheard => "release refused: a word is missing",
        };
        *self.refusals.entry(name).or_default() += 1;
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, count) in [
            (&mut self.worlds, other.worlds),
            (&mut self.lives, other.lives),
            (&mut self.events, other.events),
            (&mut self.requests, other.requests),
            (&mut self.steps, other.steps),
            (&mut self.forks, other.forks),
            (&mut self.links, other.links),
            (&mut self.orders, other.orders),
            (&mut self.unsubscribes, other.unsubscribes),
            (&mut self.consents, other.consents),
            (&mut self.answers, other.answers),
            (&mut self.joins, other.joins),
            (&mut self.releases, other.releases),
            (&mut self.recalls, other.recalls),
            (&mut self.news, other.news),
            (&mut self.news_told, other.news_told),
            (&mut self.tellings, other.tellings),
            (&mut self.claims, other.claims),
            (&mut self.rival_claims, other.rival_claims),
            (&mut self.moves, other.moves),
            (&mut self.looks, other.looks),
            (&mut self.tries, other.tries),
            (&mut self.accepted, other.accepted),
            (&mut self.crossed, other.crossed),
            (&mut self.sweeps, other.sweeps),
            (&mut self.untold, other.untold),
            (&mut self.wishes, other.wishes),
            (&mut self.replays, other.replays),
            (&mut self.additions, other.additions),
            (&mut self.removals, other.removals),
            (&mut self.alerts, other.alerts),
            (&mut self.codes, other.codes),
            (&mut self.notices, other.notices),
            (&mut self.pushes, other.pushes),
        ] {
            *sum += count;
        }
        self.latest_ms = self.latest_ms.max(other.latest_ms);
        self.bill += other.bill;
        for (sum, count) in self.struck.iter_mut().zip(other.struck) {
            *sum += count;
        }
        for (name, count) in &other.outcomes {
            *self.outcomes.entry(name).or_default() += count;
        }
        for (sum, count) in self.given.iter_mut().zip(other.given) {
            *sum += count;
        }
        for (name, count) in &other.refusals {
            *self.refusals.entry(name).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, count: u64| writeln!(f, "  {name:<46}{count:>12}");
        row("worlds", self.worlds)?;
        row("lives (carts)", self.lives)?;
        row("events", self.events)?;
        row("requests of browsers", self.requests)?;
        row("steps of objects", self.steps)?;
        row("forks", self.forks)?;
        row("links opened", self.links)?;
        row("orders acknowledged", self.orders)?;
        row("unsubscribes acknowledged", self.unsubscribes)?;
        row("answers about consent acknowledged", self.consents)?;
        row("answers to surveys", self.answers)?;
        row("joins acknowledged", self.joins)?;
        row("news of products", self.news)?;
        row("tellings of a shop's own baskets", self.tellings)?;
        row("  of them with a cart that claims it", self.claims)?;
        row("  of them with another cart than before", self.rival_claims)?;
        row("  of them for somebody else than before", self.moves)?;
        row("releases", self.releases)?;
        row("recalls", self.recalls)?;
        row("  of them the first about news", self.news_told)?;
        row("  of them about what was looked at", self.looks)?;
        row("tries at providers", self.tries)?;
        row("messages accepted", self.accepted)?;
        row("  of them after an acknowledged stop", self.crossed)?;
        row("runs of the sweep", self.sweeps)?;
        row("left carts whose last activity was not told", self.untold)?;
        row("wishes for another try", self.wishes)?;
        row("  of them taken", self.replays)?;
        row("additions to audiences", self.additions)?;
        row("removals from audiences", self.removals)?;
        row("alerts about quotes", self.alerts)?;
        row("codes made", self.codes)?;
        row("words about notifications", self.notices)?;
        row("notifications released", self.pushes)?;
        row("latest wake-up, ms", self.latest_ms)?;
        let lives = self.lives.max(1) as f64;
        writeln!(
            f,
            "  {:<46}{:>12.1}",
            "events a life",
            self.events as f64 / lives
        )?;
        writeln!(
            f,
            "  {:<46}{:>12.2}",
            "faults a life",
            self.faults() as f64 / lives
        )?;
        writeln!(f, "faults")?;
        for fault in Fault::ALL {
            writeln!(f, "  {:<46}{:>12}", fault.name(), self.struck(*fault))?;
        }
        writeln!(f, "how steps ended")?;
        for (name, count) in &self.outcomes {
            writeln!(f, "  {name:<46}{count:>12}")?;
        }
        writeln!(f, "why messages waited or were not sent")?;
        for why in Why::ALL {
            writeln!(f, "  {:<46}{:>12}", why.name(), self.given(*why))?;
        }
        for (name, count) in &self.refusals {
            writeln!(f, "  {name:<46}{count:>12}")?;
        }
        Ok(())
    }
}
