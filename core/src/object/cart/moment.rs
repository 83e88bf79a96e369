//! When something is taken into a cart.

/// When something is taken, and with which salt.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    /// When it happened, as whoever tells it says, epoch ms; not after `now`.
    pub(super) at: u64,
    /// When the edge heard of it first, epoch ms: before `now` where another cart had taken it already.
    pub(super) heard_at: u64,
    /// Epoch ms.
    pub(super) now: u64,
    pub(super) entropy: &'a [u8; 32],
}

impl<'a> Moment<'a> {
    /// Of something that nobody else has told of.
    pub(super) fn new(at: u64, now: u64, entropy: &'a [u8; 32]) -> Self {
        Self {
            at: at.min(now),
            heard_at: now,
            now,
            entropy,
        }
    }
}
