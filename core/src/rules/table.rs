//! The tests there are: the name, the fact and the limits of each. A new test is a line in each of these tables.

use super::bounds::CountBounds;
use super::choice::{Country, Host, Spoken, stage_name};
use super::condition::Condition;
use super::facts::{Facts, Orders};
use super::sight::Sight;
use crate::channel::Channel;
use crate::document::{Problems, text::shown};
use crate::log::Stage;
use alloc::{format, string::String};

impl Condition {
    /// The key under which it stands in a document.
    pub fn name(&self) -> &'static str {
        match self {
            Self::All(_) => "all",
            Self::Any(_) => "any",
            Self::Not(_) => "not",
            Self::SinceAbandonment(_) => "since_abandonment",
            Self::CartValue(_) => "cart_value",
            Self::Lines(_) => "lines",
            Self::MarginPercent(_) => "margin_percent",
            Self::CustomerTier(_) => "customer_tier",
            Self::OrdersCount(_) => "orders_count",
            Self::OrdersSpent(_) => "orders_spent",
            Self::DaysSinceOrder(_) => "days_since_order",
            Self::Device(_) => "device",
            Self::Country(_) => "country",
            Self::Reason(_) => "reason",
            Self::Consent(_) => "consent",
            Self::UtmSource(_) => "utm_source",
            Self::UtmMedium(_) => "utm_medium",
            Self::UtmCampaign(_) => "utm_campaign",
            Self::ReferrerHost(_) => "referrer_host",
            Self::CheckoutStage(_) => "checkout_stage",
            Self::PaymentError(_) => "payment_error",
            Self::Quote(_) => "quote",
            Self::LocalHour(_) => "local_hour",
            Self::LocalWeekday(_) => "local_weekday",
            Self::LocalDate(_) => "local_date",
        }
    }

    /// What a test sees.
    pub(super) fn see(&self, facts: &Facts) -> Sight {
        let Facts {
            orders,
            source,
            checkout,
            local,
            ..
        } = facts;
        match self {
            // Groups are walked through; as a test a group would see nothing.
            Self::All(_) | Self::Any(_) | Self::Not(_) => Sight::unknown("the rule"),
            Self::SinceAbandonment(span) => span.see(
                "the time since the cart was left",
                facts.since_abandonment_ms,
            ),
            Self::CartValue(amount) => amount.see("the cart's value", facts.cart_value),
            Self::Lines(test) => test.see(facts.lines.as_deref()),
            Self::MarginPercent(percent) => percent.see("the cart's margin", facts.margin_percent),
            Self::CustomerTier(list) => {
                let seen = facts.customer_tier.as_ref().map(Option::as_deref);
                list.see_text("the customer tier", seen)
            }
            Self::OrdersCount(count) => {
                let seen = orders.map(|orders| orders.count);
                count.see("the number of orders", seen, "")
            }
            Self::OrdersSpent(amount) => {
                let seen = orders.and_then(|orders| orders.spent);
                amount.see("what the shopper spent", seen)
            }
            Self::DaysSinceOrder(days) => days_since_order(*days, *orders),
            Self::Device(list) => {
                let seen = facts.device.as_ref().map(Some);
                list.see("the device", seen, PartialEq::eq, Spoken::spoken)
            }
            Self::Country(list) => {
                let seen = facts.country.as_deref().map(Some);
                let same = |country: &Country, seen: &str| country.as_str() == seen;
                list.see("the country", seen, same, shown)
            }
            Self::Reason(test) => test.see(facts.reasons.as_ref()),
            Self::Consent(channel) => consent(*channel, facts),
            Self::UtmSource(list) => {
                let seen = source.as_ref().map(|source| source.utm_source.as_deref());
                list.see_text("the utm_source", seen)
            }
            Self::UtmMedium(list) => {
                let seen = source.as_ref().map(|source| source.utm_medium.as_deref());
                list.see_text("the utm_medium", seen)
            }
            Self::UtmCampaign(list) => {
                let seen = source.as_ref().map(|source| source.utm_campaign.as_deref());
                list.see_text("the utm_campaign", seen)
            }
            Self::ReferrerHost(list) => {
                let seen = source
                    .as_ref()
                    .map(|source| source.referrer_host.as_deref());
                list.see("the referring host", seen, Host::covers, shown)
            }
            Self::CheckoutStage(list) => {
                let seen = checkout.as_ref().map(|checkout| checkout.stage.as_ref());
                let show = |stage: &Stage| String::from(stage_name(*stage));
                list.see("the checkout stage", seen, PartialEq::eq, show)
            }
            Self::PaymentError(list) => {
                let seen = checkout.as_ref();
                let seen = seen.map(|checkout| checkout.payment_error.as_deref());
                list.see_text("the payment error", seen)
            }
            Self::Quote(wanted) => quote(*wanted, facts.quote),
            Self::LocalHour(span) => span.see(*local),
            Self::LocalWeekday(list) => {
                let seen = local.as_ref().map(|local| Some(&local.weekday));
                let what = "the shopper's local weekday";
                list.see(what, seen, PartialEq::eq, Spoken::spoken)
            }
            Self::LocalDate(span) => span.see(*local),
        }
    }

    /// Says what is wrong with a test.
    pub(super) fn check_test(&self, problems: &mut Problems) {
        match self {
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Consent(_) | Self::Quote(_) => {}
            Self::SinceAbandonment(span) => span.check(problems),
            Self::CartValue(amount) | Self::OrdersSpent(amount) => amount.check(problems),
            Self::Lines(test) => test.check(problems),
            Self::MarginPercent(percent) => percent.check(problems),
            Self::OrdersCount(count) | Self::DaysSinceOrder(count) => count.check(problems),
            Self::CustomerTier(list)
            | Self::UtmSource(list)
            | Self::UtmMedium(list)
            | Self::UtmCampaign(list)
            | Self::PaymentError(list) => list.check(problems),
            Self::Device(list) => list.check(problems),
            Self::Country(list) => list.check(problems),
            Self::Reason(test) => test.check(problems),
            Self::ReferrerHost(list) => list.check(problems),
            Self::CheckoutStage(list) => list.check(problems),
            Self::LocalHour(span) => span.check(problems),
            Self::LocalWeekday(list) => list.check(problems),
            Self::LocalDate(span) => span.check(problems),
        }
    }
}

fn days_since_order(days: CountBounds, orders: Option<Orders>) -> Sight {
    match orders {
        Some(Orders { count: 0, .. }) => {
            Sight::new(false, String::from("the shopper never ordered before"))
        }
        _ => days.see(
            "the time since the last order",
            orders.and_then(|orders| orders.days_since_last),
            "day",
        ),
    }
}

fn consent(channel: Channel, facts: &Facts) -> Sight {
    let what = format!("consent to {}", channel.spoken());
    match facts.consents.of(channel) {
        None => Sight::unknown(&what),
        Some(true) => Sight::new(true, format!("{what} was given")),
        Some(false) => Sight::new(false, format!("{what} was refused")),
    }
}

fn quote(wanted: bool, seen: Option<bool>) -> Sight {
    match seen {
        None => Sight::unknown("whether the cart is a quote"),
        Some(quote) => {
            let not = if quote { "" } else { "not " };
            Sight::new(quote == wanted, format!("the cart was {not}a quote"))
        }
    }
}
