//! How many requests wait, and how long they wait.

/// Requests under way and how long answered ones took. A request that is never heard of again, because its client went away and
/// the platform dropped it, is forgotten after [`Gauge::FORGOTTEN_S`]: a count that only grows would shed for ever.
#[derive(Clone, Debug, Default)]
pub(super) struct Gauge {
    /// Requests under way, by the second in which they began.
    open: [u32; Self::SECONDS],
    in_flight: u32,
    /// The second that `open` is up to date with, s.
    second: u64,
    /// The window under way: its number, and what was answered in it.
    window: u64,
    answered: u64,
    took_ms: u64,
    /// Smoothed over the windows before, in sixteenths of a ms.
    smoothed: u64,
}

impl Gauge {
    const SECONDS: usize = 32;
    /// After how many seconds a request counts as gone.
    pub(super) const FORGOTTEN_S: u64 = 32;
    /// How long a window is, ms.
    const WINDOW_MS: u64 = 250;
    /// After this many empty windows nothing is left of the smoothed time.
    const MOST_EMPTY: u64 = 32;

    pub(super) fn begin(&mut self, now: u64) {
        self.turn(now);
        if let Some(open) = self.open_in(now / 1_000) {
            *open = open.saturating_add(1);
            self.in_flight = self.in_flight.saturating_add(1);
        }
    }

    pub(super) fn end(&mut self, begun: u64, now: u64) {
        self.turn(now);
        self.answered = self.answered.saturating_add(1);
        self.took_ms = self.took_ms.saturating_add(now.saturating_sub(begun));
        if let Some(open) = self.open_in(begun / 1_000)
            && let Some(rest) = open.checked_sub(1)
        {
            *open = rest;
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// Takes note of the time.
    pub(super) fn turn(&mut self, now: u64) {
        let second = now / 1_000;
        if second > self.second {
            let passed = (second - self.second).min(Self::FORGOTTEN_S);
            for back in 0..passed {
                if let Some(open) = self.open_at(second.saturating_sub(back)) {
                    let gone = core::mem::take(open);
                    self.in_flight = self.in_flight.saturating_sub(gone);
                }
            }
            self.second = second;
        }
        let window = now / Self::WINDOW_MS;
        if window > self.window {
            let passed = window - self.window;
            self.close_window();
            // While requests wait and none is answered, what was is all that is known.
            if self.in_flight == 0 {
                for _ in 1..passed.min(Self::MOST_EMPTY) {
                    self.smooth(0);
                }
            }
            self.window = window;
        }
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    pub(super) fn answer_ms(&self) -> u64 {
        self.smoothed / 16
    }

    fn close_window(&mut self) {
        match (self.took_ms * 16).checked_div(self.answered) {
            Some(mean) => self.smooth(mean),
            None if self.in_flight == 0 => self.smooth(0),
            None => {}
        }
        self.answered = 0;
        self.took_ms = 0;
    }

    /// Exponential smoothing with a weight of a quarter: what was a second ago counts for a third.
    fn smooth(&mut self, mean: u64) {
        self.smoothed = (self.smoothed.saturating_mul(3).saturating_add(mean)) / 4;
    }

    /// The count of a second that is not forgotten yet; `None` as well where a clock has gone back.
    fn open_in(&mut self, second: u64) -> Option<&mut u32> {
        let age = self.second.checked_sub(second)?;
        if age >= Self::FORGOTTEN_S {
            return None;
        }
        self.open_at(second)
    }

    fn open_at(&mut self, second: u64) -> Option<&mut u32> {
        let place = usize::try_from(second % Self::FORGOTTEN_S).unwrap_or(0);
        self.open.get_mut(place)
    }
}
