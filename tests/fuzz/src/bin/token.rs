//! Tokens in links.
#![no_main]

use homing_core::token::{Claimed, Token};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(claimed) = Token::read(text)
    {
        assert_eq!(text.len(), Token::TEXT_LEN);
        let _ = Claimed::key(&claimed);
    }
});
