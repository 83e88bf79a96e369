//! Two browsers write to one cart over a line that loses, repeats and reorders. Whatever it does, both end with the edge's
//! lines, and those are what the shoppers did: nothing lost, nothing twice.

use crate::{
    apply,
    record::{Fields, Records, records},
    settle,
};
use homing_core::cart::{CartState, Dot, EventId, Hlc, Op};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A request: event records, and what it says it has seen.
type Request = (Vec<String>, u64);
/// An answer: the ids that it acknowledges, its text, and what its request had seen.
type Answer = (BTreeSet<EventId>, String, u64);

/// The edge, reduced to what a browser can tell of it.
#[derive(Default)]
struct Edge {
    state: CartState,
}

impl Edge {
    fn collect(&mut self, (events, seen): &Request) -> Answer {
        let mut acked = BTreeSet::new();
        for event in events {
            let (id, op) = event_of(event);
            if !self.state.has_seen(id) {
                self.state.place(id, &op, self.state.seq() + 1).unwrap();
            }
            acked.insert(id);
        }
        let (full, changes) = self.state.changes_after(*seen);
        let mut text = Records::default();
        text.number(self.state.seq())
            .number(u64::from(self.state.epoch()));
        text.number(self.state.clock().0)
            .number(u64::from(full))
            .end();
        for change in &changes {
            text.change(change);
        }
        (acked, text.into_text(), *seen)
    }
}

/// A browser: the texts that it stores, and what it has under way.
struct Browser {
    replica: u64,
    counter: u32,
    base: String,
    pending: Vec<String>,
    under_way: Vec<Request>,
    answers: Vec<Answer>,
}

impl Browser {
    fn new(replica: u64) -> Self {
        let (base, pending, under_way, answers) = Default::default();
        Self {
            replica,
            counter: 1,
            base,
            pending,
            under_way,
            answers,
        }
    }

    fn seen(&self) -> u64 {
        records(&self.base)
            .next()
            .map_or(0, |mut head| head.read().unwrap())
    }

    fn run(&mut self, command: &str, now: u64) -> Vec<String> {
        let id = format!("{:016x}-{}", self.replica, self.counter);
        let text = apply(
            &self.base,
            &self.pending.join("\n"),
            command,
            &id,
            now as f64,
        );
        assert!(!text.starts_with('x'), "{command:?} {text}");
        let written: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("e\t").map(str::to_owned))
            .collect();
        self.counter += written.len() as u32;
        self.pending.extend(written.iter().cloned());
        written
    }

    fn send(&mut self, at_most: usize) {
        self.under_way.push((
            self.pending.iter().take(at_most).cloned().collect(),
            self.seen(),
        ));
    }

    fn take(&mut self, (acked, reply, seen): &Answer) {
        let base = settle(&self.base, reply, *seen as f64);
        if !base.is_empty() {
            self.base = base;
            self.pending
                .retain(|event| !acked.contains(&event_of(event).0));
        }
    }

    /// The epoch with its dots, and the lines.
    fn view(&self) -> String {
        apply(
            &self.base,
            &self.pending.join("\n"),
            "",
            "00000000000000aa-1",
            0.0,
        )
    }
}

fn event_of(text: &str) -> (EventId, Op) {
    Fields::of(text).event().unwrap()
}

/// The view of a state, as a browser tells it.
fn view_of(state: &CartState) -> String {
    let mut out = Records::default();
    out.text("v").number(u64::from(state.epoch()));
    for view in state.lines() {
        out.dots(&view.dots);
    }
    out.end();
    for view in state.lines() {
        out.text("l").line(&view.line, view.qty).end();
    }
    out.into_text()
}

/// One thing that happens, to one of the two browsers.
#[derive(Clone, Debug)]
enum Step {
    Command(String),
    Send(usize),
    /// The edge receives the nth request under way, which may come again.
    Arrive {
        pick: usize,
        again: bool,
        answered: bool,
    },
    /// The browser receives the nth answer.
    Answer(usize),
}

fn commands() -> impl Strategy<Value = String> {
    let line = (0_u8..4, 0_u8..2, 0_u32..9);
    let named = |t: &'static str| {
        move |(n, size, qty): (u8, u8, u32)| {
            let qty = if t == "add" { qty.max(1) } else { qty };
            format!("{t}\tv{n}\t{qty}\tSize\t{size}")
        }
    };
    prop_oneof![
        4 => line.clone().prop_map(named("add")),
        3 => line.clone().prop_map(named("set")),
        2 => line.prop_map(named("remove")),
        1 => Just("clear".to_owned()),
        1 => Just("order".to_owned()),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(bool, Step)>> {
    let step = prop_oneof![
        4 => commands().prop_map(Step::Command),
        3 => (1_usize..6).prop_map(Step::Send),
        3 => (0_usize..4, any::<bool>(), any::<bool>())
            .prop_map(|(pick, again, answered)| Step::Arrive { pick, again, answered }),
        2 => (0_usize..4).prop_map(Step::Answer),
    ];
    proptest::collection::vec((any::<bool>(), step), 0..60)
}

/// What the shoppers' events add up to, told apart from the rules of the core: an add lives unless an event names it, with
/// the quantity of the latest clock.
fn expected(events: &[String]) -> BTreeMap<EventId, u32> {
    let mut quantities: BTreeMap<EventId, (Hlc, EventId, u32)> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let mut adds = BTreeSet::new();
    for (id, op) in events.iter().map(|event| event_of(event)) {
        let (of, clock, qty) = match op {
            Op::Add { clock, qty, .. } => {
                adds.insert(id);
                (id, clock, qty)
            }
            Op::Set { clock, dot, qty } => (dot.id, clock, qty),
            Op::Remove { dots } | Op::Close { dots } => {
                named.extend(dots.iter().map(|dot| dot.id));
                continue;
            }
        };
        let latest = quantities.entry(of).or_insert((clock, id, qty.get()));
        *latest = (*latest).max((clock, id, qty.get()));
    }
    let live = adds.into_iter().filter(|id| !named.contains(id));
    live.map(|id| (id, quantities[&id].2)).collect()
}

/// Lets the steps happen; returns every event that was written.
fn play(edge: &mut Edge, browsers: &mut [Browser; 2], steps: Vec<(bool, Step)>) -> Vec<String> {
    let mut written = Vec::new();
    for (now, (second, step)) in steps.into_iter().enumerate() {
        // The second browser's clock is an hour behind.
        let now = now as u64 + if second { 1 } else { 3_600_000 };
        let browser = &mut browsers[usize::from(second)];
        match step {
            Step::Command(command) => written.extend(browser.run(&command, now)),
            Step::Send(at_most) => browser.send(at_most),
            Step::Arrive {
                pick,
                again,
                answered,
            } if !browser.under_way.is_empty() => {
                let pick = pick % browser.under_way.len();
                let answer = edge.collect(&browser.under_way[pick]);
                if answered {
                    browser.answers.push(answer);
                }
                if !again {
                    browser.under_way.remove(pick);
                }
            }
            Step::Answer(pick) if !browser.answers.is_empty() => {
                let answer = browser.answers.remove(pick % browser.answers.len());
                browser.take(&answer);
            }
            Step::Arrive { .. } | Step::Answer(_) => {}
        }
    }
    written
}

/// The line is good again: what is still under way arrives late, then each browser sends what it has left.
fn calm(edge: &mut Edge, browsers: &mut [Browser; 2]) {
    for browser in browsers.iter_mut() {
        for request in std::mem::take(&mut browser.under_way) {
            edge.collect(&request);
        }
    }
    for browser in browsers.iter_mut() {
        while !browser.pending.is_empty() {
            browser.send(3);
            let request = browser.under_way.remove(0);
            browser.take(&edge.collect(&request));
        }
    }
    for browser in browsers {
        let answer = edge.collect(&(vec![], browser.seen()));
        browser.take(&answer);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_line_does_everybody_ends_with_the_same_lines(steps in steps()) {
        let mut edge = Edge::default();
        let mut browsers = [Browser::new(1), Browser::new(2)];
        let written = play(&mut edge, &mut browsers, steps);
        calm(&mut edge, &mut browsers);

        let live: BTreeMap<EventId, u32> = edge.state.changes_after(0).1.iter()
            .map(|change| (change.id, change.entry.qty.unwrap().2.get())).collect();
        prop_assert_eq!(live, expected(&written));
        for browser in &mut browsers {
            prop_assert_eq!(browser.view(), view_of(&edge.state));
            // An answer that comes in after all that changes nothing any more.
            for answer in std::mem::take(&mut browser.answers) {
                browser.take(&answer);
            }
            prop_assert_eq!(browser.view(), view_of(&edge.state));
        }
    }

    /// What a shopper did is what they see at once, before the edge has heard of it.
    #[test]
    fn the_view_shows_the_last_set_quantity_at_once(
        before in proptest::collection::vec(commands(), 0..12), qty in 1_u32..99,
    ) {
        let mut browser = Browser::new(7);
        for (now, command) in before.iter().enumerate() {
            browser.run(command, now as u64);
        }
        browser.run(&format!("set\tv2\t{qty}\tSize\t0"), 3);
        let line = format!("l\tv2\t{qty}\tSize\t0");
        prop_assert_eq!(browser.view().lines().filter(|text| **text == line).count(), 1);
    }

    /// Every carried dot has one spelling on both sides.
    #[test]
    fn ids_and_dots_are_written_as_the_core_writes_them(replica: u64, counter in 1_u32.., carry: u16) {
        let id = EventId { replica: homing_core::cart::Replica(replica), counter };
        let mut out = Records::default();
        out.id(id).dot(Dot { id, carry });
        prop_assert_eq!(out.into_text(), format!("{id}\t{}", Dot { id, carry }));
    }
}
