//! What is put aside when more arrives than can be answered, and when.
//!
//! Two things are measured where work begins: how many requests wait for an object, and how long objects take to answer or have
//! not answered yet. The greater of the two, each against its limit, is the *pressure*; a level is reached when the pressure is,
//! one step at a time, and left when it has stayed well below for a while. What is captured is never put aside: [`Work::Capture`] has no level.

mod gauge;

use gauge::Gauge;

/// From which level on something is put aside. Each level puts aside what those before it do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is put aside.
    #[default]
    Calm,
    /// What would be looked up to know a shopper better.
    Enrichment,
    /// Numbers that somebody watches.
    Tiles,
    /// Products that were looked at.
    Views,
    /// What shows that a shopper is about to leave.
    Probes,
    /// Messages go later.
    Sends,
}

/// A piece of work, as far as it matters under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A look-up that makes an answer better, not right.
    Enrichment,
    /// A number on somebody's screen.
    Tile,
    /// A product view.
    View,
    /// An exit intent.
    Probe,
    /// A message whose time has come.
    Send,
    /// A change of a cart, a stage of a checkout, a contact, a consent, an order, a stop, a restored cart, a click.
    Capture,
}

impl Work {
    /// The level from which on it is put aside; `None`: never.
    pub const fn yields_at(self) -> Option<Level> {
        Some(match self {
            Self::Enrichment => Level::Enrichment,
            Self::Tile => Level::Tiles,
            Self::View => Level::Views,
            Self::Probe => Level::Probes,
            Self::Send => Level::Sends,
            Self::Capture => return None,
        })
    }
}

impl Level {
    /// All, the calmest first.
    pub const ALL: [Self; 6] = [
        Self::Calm,
        Self::Enrichment,
        Self::Tiles,
        Self::Views,
        Self::Probes,
        Self::Sends,
    ];

    /// Whether `work` is put aside.
    pub fn sheds(self, work: Work) -> bool {
        work.yields_at().is_some_and(|level| level <= self)
    }

    /// Its name in logs and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Enrichment => "enrichment",
            Self::Tiles => "tiles",
            Self::Views => "views",
            Self::Probes => "probes",
            Self::Sends => "sends",
        }
    }

    /// For how long a storefront should gather what it has to say before it says it again, ms. Browsers spread it, so that they
    /// do not come back together.
    pub const fn slow_down_ms(self) -> Option<u32> {
        match self {
            Self::Calm | Self::Enrichment | Self::Tiles => None,
            Self::Views => Some(5_000),
            Self::Probes => Some(10_000),
            Self::Sends => Some(20_000),
        }
    }

    /// The pressure at which it is reached, in thousandths of a limit.
    const fn reached_at(self) -> u64 {
        match self {
            Self::Calm => 0,
            Self::Enrichment => 1_000,
            Self::Tiles => 1_250,
            Self::Views => 1_500,
            Self::Probes => 2_000,
            Self::Sends => 3_000,
        }
    }

    /// The pressure below which it is left: a third less, or each level would be left as soon as it helps.
    const fn left_below(self) -> u64 {
        self.reached_at() * 2 / 3
    }

    fn above(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level > self)
    }

    fn below(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|level| *level < self)
    }
}

/// What counts as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that may wait for an object at once.
    pub in_flight: u32,
    /// How long objects may take to answer, smoothed, ms.
    pub answer_ms: u32,
    /// Fewer than this at once are no load, however slow: one slow object says nothing about the others.
    pub crowd: u32,
}

impl Limits {
    /// For requests from storefronts. An object answers in some ten ms, from another continent in some hundred.
    pub const STOREFRONT: Self = Self {
        in_flight: 256,
        answer_ms: 500,
        crowd: 16,
    };

    /// The pressure, in thousandths.
    fn pressure(&self, in_flight: u32, answer_ms: u64) -> u64 {
        let share = |value: u64, limit: u32| value.saturating_mul(1_000) / u64::from(limit).max(1);
        let waiting = share(u64::from(in_flight), self.in_flight);
        if in_flight < self.crowd {
            return waiting;
        }
        waiting.max(share(answer_ms, self.answer_ms))
    }
}

/// The load of one isolate: no lock, no allocation, some hundred bytes.
#[derive(Clone, Debug)]
pub struct Load {
    limits: Limits,
    gauge: Gauge,
    level: Level,
    /// When a level was last reached, epoch ms. Leaving one does not put off the next rise: whoever is busier would rise later.
    risen_at: u64,
    /// Since when the pressure has been low enough to leave the level, epoch ms.
    low_since: Option<u64>,
}

impl Load {
    /// A level is reached this long after the one before it at the earliest, ms: what was put aside has to show.
    pub const RISE_MS: u64 = 200;
    /// A level is left when the pressure has been low for this long, ms, and each further one after as long again.
    pub const FALL_MS: u64 = 2_000;

    /// Nothing has happened yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            gauge: Gauge::default(),
            level: Level::Calm,
            risen_at: 0,
            low_since: None,
        }
    }

    /// A request begins to wait for an object.
    pub fn begin(&mut self, now: u64) {
        self.gauge.begin(now);
        self.settle(now);
    }

    /// The request that began at `begun` has its answer, or will have none.
    pub fn end(&mut self, begun: u64, now: u64) {
        self.gauge.end(begun, now, 0);
        self.settle(now);
    }

    /// The request that began at `begun` was turned away: an object has more to do than it can. That counts like the slowest
    /// answer that there is a level for.
    pub fn turned_away(&mut self, begun: u64, now: u64) {
        let slowest = u64::from(self.limits.answer_ms) * Level::Sends.reached_at() / 1_000;
        let missing = slowest.saturating_sub(now.saturating_sub(begun));
        self.gauge.end(begun, now, missing);
        self.settle(now);
    }

    /// What is put aside now.
    pub fn level(&mut self, now: u64) -> Level {
        self.gauge.turn(now);
        self.settle(now);
        self.level
    }

    /// What was put aside when it was last asked or told something.
    pub fn last_level(&self) -> Level {
        self.level
    }

    /// How many requests wait for an object.
    pub fn in_flight(&self) -> u32 {
        self.gauge.in_flight()
    }

    /// How long objects take to answer, smoothed, ms.
    pub fn answer_ms(&self) -> u64 {
        self.gauge.answer_ms()
    }

    fn settle(&mut self, now: u64) {
        let slowness = self
            .gauge
            .answer_ms()
            .max(self.gauge.waited_ms(self.limits.crowd));
        let pressure = self.limits.pressure(self.gauge.in_flight(), slowness);
        if let Some(above) = self.level.above()
            && pressure >= above.reached_at()
        {
            self.low_since = None;
            if now.saturating_sub(self.risen_at) >= Self::RISE_MS {
                self.level = above;
                self.risen_at = now;
            }
            return;
        }
        if pressure >= self.level.left_below() {
            self.low_since = None;
            return;
        }
        // Nothing may have been asked for long: each level that could have been left meanwhile is left now.
        let mut since = *self.low_since.get_or_insert(now);
        while let Some(below) = self.level.below()
            && pressure < self.level.left_below()
            && now.saturating_sub(since) >= Self::FALL_MS
        {
            since = since.saturating_add(Self::FALL_MS);
            self.level = below;
        }
        self.low_since = (self.level != Level::Calm).then_some(since);
    }
}

#[cfg(test)]
mod tests;
