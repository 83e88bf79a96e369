//! A frozen message as RFC 5322 bytes: the same message gives the same bytes.

use homing_core::delivery::Mail;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// Builds the message.
pub fn build(message: &Mail<'_>) -> Option<Vec<u8>> {
    let boundary = format!("=_{}", message.key);
    let parts = vec![
        MimePart::new("text/plain", message.text),
        MimePart::new("text/html", message.html),
    ];
    let body = MimePart::new(
        ContentType::new("multipart/alternative").attribute("boundary", boundary),
        BodyPart::Multipart(parts),
    );
    let seconds = i64::try_from(message.date_ms / 1_000).ok()?;
    let domain = message
        .from_email
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    MessageBuilder::new()
        .date(Date::new(seconds))
        .message_id(format!("{}@{domain}", message.key))
        .from(Address::new_address(
            Some(message.from_name),
            message.from_email,
        ))
        .to(Address::new_address(None::<&str>, message.to.as_str()))
        .subject(message.subject)
        // RFC 2369 and RFC 8058: mail programs show a button that needs no page.
        .header(
            "List-Unsubscribe",
            Raw::new(format!("<{}>", message.unsubscribe_url)),
        )
        .header(
            "List-Unsubscribe-Post",
            Raw::new("List-Unsubscribe=One-Click"),
        )
        .header("Auto-Submitted", Text::new("auto-generated"))
        .body(body)
        .write_to_vec()
        .ok()
}
