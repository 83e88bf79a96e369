//! What a browser sends.
#![no_main]

use homing_core::wire::CollectRequest;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(request) = serde_json::from_slice::<CollectRequest>(input) else {
        return;
    };
    for event in &request.events {
        let _ = (event.event_id(), event.op(), event.dot_list());
    }
});
