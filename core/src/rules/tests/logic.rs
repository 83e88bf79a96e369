//! The laws that every rule keeps.

use super::super::proof::Judged;
use super::arbitrary::{condition, facts, test};
use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const OUTCOMES: [Outcome; 3] = [Outcome::Unmet, Outcome::Unknown, Outcome::Met];

fn not(inner: Condition) -> Condition {
    Condition::Not(Box::new(inner))
}

/// The same rule, had its tests come out as `say`.
fn told(judged: &Judged, say: &impl Fn(usize) -> Outcome) -> Judged {
    let each = |members: &[Judged]| members.iter().map(|member| told(member, say)).collect();
    match judged {
        Judged::Leaf(n, _) => Judged::Leaf(*n, say(*n)),
        Judged::All(members) => Judged::All(each(members)),
        Judged::Any(members) => Judged::Any(each(members)),
        Judged::Not(inner) => Judged::Not(Box::new(told(inner, say))),
    }
}

/// Whether the tests in `kept` decide the rule: no assignment to the others changes it.
fn decides(judged: &Judged, outcomes: &[Outcome], kept: u32) -> bool {
    let free: Vec<usize> = (0..outcomes.len()).filter(|n| kept >> n & 1 == 0).collect();
    (0..3_usize.pow(free.len() as u32)).all(|assignment| {
        let say = |n: usize| match free.iter().position(|f| *f == n) {
            Some(place) => OUTCOMES[assignment / 3_usize.pow(place as u32) % 3],
            None => outcomes[n],
        };
        told(judged, &say).outcome() == judged.outcome()
    })
}

/// A rule's shape with any outcomes of its tests, which need no facts to come about.
fn shape() -> impl Strategy<Value = (Judged, Vec<Outcome>)> {
    fn numbered(judged: Judged, outcomes: &mut Vec<Outcome>) -> Judged {
        let mut each = |members: Vec<Judged>| {
            let members = members.into_iter();
            members.map(|member| numbered(member, outcomes)).collect()
        };
        match judged {
            Judged::All(members) => Judged::All(each(members)),
            Judged::Any(members) => Judged::Any(each(members)),
            Judged::Not(inner) => Judged::Not(Box::new(numbered(*inner, outcomes))),
            Judged::Leaf(_, outcome) => {
                outcomes.push(outcome);
                Judged::Leaf(outcomes.len() - 1, outcome)
            }
        }
    }
    let leaf = select(OUTCOMES.as_slice()).prop_map(|outcome| Judged::Leaf(0, outcome));
    leaf.prop_recursive(3, 6, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 2..4).prop_map(Judged::All),
            3 => vec(inner.clone(), 2..4).prop_map(Judged::Any),
            1 => inner.prop_map(|inner| Judged::Not(Box::new(inner))),
        ]
    })
    .prop_map(|judged| {
        let mut outcomes = Vec::new();
        (numbered(judged, &mut outcomes), outcomes)
    })
}

proptest! {
    #[test]
    fn a_negated_group_is_the_other_group_of_negations(
        rules in vec(condition(), 1..4),
        facts in facts(),
    ) {
        let negated: Vec<Condition> = rules.iter().cloned().map(not).collect();
        prop_assert_eq!(
            not(Condition::All(rules.clone())).outcome(&facts),
            Condition::Any(negated.clone()).outcome(&facts)
        );
        prop_assert_eq!(
            not(Condition::Any(rules)).outcome(&facts),
            Condition::All(negated).outcome(&facts)
        );
    }

    #[test]
    fn every_rule_comes_out_and_says_why(rule in condition(), facts in facts()) {
        let explanation = rule.judge(&facts);
        prop_assert_eq!(explanation.outcome, rule.outcome(&facts));
        prop_assert_eq!(not(not(rule)).outcome(&facts), explanation.outcome);
        prop_assert!(!explanation.because.is_empty());
        prop_assert!(!explanation.sentence().contains(". "));
        let unknown = explanation.because.iter().any(|finding| finding.outcome == Outcome::Unknown);
        prop_assert_eq!(explanation.outcome == Outcome::Unknown, unknown);
    }

    #[test]
    fn a_test_says_that_something_is_not_known_exactly_when_it_is_unknown(
        test in test(),
        facts in facts(),
    ) {
        let explanation = test.judge(&facts);
        prop_assert_eq!(
            explanation.outcome == Outcome::Unknown,
            explanation.sentence().ends_with("is not known")
        );
    }

    #[test]
    fn what_is_not_known_never_turns_a_rule_around(rule in condition(), facts in facts()) {
        prop_assert_eq!(rule.outcome(&Facts::default()), Outcome::Unknown);
        for forgetful in [
            Facts { lines: None, orders: None, device: None, ..facts.clone() },
            Facts { cart_value: None, source: None, local: None, ..facts.clone() },
            Facts { consents: Consents::default(), checkout: None, quote: None, ..facts.clone() },
            Facts { customer_tier: None, reasons: None, country: None, ..facts.clone() },
        ] {
            let outcome = rule.outcome(&forgetful);
            prop_assert!(outcome == Outcome::Unknown || outcome == rule.outcome(&facts));
        }
    }

    #[test]
    fn the_reasons_given_decide_the_rule(
        rule in condition(),
        facts in facts(),
        others in vec(select(OUTCOMES.as_slice()), 64),
    ) {
        let (judged, leaves) = rule.judged(&facts);
        let because = rule.judge(&facts).because;
        let say = |n: usize| {
            let leaf = &leaves[n];
            if because.iter().any(|finding| finding.path == leaf.path) {
                leaf.outcome
            } else {
                others[n % others.len()]
            }
        };
        prop_assert_eq!(told(&judged, &say).outcome(), judged.outcome());
    }

    #[test]
    fn no_fewer_reasons_would_decide_it((judged, outcomes) in shape()) {
        prop_assume!(outcomes.len() <= 6);
        let given = judged.deciding();
        let mask = given.iter().fold(0, |mask, n| mask | 1 << n);
        prop_assert!(decides(&judged, &outcomes, mask));
        let fewest = (0..1_u32 << outcomes.len())
            .filter(|kept| (kept.count_ones() as usize) < given.len())
            .find(|kept| decides(&judged, &outcomes, *kept));
        prop_assert_eq!(fewest, None);
    }

    #[test]
    fn a_rule_is_the_same_after_writing_and_reading(rule in condition()) {
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Condition>(&json).unwrap(), &rule);
        // A plan under way keeps its rules in the compact form.
        let bytes = postcard::to_allocvec(&rule).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Condition>(&bytes).unwrap(), rule);
    }

    #[test]
    fn every_rule_that_these_tests_make_is_allowed(rule in condition()) {
        let mut problems = Problems::at("when");
        rule.check(&mut problems);
        prop_assert_eq!(problems.into_errors(), []);
    }
}

#[test]
fn of_what_is_not_known_neither_a_test_nor_its_opposite_is_met() {
    let phone = rule(r#"{"device":["phone"]}"#);
    assert_eq!(phone.outcome(&Facts::default()), Outcome::Unknown);
    assert!(!phone.outcome(&Facts::default()).is_met());
    assert!(!not(phone).outcome(&Facts::default()).is_met());
}

#[test]
fn what_is_known_decides_where_it_can() {
    let facts = Facts {
        quote: Some(true),
        ..Facts::default()
    };
    let either = rule(r#"{"any":[{"device":["phone"]},{"quote":true}]}"#);
    assert_eq!(either.outcome(&facts), Outcome::Met);
    let both = rule(r#"{"all":[{"device":["phone"]},{"quote":false}]}"#);
    assert_eq!(both.outcome(&facts), Outcome::Unmet);
}
