//! How many requests wait, how long they have waited, and how long those took that were answered.

/// Requests under way and how long answered ones took. A request that is never heard of again, because its client went away and
/// the platform dropped it, is forgotten after [`Gauge::WINDOWS`] windows: a count that only grows would shed for ever.
#[derive(Clone, Debug)]
pub(super) struct Gauge {
    /// Requests under way, by the window in which they began.
    open: [u32; Self::PLACES],
    in_flight: u32,
    /// The window under way, and what was answered in it.
    window: u64,
    answered: u64,
    took_ms: u64,
    /// How long answers took, smoothed over the windows before, in sixteenths of a ms.
    smoothed: u64,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            open: [0; Self::PLACES],
            in_flight: 0,
            window: 0,
            answered: 0,
            took_ms: 0,
            smoothed: 0,
        }
    }
}

impl Gauge {
    const PLACES: usize = 128;
    /// How many windows are remembered: 32 s.
    pub(super) const WINDOWS: u64 = 128;
    /// How long a window is, ms.
    pub(super) const WINDOW_MS: u64 = 250;
    /// After this many empty windows nothing is left of the smoothed time.
    const MOST_EMPTY: u64 = 64;

    pub(super) fn begin(&mut self, now: u64) {
        self.turn(now);
        if let Some(open) = self.open_in(now / Self::WINDOW_MS) {
            *open = open.saturating_add(1);
            self.in_flight = self.in_flight.saturating_add(1);
        }
    }

    /// `more`: what counts beside the time that it took, ms.
    pub(super) fn end(&mut self, begun: u64, now: u64, more: u64) {
        self.turn(now);
        let took = now.saturating_sub(begun).saturating_add(more);
        self.answered = self.answered.saturating_add(1);
        self.took_ms = self.took_ms.saturating_add(took);
        if let Some(open) = self.open_in(begun / Self::WINDOW_MS)
            && let Some(rest) = open.checked_sub(1)
        {
            *open = rest;
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// Takes note of the time.
    pub(super) fn turn(&mut self, now: u64) {
        let window = now / Self::WINDOW_MS;
        let Some(passed) = window.checked_sub(self.window).filter(|passed| *passed > 0) else {
            return;
        };
        self.close_window();
        self.window = window;
        for back in 0..passed.min(Self::WINDOWS) {
            if let Some(open) = self.open_at(window.saturating_sub(back)) {
                let gone = core::mem::take(open);
                self.in_flight = self.in_flight.saturating_sub(gone);
            }
        }
        // While requests wait and none is answered, what was is all that is known.
        if self.in_flight == 0 {
            for _ in 1..passed.min(Self::MOST_EMPTY) {
                self.smooth(0);
            }
        }
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// How long answers took, smoothed, ms.
    pub(super) fn answer_ms(&self) -> u64 {
        self.smoothed / 16
    }

    /// How long the `crowd`th oldest of those that wait has waited at least, ms; 0 where fewer do. Answers tell of slowness only
    /// when they come.
    pub(super) fn waited_ms(&self, crowd: u32) -> u64 {
        let Some(mut younger) = self.in_flight.checked_sub(crowd.max(1)) else {
            return 0;
        };
        // From the newest on: on a calm day the first windows hold everything.
        for back in 0..Self::WINDOWS {
            let open = Self::place(self.window.saturating_sub(back));
            match younger.checked_sub(self.open.get(open).copied().unwrap_or(0)) {
                Some(rest) => younger = rest,
                None => return back * Self::WINDOW_MS,
            }
        }
        Self::WINDOWS * Self::WINDOW_MS
    }

    fn close_window(&mut self) {
        match self.took_ms.saturating_mul(16).checked_div(self.answered) {
            Some(mean) => self.smooth(mean),
            None if self.in_flight == 0 => self.smooth(0),
            None => {}
        }
        self.answered = 0;
        self.took_ms = 0;
    }

    /// Exponential smoothing with a weight of a quarter: what was a second ago counts for a third.
    fn smooth(&mut self, mean: u64) {
        self.smoothed = self.smoothed.saturating_mul(3).saturating_add(mean) / 4;
    }

    /// The count of a window that is not forgotten yet; `None` as well where a clock has gone back.
    fn open_in(&mut self, window: u64) -> Option<&mut u32> {
        let age = self.window.checked_sub(window)?;
        if age >= Self::WINDOWS {
            return None;
        }
        self.open_at(window)
    }

    fn open_at(&mut self, window: u64) -> Option<&mut u32> {
        let place = Self::place(window);
        self.open.get_mut(place)
    }

    fn place(window: u64) -> usize {
        usize::try_from(window % Self::WINDOWS).unwrap_or(0)
    }
}
