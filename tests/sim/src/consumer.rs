//! Queues, the consumer of deliveries, and the providers behind it: `worker/src/queues/{deliveries,relay}.rs`,
//! `worker/src/channels`. A queue delivers at least once, in any order, and locally it may lose everything.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event, Stopping};
use crate::fault::{Fault, Opportunity};
use crate::host::{Basket, Person, ShopperAsk};
use crate::notification::place_of;
use crate::witness::{code_in, number_of};
use crate::world::World;
use homing_core::delivery::{Body, DeliveryKey, Outcome};
use homing_core::object::cart::{Input as CartInput, Reply as CartReply};
use homing_core::object::shopper::Reply as ShopperReply;
use homing_core::shop::{Carrier, Provider};

/// What a consumer leaves of a lease for saying what became of the try, ms; `worker/src/channels/mod.rs`.
const MARGIN_MS: u64 = 4_000;
const RELAY_FIRST_MS: u64 = 20_000;
const RELAY_MAX_MS: u64 = 15 * 60_000;

/// A consumer at work on one hint.
pub(crate) struct Consumer {
    person: Id<Person>,
    key: DeliveryKey,
    attempt: u32,
    outcome: Option<Outcome>,
    reports: u8,
    report_lost: bool,
    /// What it may do.
    go: Option<Go>,
    /// The code that the message names which it may send: a later try may name another one while this one is under way.
    code: Option<String>,
    /// The number that a text of it goes to.
    number: Option<String>,
}

/// The right to send, as a consumer remembers it.
#[derive(Clone, Copy)]
struct Go {
    provider: Carrier,
    lease_until: u64,
    /// The browser that a notification goes to.
    place: Option<u32>,
    /// Whether the consumer is killed after the send.
    is_killed: bool,
}

/// Most time that a code may take, ms; `worker/src/platforms/mod.rs`.
const CODE_MS: u64 = 6_000;

/// A key that a provider remembers.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    since: u64,
    accepted_at: u64,
    body: u64,
}

/// How a try ends: when the provider accepts, if it does, and when the consumer learns what.
struct Ending {
    accepts_at: Option<u64>,
    learns_at: u64,
    outcome: Outcome,
}

impl World<'_> {
    /// Puts a hint into the queue.
    pub(crate) fn hint(&mut self, person: Id<Person>, key: DeliveryKey) {
        let soon = self.now + self.dice.between(20, 1_500);
        match self.strike(Opportunity::Hint) {
            Some(Fault::HintLost) => return,
            Some(Fault::HintTwice) => {
                let again = soon + self.dice.below(3_000);
                self.agenda.put(again, Event::Hint { person, key });
            }
            Some(Fault::HintLate) => {
                let late = self.now + self.dice.between(1_000, 1_800_000);
                return self.agenda.put(late, Event::Hint { person, key });
            }
            _ => {}
        }
        self.agenda.put(soon, Event::Hint { person, key });
    }

    pub(crate) fn consume(&mut self, person: Id<Person>, key: DeliveryKey) {
        self.tally.bill.queued();
        let consumer = self.consumers.put(Consumer {
            person,
            key,
            attempt: 0,
            outcome: None,
            reports: 0,
            report_lost: false,
            go: None,
            code: None,
            number: None,
        });
        let to = Callee::Shopper(person, ShopperAsk::Release(key));
        self.call(to, Back::Consumer(consumer));
    }

    pub(crate) fn consumer_heard(&mut self, number: u32, answer: Answer) {
        let Some(mut consumer) = self.consumers.take(number) else {
            return;
        };
        if consumer.outcome.is_some() {
            // An outcome that is not told ends as unknown when the lease does, so it is worth some tries.
            if matches!(answer, Answer::Failed) && consumer.reports < 5 {
                let at = self.now + (200 << consumer.reports);
                let number = self.consumers.put(consumer);
                self.agenda.put(at, Event::Report(number));
            } else if !matches!(answer, Answer::Failed) {
                self.outcome_taken(&consumer);
            }
            return;
        }
        let Answer::Shopper(ShopperReply::Go(release)) = answer else {
            return;
        };
        consumer.attempt = release.attempt;
        let fault = self.strike(Opportunity::Consumer);
        if fault == Some(Fault::ConsumerKilledBefore) {
            return;
        }
        consumer.report_lost = fault == Some(Fault::ReportLost);
        consumer.code = code_in(release.message.text());
        consumer.number = number_of(&release.message.body);
        consumer.go = Some(Go {
            provider: release.provider,
            lease_until: release.lease_until,
            place: match &release.message.body {
                Body::Push { to, .. } => place_of(to.endpoint()),
                _ => None,
            },
            is_killed: fault == Some(Fault::ConsumerKilledAfter),
        });
        match release.code {
            Some(code) => self.make_code(consumer, code.code),
            None => self.offer_now(consumer),
        }
    }

    /// A browser that is not there any more is not sent to again, nor a number that was stopped, once the Shopper has heard in time.
    fn outcome_taken(&mut self, consumer: &Consumer) {
        let Some(go) = consumer.go.filter(|go| self.now < go.lease_until) else {
            return;
        };
        if let Some(number) = consumer.number.clone()
            && matches!(consumer.outcome, Some(Outcome::OptedOut { .. }))
        {
            self.number_stopped(consumer.person, number);
        }
        let refused = matches!(
            consumer.outcome,
            Some(Outcome::Rejected {
                recipient: true,
                ..
            })
        );
        if let Some(place) = go.place.filter(|_| refused) {
            self.browser_gone(consumer.person, place);
        }
    }

    /// What the message promises is there before it is.
    fn make_code(&mut self, mut consumer: Consumer, code: String) {
        self.code_asked(consumer.person, consumer.key, &code);
        let fault = self.strike(Opportunity::Code);
        let quick = self.now + self.dice.between(50, 400);
        if !matches!(fault, Some(Fault::CodeLimited | Fault::CodeRefused)) {
            self.code_made(code);
        }
        let (outcome, at) = match fault {
            Some(Fault::CodeLimited) => (transient("code_limited"), quick),
            Some(Fault::CodeUnheard) => (transient("code_timeout"), self.now + CODE_MS),
            Some(Fault::CodeRefused) => {
                let code = String::from("not_allowed");
                let go_without = self.config.open.platform.without_code;
                (Outcome::NoCode { code, go_without }, quick)
            }
            fault => {
                let at = match fault {
                    Some(Fault::CodeSlow) => self.now + self.dice.between(1_000, CODE_MS),
                    _ => quick,
                };
                let number = self.consumers.put(consumer);
                return self.agenda.put(at, Event::Offer(number));
            }
        };
        if consumer.go.is_some_and(|go| go.is_killed) {
            return;
        }
        consumer.outcome = Some(outcome);
        let number = self.consumers.put(consumer);
        self.agenda.put(at, Event::Report(number));
    }

    /// A consumer has what it needs.
    pub(crate) fn offer_on(&mut self, number: u32) {
        if let Some(consumer) = self.consumers.take(number) {
            self.offer_now(consumer);
        }
    }

    fn offer_now(&mut self, mut consumer: Consumer) {
        let Some(go) = consumer.go else { return };
        let is_recall = consumer.key.is_recall();
        let left = go
            .lease_until
            .saturating_sub(self.now)
            .saturating_sub(MARGIN_MS);
        let ending = if left == 0 {
            Ending {
                accepts_at: None,
                learns_at: self.now,
                outcome: transient("lease_too_short"),
            }
        } else {
            self.tally.bill.deliveries += 1;
            self.tally.bill.look_ups += 1;
            if !is_recall {
                self.tried_at_provider(consumer.person, consumer.key);
            }
            let gives_up_at = self.now + left;
            self.offer(&consumer, go.provider, go.lease_until, gives_up_at)
        };
        if let Some(at) = ending.accepts_at
            && !is_recall
        {
            let accepted = Event::Accept {
                person: consumer.person,
                key: consumer.key,
                lease_until: go.lease_until,
                code: consumer.code.take(),
            };
            self.agenda.put(at, accepted);
        }
        if go.is_killed {
            return;
        }
        if matches!(
            ending.outcome,
            Outcome::Transient { .. } | Outcome::Rejected { .. } | Outcome::OptedOut { .. }
        ) && left > 0
            && !is_recall
        {
            self.proved(consumer.person, consumer.key);
        }
        consumer.outcome = Some(ending.outcome);
        let number = self.consumers.put(consumer);
        self.agenda.put(ending.learns_at, Event::Report(number));
    }

    /// Offers a message to its provider.
    fn offer(
        &mut self,
        consumer: &Consumer,
        carrier: Carrier,
        lease_until: u64,
        gives_up_at: u64,
    ) -> Ending {
        let now = self.now;
        let fault = self.strike(Opportunity::Try);
        let quick = now + self.dice.between(40, 300);
        // Some take their time, so that what happens meanwhile has its chance.
        let slow = if self.dice.percent(12) { 8_000 } else { 900 };
        let accepts_at = now + self.dice.between(60, slow);
        let no = |outcome| Ending {
            accepts_at: None,
            learns_at: quick,
            outcome,
        };
        match fault {
            Some(Fault::Throttled) => return no(transient("throttled")),
            Some(Fault::ServerError) if carrier == Carrier::Email(Provider::Smtp) => {
                return no(transient("smtp_451"));
            }
            Some(Fault::ServerError) => return no(unknown("http_500")),
            Some(Fault::RecipientRefused) => {
                return no(Outcome::Rejected {
                    code: String::from("recipient"),
                    recipient: carrier != Carrier::Email(Provider::Resend),
                });
            }
            // Of a text it is its reader who has refused it, by STOP.
            Some(Fault::MessageRefused) if matches!(carrier, Carrier::Sms(_)) => {
                return no(Outcome::OptedOut {
                    code: String::from("opted_out"),
                });
            }
            Some(Fault::MessageRefused) => {
                return no(Outcome::Rejected {
                    code: String::from("message"),
                    recipient: false,
                });
            }
            Some(Fault::TimedOut) => {
                return Ending {
                    accepts_at: None,
                    learns_at: gives_up_at,
                    outcome: unknown("timeout"),
                };
            }
            _ => {}
        }
        let accepts_at = if fault == Some(Fault::SlowAccept) {
            lease_until + self.dice.between(1, 60_000)
        } else {
            accepts_at
        };
        if let Some(window) = carrier.idempotency_window_ms()
            && !consumer.key.is_recall()
        {
            let delivered = self.delivered(consumer.person, consumer.key);
            let body = delivered.body;
            match delivered.kept {
                Some(kept) if now.saturating_sub(kept.since) < window => {
                    if kept.body != body {
                        if self.bytes_may_differ(consumer.person, consumer.key) {
                            return no(unknown("resend_409"));
                        }
                        self.bytes_differ(consumer.key);
                    }
                    if kept.accepted_at > now {
                        return no(transient("resend_409"));
                    }
                    return no(Outcome::Accepted {
                        provider_id: String::from("again"),
                    });
                }
                _ => {
                    delivered.kept = Some(Kept {
                        since: now,
                        accepted_at: accepts_at,
                        body,
                    });
                }
            }
        }
        let late = matches!(fault, Some(Fault::SlowAccept | Fault::SlowAnswer));
        let answers_at = accepts_at + self.dice.between(5, 200);
        let (learns_at, outcome) = if late || answers_at > gives_up_at {
            (gives_up_at, unknown("timeout"))
        } else if fault == Some(Fault::Reset) {
            (answers_at, unknown("connection"))
        } else {
            let provider_id = String::from("id");
            (answers_at, Outcome::Accepted { provider_id })
        };
        Ending {
            accepts_at: Some(accepts_at),
            learns_at,
            outcome,
        }
    }

    /// Tells the Shopper what became of a try.
    pub(crate) fn report(&mut self, number: u32) {
        let Some(mut consumer) = self.consumers.take(number) else {
            return;
        };
        let Some(outcome) = consumer.outcome.clone() else {
            return;
        };
        if consumer.report_lost {
            return;
        }
        consumer.reports += 1;
        let ask = ShopperAsk::Outcome {
            key: consumer.key,
            attempt: consumer.attempt,
            outcome,
        };
        let to = Callee::Shopper(consumer.person, ask);
        let number = self.consumers.put(consumer);
        self.call(to, Back::Consumer(number));
    }

    /// Has a cart tell later what it could not tell now.
    pub(crate) fn relay_later(&mut self, basket: Id<Basket>) {
        let at = self.now + RELAY_FIRST_MS + self.dice.below(1_000);
        let attempts = 1;
        self.put_in_relay(at, || Event::Relay { basket, attempts });
    }

    /// Puts a hint into the relay's queue, to be taken at `at`.
    pub(crate) fn put_in_relay(&mut self, at: u64, hint: impl Fn() -> Event) {
        match self.strike(Opportunity::Relay) {
            Some(Fault::RelayLost) => return,
            Some(Fault::RelayTwice) => {
                let again = at + self.dice.below(60_000);
                self.agenda.put(again, hint());
            }
            Some(Fault::RelayLate) => {
                let late = at + self.dice.below(1_800_000);
                return self.agenda.put(late, hint());
            }
            _ => {}
        }
        self.agenda.put(at, hint());
    }

    pub(crate) fn relay(&mut self, basket: Id<Basket>, attempts: u32) {
        self.tally.bill.queued();
        let to = Callee::Cart(basket, CartInput::Settle);
        self.call(to, Back::Relay { basket, attempts });
    }

    pub(crate) fn relayed(&mut self, basket: Id<Basket>, attempts: u32, answer: Answer) {
        if matches!(answer, Answer::Cart(CartReply::Done { settled: true })) {
            return;
        }
        let wait = (RELAY_FIRST_MS << (attempts - 1).min(10)).min(RELAY_MAX_MS);
        let attempts = attempts + 1;
        self.agenda
            .put(self.now + wait, Event::Relay { basket, attempts });
    }

    /// A click on a message's unsubscribe link, or a merchant's word: answered once no message can follow it.
    pub(crate) fn click(&mut self, person: Id<Person>, stopping: Stopping, polls: u8) {
        self.tally.bill.worker_requests += 1;
        let to = Callee::Shopper(person, ShopperAsk::Stop(stopping));
        let back = Back::Click {
            person,
            stopping,
            polls,
        };
        self.call(to, back);
    }

    pub(crate) fn clicked(
        &mut self,
        person: Id<Person>,
        stopping: Stopping,
        polls: u8,
        answer: Answer,
    ) {
        let wait = match answer {
            Answer::Shopper(ShopperReply::Taken { settled: true }) => {
                return self.stopped(person, stopping);
            }
            // There was no survey.
            Answer::Shopper(ShopperReply::Refused(_))
                if matches!(stopping, Stopping::Answer { .. }) =>
            {
                return;
            }
            Answer::Shopper(_) => 500,
            // The page says to try again, and people do.
            _ => 5_000,
        };
        if polls < 60 {
            let polls = polls + 1;
            let click = Event::Click {
                person,
                stopping,
                polls,
            };
            self.agenda.put(self.now + wait, click);
        }
    }
}

fn transient(code: &str) -> Outcome {
    Outcome::Transient {
        code: String::from(code),
    }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown {
        code: String::from(code),
    }
}
