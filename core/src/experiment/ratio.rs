//! Sample ratio mismatch: arms that have other shares of shoppers than they should. Something between the draw and the count
//! loses or adds shoppers of one arm, and these are seldom like the rest; then no lift means anything. Common causes are a
//! message that breaks, a redirect that loses people, and bots.

use super::mixture::ln_multinomial;
use super::{allocation::Share, tally::Tally};
use alloc::vec::Vec;

/// With what probability a sound experiment is ever called mismatched. Small, because the guard watches every experiment of every
/// shop, and because it costs little: evidence grows exponentially with shoppers.
pub const ALPHA: f64 = 0.001;

/// Concentration of the prior around the shares by design: quickest at mismatches that show after some ten thousand shoppers.
pub const CONCENTRATION: f64 = 1_000.0;

/// The logarithm of the evidence that exposures do not follow the design; see [`ln_multinomial`]. It may be read at any time.
/// Evidence from several revisions of an experiment adds up.
pub fn ln_evidence(design: &[Share], tally: &Tally) -> f64 {
    let whole: f64 = design.iter().map(|share| f64::from(share.share_bp)).sum();
    let cells: Vec<(f64, u64)> = design
        .iter()
        .map(|share| {
            (
                f64::from(share.share_bp) / whole,
                tally.of(&share.arm).exposures,
            )
        })
        .collect();
    ln_multinomial(CONCENTRATION, &cells)
}

/// Whether evidence suffices to hide the experiment's lift.
pub fn mismatched(ln_evidence: f64) -> bool {
    ln_evidence >= -libm::log(ALPHA)
}

#[cfg(test)]
mod tests {
    use super::super::allocation::tests::shares;
    use super::*;

    fn evidence(of: &[(&str, u16, u64)]) -> f64 {
        let mut tally = Tally::default();
        for (arm, _, exposures) in of {
            tally.arm_mut(&arm.parse().unwrap()).exposures = *exposures;
        }
        let design: Vec<(&str, u16)> = of.iter().map(|(arm, share, _)| (*arm, *share)).collect();
        ln_evidence(&shares(&design), &tally)
    }

    #[test]
    fn what_follows_the_design_is_no_mismatch() {
        assert_eq!(evidence(&[("a", 5_000, 0), ("b", 5_000, 0)]), 0.0);
        // Two deviations away is nothing unusual.
        assert!(!mismatched(evidence(&[
            ("a", 5_000, 10_100),
            ("b", 5_000, 9_900)
        ])));
        assert!(!mismatched(evidence(&[
            ("h", 500, 530),
            ("t", 9_500, 9_470)
        ])));
    }

    #[test]
    fn a_lasting_deviation_is_a_mismatch() {
        assert!(mismatched(evidence(&[
            ("a", 5_000, 9_600),
            ("b", 5_000, 10_400)
        ])));
        assert!(mismatched(evidence(&[("h", 500, 0), ("t", 9_500, 1_000)])));
        let thirds = [
            ("a", 3_334, 6_000),
            ("b", 3_333, 6_600),
            ("c", 3_333, 6_000),
        ];
        assert!(mismatched(evidence(&thirds)));
    }
}
