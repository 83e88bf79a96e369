//! The worked example of docs/log-export.md is what the code writes, and verifies.

use super::*;

const DOCS: &str = include_str!("../../../../docs/log-export.md");

/// The blocks of the page in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let blocks = DOCS.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .collect()
}

fn example() -> Log {
    let id = |counter| EventId {
        replica: Replica(0x0123_4567_89ab_cdef),
        counter,
    };
    let at = 1_764_061_200_000;
    let said = |counter, what| Record {
        id: Some(id(counter)),
        at: at + u64::from(counter) * 1_000,
        taken_at: at + u64::from(counter) * 1_000 + 40,
        what,
        trace: None,
    };
    let options = BTreeMap::from([(String::from("engraving"), String::from("Ada"))]);
    let add = Op::Add {
        epoch: 0,
        clock: Hlc::at(at + 1_000),
        line: LineKey::new(Variant::new("mug-blue").unwrap(), &options).unwrap(),
        qty: Quantity::new(2).unwrap(),
    };
    let dots = vec![Dot {
        id: id(1),
        carry: 0,
    }];
    let order = String::from("1001");
    Log {
        cart: CartId(*b"homing's example"),
        records: vec![
            said(1, What::Lines(add)),
            said(
                2,
                What::Identified {
                    shopper: ShopperId([9; 16]),
                    consent: Some(ConsentReceipt {
                        email: Some(true),
                        sms: None,
                        ads: None,
                        wording: "checkout-v1".into(),
                        page: "/checkout".into(),
                    }),
                },
            ),
            said(3, What::Order { dots, order }),
        ],
        erased: vec![false, true, false],
        pruned: 0,
    }
}

#[test]
fn the_worked_example_is_what_is_written() {
    let written = example().lines().join("\n");
    assert_eq!(
        blocks("ndjson"),
        [format!("{written}\n")],
        "docs/log-export.md should show:\n{written}"
    );
    assert!(check(&example().lines()).is_ok());
}
