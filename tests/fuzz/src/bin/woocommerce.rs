//! Payloads of WooCommerce.
#![no_main]

use homing_core::platform::Platform;

libfuzzer_sys::fuzz_target!(|input: &[u8]| homing_fuzz::payload(Platform::WooCommerce, input));
