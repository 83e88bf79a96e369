//! What opens and clicks without a person: proxies of mail programs that fetch every picture, and scanners that follow every link.

/// Whether a user agent is a machine's, as its owner documents it or has sent it for years. One that hides behind a browser's is not
/// found by this.
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

/// Whether `text` holds `part`, whatever the case of its letters.
fn holds(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::is_machine;

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
