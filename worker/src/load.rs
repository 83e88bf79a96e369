//! What this isolate puts aside under load, and what it has put aside so far. The rule is `homing_core::load`; here it is fed
//! and asked.
//!
//! Storefronts and sends are measured apart: a consumer's batch is never a crowd, and what it waits for is a whole release.

use crate::clock;
use crate::error::Problem;
use homing_core::load::{Level, Limits, Load, Work};
use homing_core::log::What;
use homing_core::object::cart::Collect;
use serde::Serialize;
use std::cell::RefCell;

/// What was put aside, since this isolate began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PutAside {
    /// Product views.
    pub views: u64,
    /// Exit intents.
    pub probes: u64,
    /// Hints at due messages, put back into the queue.
    pub sends: u64,
}

/// How this isolate fares, for `/healthz`.
#[derive(Serialize)]
pub struct Report {
    level: &'static str,
    in_flight: u32,
    answer_ms: u64,
    put_aside: PutAside,
}

/// A batch of the deliveries' queue holds five.
const SENDS_CROWD: u32 = 2;
/// A release asks a Shopper, which asks its carts and its Shop, one after the other.
const SENDS_ASK: u32 = 4;

struct Isolate {
    storefront: Load,
    sends: Load,
    put_aside: PutAside,
}

thread_local! {
    static ISOLATE: RefCell<Isolate> = RefCell::new(Isolate::new(Limits::STOREFRONT));
}

impl Isolate {
    fn new(limits: Limits) -> Self {
        Self {
            storefront: Load::new(limits),
            sends: Load::new(Limits {
                crowd: SENDS_CROWD,
                answer_ms: limits.answer_ms.saturating_mul(SENDS_ASK),
                ..limits
            }),
            put_aside: PutAside::default(),
        }
    }

    fn puts_aside(&mut self, collect: &Collect, now: u64) -> Option<u32> {
        let level = self.storefront.level(now);
        let works = || collect.events.iter().map(|event| work(&event.what));
        if level == Level::Calm || !works().all(|work| level.sheds(work)) {
            return None;
        }
        for work in works() {
            self.put_aside.count(work);
        }
        Some(level.slow_down_ms().unwrap_or(0))
    }

    fn delays_send(&mut self, now: u64) -> bool {
        let delayed = self.level(now).sheds(Work::Send);
        if delayed {
            self.put_aside.count(Work::Send);
        }
        delayed
    }

    fn skips_enrichment(&mut self, now: u64) -> bool {
        self.level(now).sheds(Work::Enrichment)
    }

    /// What was put aside when either was last told something.
    fn last_level(&self) -> Level {
        self.storefront.last_level().max(self.sends.last_level())
    }

    /// Of both.
    fn level(&mut self, now: u64) -> Level {
        self.storefront.level(now).max(self.sends.level(now))
    }

    fn report(&mut self, now: u64) -> Report {
        Report {
            level: self.level(now).name(),
            in_flight: self.storefront.in_flight(),
            answer_ms: self.storefront.answer_ms(),
            put_aside: self.put_aside,
        }
    }
}

/// Takes the deployment's limits, when its configuration is read.
pub fn configure(limits: Limits) {
    ISOLATE.set(Isolate::new(limits));
}

/// The limits that a deployment's variables set.
pub fn limits(in_flight: Option<u32>, answer_ms: Option<u32>) -> Limits {
    let standard = Limits::STOREFRONT;
    let in_flight = in_flight.unwrap_or(standard.in_flight);
    Limits {
        in_flight,
        answer_ms: answer_ms.unwrap_or(standard.answer_ms),
        // As many of the crowd as of the limit, whatever the limit.
        crowd: (in_flight / (standard.in_flight / standard.crowd)).max(1),
    }
}

/// A request from a storefront begins to wait.
pub fn begin(now: u64) {
    watched(|isolate| isolate.storefront.begin(now));
}

/// It waits no longer; for how long its storefront should keep still, ms.
pub fn end(begun: u64, now: u64) -> Option<u32> {
    watched(|isolate| {
        isolate.storefront.end(begun, now);
        isolate.storefront.level(now).slow_down_ms()
    })
}

/// It waits no longer: an object has turned it away.
pub fn turned_away(begun: u64, now: u64) {
    watched(|isolate| isolate.storefront.turned_away(begun, now));
}

/// Whether all that a storefront says can be done without. One word that cannot keeps the rest: its row is written anyway.
/// `Some`: it counts as put aside; for how long the storefront should keep still, ms.
pub fn puts_aside(collect: &Collect, now: u64) -> Option<u32> {
    if collect.events.is_empty() || collect.identify.is_some() || !collect.refused.is_empty() {
        return None;
    }
    watched(|isolate| isolate.puts_aside(collect, now))
}

/// Whether a message has to wait; it then counts as put aside.
pub fn delays_send(now: u64) -> bool {
    watched(|isolate| isolate.delays_send(now))
}

/// Whether what would only make an answer better is left out.
pub fn skips_enrichment(now: u64) -> bool {
    watched(|isolate| isolate.skips_enrichment(now))
}

/// Waits for what a send needs of objects, and learns from it how they fare.
pub async fn release<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let mut waiting = Waiting {
        begun: clock::now_ms(),
        is_turned_away: false,
    };
    watched(|isolate| isolate.sends.begin(waiting.begun));
    let answer = work.await;
    waiting.is_turned_away = matches!(answer, Err(Problem::Overloaded));
    answer
}

/// A send that waits, until it is dropped, however that comes about.
struct Waiting {
    begun: u64,
    is_turned_away: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let now = clock::now_ms();
        watched(|isolate| {
            if self.is_turned_away {
                isolate.sends.turned_away(self.begun, now);
            } else {
                isolate.sends.end(self.begun, now);
            }
        });
    }
}

/// How this isolate fares.
pub fn report(now: u64) -> Report {
    watched(|isolate| isolate.report(now))
}

/// Works on the isolate's load, and says so when that changes what is put aside.
fn watched<T>(work: impl FnOnce(&mut Isolate) -> T) -> T {
    let (answer, change) = ISOLATE.with_borrow_mut(|isolate| {
        let before = isolate.last_level();
        let answer = work(isolate);
        let after = isolate.last_level();
        let line = || {
            let PutAside {
                views,
                probes,
                sends,
            } = isolate.put_aside;
            format!(
                "{} after {}: {} in flight, {} ms an answer; put aside so far: {views} views, {probes} probes, {sends} sends",
                after.name(),
                before.name(),
                isolate.storefront.in_flight(),
                isolate.storefront.answer_ms(),
            )
        };
        (answer, (before != after).then(line))
    });
    if let Some(line) = change {
        crate::telemetry::notice("load_level", &line);
    }
    answer
}

fn work(what: &What) -> Work {
    match what {
        What::View { .. } => Work::View,
        What::Exit { .. } => Work::Probe,
        _ => Work::Capture,
    }
}

impl PutAside {
    fn count(&mut self, work: Work) {
        let counter = match work {
            Work::View => &mut self.views,
            Work::Probe => &mut self.probes,
            Work::Send => &mut self.sends,
            Work::Enrichment | Work::Tile | Work::Capture => return,
        };
        *counter = counter.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homing_core::cart::{EventId, Replica};
    use homing_core::ids::{CartId, ShopId};
    use homing_core::log::Stage;
    use homing_core::object::cart::Incoming;

    const START: u64 = 1_800_000_000_000;

    fn collect(whats: &[What]) -> Collect {
        let event = |what: &What| Incoming {
            id: EventId {
                replica: Replica(1),
                counter: 1,
            },
            at: START,
            what: what.clone(),
        };
        Collect {
            shop: ShopId([1; 5]),
            cart: CartId([1; 16]),
            seen: 0,
            page: None,
            events: whats.iter().map(event).collect(),
            identify: None,
            withdrawn: None,
            refused: vec![],
            push_every_ms: 0,
            look_ms: None,
            by_link: false,
            doubt: None,
        }
    }

    /// An isolate in which so many wait that everything is put aside, a second later.
    fn overwhelmed() -> Isolate {
        let mut isolate = Isolate::new(limits(Some(8), None));
        (0..100).for_each(|_| isolate.storefront.begin(START));
        for n in 0..5 {
            isolate.storefront.level(START + n * Load::RISE_MS);
        }
        isolate
    }

    fn view() -> What {
        What::View {
            variant: String::from("mug"),
            dwell_ms: 1,
        }
    }

    fn exit() -> What {
        What::Exit {
            how: String::from("pointer"),
        }
    }

    #[test]
    fn only_a_beacon_that_says_nothing_else_is_put_aside() {
        let (mut isolate, now) = (overwhelmed(), START + 1_000);
        let stage = What::Checkout {
            stage: Stage::Started,
            latency_ms: Some(9),
            code: None,
        };
        let slow_down = isolate.puts_aside(&collect(&[view(), exit()]), now);
        assert_eq!(slow_down, Level::Sends.slow_down_ms());
        let mixed = collect(&[view(), exit(), stage]);
        assert_eq!(isolate.puts_aside(&mixed, now), None);
        assert!(isolate.delays_send(now));
        assert!(isolate.skips_enrichment(now));
        let counted = PutAside {
            views: 1,
            probes: 1,
            sends: 1,
        };
        let report = isolate.report(now);
        assert_eq!((report.level, report.put_aside), ("sends", counted));
        // A browser that asks for its cart says nothing; it is not in the way.
        assert_eq!(puts_aside(&collect(&[]), now), None);
    }

    #[test]
    fn nothing_is_put_aside_on_a_calm_day() {
        let mut isolate = Isolate::new(limits(None, None));
        assert_eq!(isolate.puts_aside(&collect(&[exit()]), START), None);
        assert!(!isolate.delays_send(START));
        assert!(!isolate.skips_enrichment(START));
        assert_eq!(isolate.report(START).level, "calm");
    }

    #[test]
    fn a_crowd_is_in_proportion() {
        assert_eq!(limits(None, None), Limits::STOREFRONT);
        assert_eq!(limits(Some(32), Some(90)).crowd, 2);
        assert_eq!(limits(Some(1), None).crowd, 1);
    }
}
