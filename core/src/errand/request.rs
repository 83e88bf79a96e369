//! One request to a service.

use alloc::string::String;

/// One request to a service, in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path, with its slash.
    pub path: String,
    /// The body, JSON.
    pub json: String,
}
