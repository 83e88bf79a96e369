//! Evidence that grows only by chance while a hypothesis is true, however long one watches it.
//!
//! Both kinds here are mixtures of likelihood ratios. Under the hypothesis they are non-negative martingales (or, for the
//! Gaussian one, behave like one in large samples) that begin at 1, so by Ville's inequality the probability that one *ever*
//! reaches 1/α is at most α.

/// The logarithm of the Dirichlet-multinomial Bayes factor against the hypothesis that a thing falls into category `i` with
/// probability `θᵢ`, after `nᵢ` things did: Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS
/// 2022), with the prior Dirichlet(`kθ`),
///
/// `ln [Γ(k)/Γ(k+n) · ∏ Γ(kθᵢ+nᵢ)/Γ(kθᵢ) · θᵢ^−nᵢ]`.
///
/// `cells` are `(θᵢ, nᵢ)`; the `θᵢ` are positive and sum to 1. The larger `k`, the smaller the deviations that it looks for:
/// it is quickest at those that show after about 9`k` things. Exact for every number of things.
///
/// As a function of `θ` for two categories it is convex: `ln Γ(kθ+n) − ln Γ(kθ) − n ln θ = Σ_{j<n} ln(k + j/θ)`, whose second
/// derivative `Σ j(2kθ+j)/(kθ²+jθ)²` is not negative. So the probabilities that it does not refute form an interval.
pub fn ln_multinomial(k: f64, cells: &[(f64, u64)]) -> f64 {
    let n: f64 = cells.iter().map(|(_, count)| *count as f64).sum();
    cells
        .iter()
        .filter(|(_, count)| *count > 0)
        .fold(-ln_rise(k, n), |sum, (share, count)| {
            let count = *count as f64;
            // What cannot happen, and did, refutes the hypothesis by itself.
            if *share > 0.0 {
                sum + ln_rise(k * share, count) - count * libm::log(*share)
            } else {
                f64::INFINITY
            }
        })
}

/// `ln Γ(a+n) − ln Γ(a)`.
fn ln_rise(a: f64, n: f64) -> f64 {
    libm::lgamma(a + n) - libm::lgamma(a)
}

/// How many standard errors an estimate may stray from the truth before a mixture over normally distributed alternatives with
/// deviation `spread` reaches 1/α: `√[(1 + s²/τ²)(2 ln(1/α) + ln(1 + τ²/s²))]` for the standard error `s` and spread `τ`.
///
/// This is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
/// theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024), Theorem 2.2,
/// `μ̂ ± σ̂ √[2(tρ²+1)/(t²ρ²) · ln(√(tρ²+1)/α)]`, with `s = σ̂/√t` and `ρ = τ/σ̂`.
pub fn normal_radius(standard_error: f64, spread: f64, alpha: f64) -> f64 {
    let ratio = (standard_error / spread) * (standard_error / spread);
    libm::sqrt((1.0 + ratio) * (-2.0 * libm::log(alpha) + libm::log1p(1.0 / ratio)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The chance of all sequences of `n` things in two categories, weighted by the evidence that they end with: a
    /// martingale's mean, which is where the guarantee comes from.
    #[test]
    fn evidence_is_one_in_the_mean_while_the_hypothesis_is_true() {
        for share in [0.05_f64, 0.3, 0.5] {
            let mut mean = 0.0;
            for sequence in 0_u32..1 << 14 {
                let ones = u64::from(sequence.count_ones());
                let cells = [(share, ones), (1.0 - share, 14 - ones)];
                let chance = share.powi(ones as i32) * (1.0 - share).powi(14 - ones as i32);
                mean += chance * ln_multinomial(50.0, &cells).exp();
            }
            assert!((mean - 1.0).abs() < 1e-9, "{share}: {mean}");
        }
    }

    proptest! {
        #[test]
        fn evidence_is_convex_in_the_probability(
            k in 1.0_f64..2_000.0, n in 0_u64..5_000, m in 0_u64..5_000, a in 0.01_f64..0.99, b in 0.01_f64..0.99
        ) {
            let at = |share: f64| ln_multinomial(k, &[(share, n), (1.0 - share, m)]);
            let chord = (at(a) + at(b)) / 2.0;
            prop_assert!(at((a + b) / 2.0) <= chord + 1e-7 * (1.0 + chord.abs()));
        }

        #[test]
        fn the_observed_share_is_never_refuted(k in 1.0_f64..2_000.0, n in 1_u64..1_000_000, m in 1_u64..1_000_000) {
            let share = n as f64 / (n + m) as f64;
            prop_assert!(ln_multinomial(k, &[(share, n), (1.0 - share, m)]) < 1e-6);
        }

        #[test]
        fn order_does_not_matter_and_many_categories_agree_with_two(n in 0_u64..10_000, m in 0_u64..10_000) {
            let two = ln_multinomial(100.0, &[(0.3, n), (0.7, m)]);
            let turned = ln_multinomial(100.0, &[(0.7, m), (0.3, n)]);
            prop_assert!((two - turned).abs() <= 1e-7 * (1.0 + two.abs()));
        }
    }

    #[test]
    fn what_cannot_happen_refutes() {
        assert_eq!(ln_multinomial(100.0, &[(0.0, 1), (1.0, 5)]), f64::INFINITY);
        assert!(ln_multinomial(100.0, &[(0.0, 0), (1.0, 5)]).abs() < 1e-9);
    }

    #[test]
    fn the_normal_radius_is_the_papers() {
        // Theorem 2.2 as printed, in t, σ and ρ.
        let (t, sigma, rho, alpha) = (2_500.0_f64, 0.31_f64, 0.06_f64, 0.05_f64);
        let v = t * rho * rho + 1.0;
        let printed = sigma * (2.0 * v / (t * t * rho * rho) * (v.sqrt() / alpha).ln()).sqrt();
        let se = sigma / t.sqrt();
        let ours = se * normal_radius(se, rho * sigma, alpha);
        assert!((printed - ours).abs() < 1e-12 * printed, "{printed} {ours}");
    }
}
