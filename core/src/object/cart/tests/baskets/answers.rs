//! What a basket's owner has answered about messages, told again with each telling, in whatever order these come.

use super::*;

fn answered(version: u64, who: u8, email: Option<bool>, sms: Option<bool>) -> Telling {
    let mut telling = from(telling(version, &[(1, 1)]), who);
    if let Whose::Of(contact) = &mut telling.contact {
        contact.consent = Some(receipt(email, sms));
    }
    telling
}

fn receipt(email: Option<bool>, sms: Option<bool>) -> ConsentReceipt {
    ConsentReceipt {
        email,
        sms,
        ads: None,
        wording: String::from("w1"),
        page: String::from("/"),
    }
}

fn no(version: u64, who: u8) -> Telling {
    answered(version, who, Some(false), None)
}

fn at(mut telling: Telling, at: u64) -> Telling {
    if let Whose::Of(contact) = &mut telling.contact {
        contact.agreed_at = Some(at);
    }
    telling
}

#[test]
fn an_answer_that_is_told_again_is_as_old_as_the_first_time() {
    let mut shop = Shop::default();
    for version in [1, 2, 3] {
        shop.tell(no(version, 1), version * SECOND);
    }
    assert_eq!(shop.said, [(SECOND, Some(receipt(Some(false), None)))]);
}

#[test]
fn an_answer_whose_time_is_known_counts_by_it_whatever_was_heard_before() {
    let mut shop = Shop::default();
    shop.tell(at(no(1, 1), 400), SECOND);
    shop.tell(at(no(2, 1), 400), 2 * SECOND);
    // A yes between the two is on its way.
    shop.tell(at(no(4, 1), 3_500), 4 * SECOND);
    let told = Some(receipt(Some(false), None));
    assert_eq!(shop.said, [(400, told.clone()), (3_500, told)]);
    assert!(
        shop.tell(at(answered(3, 1, Some(true), None), 2_900), 5 * SECOND)
            .unwrap()
            .stale
    );
    assert_eq!(shop.said.len(), 2);
}

#[test]
fn a_no_is_said_anew_where_something_else_turns_out_to_have_been_said_in_between() {
    for between in [answered(2, 1, None, Some(true)), no(2, 2)] {
        let mut shop = Shop::default();
        shop.tell(no(1, 1), SECOND);
        shop.tell(no(3, 1), 3 * SECOND);
        shop.tell(no(4, 1), 4 * SECOND);
        assert_eq!(shop.said.len(), 1);
        let late = shop.tell(between.clone(), 5 * SECOND).unwrap();
        assert!(late.stale);
        let told = Some(receipt(Some(false), None));
        assert_eq!(shop.said.last(), Some(&(4 * SECOND, told)));
        assert_eq!(shop.introduced, [shopper(1), shopper(1)]);
        // Once, however often that is told.
        shop.tell(between, 6 * SECOND);
        shop.tell(no(5, 1), 7 * SECOND);
        assert_eq!(shop.said.len(), 2);
    }
}

#[test]
fn a_yes_is_not() {
    let mut shop = Shop::default();
    let yes = |version| answered(version, 1, Some(true), Some(false));
    shop.tell(yes(1), SECOND);
    shop.tell(yes(3), 3 * SECOND);
    shop.tell(no(2, 1), 4 * SECOND);
    // Of an answer about two channels the no alone.
    let told = Some(receipt(None, Some(false)));
    assert_eq!(shop.said.last(), Some(&(3 * SECOND, told)));
    let mut shop = Shop::default();
    for version in [1, 3] {
        let yes = answered(version, 1, Some(true), None);
        shop.tell(yes, version * SECOND);
    }
    shop.tell(no(2, 1), 4 * SECOND);
    assert_eq!(shop.said.len(), 1);
}

#[test]
fn a_no_that_waits_for_its_shopper_waits_for_what_made_it_one_as_well() {
    let mut shop = Shop::default();
    shop.tell(no(1, 1), SECOND);
    shop.tell(no(3, 1), 3 * SECOND);
    shop.deaf = true;
    let between = answered(2, 1, None, Some(true));
    assert!(shop.tell(between.clone(), 4 * SECOND).is_none());
    shop.deaf = false;
    assert!(shop.tell(between, 5 * SECOND).is_some());
    assert_eq!(shop.said.last().map(|(at, _)| *at), Some(3 * SECOND));
}

#[test]
fn whoever_had_the_basket_hears_of_it_although_it_has_gone_on_meanwhile() {
    let mut shop = Shop {
        deaf: true,
        ..Shop::default()
    };
    assert!(shop.tell(from(telling(1, &[(1, 1)]), 1), SECOND).is_none());
    shop.deaf = false;
    shop.tell(from(telling(2, &[(1, 1)]), 2), 2 * SECOND);
    let late = shop.tell(from(telling(1, &[(1, 1)]), 1), 3 * SECOND);
    assert!(late.is_some_and(|taken| taken.stale && taken.cart == ALIAS));
    assert_eq!(shop.introduced, [shopper(1), shopper(2), shopper(1)]);
}
