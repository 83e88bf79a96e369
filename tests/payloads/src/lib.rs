//! The payloads in `tests/fixtures/payloads`, and how each is read.

use homing_core::money::Currency;
use homing_core::platform::{Envelope, NotUnderstood, Platform, Resource, Tidings, fetched, read};
use serde_json::{Value, json};
use std::{fs, io, path::PathBuf};

/// A payload, how it comes, and what it should be understood as.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Whose it is.
    pub platform: Platform,
    /// Its name among the platform's.
    pub name: String,
    /// What is sent.
    pub body: Vec<u8>,
    /// What a header says of it.
    pub topic: String,
    /// What was asked for, where it was.
    pub resource: Option<Resource>,
    /// What else is known of it.
    pub envelope: Envelope,
    /// What it should be understood as.
    pub expected: Value,
}

/// All payloads of a platform.
pub fn all(platform: Platform) -> io::Result<Vec<Payload>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/payloads");
    let folder = root.join(platform.as_str());
    let mut payloads = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "body") {
            continue;
        }
        let told: Value = serde_json::from_slice(&fs::read(path.with_extension("json"))?)?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(String::from);
        let envelope = told.get("envelope");
        let of_envelope = |name: &str| envelope.and_then(|envelope| envelope.get(name));
        payloads.push(Payload {
            platform,
            name: path
                .file_stem()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            body: fs::read(&path)?,
            topic: text(told.get("topic")).unwrap_or_default(),
            resource: match text(told.get("fetched")).as_deref() {
                Some("cart") => Some(Resource::Cart),
                Some("order") => Some(Resource::Order),
                _ => None,
            },
            envelope: Envelope {
                triggered_at: of_envelope("triggered_at").and_then(Value::as_u64),
                received_at: of_envelope("received_at")
                    .and_then(Value::as_u64)
                    .unwrap_or(0),
                shop_currency: text(of_envelope("shop_currency"))
                    .and_then(|code| Currency::parse(&code)),
            },
            expected: told.get("expected").cloned().unwrap_or_default(),
        });
    }
    payloads.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(payloads)
}

impl Payload {
    /// Reads `body` in the way in which this payload is read.
    pub fn understand(&self, body: &[u8]) -> Result<Tidings, NotUnderstood> {
        match self.resource {
            Some(resource) => fetched(self.platform, resource, body, &self.envelope),
            None => read(self.platform, &self.topic, body, &self.envelope),
        }
    }

    /// What it is understood as, in the words of the expectation.
    pub fn understood(&self) -> Value {
        match self.understand(&self.body) {
            Ok(tidings) => json!(tidings),
            Err(lost) => json!({ "not_understood": lost }),
        }
    }
}

#[cfg(test)]
mod tests;
