//! How many segments a text message takes: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension table) and TS 23.040
//! (concatenation: six octets of each segment name the message and its part).

/// How a text is written on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Seven bits a character, with a second one for what is in the extension table.
    Gsm7,
    /// UTF-16: one character outside of the GSM alphabet makes the whole text so.
    Ucs2,
}

impl Alphabet {
    /// Units in a text that is one segment, and in each segment of a longer one.
    fn room(self) -> (u32, u32) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// The narrowest that holds `text`.
    pub fn of(text: &str) -> Self {
        if text.chars().all(|c| septets(c).is_some()) {
            Self::Gsm7
        } else {
            Self::Ucs2
        }
    }

    fn units(self, c: char) -> u32 {
        match self {
            Self::Gsm7 => septets(c).unwrap_or(2),
            Self::Ucs2 => u32::try_from(c.len_utf16()).unwrap_or(2),
        }
    }
}

/// Characters of the default alphabet beside letters, digits and what ASCII has at the same places.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of the extension table, each behind an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many septets a character takes; `None`: it has none.
fn septets(c: char) -> Option<u32> {
    if c.is_ascii_alphanumeric() || GSM.contains(c) {
        Some(1)
    } else {
        EXTENSION.contains(c).then_some(2)
    }
}

/// Of how many segments `text` is. Neither an escaped character nor a pair of surrogates is parted between two.
pub fn segments(text: &str) -> u32 {
    let alphabet = Alphabet::of(text);
    let (single, each) = alphabet.room();
    let all = text
        .chars()
        .fold(0_u32, |sum, c| sum.saturating_add(alphabet.units(c)));
    if all <= single {
        return 1;
    }
    let (mut segments, mut used) = (1_u32, 0_u32);
    for c in text.chars() {
        let units = alphabet.units(c);
        if used.saturating_add(units) > each {
            segments = segments.saturating_add(1);
            used = 0;
        }
        used = used.saturating_add(units);
    }
    segments
}

/// The same text with the signs of typesetters as a typewriter has them: one curly quote would more than halve what fits in.
pub fn typewritten(text: &str) -> alloc::string::String {
    let mut plain = alloc::string::String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '′' => plain.push('\''),
            '“' | '”' | '„' | '″' | '«' | '»' => plain.push('"'),
            '‐' | '‑' | '‒' | '–' | '—' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{2009}' | '\u{202f}' => plain.push(' '),
            '\u{ad}' | '\u{200b}' => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(c: char, n: usize) -> u32 {
        segments(&core::iter::repeat_n(c, n).collect::<String>())
    }

    #[test]
    fn the_limits_are_those_of_the_standard() {
        // One septet a character.
        assert_eq!([of('a', 0), of('a', 160), of('a', 161)], [1, 1, 2]);
        assert_eq!([of('é', 306), of('é', 307), of('é', 459)], [2, 3, 3]);
        // Two.
        assert_eq!([of('€', 80), of('€', 81)], [1, 2]);
        // 153 septets hold 76 of them: the last septet of each segment stays empty.
        assert_eq!([of('€', 152), of('€', 153)], [2, 3]);
        // UTF-16.
        assert_eq!(
            [of('ж', 70), of('ж', 71), of('ж', 134), of('ж', 135)],
            [1, 2, 2, 3]
        );
        // Surrogate pairs: 67 units hold 33.
        assert_eq!(
            [of('😀', 35), of('😀', 36), of('😀', 66), of('😀', 67)],
            [1, 2, 2, 3]
        );
    }

    #[test]
    fn the_alphabet_has_its_characters_and_no_others() {
        assert_eq!(
            GSM.chars().count() + 26 * 2 + 10,
            127,
            "and the escape is the 128th"
        );
        assert_eq!(EXTENSION.chars().count(), 10);
        assert_eq!(Alphabet::of("Grüße: 5 € @ [Ærø] {~}"), Alphabet::Gsm7);
        for other in ["ç", "á", "`", "’", "Š", "\t"] {
            assert_eq!(Alphabet::of(other), Alphabet::Ucs2, "{other}");
        }
        assert_eq!(
            typewritten("“It’s” — here…\u{a0}now"),
            "\"It's\" - here... now"
        );
    }

    proptest! {
        /// A longer text never takes fewer segments, and none holds more than it has room for.
        #[test]
        fn every_segment_is_within_its_room(text in "[a-zß€\\[жä😀 ]{0,400}") {
            let (alphabet, count) = (Alphabet::of(&text), segments(&text));
            let units: u32 = text.chars().map(|c| alphabet.units(c)).sum();
            let (single, each) = alphabet.room();
            let within = if count == 1 { units <= single } else { units > single && units <= count * each };
            prop_assert!(within);
            // At most one unit of each segment stays empty.
            prop_assert!(count == 1 || units > (count - 1) * (each - 1));
        }
    }
}
