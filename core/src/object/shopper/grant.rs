//! Who carries a message, and the right to try.

use super::{Commit, Effect, Refused, Release, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::decision::{Made, Verdict};
use crate::delivery::{Body, DeliveryKey, Frozen, State, Whom, retry};
use crate::platform::api::NewCode;
use crate::shop::{Carrier, FlowPlatform};
use crate::traceparent::TraceId;
use alloc::string::String;

impl Shopper {
    /// Who carries the next try; `None` where only somebody could that rests.
    pub(super) fn carrier(&self, input: &ReleaseInput<'_>, channel: Channel) -> Option<Carrier> {
        let (first, second) = self.carriers(input, channel)?;
        let mut both = [first, second].into_iter();
        both.find(|carrier| !input.resting.contains(carrier))
    }

    /// Who of texts' carriers and marketing platforms rests, where nobody else could carry the next try. Of mails' carriers whoever
    /// asks knows it already.
    pub(super) fn carrier_that_rests(
        &self,
        input: &ReleaseInput<'_>,
        channel: Channel,
    ) -> Option<Carrier> {
        let (first, _) = self.carriers(input, channel)?;
        Some(first).filter(|carrier| !matches!(carrier, Carrier::Email(_)))
    }

    /// Who may carry the next try, and who else in their stead. Once an earlier try may have been accepted it is who made that one, and
    /// nobody else ever; a try that has provably failed is followed by one at the other provider, where there are two.
    fn carriers(&self, input: &ReleaseInput<'_>, channel: Channel) -> Option<(Carrier, Carrier)> {
        let delivery = self.delivery(input.key)?;
        let alone = |carrier| (carrier, carrier);
        if delivery.uncertain {
            return delivery.provider.map(alone);
        }
        let frozen = delivery.frozen.as_ref().map(|frozen| &frozen.body);
        if matches!(frozen, Some(Body::Event { .. })) {
            // It was written for one platform, and nobody else can read it.
            return delivery.provider.map(alone);
        }
        if frozen.is_none()
            && let Some(platform) = self.flow(input, channel)
        {
            return Some(alone(Carrier::Flow(platform)));
        }
        let first = input.config.carrier(channel)?;
        let second = input.config.second_carrier(channel).unwrap_or(first);
        Some(
            if delivery.provider == Some(first) && delivery.attempts > 0 {
                (second, first)
            } else {
                (first, second)
            },
        )
    }

    /// The push service that a notification would go to, where that one rests.
    pub(super) fn service_that_rests(
        &self,
        input: &ReleaseInput<'_>,
        verdict: &Verdict,
    ) -> Option<String> {
        if verdict.judged.made != Made::Send(Channel::Push) {
            return None;
        }
        let frozen = self.delivery(input.key)?.frozen.as_ref();
        let to = match frozen.map(|frozen| &frozen.body) {
            Some(Body::Push { to, .. }) => to,
            Some(_) => return None,
            None => {
                let mut about = verdict.carts.iter();
                about.find_map(|cart| self.browser_about(*cart, input.resting_services))?
            }
        };
        let mut resting = input.resting_services.iter();
        resting.find(|service| *service == to.service()).cloned()
    }

    /// Whose flow writes the message in the shop's stead. Once an earlier try may have been accepted, it is written for who made that one.
    pub(super) fn flow(&self, input: &ReleaseInput<'_>, channel: Channel) -> Option<FlowPlatform> {
        let bound = self.delivery(input.key).filter(|known| known.uncertain);
        if let Some(bound) = bound {
            return match bound.provider {
                Some(Carrier::Flow(platform)) => Some(platform),
                _ => None,
            };
        }
        let sequence = self.plan.as_ref().and_then(|plan| plan.sequence.as_ref());
        let id = sequence.map(|sequence| &sequence.id);
        input.config.flow(channel, id, input.key.step)
    }

    pub(super) fn grant(
        &mut self,
        input: &ReleaseInput<'_>,
        message: Frozen,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let Some(provider) = self.carrier(input, message.body.channel()) else {
            return Commit::read(Reply::Refused(Refused::Resting));
        };
        let known = self.delivery(input.key);
        let tries = known.map_or(0, |delivery| delivery.attempts);
        let offer = known.and_then(|delivery| delivery.offer.as_ref());
        let code = offer
            .filter(|offer| offer.is_unique())
            .map(|offer| NewCode {
                code: match tries {
                    1.. if bugs::is(Bug::CodePerTry) => {
                        alloc::format!("{}{tries}", offer.shown().code)
                    }
                    _ => offer.shown().code,
                },
                gives: offer.gives,
                minimum: offer.minimum,
                starts_at: message.date_ms,
                // The last try may be long after the first, and its code is to count as long.
                ends_at: message
                    .date_ms
                    .saturating_add(input.config.platform.code_ms)
                    .saturating_add(retry::longest_ms(input.config.waits_ms())),
                email: match &message.body {
                    Body::Email { to, .. }
                    | Body::Event {
                        to: Whom::Address(to),
                        ..
                    } => Some(to.clone()),
                    Body::Sms { .. }
                    | Body::LinkedSms { .. }
                    | Body::Push { .. }
                    | Body::Event { .. } => None,
                },
            });
        let shown = input.carts.iter().find(|(cart, _)| *cart == message.cart);
        let trace = shown.and_then(|(_, snapshot)| snapshot.as_ref()?.trace);
        let trace = self.afterwards.note_trace(input.key, message.cart, trace);
        self.hand_out((input.key, provider), message, (code, trace), now)
    }

    /// Writes down that a try begins, and gives the right to make it.
    pub(super) fn hand_out(
        &mut self,
        (key, provider): (DeliveryKey, Carrier),
        message: Frozen,
        (code, trace): (Option<NewCode>, Option<TraceId>),
        now: u64,
    ) -> Commit<Effect, Reply> {
        let lease_until = now.saturating_add(Self::LEASE_MS);
        let Some(delivery) = self.delivery_mut(key) else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.first_released_at.get_or_insert(now);
        delivery.frozen = Some(message.clone());
        delivery.state = State::Released { lease_until };
        delivery.provider = Some(provider);
        let attempt = delivery.attempts;
        self.commit(
            true,
            now,
            Reply::Go(Release {
                attempt,
                provider,
                lease_until,
                message,
                trace,
                code,
            }),
        )
    }
}
