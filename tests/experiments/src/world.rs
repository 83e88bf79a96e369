//! Shops whose truth is known.

/// One arm of a world.
#[derive(Clone, Copy, Debug)]
pub struct Treated {
    /// Its share by design, basis points.
    pub share_bp: u16,
    /// Its share in truth, which differs where shoppers get lost.
    pub true_share: f64,
    /// With what probability an exposed shopper buys.
    pub rate: f64,
}

/// A shop and its experiment.
#[derive(Clone, Debug)]
pub struct World {
    /// What is particular about it.
    pub name: &'static str,
    /// Its arms, the control first.
    pub arms: Vec<Treated>,
    /// Shoppers between two looks.
    pub shoppers: u64,
    /// How often it is looked at.
    pub looks: u32,
    /// How far conversion rates swing within seven looks, as a part of themselves.
    pub swing: f64,
    /// With what probability a shopper who is going to buy does so before the next look; 1: at once.
    pub haste: f64,
    /// The deviation of the logarithm of what a buyer spends; `None`: all spend the same.
    pub spread: Option<f64>,
}

impl World {
    /// Two arms that buy alike, read on 60 days: `control_bp` of `shoppers` a day are the control, and `rate` of all buy.
    pub fn alike(name: &'static str, control_bp: u16, shoppers: u64, rate: f64) -> Self {
        let arm = |share_bp: u16| Treated {
            share_bp,
            true_share: f64::from(share_bp) / 10_000.0,
            rate,
        };
        Self {
            name,
            arms: vec![arm(control_bp), arm(10_000_u16.saturating_sub(control_bp))],
            shoppers,
            looks: 60,
            swing: 0.0,
            haste: 1.0,
            spread: Some(0.8),
        }
    }

    /// The same with `arms` equal arms.
    pub fn equal_arms(mut self, arms: u16) -> Self {
        let Some(first) = self.arms.first().copied() else {
            return self;
        };
        self.arms = (0..arms)
            .map(|n| {
                let share_bp = 10_000 / arms + u16::from(n < 10_000 % arms);
                Treated {
                    share_bp,
                    true_share: f64::from(share_bp) / 10_000.0,
                    ..first
                }
            })
            .collect();
        self
    }

    /// The same, where all arms but the control sell `lift` more, 0.1 being ten percent.
    pub fn with_lift(mut self, lift: f64) -> Self {
        for arm in self.arms.iter_mut().skip(1) {
            arm.rate *= 1.0 + lift;
        }
        self
    }

    /// The same, where the control really gets `share` of the shoppers.
    pub fn with_true_control_share(mut self, share: f64) -> Self {
        let rest: f64 = self.arms.iter().skip(1).map(|arm| arm.true_share).sum();
        for (n, arm) in self.arms.iter_mut().enumerate() {
            arm.true_share = if n == 0 {
                share
            } else {
                arm.true_share / rest * (1.0 - share)
            };
        }
        self
    }

    /// The true relative lift of arm `n`.
    pub fn relative(&self, n: usize) -> f64 {
        self.rates(n)
            .map_or(0.0, |(arm, control)| arm / control - 1.0)
    }

    /// The true absolute lift of conversion of arm `n`; `None` where it changes with time.
    pub fn absolute(&self, n: usize) -> Option<f64> {
        (self.swing == 0.0 && self.haste == 1.0)
            .then(|| self.rates(n).map_or(0.0, |(arm, control)| arm - control))
    }

    fn rates(&self, n: usize) -> Option<(f64, f64)> {
        Some((self.arms.get(n)?.rate, self.arms.first()?.rate))
    }
}
