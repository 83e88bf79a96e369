//! A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) in 64 bits.

use core::fmt;

/// Milliseconds since the epoch in the upper 48 bits, a counter in the lower 16: later is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Hlc(pub u64);

impl Hlc {
    /// How far, in ms, a browser's clock may run ahead of the edge's before it is clamped.
    pub const MAX_AHEAD_MS: u64 = 60_000;

    const MAX_MS: u64 = (1 << 48) - 1;

    /// The clock at `ms` with counter 0.
    pub fn at(ms: u64) -> Self {
        Self(ms.min(Self::MAX_MS) << 16)
    }

    /// Milliseconds since the epoch.
    pub fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// The next reading of a clock that last read `self`, at physical time `now` (ms).
    #[must_use]
    pub fn tick(self, now: u64) -> Self {
        let physical = Self::at(now);
        if physical > self {
            physical
        } else {
            Self(self.0.saturating_add(1))
        }
    }

    /// Pulls a clock that runs ahead of the edge's `now` (ms) by more than [`Self::MAX_AHEAD_MS`] back to that
    /// bound: a device set to the year 2100 must not win every conflict until then.
    #[must_use]
    pub fn clamp(self, now: u64) -> Self {
        self.min(Self::at(now.saturating_add(Self::MAX_AHEAD_MS)))
    }
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Hlc;

    #[test]
    fn ticks_grow_even_when_the_wall_clock_steps_back() {
        let first = Hlc::default().tick(1_000);
        let second = first.tick(400);
        assert!(second > first);
        assert_eq!(second.ms(), 1_000);
        // Nor does it stand still within a millisecond.
        let third = Hlc::at(1_000);
        assert_eq!(third.tick(1_000), Hlc(third.0 + 1));
    }

    #[test]
    fn it_is_a_number_of_which_the_upper_48_bits_are_ms() {
        assert_eq!(Hlc(65_536 * 7 + 5).to_string(), "458757");
        assert_eq!(Hlc(65_536 * 7 + 5).ms(), 7);
        // A time beyond the year 10,000 is the last one that there is.
        assert_eq!(Hlc::at(u64::MAX).ms(), 281_474_976_710_655);
    }

    #[test]
    fn a_hostile_clock_is_clamped_and_an_honest_one_kept() {
        assert_eq!(Hlc::at(4_000_000_000_000).clamp(1_000), Hlc::at(61_000));
        assert_eq!(Hlc::at(900).clamp(1_000), Hlc::at(900));
    }
}
