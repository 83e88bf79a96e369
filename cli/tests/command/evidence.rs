//! What a merchant has recorded, held against an export.

use super::exports::{
    SHOP, cart, carts, export, file, head, heads_file, homing, proofs_file, root_file, verify,
};
use homing_core::bytes::to_hex;

#[test]
fn a_log_has_to_lead_through_recorded_heads_and_may_have_grown() {
    let early = format!("{}={}", cart(1), to_hex(&head(1, 2)));
    assert_eq!(verify(&["--head", &early], &export(1, 5, &[])).code, 0);
    // A rewritten log verifies by itself, but not against the head.
    let rewritten = export(2, 3, &[]);
    let recorded = format!("{}={}", cart(2), to_hex(&head(1, 3)));
    assert_eq!(verify(&[], &rewritten).code, 0);
    let ran = verify(&["--head", &recorded], &rewritten);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains(&format!(
            "cart {}, event 3, line 5: the log does not lead through the recorded head",
            cart(2)
        )),
        "{}",
        ran.out
    );
    // Nor does one whose last events were taken out.
    let late = format!("{}={}", cart(1), to_hex(&head(1, 3)));
    assert_eq!(verify(&["--head", &late], &export(1, 2, &[])).code, 1);
}

#[test]
fn a_recorded_cart_may_be_missing_only_when_the_merchant_says_so() {
    let list = file(
        "missing-heads.txt",
        &format!("# Tuesday\n\n{}", heads_file(&[1, 2, 3])),
    );
    let ran = verify(&["--heads", &list], &carts(&[1, 3]));
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains(&format!("MISSING: cart {}", cart(2))),
        "{}",
        ran.out
    );
    assert_eq!(
        verify(&["--heads", &list, "--partial"], &carts(&[1, 3])).code,
        0
    );
    assert_eq!(verify(&["--heads", &list], &carts(&[3, 2, 1])).code, 0);
    let damaged = file("missing-damaged.txt", "crt_0 abc\n");
    let ran = verify(&["--heads", &damaged], &carts(&[1]));
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("missing-damaged.txt, line 1"),
        "{}",
        ran.err
    );
}

#[test]
fn heads_are_printed_as_they_are_read() {
    let ran = homing(&["heads", "-"], carts(&[2, 1]).as_bytes());
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out, heads_file(&[2]) + &heads_file(&[1]));
    let list = file("printed-heads.txt", &ran.out);
    assert_eq!(verify(&["--heads", &list], &carts(&[1, 2])).code, 0);
    let broken = carts(&[1, 2]).replace("mug-3", "mug-4");
    let ran = homing(&["heads", "-"], broken.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("event 3"), "{}", ran.err);
    assert_eq!(homing(&["heads", "-"], b"").code, 2);
}

#[test]
fn a_root_covers_exactly_the_carts_of_its_day() {
    let root = file("exact-root.json", &root_file(&[1, 2, 3]));
    let ran = verify(&["--root", &root], &carts(&[3, 1, 2]));
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.ends_with("root of 2026-11-25: ok: 3 carts\n"),
        "{}",
        ran.out
    );
    for (text, says) in [
        (carts(&[1, 2]), "the root covers 3 carts, here are 2"),
        (
            carts(&[1, 2, 4]),
            "the root covers other carts or other heads than these",
        ),
        (carts(&[1, 2]) + &export(3, 4, &[]), "other heads"),
        (carts(&[1, 2, 3, 3]), "occurs more than once"),
    ] {
        let ran = verify(&["--root", &root], &text);
        assert_eq!(ran.code, 1, "{says}");
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
    }
}

#[test]
fn a_root_vouches_for_heads_and_those_for_logs_that_have_grown() {
    let root = file("heads-root.json", &root_file(&[1, 2]));
    let list = file("heads-root.txt", &heads_file(&[1, 2]));
    let grown = export(1, 5, &[]) + &export(2, 3, &[1]) + &export(9, 1, &[]);
    let ran = verify(&["--root", &root, "--heads", &list], &grown);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let other = file("heads-other.txt", &heads_file(&[1, 3]));
    let ran = verify(&["--root", &root, "--heads", &other], &carts(&[1, 3]));
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("root of 2026-11-25: BROKEN"),
        "{}",
        ran.out
    );
}

#[test]
fn a_proof_vouches_for_one_cart() {
    let all = [1, 2, 3, 4, 5];
    let root = file("proof-root.json", &root_file(&all));
    let proofs = file("proof-of-4.ndjson", &proofs_file(&all, &[4]));
    let ran = verify(&["--root", &root, "--proofs", &proofs], &export(4, 6, &[]));
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(
        verify(&["--root", &root, "--proofs", &proofs], &export(4, 2, &[])).code,
        1
    );
    // A proof from another tree, or for another cart.
    let foreign = file("proof-foreign.ndjson", &proofs_file(&[1, 2, 4, 5, 6], &[4]));
    let ran = verify(&["--root", &root, "--proofs", &foreign], &carts(&[4]));
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("does not lead to the root"), "{}", ran.out);
    let forged = proofs_file(&all, &[4]).replace(&cart(4).to_string(), &cart(9).to_string());
    let forged = file("proof-forged.ndjson", &forged);
    assert_eq!(
        verify(&["--root", &root, "--proofs", &forged], &carts(&[9])).code,
        1
    );
}

#[test]
fn a_root_of_another_shop_or_format_is_refused() {
    let foreign = root_file(&[1]).replace(&SHOP.to_string(), "shop_dem00001");
    let foreign = file("foreign-root.json", &foreign);
    let ran = verify(&["--root", &foreign], &carts(&[1]));
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("the root is that of shop_dem00001"),
        "{}",
        ran.out
    );
    let newer = file(
        "newer-root.json",
        &root_file(&[1]).replace("homing-root/1", "homing-root/2"),
    );
    let ran = verify(&["--root", &newer], &carts(&[1]));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("homing-root/2"), "{}", ran.err);
    let undated = root_file(&[1]).replace("2026-11-25", "26-11-2025");
    let undated = file("undated-root.json", &undated);
    assert_eq!(verify(&["--root", &undated], &carts(&[1])).code, 2);
}
