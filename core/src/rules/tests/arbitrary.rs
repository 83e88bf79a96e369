//! Rules and facts of every kind, over domains so small that tests of them come out in every way.

use super::*;
use crate::channel::Channel;
use crate::document::text::Text;
use crate::log::Stage;
use crate::money::{Currency, Money};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

const STAGES: [Stage; 3] = [Stage::Started, Stage::Shipping, Stage::PaymentFailed];
const REASONS: [Reason; 3] = [
    Reason::ShippingCost,
    Reason::Complexity,
    Reason::JustLooking,
];
const DAYS: [&str; 4] = ["02-29", "06-30", "11-20", "12-31"];
const WORDS: [&str; 3] = ["gold", "Silver", "black friday"];

fn currency() -> impl Strategy<Value = Currency> {
    select(["EUR", "JPY"].as_slice()).prop_map(|code| Currency::parse(code).unwrap())
}

fn some_of<T: Clone + Ord + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = OneOf<T>> {
    btree_set(select(values), 1..=values.len())
        .prop_map(|values| OneOf(values.into_iter().collect()))
}

fn words() -> impl Strategy<Value = OneOf<Text>> {
    some_of(&WORDS).prop_map(|words| {
        OneOf(
            words
                .0
                .iter()
                .map(|word| Text::new(word).unwrap())
                .collect(),
        )
    })
}

fn ids() -> impl Strategy<Value = OneOf<CatalogueId>> {
    some_of(&["mug", "bowl"]).prop_map(|ids| {
        OneOf(
            ids.0
                .iter()
                .map(|id| CatalogueId::new(id).unwrap())
                .collect(),
        )
    })
}

/// At least, below, or both in the right order.
fn bounds() -> impl Strategy<Value = (Option<u8>, Option<u8>)> {
    prop_oneof![
        (0_u8..5).prop_map(|least| (Some(least), None)),
        (0_u8..5).prop_map(|below| (None, Some(below))),
        (0_u8..3, 1_u8..3).prop_map(|(least, more)| (Some(least), Some(least + more))),
    ]
}

fn count() -> impl Strategy<Value = CountBounds> {
    bounds().prop_map(|(at_least, below)| CountBounds {
        at_least: at_least.map(u32::from),
        below: below.map(u32::from),
    })
}

fn amount() -> impl Strategy<Value = AmountBounds> {
    (bounds(), currency()).prop_map(|((at_least, below), currency)| AmountBounds {
        at_least_minor: at_least.map(u64::from),
        below_minor: below.map(u64::from),
        currency,
    })
}

fn line_test() -> impl Strategy<Value = LineTest> {
    let which = select([Which::Any, Which::All].as_slice());
    let attribute = (words(), words()).prop_map(|(name, value)| AttributeTest {
        name: name.0[0].clone(),
        value,
    });
    (
        which,
        of(ids()),
        of(ids()),
        of(words()),
        of(attribute),
        count(),
    )
        .prop_map(
            |(which, variant, product, tag, attribute, quantity)| LineTest {
                which,
                variant,
                product,
                tag,
                attribute,
                quantity: Some(quantity),
            },
        )
}

fn days() -> impl Strategy<Value = DaySpan> {
    (select(DAYS.as_slice()), select(DAYS.as_slice())).prop_map(|(first, last)| DaySpan {
        first: CalendarDay::new(first).unwrap(),
        last: CalendarDay::new(last).unwrap(),
    })
}

pub(super) fn test() -> impl Strategy<Value = Condition> {
    let sizes = prop_oneof![
        bounds().prop_map(|(at_least, below)| Condition::SinceAbandonment(SpanBounds {
            at_least_ms: at_least.map(u64::from),
            below_ms: below.map(u64::from),
        })),
        amount().prop_map(Condition::CartValue),
        bounds().prop_map(|(at_least, below)| Condition::MarginPercent(PercentBounds {
            at_least: at_least.map(i16::from),
            below: below.map(i16::from),
        })),
        count().prop_map(Condition::OrdersCount),
        amount().prop_map(Condition::OrdersSpent),
        count().prop_map(Condition::DaysSinceOrder),
        line_test().prop_map(Condition::Lines),
        (some_of(&REASONS), 1_u8..=100).prop_map(|(any_of, at_least_percent)| {
            Condition::Reason(ReasonTest {
                any_of,
                at_least_percent,
            })
        }),
    ];
    let kinds = prop_oneof![
        words().prop_map(Condition::CustomerTier),
        some_of(&[Device::Desktop, Device::Phone]).prop_map(Condition::Device),
        some_of(&["FR", "DE"]).prop_map(|list| {
            let list = list.0.iter().map(|code| Country::new(code).unwrap());
            Condition::Country(OneOf(list.collect()))
        }),
        select([Channel::Email, Channel::Sms, Channel::Push].as_slice())
            .prop_map(Condition::Consent),
        words().prop_map(Condition::UtmSource),
        words().prop_map(Condition::UtmMedium),
        words().prop_map(Condition::UtmCampaign),
        some_of(&["google.com", "a.example"]).prop_map(|list| {
            let list = list.0.iter().map(|host| Host::new(host).unwrap());
            Condition::ReferrerHost(OneOf(list.collect()))
        }),
    ];
    let moments = prop_oneof![
        some_of(&STAGES).prop_map(Condition::CheckoutStage),
        words().prop_map(Condition::PaymentError),
        any::<bool>().prop_map(Condition::Quote),
        (0_u8..24, 1_u8..24).prop_map(|(from, hours)| Condition::LocalHour(HourSpan {
            from,
            until: (from + hours) % 24,
        })),
        some_of(&[Weekday::Monday, Weekday::Sunday]).prop_map(Condition::LocalWeekday),
        days().prop_map(Condition::LocalDate),
    ];
    prop_oneof![sizes, kinds, moments]
}

pub(super) fn condition() -> impl Strategy<Value = Condition> {
    test().prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Condition::All),
            vec(inner.clone(), 1..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    select(["gold", "silver", "Black Friday", "other"].as_slice()).prop_map(String::from)
}

fn money() -> impl Strategy<Value = Money> {
    (0_u64..6, currency()).prop_map(|(minor, currency)| Money { minor, currency })
}

fn line() -> impl Strategy<Value = LineFacts> {
    let id = select(["mug", "bowl", "vase"].as_slice()).prop_map(String::from);
    let tags = of(vec(word(), 0..3));
    let attributes = of(btree_map(word(), word(), 0..3));
    (id.clone(), of(id), tags, attributes, 0_u32..6).prop_map(
        |(variant, product, tags, attributes, qty)| LineFacts {
            variant,
            product,
            tags,
            attributes,
            qty,
        },
    )
}

fn local() -> impl Strategy<Value = LocalMoment> {
    let weekday = select([Weekday::Monday, Weekday::Friday].as_slice());
    (2_026_u16..2_028, 1_u8..=12, 1_u8..=31, 0_u8..24, weekday).prop_map(
        |(year, month, day, hour, weekday)| LocalMoment {
            year,
            month,
            day,
            hour,
            weekday,
        },
    )
}

pub(super) fn facts() -> impl Strategy<Value = Facts> {
    let cart = (
        of(0_u64..6),
        of(money()),
        of(vec(line(), 0..4)),
        of(-2_i16..6),
        of(any::<bool>()),
    );
    let orders = (0_u32..6, of(money()), of(0_u32..6)).prop_map(|(count, spent, days)| Orders {
        count,
        spent,
        days_since_last: days,
    });
    let reasons = btree_map(select(REASONS.as_slice()), 0_u8..=100, 0..3);
    let consents = (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
    let shopper = (
        of(of(word())),
        of(orders),
        of(select([Device::Desktop, Device::Tablet].as_slice())),
        of(select(["FR", "US"].as_slice())),
        of(reasons),
        consents,
    );
    let host = select(["www.google.com", "notgoogle.com"].as_slice()).prop_map(String::from);
    let source = (of(word()), of(word()), of(word()), of(host)).prop_map(
        |(utm_source, utm_medium, utm_campaign, referrer_host)| Source {
            utm_source,
            utm_medium,
            utm_campaign,
            referrer_host,
        },
    );
    let checkout =
        (of(select(STAGES.as_slice())), of(word())).prop_map(|(stage, payment_error)| {
            CheckoutFacts {
                stage,
                payment_error,
            }
        });
    (cart, shopper, of(source), of(checkout), of(local())).prop_map(
        |(cart, shopper, source, checkout, local)| Facts {
            since_abandonment_ms: cart.0,
            cart_value: cart.1,
            lines: cart.2,
            margin_percent: cart.3,
            quote: cart.4,
            customer_tier: shopper.0,
            orders: shopper.1,
            device: shopper.2,
            country: shopper.3.map(String::from),
            reasons: shopper.4,
            consents: Consents {
                email: shopper.5.0,
                sms: shopper.5.1,
                push: shopper.5.2,
            },
            source,
            checkout,
            local,
        },
    )
}
