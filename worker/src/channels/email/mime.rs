//! A frozen message as RFC 5322 bytes: the same message gives the same bytes.

use homing_core::delivery::Mail;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// Where a message carries its trace to whom no request's header does. Of headers that nobody has defined only those with an `X-` pass
/// everywhere (<https://developers.cloudflare.com/email-service/reference/headers/>).
pub const TRACE: &str = "X-Traceparent";

/// Builds the message; `trace`: what stands in it as `X-Traceparent`.
pub fn build(email: &Mail<'_>, trace: Option<String>) -> Option<Vec<u8>> {
    let boundary = format!("=_{}", email.key);
    let parts = vec![
        MimePart::new("text/plain", email.text),
        MimePart::new("text/html", email.html),
    ];
    let body = MimePart::new(
        ContentType::new("multipart/alternative").attribute("boundary", boundary),
        BodyPart::Multipart(parts),
    );
    let seconds = i64::try_from(email.date_ms / 1_000).ok()?;
    let domain = email
        .from_email
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    let message = MessageBuilder::new()
        .date(Date::new(seconds))
        .message_id(format!("{}@{domain}", email.key))
        .from(Address::new_address(
            Some(email.from_name),
            email.from_email,
        ))
        .to(Address::new_address(None::<&str>, email.to))
        .subject(email.subject);
    let headers = email.headers().into_iter();
    let message = headers
        .fold(message, |message, (name, value)| {
            message.header(name, Raw::new(value))
        })
        .header("Auto-Submitted", Text::new("auto-generated"))
        .body(body);
    let message = match trace {
        Some(trace) => message.header(TRACE, Raw::new(trace)),
        None => message,
    };
    message.write_to_vec().ok()
}
