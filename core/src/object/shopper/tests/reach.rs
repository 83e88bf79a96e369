//! What is of the time before an erasure, and whom it reaches.

use super::erasure::{EMAIL, all_forget, erase, erasure, forget, holds, known, somebody};
use super::*;
use crate::delivery::Feedback;
use crate::errand::{Ended, Work};
use crate::object::shopper::{ErrandSettings, Forget};

const FIRST: ShopperId = ShopperId([1; 16]);

/// A cart tells, with when it was last named.
pub(super) fn tell_by(
    shopper: &mut Shopper,
    (slot, identify): (Slot, Option<Identify>),
    ((settings, errands), named_at): ((PlanSettings, ErrandSettings), Option<u64>),
    now: u64,
) -> Commit<Effect, Reply> {
    let input = Input::Slot {
        shop: SHOP,
        shopper: ADA,
        object: "cart".into(),
        slot,
        identify,
        named_at,
        settings,
        errands,
    };
    shopper.step(input, now)
}

pub(super) fn tell_named(
    shopper: &mut Shopper,
    said: (Slot, Option<Identify>),
    named_at: Option<u64>,
    now: u64,
) -> Commit<Effect, Reply> {
    let by = (settings(), ErrandSettings::default());
    tell_by(shopper, said, (by, named_at), now)
}

/// Erased at `at`, and everybody has forgotten.
fn erased(shopper: &mut Shopper, at: u64) {
    let (_, effects) = erase(shopper, at);
    all_forget(shopper, effects, at);
    assert_eq!(erasure(shopper, at).state, "erased");
}

/// As a shop's server tells of somebody: today, of a word of long ago.
fn told(told_at: u64, said_at: u64) -> Option<Identify> {
    let mut identify = known(said_at)?;
    identify.told_at = Some(told_at);
    Some(identify)
}

#[test]
fn an_order_counts_however_old_the_word_on_consent_is_that_comes_with_it() {
    let mut shopper = somebody(DAY);
    erased(&mut shopper, 2 * DAY);
    // She comes back and leaves a cart; then she buys in another one, of which her page knows nothing.
    tell(&mut shopper, slot(3, 1, 3 * DAY), known(3 * DAY), 3 * DAY);
    assert!(view(&mut shopper, 3 * DAY).planned);
    let now = 3 * DAY + HOUR;
    let order = (bought(5, 2, now), told(now, HOUR));
    let commit = tell_named(&mut shopper, order, Some(now), now);
    assert_eq!(commit.reply, Reply::Taken { settled: true });
    assert!(!view(&mut shopper, now).planned);
    assert!(hints(&shopper.step(Input::Wake, 9 * DAY)).is_empty());
    assert_eq!(shopper.purchases.count(), 1);
    // What she agreed to before is not agreed to any more, where she has said nothing since.
    let mut shopper = somebody(DAY);
    erased(&mut shopper, 2 * DAY);
    tell_named(
        &mut shopper,
        (slot(5, 1, now), told(now, HOUR)),
        Some(now),
        now,
    );
    assert!(holds(&shopper, EMAIL));
    let shown = view(&mut shopper, now);
    assert!(!shown.consent_email && !shown.planned);
    // One that was placed before is of before.
    let mut shopper = somebody(DAY);
    erased(&mut shopper, 2 * DAY);
    tell_named(
        &mut shopper,
        (bought(5, 2, now), told(DAY, HOUR)),
        Some(DAY),
        now,
    );
    assert!(!holds(&shopper, EMAIL));
}

#[test]
fn a_cart_that_comes_late_forgets_and_one_that_was_dropped_since_is_taken() {
    let mut shopper = somebody(DAY);
    erased(&mut shopper, 2 * DAY);
    // Her new carts are more than are remembered.
    let carts = u8::try_from(Shopper::MAX_CARTS).unwrap() + 1;
    for n in 0..carts {
        let at = 3 * DAY + u64::from(n);
        tell(&mut shopper, slot(20 + n, 1, at), known(at), at);
    }
    assert!(!shopper.carts.contains_key(&cart(20)));
    let now = 3 * DAY + HOUR;
    assert!(view(&mut shopper, now).planned);
    // The first of them, of which nothing is remembered, is bought.
    let commit = tell_named(&mut shopper, (bought(20, 5, now), None), Some(3 * DAY), now);
    assert!(commit.write && forget(&commit.effects).is_none());
    assert!(!view(&mut shopper, now).planned);
    // One of before the erasure is bought: that counts, and it forgets.
    let now = now + HOUR;
    tell(&mut shopper, slot(60, 1, now), known(now), now);
    assert!(view(&mut shopper, now).planned);
    let commit = tell_named(
        &mut shopper,
        (bought(1, 9, now + 1), None),
        Some(DAY),
        now + 1,
    );
    assert_eq!(
        forget(&commit.effects).unwrap().carts,
        [(cart(1), "cart".into())]
    );
    assert!(!view(&mut shopper, now + 1).planned && !shopper.carts.contains_key(&cart(1)));
    let before = shopper.clone();
    let again = tell_named(
        &mut shopper,
        (bought(1, 9, now + 1), None),
        Some(DAY),
        now + 2,
    );
    assert!(!again.write && shopper == before);
    // Erased once more before that cart has forgotten, it is still told to.
    let mut twice = shopper.clone();
    let (_, effects) = erase(&mut twice, now + 3);
    let told = forget(&effects).unwrap();
    assert!(told.carts.contains(&(cart(1), "cart".into())));
    all_forget(&mut shopper, commit.effects, now + 1);
    assert_eq!(shopper.erasure.as_ref().unwrap().carts, []);
}

fn handed(effects: &[Effect]) -> Option<Box<Shopper>> {
    effects.iter().find_map(|effect| match effect {
        Effect::HandOver { state, .. } => Some(state.clone()),
        _ => None,
    })
}

fn adopt(winner: &mut Shopper, loser: Box<Shopper>, now: u64) -> Vec<Effect> {
    let adoption = Adoption {
        loser,
        settings: &settings(),
        counts_as_held: false,
        holdout_bp: 0,
    };
    let commit = winner.adopt(adoption, now);
    assert!(matches!(commit.reply, Reply::Adopted { .. }));
    commit.effects
}

/// A winner of whom something is known.
fn winner() -> Shopper {
    let mut winner = Shopper::new(SHOP, FIRST);
    let mut said = ada(true).unwrap();
    (said.shopper, said.email) = (FIRST, Some("ada@work.example".parse().unwrap()));
    tell(&mut winner, slot(2, 1, DAY), Some(said), DAY);
    winner
}

#[test]
fn whoever_was_on_the_way_to_somebody_when_they_were_erased_is_erased_on_arrival() {
    let mut loser = somebody(DAY);
    loser.step(Input::Wake, DAY + 25 * HOUR);
    let now = DAY + 25 * HOUR;
    release(&mut loser, step(0), slot(1, 1, DAY), now);
    let effects = loser.step(Input::Join { into: FIRST }, now).effects;
    assert!(handed(&effects).is_none(), "a message is on its way");
    // Meanwhile the winner is erased, which ends at once.
    let mut first = winner();
    erased(&mut first, now + 1);
    assert_eq!(
        loser
            .step(Input::Erase { asked_at: now + 1 }, now + 1)
            .reply,
        Reply::Handing
    );
    let effects = loser.step(Input::Wake, loser.next_alarm().unwrap()).effects;
    let state = handed(&effects).unwrap();
    let effects = adopt(&mut first, state, now + 2 * HOUR);
    assert!(!holds(&first, EMAIL) && !view(&mut first, now + 2 * HOUR).planned);
    let told = forget(&effects).unwrap();
    assert_eq!(
        (told.people.as_slice(), told.carts.len()),
        (&[FIRST, ADA][..], 1)
    );
}

#[test]
fn an_erasure_is_not_done_by_that_of_another_identity_which_was_joined_since() {
    // The loser goes over after the winner was erased, and the same request names both.
    let (asked_at, now) = (2 * DAY, 2 * DAY + 1);
    let mut first = winner();
    erased(&mut first, now);
    let mut loser = somebody(DAY);
    let effects = loser.step(Input::Join { into: FIRST }, now + 1).effects;
    let effects = adopt(&mut first, handed(&effects).unwrap(), now + 2);
    assert!(holds(&first, EMAIL) && forget(&effects).is_none());
    first.step(Input::Erase { asked_at }, now + 3);
    assert!(!holds(&first, EMAIL));
    // Said again it is done, also for who has come since.
    let mut effects = Vec::new();
    while let Some(told) = first.next_alarm() {
        effects = first.step(Input::Wake, told.max(now + 4)).effects;
        all_forget(&mut first, effects.clone(), now + 4);
    }
    drop(effects);
    tell(&mut first, slot(7, 1, 3 * DAY), known(3 * DAY), 3 * DAY);
    first.step(Input::Erase { asked_at }, 3 * DAY + 1);
    assert!(holds(&first, EMAIL));

    // A winner who was never erased does not count as such because the loser was.
    let mut loser = somebody(DAY);
    erased(&mut loser, now);
    let effects = loser.step(Input::Join { into: FIRST }, now + 1).effects;
    let mut first = winner();
    adopt(&mut first, handed(&effects).unwrap(), now + 2);
    first.step(Input::Erase { asked_at }, now + 3);
    assert!(!holds(&first, "ada@work.example"));

    // A blank one does: there was nothing to erase.
    let mut loser = somebody(DAY);
    erased(&mut loser, now);
    let effects = loser.step(Input::Join { into: FIRST }, now + 1).effects;
    let mut first = Shopper::new(SHOP, FIRST);
    adopt(&mut first, handed(&effects).unwrap(), now + 2);
    let before = first.erased_at();
    first.step(Input::Erase { asked_at }, now + 3);
    assert_eq!((first.erased_at(), before), (Some(now), Some(now)));
}

#[test]
fn of_a_living_winner_nothing_is_forgotten_because_the_loser_was_erased() {
    let mut loser = left_at(DAY);
    loser.step(Input::Wake, DAY + 25 * HOUR);
    let now = DAY + 25 * HOUR;
    release(&mut loser, step(0), slot(1, 1, DAY), now);
    outcome(&mut loser, step(0), 1, accepted(), now);
    erased(&mut loser, now + 1);
    let conversation = loser.conversation;
    let effects = loser.step(Input::Join { into: FIRST }, now + 2).effects;
    let mut first = winner();
    let shift = first.conversation;
    let mut effects = adopt(&mut first, handed(&effects).unwrap(), now + 3);
    for _ in 0..3 {
        assert_eq!(forget(&effects), None);
        effects = first.step(Input::Wake, now + DAY).effects;
    }
    assert!(holds(&first, "ada@work.example"));
    // A complaint about the loser's message, in the winner's numbers, still counts.
    let key = DeliveryKey {
        conversation: conversation + shift,
        step: 0,
    };
    let complained = Input::HeardBack {
        key,
        replays: 0,
        channel: Channel::Email,
        feedback: Feedback::Complained,
        detail: String::new(),
        at: now + DAY,
    };
    assert!(first.step(complained, now + DAY).write);
    assert_eq!(
        view(&mut first, now + DAY).suppressed.as_deref(),
        Some("complained")
    );
}

#[test]
fn the_desk_is_told_of_those_that_were_erased_and_not_of_who_was_joined_since() {
    let mut first = winner();
    let (_, effects) = erase(&mut first, 2 * DAY);
    let told = forget(&effects).unwrap();
    assert!(told.desk);
    let begun = Input::Forgotten {
        carts: told.carts.iter().map(|(cart, _)| *cart).collect(),
        forget: Box::new(told),
        desk: true,
    };
    // It has ended, and the desk does not answer.
    first.step(begun, 2 * DAY);
    assert_eq!(erasure(&mut first, 2 * DAY).state, "erased");
    let mut loser = somebody(3 * DAY);
    let effects = loser.step(Input::Join { into: FIRST }, 3 * DAY).effects;
    let mut effects = adopt(&mut first, handed(&effects).unwrap(), 3 * DAY + 1);
    if forget(&effects).is_none() {
        effects = first.step(Input::Wake, 4 * DAY).effects;
    }
    let Forget {
        people, ended_at, ..
    } = forget(&effects).unwrap();
    assert_eq!((people.as_slice(), ended_at), (&[FIRST][..], Some(2 * DAY)));
    assert!(holds(&first, EMAIL));
}

#[test]
fn an_alert_on_its_way_is_waited_for_and_not_tried_again() {
    let mut config = config("smtp");
    config.quote_alerts = Some(serde_json::from_str(r#"{"to":["hubspot"]}"#).unwrap());
    let errands = ErrandSettings::of(&config);
    let mut shopper = Shopper::new(SHOP, ADA);
    let mut left = slot(1, 1, 0);
    left.quote = true;
    super::tell_by(&mut shopper, (left, known(1)), (settings(), errands), 0);
    let now = shopper.next_alarm().unwrap().max(30 * DAY);
    let begun = shopper.step(Input::Wake, now).effects;
    let errand = begun.iter().find_map(|effect| match effect {
        Effect::Errand(errand) if matches!(errand.work, Work::Alert { .. }) => Some(errand.clone()),
        _ => None,
    });
    let errand = errand.unwrap();
    let (shown, effects) = erase(&mut shopper, now + 1);
    assert_eq!((shown.state.as_str(), shown.messages), ("erasing", 1));
    all_forget(&mut shopper, effects, now + 1);
    assert_eq!(erasure(&mut shopper, now + 1).state, "erasing");
    let mut other = shopper.clone();
    let ended = Ended::Failed {
        code: "http_503".into(),
        proof: crate::delivery::Proof::Transient,
        wait_ms: 0,
    };
    let effects = shopper
        .step(Input::ErrandDone { errand, ended }, now + 2)
        .effects;
    all_forget(&mut shopper, effects, now + 2);
    // Of one of which nobody hears again the lease ends.
    let effects = other.step(Input::Wake, now + Shopper::LEASE_MS).effects;
    all_forget(&mut other, effects, now + Shopper::LEASE_MS);
    for mut one in [shopper, other] {
        assert_eq!(erasure(&mut one, now + DAY).state, "erased");
        let effects = one.step(Input::Wake, now + DAY).effects;
        assert!(
            !effects
                .iter()
                .any(|effect| matches!(effect, Effect::Errand(_)))
        );
        assert!(view(&mut one, now + DAY).alerts.is_empty());
    }
}
