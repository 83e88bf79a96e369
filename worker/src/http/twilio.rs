//! `POST /callbacks/twilio/{shop}`: what becomes of texts, and what their readers answer. Twilio signs each request:
//! <https://www.twilio.com/docs/usage/security>.

use super::body_bytes;
use crate::bindings::{self, Env, Request};
use crate::channels::twilio::feedback;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::{clock, config};
use homing_core::channel::Channel;
use homing_core::contact::Phone;
use homing_core::delivery::{DeliveryName, Keyword};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::Input;
use homing_core::webhook::Unsigned;
use std::borrow::Cow;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Bytes of a body: a text of 1,600 characters, percent-encoded, and what goes with it.
const MAX_BODY: u32 = 32_768;

/// Answers Twilio. It is not to answer the shopper: it confirms STOP and START itself.
pub async fn post(request: &Request, env: &Env, shop: &str, query: &str) -> JsValue {
    match take(request, env, shop, query).await {
        Ok(()) => bindings::respond(200, "text/xml", Some("<Response/>"), None),
        Err(problem) => problem.response(None),
    }
}

async fn take(request: &Request, env: &Env, shop: &str, query: &str) -> Result<(), Problem> {
    let shop: ShopId = shop.parse().map_err(|_| Problem::NotFound)?;
    let deployment = config::deployment(env)?;
    let twilio = deployment.twilio.as_ref();
    let token = twilio.and_then(|twilio| twilio.auth_token.as_deref());
    let (Some(twilio), Some(token)) = (twilio, token) else {
        return Err(Problem::NotFound);
    };
    let body = body_bytes(request, MAX_BODY).await?;
    let form = Form::read(&body);
    let mut url = format!("{}/callbacks/twilio/{shop}", deployment.public_url);
    if !query.is_empty() {
        url.push('?');
        url.push_str(query);
    }
    let signature = request.headers().get("x-twilio-signature");
    let is_signed = signature.is_some_and(|signature| form.is_signed(token, &url, &signature));
    // A subaccount signs with a token of its own, so this only ever fails where something is set up wrongly.
    if !is_signed || form.get("AccountSid") != Some(&twilio.account) {
        return Err(Problem::Unsigned(Unsigned::Wrong));
    }
    match form.get("MessageStatus") {
        Some(status) => told(env, shop, query, (&form, status)).await,
        None => answered(env, shop, &form).await,
    }
}

/// What became of a text.
async fn told(
    env: &Env,
    shop: ShopId,
    query: &str,
    (form, status): (&Form<'_>, &str),
) -> Result<(), Problem> {
    let code = form.get("ErrorCode").and_then(|code| code.parse().ok());
    let sid = form.get("MessageSid").unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "delivery")
        .and_then(|(_, text)| text.parse().ok());
    let said = feedback(status, sid, code);
    let Some((name, (feedback, detail))) = named.zip(said) else {
        return Ok(());
    };
    let DeliveryName {
        shopper,
        key,
        replays,
    } = name;
    let input = Input::HeardBack {
        key,
        replays,
        channel: Channel::Sms,
        feedback,
        detail,
        at: clock::now_ms(),
    };
    tell(env, shop, shopper, input).await
}

/// What the owner of a number says.
async fn answered(env: &Env, shop: ShopId, form: &Form<'_>) -> Result<(), Problem> {
    let by_type = form.get("OptOutType").and_then(Keyword::of_opt_out_type);
    let keyword = by_type.or_else(|| Keyword::read(form.get("Body")?));
    // Short codes and names are nobody's telephone.
    let from = form.get("From").and_then(|from| from.parse::<Phone>().ok());
    let Some((keyword, from)) = keyword.zip(from) else {
        return Ok(());
    };
    let names = &config::shop(env, shop).await?.names;
    let input = Input::Opt {
        channel: Channel::Sms,
        wanted: keyword == Keyword::Start,
    };
    // Answered once it is written. Twilio itself lets nothing through from then on that is on its way.
    tell(env, shop, names.shopper_by_phone(from.as_str()), input).await
}

/// Twilio does not come again, so it is worth some tries within the 15 seconds that it waits.
async fn tell(env: &Env, shop: ShopId, shopper: ShopperId, input: Input) -> Result<(), Problem> {
    let ask = ShopperAsk::Step(input);
    let call = ShopperCall { shop, shopper, ask };
    let mut tries = 0_u32;
    loop {
        match ask_shopper(env, &call).await {
            // Nobody of that name: it is about nobody.
            Ok(_) | Err(Problem::NotFound) => return Ok(()),
            Err(problem) if tries >= 4 => return Err(problem),
            Err(_) => {
                tries = tries.saturating_add(1);
                worker::Delay::from(Duration::from_millis(200 << tries)).await;
            }
        }
    }
}

/// A form's fields, decoded.
struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    fn read(body: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(body).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_ref())
    }

    /// Whether `signature` is the base64 of HMAC-SHA-1 over the address and all fields, sorted by name, each name followed by its
    /// value; of a name that comes several times each value once.
    fn is_signed(&self, token: &str, url: &str, signature: &str) -> bool {
        use hmac::{Hmac, KeyInit, Mac};
        let Some(tag) = homing_core::bytes::from_base64(signature) else {
            return false;
        };
        let Ok(mut mac) = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()) else {
            return false;
        };
        mac.update(url.as_bytes());
        let mut fields: Vec<_> = self.0.iter().collect();
        fields.sort();
        fields.dedup();
        for (name, value) in fields {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        mac.verify_slice(&tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    /// The example of Twilio's documentation on security.
    #[test]
    fn a_signature_is_over_address_and_sorted_fields() {
        let body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let form = Form::read(body);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(form.is_signed("12345", url, signature));
        assert!(!form.is_signed("12346", url, signature));
        assert!(!form.is_signed("12345", "https://mycompany.com/myapp.php", signature));
        assert!(!Form::read(b"From=%2B1").is_signed("12345", url, signature));
        for malformed in ["", "RSOYDt4T", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "*"] {
            assert!(!form.is_signed("12345", url, malformed));
        }
    }
}
