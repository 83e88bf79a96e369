//! A message as it is answered with.

use super::Seen;
use homing_core::channel::Channel;
use homing_core::message::Written;
use homing_core::sequence::Template;
use serde::Serialize;

#[derive(Serialize)]
pub struct Shown<'a> {
    sequence: &'a str,
    version: u32,
    step: u8,
    template: Template,
    pub channel: Channel,
    /// Why a release would send nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Warning<'a> {
    code: &'static str,
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub fn of(seen: &'a Seen) -> Self {
        let preview = &seen.preview;
        let warnings = preview.warnings.iter().map(|one| Warning {
            code: one.code,
            detail: one.detail,
            variant: one.variant.as_deref(),
        });
        let mut shown = Self {
            sequence: seen.sequence.id.as_str(),
            version: seen.sequence.version,
            step: seen.step,
            template: preview.step.template,
            channel: preview.channel,
            skipped: None,
            subject: None,
            html: None,
            text: None,
            segments: None,
            encoding: None,
            title: None,
            url: None,
            image: None,
            warnings: warnings.collect(),
        };
        match &preview.written {
            Ok(Written::Mail(mail)) => {
                shown.subject = Some(&mail.subject);
                shown.html = Some(&mail.html);
                shown.text = Some(&mail.text);
            }
            Ok(Written::Text(text)) => {
                shown.text = Some(&text.text);
                shown.segments = Some(text.segments);
                shown.encoding = Some(text.encoding());
            }
            Ok(Written::Notification(notification)) => {
                shown.title = Some(&notification.title);
                shown.text = Some(&notification.text);
                shown.url = Some(&notification.url);
                shown.image = notification.image.as_deref();
            }
            Err(skip) => shown.skipped = Some(skip.code()),
        }
        shown
    }
}
