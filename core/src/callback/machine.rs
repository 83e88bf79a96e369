//! What opens and clicks without a person: proxies of mail programs that fetch every picture, and scanners that follow every link.

use super::Told;
use crate::delivery::Feedback;
use alloc::{borrow::Cow, vec::Vec};

/// Whether a user agent is a machine's, as its owner documents it or has sent it for years. One that hides behind a browser's is
/// found by its haste alone, see [`by_time`].
pub(super) fn is_machine(user_agent: &str) -> bool {
    /// Gmail's and Yahoo's picture proxies name themselves; so do link scanners and preview robots.
    const NAMES: [&str; 8] = [
        "GoogleImageProxy",
        "YahooMailProxy",
        "BarracudaCentral",
        "Mimecast",
        "Proofpoint",
        "bot",
        "crawler",
        "preview",
    ];
    // Apple's Mail Privacy Protection loads every picture as this, and nothing behind it.
    user_agent.trim() == "Mozilla/5.0" || NAMES.iter().any(|name| holds(user_agent, name))
}

/// How soon after a message has arrived nobody has read it, ms. Scanners that are whole browsers, such as Outlook's, open and click
/// within seconds of it, before the mail is shown to anybody; times are told in whole seconds by some.
const TOO_SOON_MS: u64 = 10_000;

/// How far apart clicks on two links of one message are at least, ms, where somebody has chosen the second one.
const AT_ONCE_MS: u64 = 2_000;

/// The same, told as a machine's where it was seen too soon after the message had arrived, both epoch ms: by the recipient's server, or,
/// where that is not known, at the provider. A person's own click comes later, and is news then.
pub fn by_time(feedback: Feedback, arrived_at: Option<u64>, at: u64) -> Feedback {
    let is_too_soon = arrived_at.is_some_and(|since| at.saturating_sub(since) < TOO_SOON_MS);
    match feedback {
        Feedback::Opened { .. } if is_too_soon => Feedback::Opened { machine: true },
        Feedback::Clicked { .. } if is_too_soon => Feedback::Clicked { machine: true },
        told => told,
    }
}

/// A click on a link of a message, as one callback tells it among others.
pub(super) struct Click<'a> {
    /// Its place among what the callback tells.
    pub(super) place: usize,
    /// Where the link leads.
    pub(super) link: Cow<'a, str>,
}

/// Marks the clicks of who has followed several links of one message at once: no person does.
pub(super) fn mark_at_once(told: &mut [Told], clicks: &[Click<'_>]) {
    let of = |click: &Click<'_>| told.get(click.place).copied();
    let is_beside = |click: &Click<'_>, other: &Click<'_>| {
        let (Some(one), Some(two)) = (of(click), of(other)) else {
            return false;
        };
        let apart = one.at.zip(two.at).map(|(a, b)| a.abs_diff(b));
        one.delivery == two.delivery
            && click.link != other.link
            && apart.is_some_and(|apart| apart < AT_ONCE_MS)
    };
    let beside = clicks
        .iter()
        .filter(|click| clicks.iter().any(|other| is_beside(click, other)));
    let places: Vec<usize> = beside.map(|click| click.place).collect();
    for place in places {
        if let Some(told) = told.get_mut(place) {
            told.feedback = Feedback::Clicked { machine: true };
        }
    }
}

/// Whether `text` holds `part`, whatever the case of its letters.
fn holds(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};

    const CLICKED: Feedback = Feedback::Clicked { machine: false };
    const BY_MACHINE: Feedback = Feedback::Clicked { machine: true };

    #[test]
    fn what_is_seen_within_seconds_of_arriving_is_seen_by_a_machine() {
        for (arrived_at, at, told) in [
            (Some(50_000), 50_000, BY_MACHINE),
            (Some(50_000), 59_999, BY_MACHINE),
            // It cannot be clicked before it is there; clocks differ.
            (Some(50_000), 40_000, BY_MACHINE),
            (Some(50_000), 60_000, CLICKED),
            (None, 50_000, CLICKED),
        ] {
            assert_eq!(
                by_time(CLICKED, arrived_at, at),
                told,
                "{arrived_at:?} {at}"
            );
        }
        let opened = Feedback::Opened { machine: false };
        let by_machine = Feedback::Opened { machine: true };
        assert_eq!(by_time(opened, Some(50_000), 51_000), by_machine);
        // A machine that says so is one at any time, and nothing else is about who sees it.
        assert_eq!(by_time(by_machine, Some(0), 90_000), by_machine);
        let complained = Feedback::Complained;
        assert_eq!(by_time(complained, Some(50_000), 51_000), complained);
    }

    #[test]
    fn who_follows_several_links_at_once_is_a_machine() {
        let marked = |clicks: &[(u8, &'static str, u64)]| {
            let told = clicks.iter().map(|(step, _, at)| Told {
                delivery: format!("dlv_{}_1_{step}", "0".repeat(32)).parse().unwrap(),
                feedback: CLICKED,
                at: Some(*at),
            });
            let mut told: Vec<Told> = told.collect();
            let places = clicks.iter().enumerate();
            let clicks = places.map(|(place, (_, link, _))| Click {
                place,
                link: Cow::Borrowed(link),
            });
            mark_at_once(&mut told, &clicks.collect::<Vec<_>>());
            let is_marked = told.into_iter().map(|one| one.feedback == BY_MACHINE);
            is_marked.collect::<Vec<bool>>()
        };
        assert_eq!(marked(&[(0, "a", 0), (0, "b", 1_000)]), vec![true, true]);
        // One link twice is an impatient person; two with a pause, a curious one; two messages, two people.
        assert_eq!(marked(&[(0, "a", 0), (0, "a", 0)]), vec![false, false]);
        assert_eq!(marked(&[(0, "a", 0), (0, "b", 2_000)]), vec![false, false]);
        assert_eq!(marked(&[(0, "a", 0), (1, "b", 0)]), vec![false, false]);
        let later = [(0, "a", 0), (0, "b", 1_000), (0, "b", 60_000)];
        assert_eq!(marked(&later), vec![true, true, false]);
    }

    #[test]
    fn people_are_told_from_machines_by_what_these_say_themselves() {
        for machine in [
            "Mozilla/5.0",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
        ] {
            assert!(is_machine(machine), "{machine}");
        }
        for person in [
            "",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
        ] {
            assert!(!is_machine(person), "{person}");
        }
    }
}
