use super::*;
use crate::audience::{Act, Audience};
use crate::errand::{Ended, Errand, Work};
use crate::quote::QuoteAlerts;

fn shop(audiences: &str, quotes: &str) -> ErrandSettings {
    let mut config = config("smtp");
    config.audiences = serde_json::from_str::<Vec<Audience>>(audiences).unwrap();
    config.quote_alerts = serde_json::from_str::<Option<QuoteAlerts>>(quotes).unwrap();
    ErrandSettings::of(&config)
}

fn meta() -> ErrandSettings {
    shop(r#"[{"service":"meta","list":"238","days":2}]"#, "null")
}

fn agreed(ads: Option<bool>, at: u64) -> Option<Identify> {
    let mut ada = ada(true)?;
    ada.at = at;
    ada.consent.as_mut()?.ads = ads;
    Some(ada)
}

fn say(
    shopper: &mut Shopper,
    (slot, identify): (Slot, Option<Identify>),
    errands: &ErrandSettings,
    now: u64,
) -> Commit<Effect, Reply> {
    let by = (settings(), errands.clone());
    tell_by(shopper, (slot, identify), by, now)
}

fn errands(commit: &Commit<Effect, Reply>) -> Vec<Errand> {
    let each = commit.effects.iter().filter_map(|effect| match effect {
        Effect::Errand(errand) => Some((**errand).clone()),
        _ => None,
    });
    each.collect()
}

fn acts(errands: &[Errand]) -> Vec<Act> {
    let each = errands.iter().filter_map(|errand| match &errand.work {
        Work::Audience { act, .. } => Some(*act),
        Work::Alert { .. } => None,
    });
    each.collect()
}

/// Wakes it at its next alarm and says what it wants done; nothing of messages is looked at.
fn woken(shopper: &mut Shopper, now: u64) -> Vec<Errand> {
    let commit = shopper.step(Input::Wake, now);
    errands(&commit)
}

fn done(shopper: &mut Shopper, errand: &Errand, now: u64) -> Commit<Effect, Reply> {
    let ended = Ended::Done { id: String::new() };
    let errand = Box::new(errand.clone());
    shopper.step(Input::ErrandDone { errand, ended }, now)
}

fn state(shopper: &mut Shopper, now: u64) -> Vec<String> {
    match shopper.step(Input::Read, now).reply {
        Reply::View(view) => view.audiences.into_iter().map(|one| one.state).collect(),
        other => panic!("{other:?}"),
    }
}

/// Somebody who is a member at `2 * HOUR`.
fn member() -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    say(
        &mut shopper,
        (slot(1, 1, 0), agreed(Some(true), 1)),
        &meta(),
        0,
    );
    let add = woken(&mut shopper, HOUR);
    assert_eq!(acts(&add), [Act::Add]);
    done(&mut shopper, &add[0], HOUR + 1);
    assert_eq!(state(&mut shopper, 2 * HOUR), ["member"]);
    shopper
}

#[test]
fn who_leaves_a_cart_and_agreed_becomes_a_member_and_nobody_else() {
    for (ads, expected) in [(None, 0), (Some(false), 0), (Some(true), 1)] {
        let mut shopper = Shopper::new(SHOP, ADA);
        say(&mut shopper, (slot(1, 1, 0), agreed(ads, 1)), &meta(), 0);
        assert_eq!(woken(&mut shopper, HOUR - 1), []);
        assert_eq!(woken(&mut shopper, HOUR).len(), expected, "{ads:?}");
    }
    // An alarm is set for it.
    let mut shopper = Shopper::new(SHOP, ADA);
    let said = (slot(1, 1, 0), agreed(Some(true), 1));
    say(&mut shopper, said, &meta(), 0);
    assert!(shopper.next_alarm() <= Some(HOUR));
    // Whoever left something else is not meant.
    let mugs = shop(
        r#"[{"service":"meta","list":"238","products":["bowl"]}]"#,
        "null",
    );
    let mut shopper = Shopper::new(SHOP, ADA);
    let said = (slot(1, 1, 0), agreed(Some(true), 1));
    say(&mut shopper, said, &mugs, 0);
    assert_eq!(woken(&mut shopper, HOUR), []);
}

#[test]
fn a_purchase_a_withdrawal_and_a_stop_remove() {
    let ends: [fn(&mut Shopper); 4] = [
        |shopper| {
            say(shopper, (bought(1, 2, 2 * HOUR), None), &meta(), 2 * HOUR);
        },
        |shopper| {
            let said = (slot(1, 2, 0), agreed(Some(false), 2 * HOUR));
            say(shopper, said, &meta(), 2 * HOUR);
        },
        |shopper| {
            shopper.step(Input::Unsubscribe, 2 * HOUR);
        },
        |shopper| {
            let input = Input::Suppress {
                cause: Cause::Withheld,
                until: None,
            };
            shopper.step(input, 2 * HOUR);
        },
    ];
    for (n, end) in ends.into_iter().enumerate() {
        let mut shopper = member();
        end(&mut shopper);
        assert!(shopper.next_alarm() <= Some(2 * HOUR), "{n}");
        let remove = woken(&mut shopper, 2 * HOUR);
        assert_eq!(acts(&remove), [Act::Remove], "{n}");
        done(&mut shopper, &remove[0], 2 * HOUR + 1);
        assert_eq!(state(&mut shopper, 3 * HOUR), ["left"], "{n}");
        let again = woken(&mut shopper, 2 * HOUR + 1 + DAY);
        assert_eq!(acts(&again), [Act::Remove], "{n}");
        done(&mut shopper, &again[0], 3 * HOUR + DAY);
        assert_eq!(state(&mut shopper, 3 * HOUR + DAY), [""; 0], "{n}");
        assert!(shopper.errands_at().is_none(), "{n}");
    }
}

#[test]
fn a_membership_ends_by_itself_and_does_not_come_back_for_the_same_cart() {
    let mut shopper = member();
    assert_eq!(shopper.errands_at(), Some(2 * DAY));
    let remove = woken(&mut shopper, 2 * DAY);
    assert_eq!(acts(&remove), [Act::Remove]);
    done(&mut shopper, &remove[0], 2 * DAY + 1);
    let again = woken(&mut shopper, 3 * DAY + 1);
    done(&mut shopper, &again[0], 3 * DAY + 2);
    assert_eq!(shopper.errands_at(), None);
    // Who comes back and leaves again does.
    say(&mut shopper, (slot(1, 2, 4 * DAY), None), &meta(), 4 * DAY);
    assert_eq!(shopper.errands_at(), Some(4 * DAY + HOUR));
}

#[test]
fn a_kill_between_the_row_and_the_answer_loses_nothing() {
    let mut shopper = Shopper::new(SHOP, ADA);
    say(
        &mut shopper,
        (slot(1, 1, 0), agreed(Some(true), 1)),
        &meta(),
        0,
    );
    let commit = shopper.step(Input::Wake, HOUR);
    assert!(commit.write, "the try is written before it is made");
    // The process ends; the row has the lease.
    let row = crate::object::codec::encode(&shopper).unwrap();
    let mut shopper: Shopper = crate::object::codec::decode(&row).unwrap();
    say(
        &mut shopper,
        (bought(1, 2, HOUR + 5), None),
        &meta(),
        HOUR + 5,
    );
    assert_eq!(
        woken(&mut shopper, HOUR + 10),
        [],
        "the addition may be under way"
    );
    let remove = woken(&mut shopper, HOUR + 20_000);
    assert_eq!(acts(&remove), [Act::Remove]);
}

#[test]
fn a_person_with_two_identities_is_taken_out_under_both() {
    let mut loser = member();
    // The identity that wins knows nothing of advertising.
    let mut winner = Shopper::new(SHOP, ShopperId([1; 16]));
    say(&mut winner, (slot(2, 1, 0), None), &meta(), 0);
    loser.step(
        Input::Join {
            into: ShopperId([1; 16]),
        },
        2 * HOUR,
    );
    let adoption = Adoption {
        loser: Box::new(loser),
        settings: &settings(),
        counts_as_held: false,
        holdout_bp: 500,
    };
    winner.adopt(adoption, 2 * HOUR);
    assert_eq!(
        state(&mut winner, 2 * HOUR),
        ["member"],
        "it is the same person, who agreed"
    );
    winner.step(Input::Unsubscribe, 3 * HOUR);
    assert_eq!(acts(&woken(&mut winner, 3 * HOUR)), [Act::Remove]);
}

#[test]
fn rows_from_before_there_were_errands_are_read() {
    let shopper = left_at(5);
    let row = crate::object::codec::encode(&shopper).unwrap();
    let errands = crate::object::codec::encode(&shopper.errands).unwrap();
    let old = row.get(..row.len() - (errands.len() - 1)).unwrap();
    let known: Shopper = crate::object::codec::decode(old).unwrap();
    assert_eq!(known, shopper);
}

#[test]
fn each_left_quote_is_told_once_and_one_that_is_bought_to_nobody() {
    let desk = shop("[]", r#"{"to":["hubspot","endpoints"]}"#);
    let quote = |version, at| Slot {
        quote: true,
        ..slot(1, version, at)
    };
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, (quote(1, 0), ada(false)), &desk, 0);
    assert_eq!(shopper.errands_at(), Some(HOUR));
    let told = woken(&mut shopper, HOUR);
    assert_eq!(told.len(), 2);
    for errand in &told {
        done(&mut shopper, errand, HOUR + 1);
    }
    // Activity and another pause in the same epoch are no news.
    say(&mut shopper, (quote(2, 5 * HOUR), None), &desk, 5 * HOUR);
    assert_eq!(woken(&mut shopper, 7 * HOUR), []);
    // A cart that is no quote is nobody's business.
    let mut other = Shopper::new(SHOP, ADA);
    say(&mut other, (slot(1, 1, 0), ada(true)), &desk, 0);
    assert_eq!(woken(&mut other, HOUR), []);
    // Bought while the first try had provably failed.
    let mut late = Shopper::new(SHOP, ADA);
    say(&mut late, (quote(1, 0), ada(false)), &desk, 0);
    let told = woken(&mut late, HOUR);
    let busy = Ended::Failed {
        code: "hubspot_429".into(),
        proof: crate::delivery::Proof::Transient,
        wait_ms: 0,
    };
    late.step(
        Input::ErrandDone {
            errand: Box::new(told[0].clone()),
            ended: busy,
        },
        HOUR + 1,
    );
    say(&mut late, (bought(1, 2, HOUR + 2), None), &desk, HOUR + 2);
    let Reply::View(view) = late.step(Input::Read, HOUR + 3).reply else {
        panic!("no view");
    };
    assert_eq!(view.alerts[0].state, "needless");
}

#[test]
fn a_task_that_may_have_been_made_is_not_made_again_and_is_told() {
    let desk = shop("[]", r#"{"to":["hubspot"]}"#);
    let mut shopper = Shopper::new(SHOP, ADA);
    let quote = Slot {
        quote: true,
        ..slot(1, 1, 0)
    };
    say(&mut shopper, (quote, ada(false)), &desk, 0);
    assert_eq!(woken(&mut shopper, HOUR).len(), 1);
    let commit = shopper.step(Input::Wake, HOUR + 20_000);
    assert_eq!(errands(&commit), []);
    let told = commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { reports, .. } => reports.first().map(|report| report.state.clone()),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("alert_unknown"));
    assert_eq!(shopper.errands_at(), None);
}

#[test]
fn a_quote_that_was_emptied_when_it_was_tried_is_told_once_somebody_has_filled_it_again() {
    let desk = shop("[]", r#"{"to":["hubspot"]}"#);
    let quote = |version, at| Slot {
        quote: true,
        ..slot(1, version, at)
    };
    let needless = |shopper: &mut Shopper, errand: &Errand, now| {
        let code = String::from("not_left");
        let ended = Ended::Needless { code };
        let errand = Box::new(errand.clone());
        shopper.step(Input::ErrandDone { errand, ended }, now);
    };
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, (quote(1, 0), ada(false)), &desk, 0);
    let told = woken(&mut shopper, HOUR);
    needless(&mut shopper, &told[0], HOUR + 1);
    assert_eq!(woken(&mut shopper, 2 * HOUR), [], "not before it is filled");
    say(&mut shopper, (quote(2, 3 * HOUR), None), &desk, 3 * HOUR);
    let told = woken(&mut shopper, 4 * HOUR);
    assert_eq!(told.len(), 1);
    // Somebody is back while it is tried once more.
    let at = 4 * HOUR + 1;
    say(&mut shopper, (quote(3, at), None), &desk, at);
    needless(&mut shopper, &told[0], at + 1);
    assert_eq!(woken(&mut shopper, at + HOUR).len(), 1);
}

/// Services act up to a day late and in any order: what was added before it was removed may come into force after that.
#[test]
fn who_was_wanted_again_meanwhile_is_removed_twice_a_day_apart_as_well() {
    let mut shopper = member();
    let at = 2 * HOUR;
    say(&mut shopper, (bought(1, 2, at), None), &meta(), at);
    let remove = woken(&mut shopper, at);
    done(&mut shopper, &remove[0], at + 1);
    // They leave something else, and the service refuses to take them.
    let left = at + HOUR;
    say(&mut shopper, (slot(1, 3, left), None), &meta(), left);
    let add = woken(&mut shopper, left + HOUR);
    assert_eq!(acts(&add), [Act::Add]);
    let ended = Ended::Failed {
        code: "meta_400".into(),
        proof: crate::delivery::Proof::Rejected,
        wait_ms: 0,
    };
    let errand = Box::new(add[0].clone());
    let input = Input::ErrandDone { errand, ended };
    shopper.step(input, left + HOUR + 1);
    let end = left + 2 * HOUR;
    shopper.step(Input::Unsubscribe, end);
    let remove = woken(&mut shopper, end);
    assert_eq!(acts(&remove), [Act::Remove]);
    done(&mut shopper, &remove[0], end + 1);
    let again = woken(&mut shopper, end + 1 + DAY);
    assert_eq!(acts(&again), [Act::Remove]);
}
