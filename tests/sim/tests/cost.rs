//! The reference workload is the one that is priced, and stays below its bar.

use homing_sim::{Contact, Prices, Stage, play_reference};

#[test]
fn the_reference_workload_is_what_it_says_and_costs_no_more_than_it_may() {
    const CARTS: u64 = 400;
    let stage = Stage::new().unwrap();
    let tally = play_reference(&stage, CARTS, Contact::Last).unwrap();
    let prices = Prices::known().unwrap();
    let (bill, account) = (tally.bill, prices.account(&tally, CARTS));
    assert_eq!(tally.lives, CARTS, "a cart each");
    assert_eq!(tally.faults(), 0);
    assert_eq!(
        tally.accepted(),
        CARTS * 8 / 10,
        "two reminders for each of four in ten"
    );
    // Four requests a cart, one for each order, two for each click; a batch for each reminder.
    assert_eq!(
        bill.worker_requests,
        CARTS * 4 + CARTS / 20 + 2 * (CARTS * 8 / 100) + CARTS * 8 / 10
    );
    assert_eq!(bill.queue_operations, 3 * CARTS * 8 / 10);
    assert!(account.total_usd() <= prices.bar_usd, "{account}");
    assert!(bill.largest_row < 64_000, "{account}");
}
