//! Answers to text messages that are instructions.

/// What the owner of a number asks for by a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// No texts any more.
    Stop,
    /// Texts again.
    Start,
}

/// The words that Twilio takes as an opt-out in English without further configuration, and the French one.
const STOP: [&str; 10] = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "ARRET",
    "ARRÊT",
];
/// The words that it takes as an opt-in.
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

impl Keyword {
    /// Reads a text: one word alone, in whatever case, with what typing hastily puts around it. Anything else is talk.
    pub fn read(text: &str) -> Option<Self> {
        let word = text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_uppercase();
        if STOP.contains(&word.as_str()) {
            Some(Self::Stop)
        } else {
            START.contains(&word.as_str()).then_some(Self::Start)
        }
    }

    /// Reads what Twilio's Advanced Opt-Out says that a text was, whose words a merchant chooses.
    pub fn of_opt_out_type(kind: &str) -> Option<Self> {
        match kind {
            "STOP" => Some(Self::Stop),
            "START" => Some(Self::Start),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_alone_is_an_instruction() {
        for text in [
            "STOP",
            " stop.",
            "Stop!\n",
            "\"unsubscribe\"",
            "arrêt",
            "Quit",
        ] {
            assert_eq!(Keyword::read(text), Some(Keyword::Stop), "{text}");
        }
        for text in ["start", "YES", "Unstop."] {
            assert_eq!(Keyword::read(text), Some(Keyword::Start), "{text}");
        }
        for text in ["", "please stop", "stop it", "yes please", "HELP", "stopp"] {
            assert_eq!(Keyword::read(text), None, "{text}");
        }
        assert_eq!(Keyword::of_opt_out_type("HELP"), None);
    }
}
