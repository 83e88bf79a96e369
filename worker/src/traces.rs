//! Under which trace what comes from outside is told on: the one that it came with, or one that is made here.

use crate::bindings::Request;
use crate::clock;
use homing_core::traceparent::TraceId;

/// A trace that nobody has named yet.
pub fn fresh() -> TraceId {
    TraceId::of(clock::entropy())
}

/// The trace of a server's call: of its header `traceparent`, or a fresh one.
pub fn of(request: &Request) -> TraceId {
    let header = request.headers().get("traceparent");
    header
        .and_then(|header| TraceId::of_traceparent(&header))
        .unwrap_or_else(fresh)
}

/// The header `traceparent` of a call that is made from here.
pub fn header(trace: TraceId) -> String {
    let [first, rest @ ..] = clock::entropy::<8>();
    // A span that is all zero is none.
    let mut span = [first | 1; 8];
    for (place, byte) in span.iter_mut().skip(1).zip(rest) {
        *place = byte;
    }
    trace.traceparent(span)
}
