//! The only place that reads a clock or draws random numbers.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(buffer: &Uint8Array) -> Uint8Array;
}

/// The edge's clock, epoch ms. The platform advances it only between I/O.
pub fn now_ms() -> u64 {
    let now = js_sys::Date::now();
    // A double holds every ms of the next 280,000 years exactly.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive whole number"
    )]
    let now = now as u64;
    now
}

/// Fresh secret randomness.
pub fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let buffer = Uint8Array::new_with_length(u32::try_from(N).unwrap_or(0));
    get_random_values(&buffer).copy_to(&mut bytes);
    bytes
}
