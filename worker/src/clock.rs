//! The only place that reads a clock or draws random numbers.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(buffer: &mut [u8]);
}

/// The edge's clock, epoch ms. The platform advances it only between I/O.
pub fn now_ms() -> u64 {
    whole_ms(js_sys::Date::now())
}

/// A reading of the platform's clock as a number of ms.
pub fn whole_ms(now: f64) -> u64 {
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
    get_random_values(&mut bytes);
    bytes
}
