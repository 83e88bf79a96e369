//! Writes a message down for good: what is sent, and sent again, is these bytes.

use super::{ReleaseInput, Shopper};
use crate::delivery::{DeliveryKey, DeliveryName, Frozen};
use crate::message::{self, Content};
use crate::object::cart::Snapshot;
use crate::sequence::Offer;
use crate::token::{LinkPurpose, Token};
use alloc::{
    format,
    string::{String, ToString},
};

/// How long recovery links work, s: 30 days.
const RECOVERY_S: u64 = 30 * 86_400;
/// How long unsubscribe links work, s: two years; laws ask for at least 30 days.
const UNSUBSCRIBE_S: u64 = 730 * 86_400;

impl Shopper {
    /// The message of a step about this cart, with its links; `None` where nothing of it can be shown.
    pub(super) fn freeze(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        offer: Option<&Offer>,
        to: crate::contact::Email,
        now: u64,
    ) -> Option<Frozen> {
        let plan = self.plan.as_ref()?;
        let template = plan.template(input.key.step)?;
        let step = plan
            .sequence
            .as_ref()
            .and_then(|sequence| sequence.steps.get(usize::from(input.key.step)));
        let kid = input.keys.current();
        let expires =
            |seconds: u64| u32::try_from((now / 1_000).saturating_add(seconds)).unwrap_or(u32::MAX);
        let recovery = Token {
            purpose: LinkPurpose::Recovery,
            kid,
            expires_at_s: expires(RECOVERY_S),
            shop: self.shop,
            subject: cart.slot.cart.0,
            epoch: u16::try_from(cart.slot.epoch & 0xffff).unwrap_or(0),
            generation: cart.generation,
            ordinal: input.key.ordinal(),
        };
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
        let survey_url = format!("{}/s/{}", input.public_url, survey.sign(input.keys)?);
        let unsubscribe_url = format!("{}/u/{}", input.public_url, unsubscribe.sign(input.keys)?);
        let rendered = message::render(&Content {
            template,
            topic: self.topic(cart),
            offer,
            subject: step.and_then(|step| step.subject.as_ref()),
            texts: step.and_then(|step| step.content.as_ref()),
            lines: &cart.lines,
            products: input.products,
            shop: input.config,
            recovery_url: &format!("{}/r/{}", input.public_url, recovery.sign(input.keys)?),
            unsubscribe_url: &unsubscribe_url,
            survey_url: &survey_url,
        })?;
        Some(Frozen {
            to,
            from_name: input.config.sender.name.clone(),
            from_email: input.config.sender.email.clone(),
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
            unsubscribe_url,
            key: self.provider_key(input.key),
            date_ms: now,
            cart: cart.slot.cart,
        })
    }

    /// The idempotency key of one step, the same however often it is tried.
    fn provider_key(&self, key: DeliveryKey) -> String {
        let shopper = self.id;
        DeliveryName { shopper, key }.to_string()
    }
}
