use super::*;
use crate::audience::{Act, Audience};
use crate::delivery::Feedback;
use crate::errand::{Ended, Errand, Work};
use crate::object::shopper::{Forget, ViewErasure};
use proptest::prelude::*;

const PHONE: &str = "+33698765432";
pub(super) const EMAIL: &str = "ada@example.com";
const NAME: &str = "Ada Lovelace";

pub(super) fn erase(shopper: &mut Shopper, now: u64) -> (ViewErasure, Vec<Effect>) {
    let commit = shopper.step(Input::Erase { asked_at: now }, now);
    assert!(commit.write);
    match commit.reply {
        Reply::Erasure(view) => (view, commit.effects),
        other => panic!("{other:?}"),
    }
}

pub(super) fn forget(effects: &[Effect]) -> Option<Forget> {
    effects.iter().find_map(|effect| match effect {
        Effect::Forget(forget) => Some((**forget).clone()),
        _ => None,
    })
}

/// Everybody who is told forgets, until nobody has to be told any more.
pub(super) fn all_forget(shopper: &mut Shopper, mut effects: Vec<Effect>, now: u64) {
    while let Some(told) = forget(&effects) {
        let carts = told.carts.iter().map(|(cart, _)| *cart).collect();
        let input = Input::Forgotten {
            forget: Box::new(told),
            carts,
            desk: true,
        };
        effects = shopper.step(input, now).effects;
    }
}

pub(super) fn erasure(shopper: &mut Shopper, now: u64) -> ViewErasure {
    view(shopper, now).erasure.unwrap()
}

pub(super) fn known(at: u64) -> Option<Identify> {
    let mut identify = ada(true)?;
    identify.at = at;
    identify.phone = Some(PHONE.parse().unwrap());
    identify.consent.as_mut()?.ads = Some(true);
    Some(identify)
}

fn audiences() -> ErrandSettings {
    let mut config = config("smtp");
    config.audiences =
        serde_json::from_str::<Vec<Audience>>(r#"[{"service":"meta","list":"238"}]"#).unwrap();
    ErrandSettings::of(&config)
}

/// Somebody of whom everything is known.
pub(super) fn somebody(now: u64) -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    let by = (settings(), audiences());
    tell_by(&mut shopper, (slot(1, 1, now), known(now)), by, now);
    shopper.step(
        Input::Customer(Customer {
            name: Some(NAME.to_string().try_into().unwrap()),
            reference: Some("c-1815".to_string().try_into().unwrap()),
            ..Customer::default()
        }),
        now,
    );
    shopper
}

pub(super) fn holds(shopper: &Shopper, text: &str) -> bool {
    let bytes = codec::encode(shopper).unwrap();
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

fn errands(effects: &[Effect]) -> Vec<Errand> {
    let each = effects.iter().filter_map(|effect| match effect {
        Effect::Errand(errand) => Some((**errand).clone()),
        _ => None,
    });
    each.collect()
}

fn act(errand: &Errand) -> Act {
    match errand.work {
        Work::Audience { act, .. } => act,
        Work::Alert { .. } => panic!("an alert"),
    }
}

fn done(shopper: &mut Shopper, errand: &Errand, now: u64) -> Vec<Effect> {
    let ended = Ended::Done { id: String::new() };
    let errand = Box::new(errand.clone());
    shopper
        .step(Input::ErrandDone { errand, ended }, now)
        .effects
}

#[test]
fn nothing_that_says_who_it_was_is_left() {
    let mut shopper = somebody(DAY);
    for text in [EMAIL, PHONE, NAME, "c-1815"] {
        assert!(holds(&shopper, text), "{text}");
    }
    let (shown, effects) = erase(&mut shopper, 2 * DAY);
    assert_eq!((shown.state.as_str(), shown.carts), ("erasing", 1));
    for text in [EMAIL, PHONE, NAME, "c-1815", "w1"] {
        assert!(!holds(&shopper, text), "{text}");
    }
    assert_eq!(hints(&shopper.step(Input::Wake, 9 * DAY)), []);
    all_forget(&mut shopper, effects, 2 * DAY);
    let shown = erasure(&mut shopper, 2 * DAY);
    assert_eq!(
        (shown.state.as_str(), shown.ended_at),
        ("erased", Some(2 * DAY))
    );
    assert!(!shown.objected && !shown.desk);
    assert_eq!(shopper.next_alarm(), None);
    let shown = view(&mut shopper, 2 * DAY);
    assert!(
        !shown.consent_email && !shown.consent_ads && !shown.planned && shown.deliveries.is_empty()
    );
}

#[test]
fn carts_and_the_desk_are_told_until_they_have_answered() {
    let mut shopper = somebody(DAY);
    let (_, effects) = erase(&mut shopper, 2 * DAY);
    let told = forget(&effects).unwrap();
    assert_eq!(told.people, [ADA]);
    assert_eq!(told.carts, [(cart(1), "cart".into())]);
    // What the desk is told meanwhile it would take for the person that was.
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::TellDesk { .. }))
    );
    let mut now = 2 * DAY;
    for _ in 0..5 {
        now = shopper.next_alarm().unwrap();
        let commit = shopper.step(Input::Wake, now);
        assert_eq!(forget(&commit.effects).unwrap(), told);
        assert_eq!(forget(&shopper.step(Input::Wake, now).effects), None);
    }
    assert!(now < 2 * DAY + HOUR);
    let answered = |carts, desk| Input::Forgotten {
        forget: Box::new(told.clone()),
        carts,
        desk,
    };
    shopper.step(answered(vec![cart(1)], false), now);
    assert_eq!(erasure(&mut shopper, now).state, "erasing");
    // An answer about another erasure is none.
    let other = Forget {
        at: 1,
        ..told.clone()
    };
    let late = Input::Forgotten {
        forget: Box::new(other),
        carts: vec![],
        desk: true,
    };
    shopper.step(late, now);
    assert!(erasure(&mut shopper, now).desk);
    let effects = shopper.step(answered(vec![], true), now).effects;
    assert_eq!(erasure(&mut shopper, now).state, "erased");
    // The desk is told of the end as well.
    assert_eq!(forget(&effects).unwrap().ended_at, Some(now));
    all_forget(&mut shopper, effects, now);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn audiences_are_left_first_and_what_that_takes_is_kept_until_then() {
    let mut shopper = somebody(0);
    let add = errands(&shopper.step(Input::Wake, HOUR).effects);
    assert_eq!(act(&add[0]), Act::Add);
    done(&mut shopper, &add[0], HOUR + 1);
    let (_, effects) = erase(&mut shopper, 2 * HOUR);
    all_forget(&mut shopper, effects, 2 * HOUR);
    assert_eq!(erasure(&mut shopper, 2 * HOUR).audiences, 1);
    assert!(!holds(&shopper, EMAIL));
    // Said, and said once more a day later; a process that ends meanwhile loses nothing of it.
    let mut now = 2 * HOUR;
    for _ in 0..2 {
        now = now.max(shopper.next_alarm().unwrap());
        shopper = codec::decode(&codec::encode(&shopper).unwrap()).unwrap();
        let remove = errands(&shopper.step(Input::Wake, now).effects);
        assert_eq!(act(&remove[0]), Act::Remove);
        assert_eq!(erasure(&mut shopper, now).state, "erasing");
        let effects = done(&mut shopper, &remove[0], now);
        all_forget(&mut shopper, effects, now);
    }
    assert_eq!(erasure(&mut shopper, now).state, "erased");
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn a_service_that_never_answers_is_given_up_after_a_month_and_shown() {
    let mut shopper = somebody(0);
    let add = errands(&shopper.step(Input::Wake, HOUR).effects);
    done(&mut shopper, &add[0], HOUR + 1);
    let (_, effects) = erase(&mut shopper, 2 * HOUR);
    all_forget(&mut shopper, effects, 2 * HOUR);
    let mut now = 2 * HOUR;
    let mut reported = false;
    while let Some(at) = shopper.next_alarm() {
        assert!(at <= 2 * HOUR + 31 * DAY, "it ends");
        now = now.max(at);
        let effects = shopper.step(Input::Wake, now).effects;
        reported |= effects.iter().any(|effect| matches!(effect, Effect::TellDesk { reports, .. } if reports.iter().any(|one| one.code == "removal_given_up")));
        for effect in &effects {
            if let Effect::TellDesk {
                version, reported, ..
            } = effect
            {
                let (version, reported) = (*version, *reported);
                shopper.step(
                    Input::FactTaken {
                        version,
                        reported,
                        limited: None,
                    },
                    now,
                );
            }
        }
        all_forget(&mut shopper, effects, now);
    }
    assert_eq!(
        (erasure(&mut shopper, now).state.as_str(), reported),
        ("erased", true)
    );
}

#[test]
fn a_message_on_its_way_is_waited_for_and_nothing_follows() {
    let mut shopper = left_at(DAY);
    shopper.step(Input::Wake, DAY + 25 * HOUR);
    let now = DAY + 25 * HOUR;
    assert!(matches!(
        release(&mut shopper, step(0), slot(1, 1, DAY), now),
        Reply::Go(_)
    ));
    let (shown, effects) = erase(&mut shopper, now + 1);
    assert_eq!(shown.messages, 1);
    all_forget(&mut shopper, effects, now + 1);
    assert_eq!(erasure(&mut shopper, now + 1).state, "erasing");
    assert!(matches!(
        release(&mut shopper, step(0), slot(1, 1, DAY), now + 2),
        Reply::Refused(_)
    ));
    let mut other = shopper.clone();
    outcome(&mut shopper, step(0), 1, accepted(), now + 3);
    // Of a try that nobody hears of again the lease ends.
    let at = other.next_alarm().unwrap();
    assert!(at <= now + Shopper::LEASE_MS);
    other.step(Input::Wake, at);
    for mut one in [shopper, other] {
        assert_eq!(erasure(&mut one, at).state, "erased");
        assert!(!holds(&one, EMAIL));
        outcome(&mut one, step(0), 1, accepted(), at);
        assert!(view(&mut one, at).deliveries.is_empty());
    }
}

#[test]
fn what_was_said_before_does_not_come_back_and_what_is_said_since_begins_anew() {
    let mut shopper = somebody(DAY);
    let (_, effects) = erase(&mut shopper, 2 * DAY);
    all_forget(&mut shopper, effects, 2 * DAY);
    let before = shopper.clone();
    // The cart goes on, a retry comes late, and so does an old telling of another cart: each is told to forget.
    for (slot, identify) in [
        (slot(1, 9, 3 * DAY), None),
        (slot(1, 9, 3 * DAY), known(DAY)),
        (slot(2, 1, 3 * DAY), known(2 * DAY)),
    ] {
        let id = slot.cart;
        let commit = reach::tell_named(&mut shopper, (slot, identify), Some(2 * DAY), 3 * DAY);
        assert_eq!(commit.reply, Reply::Taken { settled: true });
        let told = forget(&commit.effects).unwrap();
        assert_eq!(
            (told.carts.as_slice(), told.desk),
            (&[(id, "cart".into())][..], false)
        );
        all_forget(&mut shopper, commit.effects, 3 * DAY);
        let mut as_before = shopper.clone();
        // The desk was told when to look.
        as_before.fact = before.fact.clone();
        let (retry_at, tries) = {
            let one = before.erasure.as_ref().unwrap();
            (one.retry_at, one.tries)
        };
        let one = as_before.erasure.as_mut().unwrap();
        (one.retry_at, one.tries) = (retry_at, tries);
        assert_eq!(as_before, before);
    }
    tell(&mut shopper, slot(3, 1, 4 * DAY), known(4 * DAY), 4 * DAY);
    assert!(holds(&shopper, EMAIL));
    let shown = view(&mut shopper, 4 * DAY);
    assert!(shown.planned && shown.consent_email);
    assert_eq!(shown.erasure.unwrap().state, "erased");
    // Its messages have numbers of their own.
    let commit = shopper.step(Input::Wake, 6 * DAY);
    assert!(hints(&commit).iter().all(|key| key.conversation > 1) && !hints(&commit).is_empty());
    // Who asks again for what was done does not erase them; who asks anew does.
    shopper.step(Input::Erase { asked_at: DAY }, 7 * DAY);
    assert!(holds(&shopper, EMAIL));
    erase(&mut shopper, 8 * DAY);
    assert!(!holds(&shopper, EMAIL));
}

#[test]
fn of_words_about_consent_only_those_since_count() {
    let mut shopper = somebody(DAY);
    let (_, effects) = erase(&mut shopper, 2 * DAY);
    all_forget(&mut shopper, effects, 2 * DAY);
    // A no of before and, in the same request, a yes of now; and the other way round.
    let word = |at, email| crate::object::cart::Word {
        id: "00000000000000ff-2".parse().unwrap(),
        at,
        consent: Some(ConsentReceipt {
            email: Some(email),
            ..ada(true).unwrap().consent.unwrap()
        }),
        push: None,
    };
    let mut now_yes = known(3 * DAY).unwrap();
    now_yes.earlier = vec![word(DAY, false)];
    let mut one = shopper.clone();
    tell(&mut one, slot(3, 1, 3 * DAY), Some(now_yes), 3 * DAY);
    assert!(view(&mut one, 3 * DAY).consent_email);
    let mut old_yes = known(DAY).unwrap();
    old_yes.earlier = vec![word(3 * DAY, false)];
    tell(&mut shopper, slot(3, 1, 3 * DAY), Some(old_yes), 3 * DAY);
    assert!(!view(&mut shopper, 3 * DAY).consent_email && holds(&shopper, EMAIL));
}

#[test]
fn an_objection_outlives_the_person_and_nothing_else_does() {
    let mut shopper = somebody(DAY);
    shopper.step(
        Input::Suppress {
            cause: Cause::Fraud,
            until: None,
        },
        DAY,
    );
    shopper.step(
        Input::Suppress {
            cause: Cause::Bounced,
            until: None,
        },
        DAY,
    );
    shopper.step(
        Input::Opt {
            channel: Channel::Sms,
            wanted: false,
        },
        DAY,
    );
    shopper.step(Input::Unsubscribe, DAY);
    let (shown, effects) = erase(&mut shopper, 2 * DAY);
    assert!(shown.objected);
    all_forget(&mut shopper, effects, 2 * DAY);
    tell(&mut shopper, slot(3, 1, 4 * DAY), known(4 * DAY), 4 * DAY);
    let shown = view(&mut shopper, 4 * DAY);
    assert_eq!(shown.suppressed.as_deref(), Some("unsubscribed"));
    assert_eq!(shown.suppressions.len(), 1);
    assert_eq!(shown.refused.len(), 1);
    assert!(!shown.planned);
}

#[test]
fn a_complaint_about_a_message_that_is_forgotten_still_counts() {
    let mut shopper = left_at(DAY);
    let (_, effects) = erase(&mut shopper, 2 * DAY);
    all_forget(&mut shopper, effects, 2 * DAY);
    let told = |feedback| Input::HeardBack {
        key: step(0),
        replays: 0,
        channel: Channel::Email,
        feedback,
        detail: String::new(),
        at: 3 * DAY,
    };
    let opened = shopper.step(told(Feedback::Delivered), 3 * DAY);
    assert_eq!(
        (opened.write, opened.reply),
        (false, Reply::Refused(Refused::Closed))
    );
    assert!(shopper.step(told(Feedback::Complained), 3 * DAY).write);
    assert_eq!(
        view(&mut shopper, 3 * DAY).suppressed.as_deref(),
        Some("complained")
    );
}

#[test]
fn an_erasure_and_a_join_wait_for_each_other() {
    let smaller = ShopperId([1; 16]);
    let mut shopper = somebody(DAY);
    let (_, effects) = erase(&mut shopper, 2 * DAY);
    let join = Input::Join { into: smaller };
    assert_eq!(shopper.step(join.clone(), 2 * DAY).reply, Reply::Handing);
    // Also while it is over, and the desk has not heard of the end.
    let told = forget(&effects).unwrap();
    let begun = Input::Forgotten {
        carts: told.carts.iter().map(|(cart, _)| *cart).collect(),
        forget: Box::new(told),
        desk: true,
    };
    let effects = shopper.step(begun, 2 * DAY).effects;
    assert_eq!(erasure(&mut shopper, 2 * DAY).state, "erased");
    assert_eq!(shopper.step(join.clone(), 2 * DAY).reply, Reply::Handing);
    all_forget(&mut shopper, effects, 2 * DAY);
    assert!(matches!(
        shopper.step(join.clone(), 2 * DAY).reply,
        Reply::Joining { .. }
    ));
    // On its way to another identity it is asked again.
    let again = shopper.step(Input::Erase { asked_at: 3 * DAY }, 3 * DAY);
    assert_eq!(again.reply, Reply::Handing);
}

#[test]
fn who_is_joined_to_somebody_who_is_being_erased_is_erased_with_them() {
    let mut winner = Shopper::new(SHOP, ShopperId([1; 16]));
    winner.step(Input::Unsubscribe, DAY);
    erase(&mut winner, 2 * DAY);
    let mut loser = somebody(DAY);
    loser.step(Input::Join { into: winner.id() }, 2 * DAY);
    let settings = settings();
    let adoption = Adoption {
        loser: Box::new(loser),
        settings: &settings,
        counts_as_held: false,
        holdout_bp: 0,
    };
    let commit = winner.adopt(adoption, 2 * DAY + 1);
    assert!(!holds(&winner, EMAIL));
    let told = forget(&commit.effects).unwrap();
    assert_eq!((told.people.len(), told.carts.len()), (2, 1));
}

#[derive(Clone, Debug)]
enum Happens {
    Slot {
        cart: u8,
        said_at: Option<u64>,
        bought: bool,
    },
    Wake,
    Forgotten {
        carts: bool,
        desk: bool,
    },
    Released,
    Accepted,
    Errand {
        done: bool,
    },
    Restart,
    Unsubscribe,
}

fn happens() -> impl Strategy<Value = Happens> {
    let slot = (1_u8..4, proptest::option::of(0_u64..40), any::<bool>()).prop_map(
        |(cart, said_at, bought)| Happens::Slot {
            cart,
            said_at,
            bought,
        },
    );
    let forgotten =
        (any::<bool>(), any::<bool>()).prop_map(|(carts, desk)| Happens::Forgotten { carts, desk });
    prop_oneof![
        6 => slot,
        6 => Just(Happens::Wake),
        3 => forgotten,
        3 => Just(Happens::Released),
        2 => Just(Happens::Accepted),
        3 => any::<bool>().prop_map(|done| Happens::Errand { done }),
        2 => Just(Happens::Restart),
        1 => Just(Happens::Unsubscribe),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens around an erasure, in whatever order: nothing of before comes back, no message goes, and in the end it is done.
    #[test]
    fn an_erased_person_stays_erased(before in proptest::collection::vec(happens(), 0..12), after in proptest::collection::vec(happens(), 0..30)) {
        let mut shopper = somebody(DAY);
        let mut now = DAY;
        let mut told: Option<Forget> = None;
        let mut errand: Option<Errand> = None;
        let mut erased_at = None;
        let all = before.iter().map(Some).chain([None]).chain(after.iter().map(Some));
        for one in all {
            now += 7 * HOUR;
            let effects = match one {
                None => {
                    erased_at = Some(now);
                    shopper.step(Input::Erase { asked_at: now }, now).effects
                }
                Some(Happens::Slot { cart, said_at, bought: is_bought }) => {
                    // After the erasure only what was said before it is said, and of carts that were named before it.
                    let at = |hours: u64| DAY + hours * HOUR;
                    let said_at = said_at.map(|hours| erased_at.map_or(at(hours), |end| at(hours).min(end)));
                    let slot = if *is_bought { bought(*cart, now, now) } else { slot(*cart, now, now) };
                    let by = (settings(), audiences());
                    let named_at = Some(erased_at.unwrap_or(now));
                    reach::tell_by(&mut shopper, (slot, said_at.and_then(known)), (by, named_at), now).effects
                }
                Some(Happens::Wake) => shopper.step(Input::Wake, now).effects,
                Some(Happens::Forgotten { carts, desk }) => match told.clone() {
                    Some(forget) => {
                        let known = forget.carts.iter().filter(|_| *carts).map(|(cart, _)| *cart).collect();
                        shopper.step(Input::Forgotten { forget: Box::new(forget), carts: known, desk: *desk }, now).effects
                    }
                    None => Vec::new(),
                },
                Some(Happens::Released) => {
                    let key = shopper.deliveries.iter().find(|one| matches!(one.state, State::Queued { .. })).map(|one| one.key);
                    if let Some(key) = key {
                        let reply = release(&mut shopper, key, slot(1, now, now - 2 * DAY), now);
                        prop_assert!(erased_at.is_none() || !matches!(reply, Reply::Go(_)));
                    }
                    Vec::new()
                }
                Some(Happens::Accepted) => {
                    let key = shopper.deliveries.iter().find(|one| matches!(one.state, State::Released { .. })).map(|one| (one.key, one.attempts));
                    if let Some((key, attempt)) = key {
                        outcome(&mut shopper, key, attempt, accepted(), now);
                    }
                    Vec::new()
                }
                Some(Happens::Errand { done: is_done }) => match errand.take() {
                    Some(begun) if *is_done => done(&mut shopper, &begun, now),
                    _ => Vec::new(),
                },
                Some(Happens::Restart) => {
                    shopper = codec::decode(&codec::encode(&shopper).unwrap()).unwrap();
                    Vec::new()
                }
                Some(Happens::Unsubscribe) => shopper.step(Input::Unsubscribe, now).effects,
            };
            told = forget(&effects).or(told);
            errand = errands(&effects).pop().or(errand);
            if erased_at.is_some() {
                prop_assert_eq!(hints(&Commit { write: false, pages: vec![], effects, reply: Reply::Done }), vec![]);
                if shopper.deliveries.is_empty() {
                    prop_assert!(!holds(&shopper, EMAIL) && !holds(&shopper, PHONE));
                }
                prop_assert!(!holds(&shopper, NAME));
                prop_assert!(!view(&mut shopper, now).planned);
            }
        }
        // And it ends, once everybody answers.
        for _ in 0..20 {
            let Some(at) = shopper.next_alarm() else { break };
            now = now.max(at);
            let effects = shopper.step(Input::Wake, now).effects;
            for errand in errands(&effects) {
                prop_assert_eq!(act(&errand), Act::Remove);
                let effects = done(&mut shopper, &errand, now);
                all_forget(&mut shopper, effects, now);
            }
            for effect in &effects {
                if let Effect::TellDesk { version, reported, .. } = effect {
                    shopper.step(Input::FactTaken { version: *version, reported: *reported, limited: None }, now);
                }
            }
            all_forget(&mut shopper, effects, now);
        }
        let shown = erasure(&mut shopper, now);
        prop_assert_eq!((shown.state.as_str(), shopper.next_alarm()), ("erased", None));
        prop_assert!(!holds(&shopper, EMAIL) && !holds(&shopper, PHONE));
    }
}
