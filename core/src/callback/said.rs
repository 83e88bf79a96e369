//! What a shop's subscribers have said at a marketing platform: that they want no more messages, or want them again. It is about no message
//! of ours. Some platforms name a contact, others a profile of theirs, whose contact they have to be asked for.

use super::{Unreadable, attentive, hubspot, klaviyo, parsed};
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::{FlowPlatform, Whom};
use alloc::{string::String, string::ToString, vec::Vec};
use core::{fmt, str::FromStr};
use serde_json::Value;

/// How many people one webhook may be about: Klaviyo's tell of up to 1,000 events.
pub const MOST_SAID: usize = 1_000;

/// A platform's own id of a person: 1 to 64 ASCII letters and digits, so that it may stand in an address and in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileId(String);

impl FromStr for ProfileId {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let is_id =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_id.then(|| Self(text.to_string())).ok_or(Unreadable)
    }
}

impl From<u64> for ProfileId {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who has said something, as the platform names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By a contact.
    Contact(Whom),
    /// By an id of its own.
    Profile(ProfileId),
}

/// What somebody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// They want no messages by this channel.
    No(Channel),
    /// They want messages by this channel again, since then, epoch ms.
    Yes(Channel, u64),
    /// A mail was spam.
    Complaint,
}

impl Word {
    /// The channel by whose contact the person is known.
    pub fn channel(self) -> Channel {
        match self {
            Self::No(channel) | Self::Yes(channel, _) => channel,
            Self::Complaint => Channel::Email,
        }
    }
}

/// Who has said what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub who: Named,
    /// What.
    pub word: Word,
}

/// What a webhook holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What people have said.
    pub said: Vec<Said>,
    /// Entries that say nothing of what anybody wants.
    pub passed_over: u32,
    /// The webhook's id by what is signed; Klaviyo's alone.
    pub webhook: Option<String>,
    /// When it was sent, by what is signed, epoch ms; Klaviyo's alone, where it can be read.
    pub sent_at: Option<u64>,
}

impl Heard {
    /// Takes an entry in.
    pub(super) fn take(&mut self, said: Option<Said>) {
        match said {
            Some(said) => self.said.push(said),
            None => self.passed_over = self.passed_over.saturating_add(1),
        }
    }
}

/// Reads a webhook of a platform's; `account` is the shop's own there. `Err` where it is none, where the platform has none, or where it
/// is about more than [`MOST_SAID`] people.
pub fn heard(platform: FlowPlatform, account: &str, body: &str) -> Result<Heard, Unreadable> {
    let heard = match platform {
        FlowPlatform::Attentive => attentive::read(body),
        FlowPlatform::Klaviyo => klaviyo::read(body),
        FlowPlatform::Hubspot => hubspot::read(body, account),
        FlowPlatform::Braze => Err(Unreadable),
    }?;
    (heard.said.len() <= MOST_SAID)
        .then_some(heard)
        .ok_or(Unreadable)
}

/// A person as the platform describes them when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its id of them.
    pub id: ProfileId,
    email: Option<Email>,
    phone: Option<Phone>,
}

impl Person {
    /// The contact that a channel leads to, where there is one.
    pub fn contact(&self, channel: Channel) -> Option<Whom> {
        match channel {
            Channel::Email => self.email.clone().map(Whom::Address),
            Channel::Sms => self.phone.clone().map(Whom::Number),
            Channel::Push => None,
        }
    }
}

/// Reads the answer to who some profiles are: Klaviyo's `Get Profiles` or HubSpot's batch of contacts, which differ in names alone. What is
/// no contact here is none.
pub fn people(body: &str) -> Result<Vec<Person>, Unreadable> {
    let answer: Value = parsed(body)?;
    let profiles = answer.get("data").or_else(|| answer.get("results"));
    let profiles = profiles.and_then(Value::as_array).ok_or(Unreadable)?;
    let people = profiles.iter().filter_map(|profile| {
        let told = profile
            .get("attributes")
            .or_else(|| profile.get("properties"));
        let text = |name: &str| told?.get(name)?.as_str();
        Some(Person {
            id: profile.get("id")?.as_str()?.parse().ok()?,
            email: text("email").and_then(|text| text.parse().ok()),
            phone: text("phone_number").and_then(|text| text.parse().ok()),
        })
    });
    Ok(people.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_answers_are_read() {
        let klaviyo = r#"{"data":[{"type":"profile","id":"01KP4EGHH8QJ3N3AY2Z6V7RMDK","attributes":{"email":"Ada@example.com","phone_number":"+15555550123"},"links":{"self":"https://a.klaviyo.com/api/profiles/01KP4EGHH8QJ3N3AY2Z6V7RMDK/"}},{"type":"profile","id":"01GDDKASAP8TKDDA2GRZDSVP4H","attributes":{"email":null,"phone_number":null}}],"links":{"self":"s","next":null,"prev":null}}"#;
        let people_of = |body: &str| people(body).unwrap();
        let [ada, nobody] = &people_of(klaviyo)[..] else {
            panic!()
        };
        let text = |person: &Person, channel| {
            let contact = person.contact(channel);
            contact.map(|whom| whom.as_str().to_string())
        };
        assert_eq!(ada.id.to_string(), "01KP4EGHH8QJ3N3AY2Z6V7RMDK");
        assert_eq!(
            text(ada, Channel::Email).as_deref(),
            Some("ada@example.com")
        );
        assert_eq!(text(ada, Channel::Sms).as_deref(), Some("+15555550123"));
        assert_eq!(text(ada, Channel::Push), None);
        assert_eq!(text(nobody, Channel::Email), None);
        let hubspot = r#"{"status":"COMPLETE","results":[{"id":"33451","properties":{"createdate":"2019-10-30T03:30:17.883Z","email":"grace@example.com","hs_object_id":"33451","lastmodifieddate":"2019-12-07T16:50:06.678Z"},"createdAt":"2019-10-30T03:30:17.883Z","updatedAt":"2019-12-07T16:50:06.678Z","archived":false}],"startedAt":"2026-01-01T00:00:00Z","completedAt":"2026-01-01T00:00:01Z","numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":"m","context":{"ids":["7"]}}]}"#;
        let [grace] = &people_of(hubspot)[..] else {
            panic!()
        };
        assert_eq!(grace.id, ProfileId::from(33_451));
        assert_eq!(
            text(grace, Channel::Email).as_deref(),
            Some("grace@example.com")
        );
        assert!(people("{}").is_err() && people("").is_err());
    }

    #[test]
    fn an_id_may_stand_in_an_address() {
        for id in ["", "a b", "a\"", "a/..", "ä", &"a".repeat(65)] {
            assert!(id.parse::<ProfileId>().is_err(), "{id}");
        }
    }

    #[test]
    fn so_many_at_once_are_refused() {
        let event = r#"{"subscriptionType":"contact.propertyChange","portalId":1,"objectId":2,"propertyName":"hs_email_optout","propertyValue":"true"}"#;
        let of = |n: usize| {
            let events = alloc::vec![event; n].join(",");
            heard(FlowPlatform::Hubspot, "1", &alloc::format!("[{events}]"))
        };
        assert_eq!(of(MOST_SAID).unwrap().said.len(), MOST_SAID);
        assert!(of(MOST_SAID + 1).is_err());
        assert!(heard(FlowPlatform::Braze, "1", "[]").is_err());
    }

    proptest! {
        /// Nothing that anybody sends brings it down.
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}", inner in r#"[\[{"a-z:,\]}0-9]{0,80}"#) {
            let shaped = alloc::format!(r#"{{"data":[{{"topic":"event:klaviyo.unsubscribed_from_email_marketing","payload":{inner}}}]}}"#);
            for platform in [FlowPlatform::Klaviyo, FlowPlatform::Hubspot, FlowPlatform::Attentive] {
                for body in [&text, &inner, &shaped] {
                    let _ = heard(platform, "1", body);
                    let _ = people(body);
                }
            }
        }
    }
}
