//! The circuit breakers of this isolate. Each isolate learns by the calls that it makes itself: while a provider is down, each of the few
//! that consume the queue spends some tries on finding out, and from then on a probe at a time. What the deployment has one account at
//! has one breaker; an account of a shop's own has one of its own, because one shop's key says nothing of another's; push services have
//! one each, by host: a browser names its own, and one that is down says nothing of the others.

use super::Tried;
use homing_core::delivery::breaker::{Breaker, Health};
use homing_core::delivery::{Body, FlowPlatform, Frozen, Outcome};
use homing_core::ids::ShopId;
use homing_core::shop::{Carrier, SmsProvider};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Push services of which something is remembered. Anybody's browser may name one; the known ones are a handful.
const MOST_SERVICES: usize = 32;

/// Shops' own accounts of which something is remembered.
const MOST_ACCOUNTS: usize = 256;

/// Who has a breaker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Circuit {
    /// Who carries mails or texts of all shops, by the deployment's account.
    Carrier(Carrier),
    /// A shop's own account at a marketing platform: for its events and, at Attentive, for texts.
    Account(ShopId, FlowPlatform),
    /// A push service, by its host.
    Service(String),
}

impl Circuit {
    /// Whose a message of a shop is on its way; `None`: that carrier has none.
    pub fn of(shop: ShopId, carrier: Carrier, message: &Frozen) -> Option<Self> {
        match (carrier, &message.body) {
            (Carrier::Push, Body::Push { to, .. }) => Some(Self::Service(to.service().to_owned())),
            (Carrier::Push, _) => None,
            (Carrier::Flow(platform), _) => Some(Self::Account(shop, platform)),
            (Carrier::Sms(SmsProvider::Attentive), _) => {
                Some(Self::Account(shop, FlowPlatform::Attentive))
            }
            (Carrier::Email(_) | Carrier::Sms(SmsProvider::Twilio), _) => {
                Some(Self::Carrier(carrier))
            }
        }
    }

    /// Of how many of its kind something is remembered.
    fn most(&self) -> usize {
        match self {
            // There are no more than the table has.
            Self::Carrier(_) => usize::MAX,
            Self::Account(..) => MOST_ACCOUNTS,
            Self::Service(_) => MOST_SERVICES,
        }
    }
}

/// A breaker, and when it was told of something last, epoch ms.
type Known = (Breaker, u64);

thread_local! {
    static BREAKERS: RefCell<BTreeMap<Circuit, Known>> = const { RefCell::new(BTreeMap::new()) };
}

/// Who may be called now, and who is let through as a probe.
#[derive(Default)]
pub struct Passage {
    /// Carriers that rest.
    pub resting: Vec<Carrier>,
    /// Push services that do.
    pub services: Vec<String>,
    probes: Vec<Circuit>,
}

/// Asks the circuits of these carriers, of the shop's own accounts, and of all push services where the shop sends notifications.
pub fn ask(shop: ShopId, carriers: &[Carrier], notifies: bool, now: u64) -> Passage {
    let mut passage = Passage::default();
    BREAKERS.with_borrow_mut(|breakers| {
        // One of which nothing is known is well.
        for (circuit, (breaker, _)) in breakers.iter_mut() {
            let is_asked = match circuit {
                Circuit::Carrier(carrier) => carriers.contains(carrier),
                // Also of a platform that writes nothing any more: it may have to be told of an end.
                Circuit::Account(whose, _) => *whose == shop,
                Circuit::Service(_) => notifies,
            };
            if !is_asked {
                continue;
            }
            if breaker.admits(now) {
                if breaker.is_open() {
                    passage.probes.push(circuit.clone());
                }
                continue;
            }
            match circuit {
                Circuit::Carrier(carrier) => passage.resting.push(*carrier),
                Circuit::Account(_, platform) => {
                    passage.resting.push(Carrier::Flow(*platform));
                    if *platform == FlowPlatform::Attentive {
                        passage.resting.push(Carrier::Sms(SmsProvider::Attentive));
                    }
                }
                Circuit::Service(host) => passage.services.push(host.clone()),
            }
        }
    });
    passage
}

impl Passage {
    /// Gives back the probes that were not needed: all but the one that `called` is.
    pub fn end(self, called: Option<&Circuit>) {
        for probe in self.probes.iter().filter(|probe| Some(*probe) != called) {
            give_back(probe);
        }
    }
}

/// Gives back the probe of somebody who was let through and not called after all.
pub fn give_back(circuit: &Circuit) {
    BREAKERS.with_borrow_mut(|breakers| {
        if let Some((breaker, _)) = breakers.get_mut(circuit) {
            breaker.withdraw();
        }
    });
}

/// Whether a try failed for what is true of every message: no connection, no answer, too much at once, no secret.
fn is_about_all(code: &str) -> bool {
    const NO_SERVICE: [&str; 9] = [
        "_429",
        // Twilio's own names for that, of the account as a whole.
        "_20429",
        "_14107",
        "_503",
        "_421",
        "_connection",
        "_timeout",
        "_no_reply",
        "_not_configured",
    ];
    NO_SERVICE.iter().any(|end| code.ends_with(end))
}

/// Whether a try failed for what is true of every message by this circuit. A key that is not taken is, where the account is one shop's.
fn is_about_all_by(circuit: &Circuit, code: &str) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| code.ends_with(end));
    match circuit {
        // Their own failure too, also where what failed may be repeated at will.
        Circuit::Account(..) if ends(&["_401", "_403", "_500", "_502", "_504"]) => true,
        _ => is_about_all(code),
    }
}

/// Takes what a try says of whom it was made at.
pub fn note(circuit: Circuit, tried: &Tried, now: u64) {
    let health = match &tried.outcome {
        Outcome::Accepted { .. }
        | Outcome::Rejected { .. }
        | Outcome::OptedOut { .. }
        | Outcome::NoCode { .. } => Health::Well,
        // It answered, and what it refused may be about this shop's sender or this one mailbox alone: others go on.
        Outcome::Transient { code }
            if tried.retry_after_ms.is_none() && !is_about_all_by(&circuit, code) =>
        {
            Health::Well
        }
        Outcome::Transient { .. } | Outcome::Unknown { .. } => Health::Unwell {
            rest_ms: tried.retry_after_ms,
        },
    };
    BREAKERS.with_borrow_mut(|breakers| {
        // An isolate whose providers are all well remembers nothing.
        if health == Health::Well {
            breakers.remove(&circuit);
            return;
        }
        if !breakers.contains_key(&circuit) {
            make_room(breakers, &circuit);
        }
        let (breaker, noted_at) = breakers.entry(circuit).or_default();
        breaker.note(health, now);
        *noted_at = now;
    });
}

/// Forgets the one of its kind of which nothing was heard for longest, where one more would be too many.
fn make_room(breakers: &mut BTreeMap<Circuit, Known>, newcomer: &Circuit) {
    let is_kin =
        |known: &Circuit| std::mem::discriminant(known) == std::mem::discriminant(newcomer);
    let kin = breakers.iter().filter(|(known, _)| is_kin(known));
    if kin.clone().count() < newcomer.most() {
        return;
    }
    let oldest = kin.min_by_key(|(_, (_, noted_at))| *noted_at);
    if let Some(oldest) = oldest.map(|(known, _)| known.clone()) {
        breakers.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homing_core::delivery::Provider;

    const SHOP: ShopId = ShopId([1, 2, 3, 4, 5]);
    const OTHER: ShopId = ShopId([1, 2, 3, 4, 6]);

    #[test]
    fn one_shops_sender_is_no_reason_to_leave_a_provider_alone() {
        for code in [
            "resend_429",
            "smtp_connection",
            "smtp_421",
            "ses_503",
            "twilio_20429",
        ] {
            assert!(is_about_all(code), "{code}");
        }
        for code in [
            "resend_403",
            "postmark_422",
            "smtp_450",
            "smtp_451",
            "twilio_21611",
        ] {
            assert!(!is_about_all(code), "{code}");
        }
    }

    fn at(n: u64) -> Circuit {
        Circuit::Service(format!("push-{n}.example.net"))
    }

    fn told(code: &str, retry_after_ms: Option<u64>) -> Tried {
        Tried {
            retry_after_ms,
            ..Tried::of(Outcome::Transient {
                code: code.to_owned(),
            })
        }
    }

    #[test]
    fn a_push_service_rests_by_itself_and_only_for_who_sends_notifications() {
        note(at(1), &told("webpush_429", Some(5_000)), 0);
        assert_eq!(ask(SHOP, &[], true, 4_999).services, ["push-1.example.net"]);
        assert!(ask(SHOP, &[], false, 4_999).services.is_empty());
        assert!(
            ask(SHOP, &Provider::ALL.map(Carrier::Email), true, 4_999)
                .resting
                .is_empty()
        );
        // Then one probe at a time, which is given back where it is not needed.
        let passage = ask(SHOP, &[], true, 5_000);
        assert!(passage.services.is_empty());
        assert_eq!(ask(SHOP, &[], true, 5_000).services.len(), 1);
        passage.end(None);
        let passage = ask(SHOP, &[], true, 5_000);
        passage.end(Some(&at(1)));
        assert_eq!(ask(SHOP, &[], true, 5_000).services.len(), 1);
        let accepted = Outcome::Accepted {
            provider_id: String::new(),
        };
        note(at(1), &Tried::of(accepted), 5_001);
        assert!(ask(SHOP, &[], true, 5_001).services.is_empty());
    }

    #[test]
    fn only_so_many_push_services_are_remembered_and_none_for_ever() {
        let most = u64::try_from(MOST_SERVICES).unwrap();
        for n in 0..=most {
            note(at(n), &told("webpush_429", Some(60_000)), n);
            // One that goes on failing stays.
            note(at(0), &told("webpush_429", Some(60_000)), n);
        }
        let services = ask(SHOP, &[], true, most).services;
        assert_eq!(services.len(), MOST_SERVICES);
        assert!(services.contains(&String::from("push-0.example.net")));
        assert!(!services.contains(&String::from("push-1.example.net")));
    }

    #[test]
    fn one_shops_account_rests_for_that_shop_alone() {
        let circuit = Circuit::Account(SHOP, FlowPlatform::Attentive);
        // A key that is not taken is true of every message of that account.
        for _ in 0..10 {
            note(circuit.clone(), &told("attentive_401", None), 0);
        }
        let texts = Carrier::Sms(SmsProvider::Attentive);
        let events = Carrier::Flow(FlowPlatform::Attentive);
        assert_eq!(ask(SHOP, &[], false, 1).resting, [events, texts]);
        assert!(ask(OTHER, &[texts, events], false, 1).resting.is_empty());
        // One probe, and what comes of it is good for both.
        assert!(ask(SHOP, &[], false, 15_000).resting.is_empty());
        assert_eq!(ask(SHOP, &[], false, 15_000).resting.len(), 2);
        let refused = Outcome::Rejected {
            code: String::from("attentive_400"),
            recipient: false,
        };
        note(circuit, &Tried::of(refused), 15_001);
        assert!(ask(SHOP, &[], false, 15_001).resting.is_empty());
    }

    #[test]
    fn an_accounts_platform_that_fails_rests_also_where_what_failed_may_be_repeated() {
        let circuit = Circuit::Account(SHOP, FlowPlatform::Hubspot);
        for _ in 0..10 {
            note(circuit.clone(), &told("hubspot_502", None), 0);
        }
        let events = Carrier::Flow(FlowPlatform::Hubspot);
        assert_eq!(ask(SHOP, &[], false, 1).resting, [events]);
    }

    #[test]
    fn twilio_has_one_for_all_shops_and_a_full_number_is_no_reason() {
        let twilio = Carrier::Sms(SmsProvider::Twilio);
        for _ in 0..20 {
            note(Circuit::Carrier(twilio), &told("twilio_21611", None), 0);
            note(Circuit::Carrier(twilio), &told("twilio_401", None), 0);
        }
        assert!(ask(SHOP, &[twilio], false, 1).resting.is_empty());
        for _ in 0..10 {
            note(Circuit::Carrier(twilio), &told("twilio_20429", None), 0);
        }
        for shop in [SHOP, OTHER] {
            assert_eq!(ask(shop, &[twilio], false, 1).resting, [twilio]);
        }
        assert!(
            ask(SHOP, &[], false, 1).resting.is_empty(),
            "who sends no texts"
        );
    }
}
