//! What a replay cannot know, and takes to be so. It is part of every report.

use super::{Counts, Options};
use alloc::{format, string::String, vec::Vec};

const ALWAYS: [&str; 9] = [
    "What shoppers did stays as it was: orders and returns do not move, although other messages would have moved them.",
    "Contacts are in no export: whoever gave one has an email address here, and no telephone number; consent is what they said.",
    "Unsubscribes, refused addresses, rejections and answers to surveys are in no export: nobody is suppressed, nobody answers, and a person approves every message at once.",
    "What the shop's server has told is in no export: nobody has a tier or a history, no identities are joined, and prices and stock bring no news.",
    "Flags and experiments draw as many shoppers as they do live, but not the same ones; the same on both sides.",
    "Messages go out when they are due and are accepted at once; a pause of the shop is not played.",
    "Each side has one configuration throughout, and prices are the catalogue's as given.",
    "Only carts that an export holds are played; a cart of which the desk never heard is in none.",
    "An offer costs what it takes off the cart's value at that moment, if everybody who gets it uses it; what free shipping costs is not known.",
];

/// What this replay takes to be so, each as one sentence.
pub(super) fn assumptions(counts: &Counts, options: &Options, unfinished: u64) -> Vec<String> {
    let mut told: Vec<String> = ALWAYS.iter().map(|text| String::from(*text)).collect();
    told.push(match options.held_out.len() {
        0 => String::from("Nobody is held out, because no list of held-out shoppers was given."),
        count => {
            format!("Held out are the {count} shoppers of the list that was given, on both sides.")
        }
    });
    if options.until.is_none() {
        told.push(String::from(
            "After the history's end nobody comes back or orders; what is sent then is counted apart.",
        ));
    }
    for (count, what) in [
        (counts.erased, "events were erased and are passed over"),
        (
            counts.passed_over,
            "events cannot be played again and are passed over",
        ),
        (
            counts.pruned_carts,
            "carts are left out, because their first events were pruned",
        ),
        (
            unfinished,
            "shoppers were given up, because their messages were put off without end",
        ),
    ] {
        if count > 0 {
            told.push(format!("{count} {what}."));
        }
    }
    told
}
