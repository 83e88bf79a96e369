//! The email providers' rows.

use super::{HOUR_MS, Most, Proof, Repeats, Row, TIMEOUT_MS, any, named};

pub(super) const SMTP: Row = Row {
    name: "smtp",
    title: "SMTP",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    // By phase of the session it is told apart further, see the channel: a refusal before `DATA` speaks of the mailbox or of us.
    refusals: &[
        any(400, 499, Proof::Transient),
        any(500, 599, Proof::Rejected),
    ],
    source: "RFC 5321, sections 4.2.1 and 4.5.3.1.8",
};

pub(super) const RESEND: Row = Row {
    name: "resend",
    title: "Resend",
    repeats: Repeats::Within(24 * HOUR_MS),
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(40_000_000),
    refusals: &[
        // The same key is being worked on: whatever comes of it, nothing was accepted by this try.
        named(409, 409, "concurrent_idempotent_requests", Proof::Transient),
        // The same key with other bytes: an earlier try of ours reached it, and we do not know how that ended.
        any(409, 409, Proof::Nothing),
        any(429, 429, Proof::Transient),
        // Keys and domains are for the operator to put right; meanwhile nothing is given up.
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(400, 499, Proof::Rejected),
    ],
    source: "resend.com/docs: Idempotency Keys, Errors, Usage Limits",
};

pub(super) const POSTMARK: Row = Row {
    name: "postmark",
    title: "Postmark",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(10_000_000),
    refusals: &[
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(429, 429, Proof::Transient),
        // "Inactive recipient": it bounced or complained before.
        named(422, 422, "406", Proof::Recipient),
        // The account, the server or the sender is not ready yet, or not any more.
        named(422, 422, "400", Proof::Transient),
        named(422, 422, "401", Proof::Transient),
        named(422, 422, "405", Proof::Transient),
        named(422, 422, "412", Proof::Transient),
        named(422, 422, "413", Proof::Transient),
        any(404, 404, Proof::Transient),
        any(413, 413, Proof::Rejected),
        any(415, 415, Proof::Rejected),
        any(422, 422, Proof::Rejected),
    ],
    source: "postmarkapp.com/developer/api: Overview (error codes), Email",
};

pub(super) const SENDGRID: Row = Row {
    name: "sendgrid",
    title: "SendGrid",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(30_000_000),
    refusals: &[
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(429, 429, Proof::Transient),
        any(400, 400, Proof::Rejected),
        any(404, 406, Proof::Rejected),
        any(413, 413, Proof::Rejected),
        any(415, 415, Proof::Rejected),
    ],
    source: "twilio.com/docs/sendgrid/api-reference: Mail Send, Errors",
};

pub(super) const SES: Row = Row {
    name: "ses",
    title: "Amazon SES",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(40_000_000),
    refusals: &[
        // Signatures and permissions are for the operator to put right.
        any(403, 403, Proof::Transient),
        any(429, 429, Proof::Transient),
        named(400, 400, "ThrottlingException", Proof::Transient),
        named(400, 400, "TooManyRequestsException", Proof::Transient),
        named(400, 400, "LimitExceededException", Proof::Transient),
        named(400, 400, "AccountSuspendedException", Proof::Transient),
        named(400, 400, "SendingPausedException", Proof::Transient),
        named(
            400,
            400,
            "MailFromDomainNotVerifiedException",
            Proof::Transient,
        ),
        any(404, 404, Proof::Transient),
        any(400, 400, Proof::Rejected),
        any(413, 413, Proof::Rejected),
    ],
    source: "docs.aws.amazon.com/ses: SendEmail (API v2), Service quotas",
};

pub(super) const CLOUDFLARE: Row = Row {
    name: "cloudflare",
    title: "Cloudflare Email Service",
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(5_242_880),
    refusals: &[
        named(0, 0, "E_RATE_LIMIT_EXCEEDED", Proof::Transient),
        named(0, 0, "E_DAILY_LIMIT_EXCEEDED", Proof::Transient),
        named(0, 0, "E_SENDER_NOT_VERIFIED", Proof::Transient),
        named(0, 0, "E_SENDER_DOMAIN_NOT_AVAILABLE", Proof::Transient),
        named(0, 0, "E_RECIPIENT_SUPPRESSED", Proof::Recipient),
        named(0, 0, "E_RECIPIENT_NOT_ALLOWED", Proof::Rejected),
        named(0, 0, "E_VALIDATION_ERROR", Proof::Rejected),
        named(0, 0, "E_FIELD_MISSING", Proof::Rejected),
        named(0, 0, "E_CONTENT_TOO_LARGE", Proof::Rejected),
        named(0, 0, "E_DELIVERY_FAILED", Proof::Rejected),
        named(0, 0, "E_HEADER_NOT_ALLOWED", Proof::Rejected),
        named(0, 0, "E_HEADER_VALUE_INVALID", Proof::Rejected),
        named(0, 0, "E_HEADER_VALUE_TOO_LONG", Proof::Rejected),
        named(0, 0, "E_HEADERS_TOO_LARGE", Proof::Rejected),
    ],
    source: "developers.cloudflare.com/email-service: Workers API, Limits",
};
