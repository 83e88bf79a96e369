//! The journal of one cart: the edge's state, and the events that the edge has not acknowledged on top of it.

use crate::record::{Fields, Records, records};
use homing_core::{
    cart::{CartState, Dot, EventId, Hlc, LineKey, Op, Placed, Quantity},
    error::Invalid,
};

/// One cart, as a page sees it.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    base: CartState,
    view: CartState,
    next: Option<EventId>,
    now: u64,
    written: Records,
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not what it claims to be.
    Invalid(Invalid),
    /// The cart holds as many adds as it may.
    Full,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::Full => "cart_full",
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Placed> for Refusal {
    fn from(_: Placed) -> Self {
        Self::Full
    }
}

impl Journal {
    /// A journal on a base; an empty text is a cart that the edge has not heard of.
    pub fn open(base: &str) -> Result<Self, Invalid> {
        let mut journal = Self::default();
        if !base.is_empty() {
            Reply::parse(base)?.teach(&mut journal.base)?;
        }
        journal.view = journal.base.clone();
        Ok(journal)
    }

    /// Places what the edge has not acknowledged on the view, oldest first.
    pub fn expect_all(&mut self, pending: &str) {
        for event in records(pending) {
            // What cannot be read or placed here, the edge refuses too; until it says so the event only shows no effect.
            if let Ok((id, op)) = event.event() {
                self.view.skip_to(id);
                let _ = self.view.place(id, &op, self.base.seq());
            }
        }
    }

    /// Names the events that are written from here on, and says when that is.
    pub fn write_as(&mut self, next: EventId, now: u64) {
        self.next = Some(next);
        self.now = now;
    }

    /// What the shopper sees.
    pub fn view(&self) -> &CartState {
        &self.view
    }

    /// Runs a command: it names a line, and becomes events that name what the shopper saw of it.
    pub fn run(&mut self, command: &str) -> Result<(), Refusal> {
        let mut fields = Fields::of(command);
        let t = fields.text()?;
        if matches!(t, "clear" | "order") {
            return self.close(t);
        }
        let (line, qty) = fields.line()?;
        match t {
            "add" => self.add(line, Quantity::new(qty)?),
            "set" => self.set(line, qty),
            "remove" => self.set(line, 0),
            _ => Err(Invalid::Kind.into()),
        }
    }

    /// Writes the lines of `parent` and of `lines` as adds; where both have a line, the larger quantity.
    pub fn copy(&mut self, parent: &Self, lines: &str) -> Result<(), Refusal> {
        let mut copied: Vec<(LineKey, u32)> = Vec::new();
        let own = parent
            .view
            .lines()
            .into_iter()
            .map(|view| Ok((view.line, view.qty)));
        for line in own.chain(records(lines).map(|mut fields| fields.line())) {
            let (line, qty) = line?;
            match copied.iter_mut().find(|(known, _)| *known == line) {
                Some((_, most)) => *most = qty.max(*most),
                None => copied.push((line, qty)),
            }
        }
        for (line, qty) in copied {
            self.add(line, Quantity::new(qty)?)?;
        }
        Ok(())
    }

    /// Takes the edge's answer to a request that said it had seen the base up to `seen`; false when it cannot be used.
    /// Answers may overtake each other, in one tab or between several.
    pub fn settle(&mut self, reply: &str, seen: u64) -> Result<bool, Invalid> {
        let reply = Reply::parse(reply)?;
        let at = self.base.seq();
        // It says what changed since a state that this base has not reached.
        if !reply.full && seen > at {
            return Ok(false);
        }
        // The edge knows less than it once told: its state was reset, so what it has now is the truth.
        let rewound = reply.full && seen > reply.seq;
        if rewound || reply.seq >= at {
            reply.teach(&mut self.base)?;
        }
        Ok(true)
    }

    /// The base as [`Journal::open`] reads it: the answer that would bring a new browser to this state.
    pub fn base_text(&self) -> String {
        let mut out = Records::default();
        out.number(self.base.seq())
            .number(u64::from(self.base.epoch()));
        out.number(self.base.clock().0).number(1).end();
        for change in &self.base.changes_after(0).1 {
            out.change(change);
        }
        out.into_text()
    }

    /// The events written, and the view.
    pub fn answer(&self) -> String {
        let mut out = self.written.clone();
        let lines = self.view.lines();
        out.text("v").number(u64::from(self.view.epoch()));
        for view in &lines {
            out.dots(&view.dots);
        }
        out.end();
        for view in &lines {
            out.text("l").line(&view.line, view.qty).end();
        }
        out.into_text()
    }

    fn add(&mut self, line: LineKey, qty: Quantity) -> Result<(), Refusal> {
        let (epoch, clock) = (self.view.epoch(), self.tick());
        self.write(
            "add",
            Op::Add {
                epoch,
                clock,
                line,
                qty,
            },
        )
    }

    /// A line's quantity: of several adds behind it one gets the whole quantity, the others go.
    fn set(&mut self, line: LineKey, qty: u32) -> Result<(), Refusal> {
        let views = self.view.lines().into_iter();
        let mut dots = views
            .filter(|view| view.line == line)
            .flat_map(|view| view.dots)
            .collect();
        if qty > 0 {
            let qty = Quantity::new(qty)?;
            let clock = self.tick();
            match Vec::pop(&mut dots) {
                Some(dot) => self.write("set", Op::Set { clock, dot, qty })?,
                None => self.add(line, qty)?,
            }
        }
        self.remove(&dots)
    }

    /// One event names only so many dots.
    fn remove(&mut self, dots: &[Dot]) -> Result<(), Refusal> {
        for some in dots.chunks(Op::MAX_DOTS) {
            self.write(
                "remove",
                Op::Remove {
                    dots: some.to_vec(),
                },
            )?;
        }
        Ok(())
    }

    /// An order or a clear: ends the epoch, covering every add that the shopper saw.
    fn close(&mut self, t: &str) -> Result<(), Refusal> {
        let mut dots: Vec<Dot> = self
            .view
            .lines()
            .into_iter()
            .flat_map(|view| view.dots)
            .collect();
        if dots.is_empty() && t == "clear" {
            return Ok(());
        }
        let rest = dots.split_off(dots.len().min(Op::MAX_DOTS));
        self.remove(&rest)?;
        self.write(t, Op::Close { dots })
    }

    fn tick(&self) -> Hlc {
        self.view.clock().tick(self.now)
    }

    fn write(&mut self, t: &str, op: Op) -> Result<(), Refusal> {
        let id = self.next.ok_or(Invalid::EventId)?;
        self.view.skip_to(id);
        self.view.place(id, &op, self.base.seq())?;
        self.written.text("e").event(id, t, &op);
        self.next = id
            .counter
            .checked_add(1)
            .map(|counter| EventId { counter, ..id });
        Ok(())
    }
}

/// What the edge says of a cart: all of it, or what changed.
struct Reply<'a> {
    seq: u64,
    epoch: u32,
    clock: Hlc,
    full: bool,
    text: &'a str,
}

impl<'a> Reply<'a> {
    fn parse(text: &'a str) -> Result<Self, Invalid> {
        let mut head = records(text).next().ok_or(Invalid::Missing("seq"))?;
        let (seq, epoch, clock) = (head.read()?, head.read()?, Hlc(head.read()?));
        Ok(Self {
            seq,
            epoch,
            clock,
            full: head.text()? == "1",
            text,
        })
    }

    fn teach(&self, base: &mut CartState) -> Result<(), Invalid> {
        let changes = records(self.text)
            .skip(1)
            .map(Fields::change)
            .collect::<Result<_, _>>()?;
        base.learn(self.epoch, self.seq, self.clock, self.full, changes);
        Ok(())
    }
}
