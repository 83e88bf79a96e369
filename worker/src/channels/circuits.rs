//! The circuit breakers of this isolate. Each isolate learns by the calls that it makes itself: while a provider is down, each of the few
//! that consume the queue spends some tries on finding out, and from then on a probe at a time.

use super::Tried;
use homing_core::delivery::Outcome;
use homing_core::delivery::Provider;
use homing_core::delivery::breaker::{Breaker, Health};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static BREAKERS: RefCell<BTreeMap<Provider, Breaker>> = const { RefCell::new(BTreeMap::new()) };
}

/// Which providers of a shop may be called now, and which are let through as a probe.
pub struct Passage {
    /// Those that rest.
    pub resting: Vec<Provider>,
    probes: Vec<Provider>,
}

/// Asks the circuits of these providers.
pub fn ask(providers: impl Iterator<Item = Provider>, now: u64) -> Passage {
    let mut passage = Passage {
        resting: Vec::new(),
        probes: Vec::new(),
    };
    BREAKERS.with_borrow_mut(|breakers| {
        for provider in providers {
            // One of which nothing is known is well.
            let Some(breaker) = breakers.get_mut(&provider) else {
                continue;
            };
            if !breaker.admits(now) {
                passage.resting.push(provider);
            } else if breaker.is_open() {
                passage.probes.push(provider);
            }
        }
    });
    passage
}

impl Passage {
    /// Gives back the probes that were not needed: all but the one that `called` is.
    pub fn end(self, called: Option<Provider>) {
        BREAKERS.with_borrow_mut(|breakers| {
            let unused = self.probes.iter().filter(|probe| Some(**probe) != called);
            for provider in unused {
                if let Some(breaker) = breakers.get_mut(provider) {
                    breaker.withdraw();
                }
            }
        });
    }
}

/// Gives back the probe of a provider that was let through and not called after all.
pub fn give_back(provider: Provider) {
    BREAKERS.with_borrow_mut(|breakers| {
        if let Some(breaker) = breakers.get_mut(&provider) {
            breaker.withdraw();
        }
    });
}

/// Whether a try failed for what is true of every message: no connection, no answer, too much at once, no secret.
fn is_about_all(code: &str) -> bool {
    const NO_SERVICE: [&str; 7] = [
        "_429",
        "_503",
        "_421",
        "_connection",
        "_timeout",
        "_no_reply",
        "_not_configured",
    ];
    NO_SERVICE.iter().any(|end| code.ends_with(end))
}

/// Takes what a try says of its provider.
pub fn note(provider: Provider, tried: &Tried, now: u64) {
    let health = match &tried.outcome {
        Outcome::Accepted { .. }
        | Outcome::Rejected { .. }
        | Outcome::OptedOut { .. }
        | Outcome::NoCode { .. } => Health::Well,
        // It answered, and what it refused may be about this shop's sender or this one mailbox alone: others go on.
        Outcome::Transient { code } if tried.retry_after_ms.is_none() && !is_about_all(code) => {
            Health::Well
        }
        Outcome::Transient { .. } | Outcome::Unknown { .. } => Health::Unwell {
            rest_ms: tried.retry_after_ms,
        },
    };
    BREAKERS.with_borrow_mut(|breakers| {
        // An isolate whose providers are all well remembers nothing.
        if health == Health::Well {
            breakers.remove(&provider);
        } else {
            breakers.entry(provider).or_default().note(health, now);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::is_about_all;

    #[test]
    fn one_shops_sender_is_no_reason_to_leave_a_provider_alone() {
        for code in ["resend_429", "smtp_connection", "smtp_421", "ses_503"] {
            assert!(is_about_all(code), "{code}");
        }
        for code in ["resend_403", "postmark_422", "smtp_450", "smtp_451"] {
            assert!(!is_about_all(code), "{code}");
        }
    }
}
