//! Who a Shopify payload is about, and what they have answered about marketing.
//!
//! `email_marketing_consent` and `sms_marketing_consent` of a customer (resource *Customer* of the REST Admin API): `subscribed` is a yes and
//! `unsubscribed` a no, each with `consent_updated_at`. `pending` waits for the second step of a double opt-in, and `not_subscribed`,
//! `redacted` and `invalid` are no answer. The boxes of a checkout (`buyer_accepts_marketing`, `buyer_accepts_sms_marketing`) are a yes
//! where they are ticked; an empty box was perhaps never shown, and says nothing.

use super::Code;
use super::line;
use super::model::{Answer, Consents, Customer};
use super::object::Object;
use crate::contact::{Email, Phone};

/// Of a checkout or an order. `boxed_at`: when the boxes were ticked at the latest, epoch ms, where that is known.
pub(super) fn customer(object: &Object<'_, '_>, boxed_at: Option<u64>) -> Customer {
    let account = object.object("customer");
    let account = account.as_ref();
    let known_email: Option<Email> = account.and_then(|one| one.contact("email", Code::Email));
    let known_phone: Option<Phone> = account.and_then(|one| one.contact("phone", Code::Phone));
    let is_ticked = |name| object.bool(name) == Some(true);
    let wants_texts = is_ticked("buyer_accepts_sms_marketing");
    let texted: Option<Phone> = object.contact("sms_marketing_phone", Code::Phone);
    let email = object
        .contact("email", Code::Email)
        .or_else(|| object.contact("contact_email", Code::Email))
        .or_else(|| known_email.clone());
    // Whoever asked for texts has asked for them at this number.
    let phone = texted
        .clone()
        .filter(|_| wants_texts)
        .or_else(|| object.contact("phone", Code::Phone))
        .or_else(|| known_phone.clone());
    let ticked = |is_ticked: bool| {
        is_ticked.then_some(Answer {
            agreed: true,
            at: boxed_at,
        })
    };
    // An account's answer is about the account's own contacts.
    let own_email = account.filter(|_| email.is_some() && email == known_email);
    let own_phone = account.filter(|_| phone.is_some() && phone == known_phone);
    let by_mail =
        own_email.and_then(|one| answer(one, "email_marketing_consent").or_else(|| older(one)));
    let by_text = own_phone.and_then(|one| answer(one, "sms_marketing_consent"));
    let has_texted = phone.is_some() && phone == texted;
    let people = [
        ("customer", "first_name"),
        ("billing_address", "first_name"),
        ("shipping_address", "first_name"),
    ];
    Customer {
        id: account.and_then(|one| one.id("id")),
        name: people
            .iter()
            .find_map(|(who, first)| line::name_of(&object.object(who)?, first, "last_name")),
        locale: object.locale("customer_locale"),
        consent: Consents {
            email: email
                .as_ref()
                .and_then(|_| by_mail.or_else(|| ticked(is_ticked("buyer_accepts_marketing")))),
            sms: by_text.or_else(|| ticked(wants_texts && has_texted)),
        },
        email,
        phone,
        is_nobody: false,
    }
}

fn answer(account: &Object<'_, '_>, name: &str) -> Option<Answer> {
    let consent = account.object(name)?;
    let agreed = match consent.text("state")?.to_ascii_lowercase().as_str() {
        "subscribed" => true,
        "unsubscribed" => false,
        _ => return None,
    };
    Some(Answer {
        agreed,
        at: consent.time("consent_updated_at"),
    })
}

/// As API versions before 2022-04 tell it; a no there may be no answer at all.
fn older(account: &Object<'_, '_>) -> Option<Answer> {
    let has_newer = account.get("email_marketing_consent").is_some();
    let agreed = !has_newer && account.bool("accepts_marketing") == Some(true);
    agreed.then(|| Answer {
        agreed,
        at: account.time("accepts_marketing_updated_at"),
    })
}
