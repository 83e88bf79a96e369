//! The command as a merchant runs it: files in, a report and an exit code out.

#[cfg(test)]
mod command {
    use homing_core::bytes::to_hex;
    use homing_core::ids::{CartId, ShopId};
    use homing_core::log::merkle::{self, Inclusion};
    use homing_core::log::{Chain, Entry, Export, Hash, Header, MAX_LINE_BYTES, Record, What};
    use homing_core::object::codec;
    use serde_json::{Value, json};
    use std::io::Write;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    const SHOP: ShopId = ShopId([1; 5]);

    struct Ran {
        code: i32,
        out: String,
        err: String,
    }

    fn homing(args: &[&str], input: &[u8]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_homing"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may stop reading at the first thing that is wrong.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn verify(args: &[&str], input: &str) -> Ran {
        homing(&[&["verify", "-"], args].concat(), input.as_bytes())
    }

    fn file(name: &str, content: &str) -> String {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn cart(n: u8) -> CartId {
        CartId([n; 16])
    }

    fn entries(n: u8, count: u64) -> (Vec<Entry>, Hash) {
        let mut chain = Chain::new(SHOP, cart(n));
        for at in 1..=count {
            let variant = format!("mug-{at}");
            let record = Record {
                id: None,
                at,
                taken_at: at,
                what: What::View {
                    variant,
                    dwell_ms: 7,
                },
            };
            chain.append(codec::encode(&record).unwrap(), &[n; 32]);
        }
        (chain.tail().to_vec(), chain.head())
    }

    fn head(n: u8, count: u64) -> Hash {
        entries(n, count).1
    }

    /// A cart's export; the events of these numbers are erased.
    fn export(n: u8, count: u64, erased: &[u64]) -> String {
        let (mut entries, head) = entries(n, count);
        let header = Header {
            shop: SHOP,
            cart: cart(n),
            after: None,
            entries: count,
            head,
        };
        let mut out = Vec::new();
        let mut export = Export::begin(header, &mut out);
        for entry in &mut entries {
            if erased.contains(&entry.seq) {
                entry.erase();
            }
            export.entry(entry, &mut out);
        }
        export.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn carts(numbers: &[u8]) -> String {
        let exports = numbers.iter().map(|n| export(*n, 3, &[]));
        exports.collect::<Vec<_>>().concat()
    }

    fn heads(numbers: &[u8]) -> Vec<(CartId, Hash)> {
        numbers.iter().map(|n| (cart(*n), head(*n, 3))).collect()
    }

    fn heads_file(numbers: &[u8]) -> String {
        let line = |(cart, head): (CartId, Hash)| format!("{cart} {}\n", to_hex(&head));
        heads(numbers).into_iter().map(line).collect()
    }

    fn root_file(numbers: &[u8]) -> String {
        let root = merkle::root(heads(numbers)).unwrap();
        json!({
            "root": "homing-root/1",
            "shop": SHOP.to_string(),
            "day": "2026-11-25",
            "carts": numbers.len(),
            "hash": to_hex(&root),
        })
        .to_string()
    }

    fn proofs_file(numbers: &[u8], of: &[u8]) -> String {
        let heads = heads(numbers);
        let line = |n: &u8| {
            let proof = Inclusion::prove(&heads, cart(*n)).unwrap();
            let path: Vec<String> = proof.path.iter().map(|hash| to_hex(hash)).collect();
            let line = json!({
                "proof": "homing-proof/1",
                "cart": cart(*n).to_string(),
                "head": to_hex(&head(*n, 3)),
                "index": proof.index,
                "carts": proof.size,
                "path": path,
            });
            format!("{line}\n")
        };
        of.iter().map(line).collect()
    }

    #[test]
    fn a_whole_export_is_ok_and_says_what_that_does_not_mean() {
        let text = export(1, 3, &[2]) + &export(2, 4, &[]);
        let ran = verify(&[], &text);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(
            ran.out
                .starts_with("standard input: ok: 2 carts, 7 events, 1 erased\n"),
            "{}",
            ran.out
        );
        assert!(
            ran.out.contains("No recorded head was given"),
            "{}",
            ran.out
        );
        let recorded = format!("{}={}", cart(1), to_hex(&head(1, 3)));
        let ran = verify(&["--head", &recorded], &text);
        assert_eq!(ran.out, "standard input: ok: 2 carts, 7 events, 1 erased\n");
    }

    #[test]
    fn the_first_broken_event_of_each_file_is_named() {
        let whole = file("named-whole.ndjson", &carts(&[1, 2]));
        let edited = carts(&[1, 2]).replacen("mug-3", "mug-9", 1);
        let broken = file("named-broken.ndjson", &edited);
        let ran = homing(&["verify", &whole, &broken], b"");
        assert_eq!(ran.code, 1);
        assert!(
            ran.out
                .contains(&format!("{whole}: ok: 2 carts, 6 events\n")),
            "{}",
            ran.out
        );
        let named = format!(
            "{broken}: BROKEN: cart {}, event 3, line 4: the readable part says something else than the payload: `what.variant`\n  before that: 0 carts, 2 events\n",
            cart(1)
        );
        assert!(ran.out.contains(&named), "{}", ran.out);
    }

    #[test]
    fn json_says_the_same() {
        let text = carts(&[1, 2]);
        let ran = verify(&["--json"], &text);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let file = json!({"file": "standard input", "ok": true, "carts": 2, "events": 6, "erased": 0, "pruned": 0});
        assert_eq!(report, json!({"ok": true, "files": [file], "missing": []}));
        let lines: Vec<&str> = text.lines().collect();
        let dropped = [&lines[..2], &lines[3..]].concat().join("\n");
        let ran = verify(&["--json"], &dropped);
        assert_eq!(ran.code, 1);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["ok"], false);
        let fault = &report["files"][0]["fault"];
        assert_eq!(fault["code"], "event_out_of_order");
        assert_eq!(fault["cart"], cart(1).to_string());
        assert_eq!((&fault["event"], &fault["line"]), (&json!(2), &json!(3)));
    }

    #[test]
    fn what_cannot_be_checked_is_told_apart_from_what_is_broken() {
        let first = carts(&[1]);
        let newer = carts(&[1]) + "{\"log\":\"homing/2\",\"cart\":\"crt_00\"}\n";
        let endless = format!("{}{}", carts(&[1]), "x".repeat(MAX_LINE_BYTES + 2));
        let inside = format!(
            "{}\n{}",
            first.lines().next().unwrap(),
            "x".repeat(2 * MAX_LINE_BYTES)
        );
        let lines: Vec<&str> = first.lines().collect();
        let cases = [
            (String::new(), 2, "it is empty"),
            (
                String::from("cart,event\n1,2\n"),
                2,
                "is the file an export of Homing?",
            ),
            (
                String::from("{\"type\":\"urn:homing:problem:key_invalid\"}"),
                2,
                "it is an error that the API answered with",
            ),
            (String::from("\u{feff}") + &first, 2, "byte order mark"),
            (
                newer,
                2,
                "this log is in the format \"homing/2\"; this program reads \"homing/1\"",
            ),
            (endless, 2, "longer than 262144 bytes"),
            (inside, 1, "longer than 262144 bytes"),
            (
                lines[..3].join("\n"),
                1,
                "event 3, line 3: the file was cut off here: the log has 3 events",
            ),
            (first[..first.len() / 2].to_owned(), 1, "it ends early"),
            (
                lines[..4].join("\n") + "\nnot JSON\n",
                1,
                "the line is not one of an export",
            ),
        ];
        for (text, code, says) in cases {
            let ran = verify(&[], &text);
            assert_eq!(ran.code, code, "{says}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains(says), "{says}: {}", ran.out);
        }
        let gzip = homing(&["verify", "-"], &[0x1f, 0x8b, 8, 0, 0]);
        assert_eq!(gzip.code, 2);
        assert!(gzip.out.contains("gzip -dc"), "{}", gzip.out);
        let absent = homing(&["verify", "/nowhere/at/all.ndjson"], b"");
        assert_eq!(absent.code, 2);
        assert!(
            absent
                .out
                .contains("/nowhere/at/all.ndjson: not checked: No such file"),
            "{}",
            absent.out
        );
        for args in [
            &["verify"][..],
            &["verify", "-", "-"],
            &["verify", "-", "--head", "x"],
            &["verify", "-", "--proofs", "x"],
            &[],
        ] {
            let ran = homing(args, b"");
            assert_eq!(ran.code, 2, "{args:?}");
            assert!(!ran.err.is_empty());
        }
    }

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
    }

    #[test]
    fn the_help_says_what_a_chain_does_not_prove() {
        let ran = homing(&["verify", "--help"], b"");
        assert_eq!(ran.code, 0);
        assert!(
            ran.out
                .contains("A chain alone proves little against its owner"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("Exit code: 0"), "{}", ran.out);
    }
}
