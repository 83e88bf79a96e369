//! Proportions, how sure they are, and the bars that they must clear.

/// How many of how many.
#[derive(Clone, Copy, Debug)]
pub struct Proportion {
    /// Those that did.
    pub hits: usize,
    /// All.
    pub of: usize,
}

impl Proportion {
    /// Counts the items that pass.
    pub fn count<T>(items: &[T], passes: impl Fn(&T) -> bool) -> Self {
        Self {
            hits: items.iter().filter(|item| passes(item)).count(),
            of: items.len(),
        }
    }

    /// As a number from 0 to 1.
    pub fn value(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// The binomial standard error.
    pub fn error(self) -> f64 {
        let value = self.value();
        (value * (1.0 - value) / self.of as f64).sqrt()
    }

    /// Whether it exceeds `bar` by more than chance does once in thirty thousand times, four standard errors at the bar.
    pub fn clearly_above(self, bar: f64) -> bool {
        self.value() > bar + 4.0 * (bar * (1.0 - bar) / self.of as f64).sqrt()
    }
}

impl core::fmt::Display for Proportion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = format!(
            "{:.2} ± {:.2} %",
            self.value() * 100.0,
            self.error() * 100.0
        );
        f.pad(&text)
    }
}
