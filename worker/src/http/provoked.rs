//! Failures that tests provoke. These routes exist in test builds alone.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::Input;
use wasm_bindgen::JsValue;

/// Panics.
#[expect(
    clippy::panic,
    reason = "the route exists to prove that a panic fails one request only"
)]
pub fn panic() -> JsValue {
    panic!("provoked by a test")
}

/// Exhausts the stack, which traps.
pub fn trap() -> JsValue {
    deeper(0);
    Problem::NotFound.response(None)
}

#[expect(
    unconditional_recursion,
    reason = "the route exists to exhaust the stack"
)]
fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    deeper(depth.wrapping_add(1)).wrapping_add(room.iter().sum::<u64>())
}

/// Panics in a Cart.
pub async fn panic_in_cart(env: &Env) -> JsValue {
    // The all-ones cart panics in test builds; see objects::cart.
    let call = CartCall {
        shop: ShopId([0; 5]),
        cart: CartId([0xff; 16]),
        input: Input::Read,
    };
    match ask_cart(env, "panics", &call).await {
        Ok(_) => Problem::Internal(String::from("the object did not panic")).response(None),
        Err(problem) => Problem::Internal(problem.to_string()).response(None),
    }
}
