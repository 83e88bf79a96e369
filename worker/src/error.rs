//! Errors as callers see them: RFC 9457 problem documents with stable codes.

use crate::bindings;
use homing_core::error::Invalid;
use homing_core::ids::ShopId;
use homing_core::object::codec::CodecError;
use homing_core::scopes::Scope;
use homing_core::shop::FieldError;
use homing_core::stock::{Refusal, State};
use homing_core::token::TokenError;
use homing_core::webhook::Unsigned;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What can go wrong: the caller's fault, ours, or nobody's for long.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The body is not what the call takes.
    #[error("the body is not valid: {0}")]
    Body(String),
    /// One of the events in the body cannot be.
    #[error("{}", .0.iter().map(|refused| format!("event {}: {}", refused.id, refused.detail)).collect::<Vec<_>>().join("; "))]
    Events(Vec<RefusedEvent>),
    /// The body is too large.
    #[error("the body may have at most {0} bytes")]
    TooLarge(u32),
    /// Too many events at once.
    #[error("a request may carry at most {0} events")]
    TooManyEvents(usize),
    /// The key is missing, not ours, or revoked.
    #[error("this key is not valid")]
    Key,
    /// A webhook that its platform has not signed.
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
    /// Amazon SNS says it, of a topic that is none of this deployment's.
    #[error("the topic is none of those in SES_TOPIC_ARNS")]
    Topic,
    /// The key's time is over.
    #[error("this key has expired")]
    KeyEnded,
    /// A key of a kind that opens something else; which kind is wanted.
    #[error("this address wants {0}, and the key is of another kind")]
    OtherKey(&'static str),
    /// The key may not do this.
    #[error("this key lacks the scope {0}")]
    Scope(Scope),
    /// An `Idempotency-Key` that is none.
    #[error(
        "an Idempotency-Key is 1 to 255 visible ASCII characters, in quotation marks or without"
    )]
    IdempotencyKey,
    /// This `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key belongs to another request")]
    IdempotencyConflict,
    /// Other dead letters are being tried again.
    #[error(
        "other dead letters are being tried again; GET /v1/deliveries/replay tells how far that is"
    )]
    ReplayUnderWay,
    /// The request that this `Idempotency-Key` came with is under way, for at most so many seconds.
    #[error("the same request is under way")]
    IdempotencyUnderWay(u32),
    /// The page may not use this key.
    #[error("pages of this origin may not use this key")]
    Origin,
    /// Not a valid token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token was revoked.
    #[error("this link has been revoked")]
    Revoked,
    /// A field of a configuration, or of another request, is wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Fields of a configuration are wrong; never empty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
    /// No such thing.
    #[error("there is nothing at this address")]
    NotFound,
    /// Not with this method.
    #[error("this address takes {0}")]
    Method(String),
    /// A value cannot be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Only for shops in the sandbox.
    #[error("this shop is not in the sandbox")]
    NotSandbox,
    /// This shop is not configured.
    #[error("this shop is not configured")]
    UnknownShop(ShopId),
    /// The shop is not connected to this platform.
    #[error("the shop is not connected to this platform")]
    NotConnected,
    /// Nobody has written to this cart.
    #[error("there is no such cart in this shop")]
    UnknownCart,
    /// Nobody of this id has been seen in this shop.
    #[error("there is no such shopper in this shop")]
    UnknownShopper,
    /// Both names mean one identity.
    #[error("both are the same shopper")]
    SameShopper,
    /// One person has too many identities.
    #[error("a person may have at most {0} identities")]
    TooManyIdentities(usize),
    /// No test goes to this address or number.
    #[error("tests go only to whom the shop's configuration names in test_recipients")]
    NotListed,
    /// There were so many tests that the next one has to wait for so many seconds.
    #[error("there were too many tests in the last hour or day")]
    TooManyTests(u32),
    /// One shop has too many endpoints.
    #[error("a shop may have at most {0} endpoints")]
    TooManyEndpoints(usize),
    /// Nothing of this kind keeps the shopper from being written to.
    #[error("the shopper is not suppressed for this cause")]
    NotSuppressed,
    /// A reservation is not made, or stays as it is.
    #[error("{}", refused(.0))]
    Reservation(Refusal),
    /// Something that we need did not answer.
    #[error("a part of the service did not answer; try again")]
    Unavailable(String),
    /// An object has more to do than it can.
    #[error("too much at once; send it again later")]
    Overloaded,
    /// More requests than may come.
    #[error("too many requests; send it again later")]
    TooMany,
    /// A fault of ours.
    #[error("this request failed on our side; it may be sent again")]
    Internal(String),
}

/// An event that makes a request invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedEvent {
    /// As it was sent.
    pub id: String,
    /// A stable code.
    pub code: String,
    /// In words.
    pub detail: String,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    refused: &'a [RefusedEvent],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    short: Vec<Short<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_down_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// A variant of which there are too few.
#[derive(Serialize)]
struct Short<'a> {
    variant: &'a str,
    available: u32,
}

/// Why a reservation is not made, or stays as it is.
fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "there is no such reservation, or it ended more than a week ago",
        Refusal::Conflict => "another reservation has this id",
        Refusal::Short(_) => "there are too few of some variants; nothing was reserved",
        Refusal::Ended(State::Confirmed) => "what it held is sold",
        Refusal::Ended(State::Expired) => "its time is over",
        Refusal::Ended(State::Orphaned) => "its cart did not need it any more",
        Refusal::Ended(_) => "it was cancelled",
    }
}

/// How long to leave an overloaded object alone, ms; as long as `Retry-After` says, which no browser shows to a page of another
/// origin.
const OVERLOADED_MS: u32 = 5_000;

/// When the platform's counters have begun anew, ms; likewise.
const TOO_MANY_MS: u32 = 10_000;

impl Problem {
    /// Status, stable code and title.
    pub fn class(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Body(_) => (400, "body_invalid", "The body is not valid"),
            Self::Events(_) => (400, "event_invalid", "An event is not valid"),
            Self::TooLarge(_) => (413, "body_too_large", "The body is too large"),
            Self::TooManyEvents(_) => (400, "too_many_events", "Too many events"),
            Self::Key => (401, "key_invalid", "The key is not valid"),
            Self::Unsigned(Unsigned::Wrong) => {
                (401, "signature_invalid", "The signature is not valid")
            }
            Self::Unsigned(Unsigned::Stale) => {
                (401, "signature_expired", "The signature is too old")
            }
            Self::Topic => (403, "topic_unknown", "Another topic"),
            Self::KeyEnded => (401, "key_expired", "The key has expired"),
            Self::OtherKey(_) => (403, "key_of_another_kind", "Another key is for this"),
            Self::Scope(_) => (403, "scope_missing", "The key lacks a scope"),
            Self::IdempotencyKey => (
                400,
                "idempotency_key_invalid",
                "The Idempotency-Key is not valid",
            ),
            Self::IdempotencyConflict => (
                409,
                "idempotency_conflict",
                "The Idempotency-Key belongs to another request",
            ),
            Self::ReplayUnderWay => (
                409,
                "replay_in_progress",
                "Other dead letters are being tried again",
            ),
            Self::IdempotencyUnderWay(_) => (
                409,
                "idempotency_in_progress",
                "The same request is under way",
            ),
            Self::Origin => (403, "origin_refused", "The origin is not allowed"),
            Self::Token(TokenError::Invalid) => (401, "token_invalid", "The link is not valid"),
            Self::Token(TokenError::Expired) => (410, "token_expired", "The link has expired"),
            Self::Revoked => (410, "token_revoked", "The link was revoked"),
            Self::Field(_) | Self::Fields(_) => {
                (422, "configuration_invalid", "A field is not valid")
            }
            Self::NotFound => (404, "not_found", "Nothing here"),
            Self::Method(_) => (405, "method_not_allowed", "Wrong method"),
            Self::Invalid(invalid) => (400, invalid.code(), "A value is not valid"),
            Self::NotSandbox => (403, "sandbox_only", "Only in the sandbox"),
            Self::UnknownShop(_) => (404, "shop_unknown", "The shop is not configured"),
            Self::NotConnected => (404, "connection_unknown", "Not connected"),
            Self::UnknownCart => (404, "cart_unknown", "The cart is not known"),
            Self::UnknownShopper => (404, "shopper_unknown", "The shopper is not known"),
            Self::SameShopper => (400, "shopper_same", "Both are the same shopper"),
            Self::TooManyIdentities(_) => (409, "identities_exhausted", "Too many identities"),
            Self::NotListed => (403, "recipient_not_listed", "Not a test recipient"),
            Self::TooManyTests(_) => (429, "tests_exhausted", "Too many tests"),
            Self::TooManyEndpoints(_) => (409, "endpoints_exhausted", "Too many endpoints"),
            Self::NotSuppressed => (404, "suppression_unknown", "Nothing to lift"),
            Self::Reservation(refusal) => {
                let (status, code) = match refusal {
                    Refusal::Unknown => (404, "reservation_unknown"),
                    Refusal::Conflict => (409, "reservation_conflict"),
                    Refusal::Short(_) => (409, "stock_short"),
                    Refusal::Ended(State::Confirmed) => (409, "reservation_confirmed"),
                    Refusal::Ended(State::Expired) => (409, "reservation_expired"),
                    Refusal::Ended(State::Orphaned) => (409, "reservation_orphaned"),
                    Refusal::Ended(_) => (409, "reservation_cancelled"),
                };
                (status, code, "Not reserved")
            }
            Self::Unavailable(_) => (503, "unavailable", "Try again"),
            Self::Overloaded => (503, "overloaded", "Too much at once"),
            Self::TooMany => (429, "rate_limited", "Too many requests"),
            Self::Internal(_) => (500, "internal", "Something went wrong on our side"),
        }
    }

    /// The problem document.
    pub fn json(&self) -> (u16, String) {
        let (status, code, title) = self.class();
        let errors: &[FieldError] = match self {
            Self::Field(error) => core::slice::from_ref(error),
            Self::Fields(errors) => errors,
            _ => &[],
        };
        let field = errors.first().map(|error| error.field.as_str());
        let refused: &[RefusedEvent] = if let Self::Events(refused) = self {
            refused
        } else {
            &[]
        };
        let short: Vec<Short> = match self {
            Self::Reservation(Refusal::Short(short)) => short
                .iter()
                .map(|item| Short {
                    variant: item.variant.as_str(),
                    available: item.qty,
                })
                .collect(),
            _ => Vec::new(),
        };
        let document = Document {
            kind: format!("urn:homing:problem:{code}"),
            title,
            status,
            code,
            detail: self.to_string(),
            field,
            errors,
            refused,
            short,
            slow_down_ms: match self {
                Self::Overloaded => Some(OVERLOADED_MS),
                Self::TooMany => Some(TOO_MANY_MS),
                _ => None,
            },
            scope: match self {
                Self::Scope(scope) => Some(scope.name()),
                _ => None,
            },
        };
        (status, serde_json::to_string(&document).unwrap_or_default())
    }

    /// As an answer; `origin` may read it.
    pub fn response(&self, origin: Option<&str>) -> JsValue {
        match self {
            Self::Internal(what) | Self::Unavailable(what) => {
                crate::telemetry::error("request_failed", what);
            }
            Self::Overloaded => crate::telemetry::error("object_overloaded", ""),
            _ => {}
        }
        let (status, body) = self.json();
        let kind = "application/problem+json";
        if let Self::Method(methods) = self {
            let allow = methods.replace(" and ", ", ");
            return bindings::respond_allowing(status, kind, Some(&body), origin, &allow);
        }
        if let Self::IdempotencyUnderWay(seconds) | Self::TooManyTests(seconds) = self {
            return bindings::respond_later(status, kind, &body, *seconds);
        }
        bindings::respond(status, kind, Some(&body), origin)
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Fields(errors)
    }
}

impl From<JsValue> for Problem {
    fn from(value: JsValue) -> Self {
        if is_overload(&value) {
            return Self::Overloaded;
        }
        Self::Unavailable(describe(&value))
    }
}

impl From<worker::Error> for Problem {
    fn from(error: worker::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<CodecError> for Problem {
    fn from(error: CodecError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Whether an object was asked more than it can answer, as the platform says it:
/// <https://developers.cloudflare.com/durable-objects/best-practices/error-handling/>.
fn is_overload(value: &JsValue) -> bool {
    value.is_object()
        && js_sys::Reflect::get(value, &JsValue::from_str("overloaded"))
            .is_ok_and(|mark| mark.is_truthy())
}

/// What a JavaScript exception says.
pub fn describe(value: &JsValue) -> String {
    match wasm_bindgen::JsCast::dyn_ref::<js_sys::Error>(value) {
        Some(error) => String::from(error.message()),
        None => value
            .as_string()
            .unwrap_or_else(|| String::from("unknown exception")),
    }
}
