//! Decisions in words.

use super::*;

#[test]
fn a_long_account_is_cut_at_a_character_and_says_so() {
    let decided = Decided::new(0, Made::Skip(Skip::NoSequence), "é".repeat(300));
    assert!(decided.seen.len() <= Decided::MAX_SEEN + '…'.len_utf8());
    assert!(decided.seen.ends_with('…') && decided.seen.starts_with("éé"));
    let short = Decided::new(0, Made::Skip(Skip::NoSequence), "é".repeat(200));
    assert_eq!(short.seen, "é".repeat(200));
}

#[test]
fn every_decision_is_one_plain_sentence_with_what_it_saw() {
    let said = |made, seen: &str| Decided::new(0, made, seen.into()).sentence();
    assert_eq!(
        said(Made::Send(Channel::Email), "It fits."),
        "Released for sending by email. It fits."
    );
    assert_eq!(
        said(Made::Skip(Skip::Ordered), ""),
        "Not sent, because the shopper has ordered."
    );
    let waits = [
        Hold::Active,
        Hold::Paused,
        Hold::CartUnreadable,
        Hold::Schedule,
        Hold::Approval,
        Hold::UsualHour,
        Hold::NumberUnheard,
    ];
    let told: std::collections::BTreeSet<String> = waits
        .map(|hold| said(Made::Defer { until: 1, hold }, ""))
        .into_iter()
        .collect();
    assert_eq!(told.len(), 7, "no two say the same");
    assert!(
        told.iter()
            .all(|sentence| sentence.starts_with("Put off") && sentence.ends_with('.'))
    );
}
