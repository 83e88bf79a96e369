//! HubSpot's webhooks (<https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>): up to 100 changes of contacts' properties,
//! in the classic form (`contact.propertyChange`) and in the generic one (`object.propertyChange`). They name a contact by its id.

use super::said::{Heard, Named, Said, Word};
use super::{Unreadable, parsed};
use crate::channel::Channel;
use serde_json::Value;

/// The property "Unsubscribed from all email". Those of one type of subscription have a number behind it.
const OPT_OUT: &str = "hs_email_optout";

/// The type of contacts among HubSpot's objects.
const CONTACTS: &str = "0-1";

/// Reads a webhook. An app's secret signs for each account that has the app, and ids are one account's own: what is said in another account
/// than `account` is passed over. A property that is not set any more is no yes: it does not say to what.
pub(super) fn read(body: &str, account: &str) -> Result<Heard, Unreadable> {
    let events: Value = parsed(body)?;
    let account: u64 = account.parse().map_err(|_| Unreadable)?;
    let mut heard = Heard::default();
    for event in events.as_array().ok_or(Unreadable)? {
        heard.take(said(event, account));
    }
    Ok(heard)
}

fn said(event: &Value, account: u64) -> Option<Said> {
    let text = |name: &str| event.get(name)?.as_str();
    let number = |name: &str| event.get(name)?.as_u64();
    let is_contact = match text("subscriptionType")? {
        "contact.propertyChange" => true,
        "object.propertyChange" => text("objectTypeId") == Some(CONTACTS),
        _ => false,
    };
    let of_one_type = text("propertyName")?.strip_prefix(OPT_OUT)?;
    let is_opt_out = of_one_type.is_empty() || of_one_type.starts_with('_');
    let is_no = is_opt_out && text("propertyValue") == Some("true");
    let id = number("objectId")?;
    (is_contact && is_no && number("portalId") == Some(account)).then(|| Said {
        who: Named::Profile(id.into()),
        word: Word::No(Channel::Email),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    fn event(kind: &str, name: &str, value: &str) -> String {
        format!(
            r#"{{"eventId":3029365631,"subscriptionId":686627,"portalId":891472211,"appId":7906213,"occurredAt":1715203101896,"subscriptionType":{kind},"attemptNumber":0,"objectId":847297356,"propertyName":"{name}","propertyValue":"{value}","changeSource":"CRM_UI","sourceId":"userId:882761034"}}"#
        )
    }

    fn taken(event: &str) -> Option<Said> {
        let heard = read(&format!("[{event}]"), "891472211").unwrap();
        assert_eq!(heard.said.len() + heard.passed_over as usize, 1);
        heard.said.into_iter().next()
    }

    #[test]
    fn an_opt_out_of_a_contact_is_a_no_to_mails() {
        let classic = r#""contact.propertyChange""#;
        let generic = r#""object.propertyChange","objectTypeId":"0-1""#;
        let no = Some(Said {
            who: Named::Profile(847_297_356.into()),
            word: Word::No(Channel::Email),
        });
        for (kind, name) in [
            (classic, "hs_email_optout"),
            (generic, "hs_email_optout"),
            (classic, "hs_email_optout_4517084"),
        ] {
            assert_eq!(taken(&event(kind, name, "true")), no, "{kind} {name}");
        }
    }

    #[test]
    fn the_rest_is_passed_over_one_by_one() {
        let classic = r#""contact.propertyChange""#;
        let right = event(classic, "hs_email_optout", "true");
        let others = [
            event(classic, "hs_email_optout", "false"),
            event(classic, "hs_email_optout", ""),
            event(classic, "hs_email_optouts", "true"),
            event(classic, "lifecyclestage", "true"),
            event(r#""company.propertyChange""#, "hs_email_optout", "true"),
            event(r#""object.propertyChange""#, "hs_email_optout", "true"),
            event(
                r#""object.propertyChange","objectTypeId":"0-2""#,
                "hs_email_optout",
                "true",
            ),
            right.replace("891472211", "891472212"),
            right.replace("847297356", "-1"),
            String::from(
                r#"{"subscriptionType":"contact.privacyDeletion","portalId":891472211,"objectId":1}"#,
            ),
            String::from("[]"),
        ];
        for other in &others {
            assert_eq!(taken(other), None, "{other}");
        }
        let body = format!("[{},{right}]", others.join(","));
        let heard = read(&body, "891472211").unwrap();
        assert_eq!((heard.said.len(), heard.passed_over), (1, 11));
        for text in ["", "{}", "7"] {
            assert!(read(text, "1").is_err(), "{text}");
        }
        assert!(read("[]", "").is_err());
    }
}
