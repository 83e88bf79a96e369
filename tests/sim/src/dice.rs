//! A world's dice.

/// Seeded dice: the same seed throws the same numbers for ever.
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not make neighbouring worlds.
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(fastrand::Rng::with_seed(mixed ^ (mixed >> 31)))
    }

    /// Dice for one moment of a world: what is thrown then does not depend on what was thrown before, so that a shrunk script
    /// keeps the delays of what is left of it.
    pub(crate) fn of_moment(seed: u64, now: u64) -> Self {
        Self(fastrand::Rng::with_seed(
            seed ^ now.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ))
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// From 0 to below `n`; 0 for an `n` of 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.u64(..n) }
    }

    pub(crate) fn small(&mut self, n: u8) -> u8 {
        if n == 0 { 0 } else { self.0.u8(..n) }
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low))
    }

    pub(crate) fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.0.usize(..of.len().max(1))).copied()
    }

    pub(crate) fn entropy(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.number().to_le_bytes());
        }
        bytes
    }

    /// How many opportunities pass until one that has a chance of `per_mille`, from 1.
    pub(crate) fn gap(&mut self, per_mille: u32) -> u32 {
        let chance = f64::from(per_mille.clamp(1, 999)) / 1_000.0;
        // Inverse of the geometric distribution.
        let tries = (1.0 - self.0.f64()).ln() / (1.0 - chance).ln();
        (tries.min(1e6) as u32).saturating_add(1)
    }
}
