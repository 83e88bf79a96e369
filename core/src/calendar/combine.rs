//! The earliest moment that every rule allows.

use super::{
    Caps, Channel, CountryRule, HORIZON_MS, QuietHours, Reason, Ruling, Sent, WallClock, Zone,
};
use alloc::vec::Vec;

/// The rules that hold at once.
#[derive(Clone, Copy, Debug)]
pub struct Restraint<'a> {
    /// The shop's quiet hours.
    pub quiet: &'a [QuietHours],
    /// The shop's caps and gap.
    pub caps: &'a Caps,
    /// The rules of the shopper's country for the channel; see [`super::rules`].
    pub country: &'a [CountryRule],
}

/// A message that wants to go.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The shopper's zone; several when it is not known, and then local rules hold in each of them (see
    /// [`super::Country::zones`]). UTC when there is none.
    pub zones: &'a [Zone],
    /// How it would go.
    pub channel: Channel,
    /// What went out to this shopper, in any order, for as long as [`Caps::memory_ms`] and, where a country has rules, since the
    /// cart was left.
    pub sent: &'a [Sent],
    /// When the cart was left, epoch ms.
    pub abandoned_at: u64,
    /// How long a send may take until it is accepted, ms: its lease.
    pub span_ms: u64,
}

/// The earliest instant from `now` on at which every rule allows the whole of `[at, at + span_ms]`, or why there is none. The
/// reason is the rule that holds the message longest in one piece: a Sunday ends in a night, and yet it is Sunday that a merchant should
/// hear of.
///
/// Why it is the earliest: let each rule's answer be `f(t)`, the least allowed instant from `t` on. Then `f(t) >= t`, `f` is monotone,
/// and `f(t) = t` exactly where the rule allows `t`. Let `m` be the least instant from `now` on that all rules allow. `at` begins at
/// `now <= m`, and `at <= m` gives `f(at) <= f(m) = m`: no step passes `m`. When no rule moves `at` any more, all allow it, so `at = m`.
///
/// Why it ends: each step but the last moves `at` to the end of a window or a change of offset (quiet hours and countries), to an
/// instant that does not depend on `at` (a cap or the gap, once each), or to never. Windows end at most once a day each, so the
/// horizon of 30 days bounds the rounds; two are usual.
pub fn earliest(restraint: &Restraint<'_>, occasion: &Occasion<'_>, now: u64) -> Ruling {
    let utc = [Zone::UTC];
    let zones = if occasion.zones.is_empty() {
        utc.as_slice()
    } else {
        occasion.zones
    };
    let mut clocks: Vec<WallClock<'_>> = zones.iter().map(WallClock::new).collect();
    let mut search = Search {
        at: now,
        reason: None,
        longest: 0,
    };
    loop {
        let before = search.at;
        search.pass(restraint, occasion, &mut clocks);
        match search.reason {
            None => return Ruling::Allowed,
            Some(reason) if search.at == u64::MAX => return Ruling::Never { reason },
            Some(reason) if search.at > now.saturating_add(HORIZON_MS) => {
                return Ruling::TooFar {
                    at: search.at,
                    reason,
                };
            }
            Some(reason) if search.at == before => {
                return Ruling::NotBefore {
                    at: search.at,
                    reason,
                };
            }
            Some(_) => {}
        }
    }
}

struct Search {
    at: u64,
    reason: Option<Reason>,
    /// For how long that rule holds, ms.
    longest: u64,
}

impl Search {
    /// Asks every rule once.
    fn pass(
        &mut self,
        restraint: &Restraint<'_>,
        occasion: &Occasion<'_>,
        clocks: &mut [WallClock<'_>],
    ) {
        let span = occasion.span_ms;
        let (at, reason) = restraint
            .caps
            .next_allowed(occasion.sent, occasion.channel, self.at);
        if let Some(reason) = reason {
            self.move_to(at, reason);
        }
        for clock in clocks {
            for quiet in restraint.quiet {
                self.move_to(quiet.next_clear(clock, self.at, span), Reason::QuietHours);
            }
            for rule in restraint.country {
                let at = rule.next_clear(
                    clock,
                    occasion.channel,
                    occasion.abandoned_at,
                    occasion.sent,
                    self.at,
                    span,
                );
                self.move_to(at, rule.reason());
            }
        }
    }

    fn move_to(&mut self, at: u64, reason: Reason) {
        let held = at.saturating_sub(self.at);
        if held > self.longest {
            self.reason = Some(reason);
            self.longest = held;
        }
        self.at = self.at.max(at);
    }
}

#[cfg(test)]
mod tests;
