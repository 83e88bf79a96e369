//! What the rules can do and no provider of a worker can yet. The simulation rehearses it, so that it holds on the day on which it
//! is needed. Without the feature `rehearsal`, which no worker is built with, all of it is off at compile time.

#[cfg(feature = "rehearsal")]
mod active {
    use core::sync::atomic::{AtomicBool, Ordering};

    static TEXTS: AtomicBool = AtomicBool::new(false);

    /// Has every provider carry text messages, for the whole process.
    pub fn carry_texts(on: bool) {
        TEXTS.store(on, Ordering::Relaxed);
    }

    /// Whether every provider carries text messages.
    #[inline]
    pub fn texts() -> bool {
        TEXTS.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "rehearsal")]
pub use active::{carry_texts, texts};

/// Whether every provider carries text messages: no.
#[cfg(not(feature = "rehearsal"))]
#[inline(always)]
pub const fn texts() -> bool {
    false
}
