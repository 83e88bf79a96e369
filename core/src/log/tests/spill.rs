//! When the open end of a log becomes a page.

use super::*;

const CART: CartId = CartId([2; 16]);

/// Appends payloads of 100 bytes, which weigh 124 each, until a page is due; the page and how many it took.
fn until_spilled(chain: &mut Chain) -> (Page, usize) {
    let mut taken = 0;
    loop {
        taken += 1;
        chain.append(vec![7; 100], &[taken as u8; 32]);
        if let Some(page) = chain.spill() {
            return (page, taken);
        }
    }
}

#[test]
fn a_tail_spills_at_eight_kibibytes_and_begins_anew() {
    let mut chain = Chain::new(SHOP, CART);
    let (first, taken) = until_spilled(&mut chain);
    assert_eq!(taken, 8_192_usize.div_ceil(124));
    assert_eq!((first.number, first.entries.len()), (0, taken));
    assert_eq!(
        (chain.pages(), chain.tail().len(), chain.seq()),
        (1, 0, taken as u64)
    );
    let (second, again) = until_spilled(&mut chain);
    assert_eq!((second.number, again), (1, taken));
    let entries: Vec<Entry> = [first.entries, second.entries].concat();
    let from = Checkpoint::genesis(SHOP, CART);
    assert_eq!(verify(from, &entries, &chain.head()), Ok(()));
}

#[test]
fn a_tail_of_exactly_eight_kibibytes_is_a_page() {
    let weighing = |bytes: usize| {
        let mut chain = Chain::new(SHOP, CART);
        chain.append(vec![7; bytes - 24], &[1; 32]);
        chain.spill()
    };
    assert!(weighing(8_191).is_none());
    assert!(weighing(8_192).is_some());
}

#[test]
fn a_payload_keeps_no_room_that_it_does_not_need() {
    let mut chain = Chain::new(SHOP, CART);
    let mut roomy = Vec::with_capacity(512);
    roomy.push(7);
    chain.append(roomy, &[1; 32]);
    let [
        Entry {
            body: Body::Kept { payload, .. },
            ..
        },
    ] = chain.tail()
    else {
        panic!("one entry was appended");
    };
    assert!(payload.capacity() < 64, "{}", payload.capacity());
}

#[test]
fn an_empty_tail_is_no_page() {
    assert_eq!(Chain::new(SHOP, CART).spill(), None);
}
