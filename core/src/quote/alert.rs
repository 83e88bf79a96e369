//! One alert: of one quote, to one service, once.

use crate::bugs::{self, Bug};
use crate::delivery::{Proof, Repeats};
use crate::errand::{Ended, Errand, Service, Tries, Work};
use crate::ids::CartId;
use crate::quote::FieldName;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What became of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is still to be told.
    Open,
    /// It was told; the service's own id for it.
    Told(String),
    /// Nobody knows whether it was, and telling it twice would make two tasks of it.
    Unknown,
    /// It was not.
    Failed,
    /// There was nothing to tell by then.
    Needless,
}

/// An alert about one quote to one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Where.
    pub service: Service,
    /// About which cart.
    pub cart: CartId,
    /// In which epoch of it: each is told of once.
    pub epoch: u32,
    /// What became of it.
    pub fate: Fate,
    /// The tries.
    pub tries: Tries,
    /// The field of Salesforce's tasks by which two tellings are one, where the shop has named it.
    pub key: Option<FieldName>,
    /// Whether a try that may have told it has an end that nobody knows.
    doubt: bool,
}

impl Alert {
    /// One to be told at `now`, epoch ms.
    pub fn new(
        service: Service,
        (cart, epoch): (CartId, u32),
        key: Option<FieldName>,
        now: u64,
    ) -> Self {
        let mut tries = Tries::default();
        tries.start(now);
        Self {
            service,
            cart,
            epoch,
            fate: Fate::Open,
            tries,
            key,
            doubt: false,
        }
    }

    /// Whether it is this one that is meant.
    pub fn is(&self, service: Service, cart: CartId, epoch: u32) -> bool {
        (self.service, self.cart, self.epoch) == (service, cart, epoch)
    }

    /// Begins the next try where one is due; `object`: the name of the cart's object.
    pub fn begin(&mut self, object: &str, now: u64) -> Option<Errand> {
        let (number, lease_until) = self.tries.begin(now)?;
        Some(Errand {
            number,
            lease_until,
            work: Work::Alert {
                service: self.service,
                cart: self.cart,
                object: String::from(object),
                epoch: self.epoch,
                key: self.key.clone(),
            },
        })
    }

    /// It is not worth telling any more: unless one try may have.
    pub fn drop_it(&mut self) {
        if self.fate == Fate::Open && self.tries.lease_until.is_none() {
            self.close(if self.doubt {
                Fate::Unknown
            } else {
                Fate::Needless
            });
        }
    }

    fn close(&mut self, fate: Fate) {
        self.fate = fate;
        self.tries.rest();
    }

    /// The try under way has not answered in time; whether one has.
    pub fn lose(&mut self, waits: &[u64], seed: u64, now: u64) -> bool {
        let lost = self.tries.is_lost(now);
        if lost {
            self.failed("lease_ended", Proof::Nothing, (0, waits, seed), now);
        }
        lost
    }

    /// Takes what came of try `number`.
    pub fn settle(&mut self, number: u32, ended: Ended, (waits, seed): (&[u64], u64), now: u64) {
        if !self.tries.end(number) {
            return;
        }
        match ended {
            Ended::Done { id } => self.close(Fate::Told(id)),
            Ended::Needless { code } => {
                self.tries.code = Some(code);
                self.close(if self.doubt {
                    Fate::Unknown
                } else {
                    Fate::Needless
                });
            }
            Ended::Failed {
                code,
                proof,
                wait_ms,
            } => self.failed(&code, proof, (wait_ms, waits, seed), now),
        }
    }

    fn failed(
        &mut self,
        code: &str,
        proof: Proof,
        (wait_ms, waits, seed): (u64, &[u64], u64),
        now: u64,
    ) {
        self.tries.code = Some(String::from(code));
        self.doubt |= proof == Proof::Nothing;
        let is_safe = self.service.row().repeats == Repeats::Always
            || self.key.is_some()
            || bugs::is(Bug::AlertTwice);
        if self.doubt && !is_safe {
            return self.close(Fate::Unknown);
        }
        if proof == Proof::Transient && bugs::is(Bug::AlertForgotten) {
            return self.close(Fate::Needless);
        }
        let goes_on = proof != Proof::Rejected && self.tries.put_off(waits, wait_ms, seed, now);
        if !goes_on {
            self.close(if self.doubt {
                Fate::Unknown
            } else {
                Fate::Failed
            });
        }
    }

    /// Where it stands, in a word.
    pub fn state(&self) -> &'static str {
        match self.fate {
            Fate::Open => "open",
            Fate::Told(_) => "told",
            Fate::Unknown => "unknown",
            Fate::Failed => "failed",
            Fate::Needless => "needless",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: [u64; 1] = [1_000];

    fn begun(service: Service, key: Option<&str>) -> (Alert, u32) {
        let key = key.map(|key| FieldName::new(key).unwrap());
        let mut alert = Alert::new(service, (CartId([1; 16]), 0), key, 0);
        let errand = alert.begin("cart", 0).unwrap();
        (alert, errand.number)
    }

    fn after(service: Service, proof: Proof, key: Option<&str>) -> &'static str {
        let (mut alert, number) = begun(service, key);
        let ended = Ended::Failed {
            code: "x".into(),
            proof,
            wait_ms: 0,
        };
        alert.settle(number, ended, (&WAITS, 0), 1);
        alert.state()
    }

    #[test]
    fn what_may_have_been_told_is_told_again_only_where_two_are_one() {
        let key = Some("Homing_Id__c");
        assert_eq!(after(Service::Hubspot, Proof::Nothing, None), "unknown");
        assert_eq!(after(Service::Hubspot, Proof::Transient, None), "open");
        assert_eq!(after(Service::Salesforce, Proof::Nothing, key), "open");
        assert_eq!(after(Service::Salesforce, Proof::Nothing, None), "unknown");
        assert_eq!(after(Service::Hubspot, Proof::Rejected, None), "failed");
    }

    #[test]
    fn a_lease_that_ends_without_a_word_is_no_proof() {
        let (mut alert, _) = begun(Service::Hubspot, None);
        assert!(!alert.lose(&WAITS, 0, 19_999));
        assert!(alert.lose(&WAITS, 0, 20_000));
        assert_eq!(alert.state(), "unknown");
        let (mut alert, _) = begun(Service::Endpoints, None);
        alert.lose(&WAITS, 0, 20_000);
        assert_eq!(alert.state(), "open");
        alert.drop_it();
        assert_eq!(alert.state(), "unknown", "one try may have told it");
    }

    #[test]
    fn a_quote_that_was_bought_meanwhile_is_told_to_nobody() {
        let mut alert = Alert::new(Service::Hubspot, (CartId([1; 16]), 0), None, 0);
        alert.drop_it();
        assert_eq!((alert.state(), alert.tries.wake_at()), ("needless", None));
    }
}
