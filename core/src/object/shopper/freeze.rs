//! Writes a message down for good: what is sent, and sent again, is these bytes.

use super::about::About;
use super::{ReleaseInput, Shopper};
use crate::channel::Channel;
use crate::delivery::{Body, Delivery, DeliveryKey, DeliveryName, Frozen, Happening, Skip, Whom};
use crate::message::{self, Content, EventMessage, Notification, Way, Written};
use crate::object::cart::Snapshot;
use crate::sequence::{Offer, Template};
use crate::short_link::ShortCode;
use crate::token::{LinkPurpose, Token};
use alloc::{
    format,
    string::{String, ToString},
};

/// How long unsubscribe links work, s: two years; laws ask for at least 30 days.
const UNSUBSCRIBE_S: u64 = 730 * 86_400;

impl Shopper {
    /// The message of a step about this cart by a channel, with its links; or why there is none.
    pub(super) fn freeze(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        (channel, offer): (Channel, Option<&Offer>),
        now: u64,
    ) -> Result<Frozen, Skip> {
        let nothing = Skip::NotInCatalogue;
        let plan = self.plan.as_ref().ok_or(nothing)?;
        let template = self.template_now(input.key).ok_or(nothing)?;
        let without_offer = self
            .delivery(input.key)
            .is_some_and(Delivery::goes_without_offer);
        let step = plan
            .sequence
            .as_ref()
            .and_then(|sequence| sequence.steps.get(usize::from(input.key.step)))
            // The merchant's own words may speak of the offer.
            .filter(|step| !(without_offer && step.offer.is_some()));
        let kid = input.keys.current();
        let expires =
            |seconds: u64| u32::try_from((now / 1_000).saturating_add(seconds)).unwrap_or(u32::MAX);
        let recovery = cart.recovery(self.shop, kid, input.key.ordinal(), now);
        let unsubscribe = Token {
            purpose: LinkPurpose::Unsubscribe,
            subject: self.id.0,
            expires_at_s: expires(UNSUBSCRIBE_S),
            epoch: 0,
            generation: 0,
            ..recovery
        };
        let survey = Token {
            purpose: LinkPurpose::Survey,
            subject: self.id.0,
            epoch: 0,
            generation: 0,
            ..recovery
        };
        let signed = |token: &Token| token.sign(input.keys).ok_or(nothing);
        let flow = self.flow(input, channel);
        // A flow's platform shortens what it writes by itself.
        let is_text = channel == Channel::Sms && flow.is_none();
        let url = |way: &str, token: &Token| {
            Ok(if is_text {
                let code = ShortCode::of(token, input.keys).ok_or(nothing)?;
                format!("{}/{way}/{}", input.short_url, code.as_str())
            } else {
                format!("{}/{way}/{}", input.public_url, signed(token)?)
            })
        };
        let unsubscribe_url = format!("{}/u/{}", input.public_url, signed(&unsubscribe)?);
        let (survey_url, recovery_url) = (url("s", &survey)?, url("r", &recovery)?);
        let shown = offer.map(Offer::shown);
        let topic = self.topic(cart);
        let content = Content {
            template,
            topic,
            offer: shown.as_ref(),
            subject: step.and_then(|step| step.subject.as_ref()),
            texts: step.and_then(|step| step.content.as_ref()),
            lines: &cart.lines,
            products: input.products,
            shop: input.config,
            recovery_url: &recovery_url,
            unsubscribe_url: &unsubscribe_url,
            survey_url: &survey_url,
        };
        let body = match (flow, channel) {
            (Some(platform), _) => {
                let place = plan.sequence.as_ref().map(|sequence| sequence.id.as_str());
                let place = place.map(|id| (id, input.key.step));
                let reason = match plan.about {
                    About::Answer(answer) => Some(answer.code()),
                    _ => None,
                };
                let written = message::event(&content, platform, place, reason);
                self.event(channel, written.ok_or(nothing)?)?
            }
            (None, channel) => {
                let link = match Way::of(template, topic) {
                    Way::Survey => Some(survey),
                    Way::Product => None,
                    Way::Cart => Some(recovery),
                };
                let written = message::write(&content, channel)?;
                self.addressed(input, cart, (written, link), now)?
            }
        };
        Ok(Frozen {
            unsubscribe_url,
            key: self.provider_key(input.key),
            date_ms: now,
            cart: cart.slot.cart,
            body,
        })
    }

    /// Whom a marketing platform's flow is to write to by this channel.
    pub(super) fn whom(&self, channel: Channel) -> Option<Whom> {
        match channel {
            Channel::Email => self.email.clone().map(Whom::Address),
            Channel::Sms => self.phone().cloned().map(Whom::Number),
            Channel::Push => None,
        }
    }

    fn event(&self, channel: Channel, written: EventMessage) -> Result<Body, Skip> {
        Ok(Body::Event {
            to: self.whom(channel).ok_or(Skip::NoContact)?,
            happening: Happening::Due,
            properties: written.properties,
            total: written.total,
        })
    }

    /// What is written, to the shopper; `link` is what its short link stands for, if it is a text.
    fn addressed(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        (written, link): (Written, Option<Token>),
        now: u64,
    ) -> Result<Body, Skip> {
        match written {
            Written::Mail(mail) => {
                let to = self.email.clone().ok_or(Skip::NoContact)?;
                Ok(mail.addressed(input.config, to))
            }
            Written::Text(text) => {
                let sms = input.config.sms.as_ref().ok_or(Skip::NoChannel)?;
                let callback_url = format!(
                    "{}/callbacks/{}/{}?delivery={}",
                    input.public_url,
                    sms.provider.name(),
                    self.shop,
                    self.provider_key(input.key)
                );
                let to = self.phone().cloned().ok_or(Skip::NoContact)?;
                Ok(text.addressed(sms, to, callback_url, link))
            }
            Written::Notification(shown) => self.notification(input, cart, shown, now),
        }
    }

    /// Which message it is. One that was about an offer for which there is no code reminds instead.
    pub(super) fn template_now(&self, key: DeliveryKey) -> Option<Template> {
        let template = self.plan.as_ref()?.template(key.step)?;
        let is_bare = self.delivery(key).is_some_and(Delivery::goes_without_offer);
        Some(match template {
            Template::Offer if is_bare => Template::Reminder,
            template => template,
        })
    }

    fn notification(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        shown: Notification,
        now: u64,
    ) -> Result<Body, Skip> {
        let push = input.config.push.as_ref().ok_or(Skip::NoChannel)?;
        let to = self.browser_about(cart.slot.cart, input.resting_services);
        let to = to.ok_or(Skip::NoContact)?.clone();
        let Notification {
            title,
            text,
            url,
            image,
        } = shown;
        Ok(Body::Push {
            to,
            title,
            text,
            url,
            image,
            keep_s: push.keep_s(now.saturating_sub(cart.slot.last_activity_at)),
            contact: format!("mailto:{}", input.config.sender.email),
        })
    }

    /// The idempotency key of one step, the same however often it is tried. A dead letter that is tried again has one of its own: the
    /// provider may have taken the other, and what it remembers of it must not stand for this one.
    pub(super) fn provider_key(&self, key: DeliveryKey) -> String {
        let shopper = self.id;
        let replays = self.afterwards.note(key).replays;
        let name = DeliveryName {
            shopper,
            key,
            replays,
        };
        name.to_string()
    }
}
