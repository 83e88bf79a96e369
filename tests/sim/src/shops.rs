//! The prepared shops, and what the simulation itself knows of the rules that each of them sends by.

use crate::place::{Clock, Local, Place};
use homing_core::channel::Channel;
use homing_core::ids::ShopperId;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// A shop as a merchant would write it.
pub(crate) struct Prepared {
    /// Its rules about times and numbers, as JSON.
    pub(crate) engine: &'static str,
    /// Its sequences, as JSON.
    pub(crate) sequences: &'static str,
    /// When messages are due, ms after the last activity: where something is worth doing.
    pub(crate) due_ms: &'static [u64],
    /// The same rules once more.
    pub(crate) rules: Rules,
}

/// A shop's rules as the simulation tells them. Nothing here is read from what the core reads.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rules {
    /// Quiet hours begin and end, hours of the shopper's day.
    night: Option<(u64, u64)>,
    caps: &'static [Cap],
    /// In place of them in every even month of 2027.
    caps_in_season: Option<&'static [Cap]>,
    /// The least time between two messages, ms.
    gap_ms: u64,
    /// Whether about a fifth of the shoppers are held out.
    has_holdout: bool,
    /// Whether each message waits for a person.
    pub(crate) approval: bool,
    /// Hours in a place at which the shop writes to nobody there.
    own: Option<(Place, u64, u64)>,
    /// For how long after an order nothing is released, ms.
    pub(crate) after_order_ms: u64,
    /// The shop's own clock.
    clock: Clock,
}

/// So many messages at most in a window.
#[derive(Clone, Copy)]
struct Cap {
    messages: usize,
    window_ms: u64,
    /// Counts one channel alone.
    channel: Option<Channel>,
}

/// How a message broke a shop's rules or the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broke {
    Night,
    Cap,
    Law,
}

/// A message that a provider has accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mail {
    pub(crate) at: u64,
    /// Which it was, by a name that no other has.
    pub(crate) of: u64,
    pub(crate) channel: Channel,
}

impl Rules {
    /// Whether a shopper is held out: a draw of the simulation's own.
    pub(crate) fn holds_out(&self, shopper: ShopperId) -> bool {
        self.has_holdout && shopper.0.first().is_some_and(|byte| *byte < 52)
    }

    /// Whether `mail`, released at `released_at` when the cart had been left at `left_at` (epoch ms), may follow those `before` it.
    pub(crate) fn judge(
        &self,
        place: Place,
        mail: Mail,
        before: &[Mail],
        released_at: u64,
        left_at: u64,
    ) -> Option<Broke> {
        let local = place.clock(self.clock).local(mail.at);
        if self.night.is_some_and(|night| is_night(night, local)) {
            return Some(Broke::Night);
        }
        let within = |window: u64, channel: Option<Channel>| {
            before
                .iter()
                .filter(|one| one.at + window > mail.at)
                .filter(|one| channel.is_none_or(|channel| channel == one.channel))
                .count()
        };
        let crowded = self.caps_at(released_at).iter().any(|cap| {
            let counts = cap.channel.is_none_or(|channel| channel == mail.channel);
            counts && within(cap.window_ms, cap.channel) >= cap.messages
        });
        if crowded || self.gap_ms > 0 && within(self.gap_ms, None) > 0 {
            return Some(Broke::Cap);
        }
        let forbids = |(there, from, to): (Place, u64, u64)| {
            there == place && (from..to).contains(&local.hour())
        };
        if self.own.is_some_and(forbids) {
            return Some(Broke::Law);
        }
        if mail.channel != Channel::Sms {
            return None;
        }
        let again = before
            .iter()
            .any(|one| one.channel == Channel::Sms && one.at >= left_at);
        let american = place == Place::NewYork && (again || mail.at > left_at + 48 * HOUR);
        (american || !place.allows_text(local)).then_some(Broke::Law)
    }

    fn caps_at(&self, now: u64) -> &'static [Cap] {
        let (year, month) = self.clock.local(now).month();
        match self.caps_in_season {
            Some(caps) if year == 2027 && month % 2 == 0 => caps,
            _ => self.caps,
        }
    }
}

fn is_night((from, to): (u64, u64), local: Local) -> bool {
    local.hour() >= from || local.hour() < to
}

const fn cap(messages: usize, window_ms: u64) -> Cap {
    Cap {
        messages,
        window_ms,
        channel: None,
    }
}

const fn cap_of(channel: Channel, messages: usize, window_ms: u64) -> Cap {
    Cap {
        messages,
        window_ms,
        channel: Some(channel),
    }
}

const RESTRAINT: &str = r#""quiet_hours":[{"from":"21:00","to":"08:00"}],"caps":{"caps":[{"messages":2,"window_ms":172800000}],"min_gap_ms":7200000},"holdout_bp":2000"#;
const RESTRAINED: Rules = Rules {
    night: Some((21, 8)),
    caps: &[cap(2, 48 * HOUR)],
    caps_in_season: None,
    gap_ms: 2 * HOUR,
    has_holdout: true,
    approval: false,
    own: None,
    after_order_ms: 0,
    clock: Clock::NewYork,
};
const FREEDOM: &str = r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#;
const FREE: Rules = Rules {
    night: None,
    caps: &[],
    caps_in_season: None,
    gap_ms: 0,
    has_holdout: false,
    approval: false,
    own: None,
    after_order_ms: 0,
    clock: Clock::NewYork,
};

const CODES: &str = r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"offer","offer":{"code":"OWN-{unique}","percent":10}},{"after_ms":18000000,"template":"reminder"},{"after_ms":72000000,"template":"offer","offer":{"code":"OWN-{unique}","percent":20}}]}]"#;

/// How many shops worlds are drawn for.
pub(crate) const DRAWN: u8 = 20;
/// The shop whose costs are counted; it is not among them.
pub(crate) const REFERENCE: u8 = 16;
/// The shop that sends notifications.
pub(crate) const NOTIFICATIONS: u8 = 17;
/// The shop that keeps audiences, and whose people hear of quotes.
pub(crate) const ERRANDS: u8 = 18;
/// The shop whose server tells of its own baskets.
pub(crate) const OWN_BASKETS: u8 = 15;
/// The shop that tells of prices and stock, and of quotes.
pub(crate) const NEWS: u8 = 14;
/// The shop that asks what kept people.
pub(crate) const SURVEYS: u8 = 13;
/// For how long it is silent after the answer that says so, ms.
pub(crate) const SILENCE_MS: u64 = 40 * DAY;
/// The shop whose shoppers come every day.
pub(crate) const HABITS: u8 = 10;
/// The shop of France, and that of the United States.
pub(crate) const TEXTS_FRANCE: u8 = 6;
pub(crate) const TEXTS_AMERICA: u8 = 7;
/// The shop that forbids itself something in France.
pub(crate) const OWN_RULES: u8 = 11;

/// The `n`th of the shops that worlds are drawn for.
pub(crate) fn drawn(n: u8) -> u8 {
    n + u8::from(n >= REFERENCE)
}

/// Some know quiet hours, caps and a holdout; others send whenever a step is due, so that nothing hides behind restraint. Saved
/// scripts name them by their place.
pub(crate) const SHOPS: [Prepared; 21] = [
    Prepared {
        engine: RESTRAINT,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":86400000,"template":"reminder"},{"after_ms":172800000,"template":"offer","offer":{"code":"BACK10","percent":10}},{"after_ms":259200000,"template":"last_chance"}]}]"#,
        due_ms: &[24 * HOUR, 48 * HOUR, 72 * HOUR],
        rules: RESTRAINED,
    },
    Prepared {
        engine: FREEDOM,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":7200000,"template":"reminder"}]},{"id":"looked","version":1,"name":"Looked at","trigger":{"browse":{"min_dwell_ms":1000}},"steps":[{"after_ms":3600000,"template":"browse"},{"after_ms":86400000,"template":"browse"}]}]"#,
        due_ms: &[2 * HOUR],
        rules: FREE,
    },
    // The flows of two marketing platforms write its messages.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"flows":[{"platform":"klaviyo","steps":[0]},{"platform":"braze","sequences":["left"]}]"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":72000000,"template":"offer","offer":{"code":"BACK10","percent":10}}]}]"#,
        due_ms: &[HOUR, 20 * HOUR],
        rules: FREE,
    },
    Prepared {
        engine: RESTRAINT,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":1800000,"template":"reminder"},{"after_ms":3600000,"template":"offer","offer":{"code":"BACK10","percent":10}},{"after_ms":7200000,"template":"last_chance"},{"after_ms":93600000,"template":"reminder"}]}]"#,
        due_ms: &[HOUR / 2, HOUR, 2 * HOUR, 26 * HOUR],
        rules: RESTRAINED,
    },
    // Each message waits for a person.
    Prepared {
        engine: FREEDOM,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"approval":true,"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":18000000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 5 * HOUR],
        rules: Rules {
            approval: true,
            ..FREE
        },
    },
    // Who gets what depends on the cart; some get nothing.
    Prepared {
        engine: FREEDOM,
        sequences: r#"[{"id":"rich","version":1,"name":"Rich carts","priority":10,"trigger":{"cart":{}},"when":{"cart_value":{"at_least_minor":9000,"currency":"EUR"}},"steps":[{"after_ms":1800000,"template":"reminder"},{"after_ms":7200000,"template":"offer","offer":{"code":"BACK10","percent":10},"when":{"lines":{"variant":["variant-1","variant-2"]}}}]},{"id":"poor","version":1,"name":"Small carts","trigger":{"cart":{}},"when":{"cart_value":{"below_minor":6000,"currency":"EUR"}},"steps":[{"after_ms":10800000,"template":"reminder","when":{"not":{"checkout_stage":["payment_started"]}}},{"after_ms":21600000,"template":"last_chance","when":{"device":["desktop"]}}]}]"#,
        due_ms: &[HOUR / 2, 2 * HOUR, 3 * HOUR, 6 * HOUR],
        rules: FREE,
    },
    // Text messages, where France's hours and days hold them; caps of one channel, and one of both.
    Prepared {
        engine: r#""caps":{"caps":[{"messages":2,"window_ms":172800000,"channels":["sms"]},{"messages":1,"window_ms":86400000,"channels":["email"]},{"messages":3,"window_ms":259200000}],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder","channels":["sms"]},{"after_ms":7200000,"template":"reminder"},{"after_ms":72000000,"template":"reminder","channels":["sms","email"]},{"after_ms":82800000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 20 * HOUR, 23 * HOUR],
        rules: Rules {
            caps: &[
                cap_of(Channel::Sms, 2, 48 * HOUR),
                cap_of(Channel::Email, 1, 24 * HOUR),
                cap(3, 72 * HOUR),
            ],
            ..FREE
        },
    },
    // Text messages, of which the United States allow one, soon after a cart was left.
    Prepared {
        engine: r#""caps":{"caps":[{"messages":2,"window_ms":108000000}],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#,
        sequences: r#"[{"id":"rich","version":1,"name":"Rich carts","priority":10,"trigger":{"cart":{}},"when":{"cart_value":{"at_least_minor":6000,"currency":"EUR"}},"steps":[{"after_ms":3600000,"template":"reminder","channels":["sms"]},{"after_ms":10800000,"template":"reminder"},{"after_ms":18000000,"template":"reminder","channels":["sms"]},{"after_ms":93600000,"template":"last_chance"}]},{"id":"late","version":1,"name":"Late","trigger":{"cart":{}},"steps":[{"after_ms":180000000,"template":"reminder","channels":["sms"]}]}]"#,
        due_ms: &[HOUR, 3 * HOUR, 5 * HOUR, 26 * HOUR, 50 * HOUR],
        rules: Rules {
            caps: &[cap(2, 30 * HOUR)],
            ..FREE
        },
    },
    // A channel that nobody carries, and a cap that holds longer than a reminder is worth.
    Prepared {
        engine: r#""caps":{"caps":[{"messages":1,"window_ms":5184000000}],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder","channels":["push"]},{"after_ms":7200000,"template":"reminder","channels":["push","email"]},{"after_ms":14400000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 4 * HOUR],
        rules: Rules {
            caps: &[cap(1, 60 * DAY)],
            ..FREE
        },
    },
    // Seasons with other caps and offers; the shop's own night, where nobody knows the shopper's.
    Prepared {
        engine: r#""time_zone":"Asia/Tokyo","quiet_hours":[{"from":"22:00","to":"07:00"}],"caps":{"caps":[{"messages":2,"window_ms":86400000}],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"seasons":[{"id":"s2","from":"2027-02-01","to":"2027-03-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0},"offer":{"code":"S20","percent":20}}},{"id":"s4","from":"2027-04-01","to":"2027-05-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0},"sequence":"spring"}},{"id":"s6","from":"2027-06-01","to":"2027-07-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0}}},{"id":"s8","from":"2027-08-01","to":"2027-09-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0}}},{"id":"s10","from":"2027-10-01","to":"2027-11-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0}}},{"id":"s12","from":"2027-12-01","to":"2028-01-01","changes":{"caps":{"caps":[{"messages":1,"window_ms":86400000}],"min_gap_ms":0}}}]"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":14400000,"template":"offer","offer":{"code":"BACK10","percent":10}},{"after_ms":36000000,"template":"last_chance"}]},{"id":"spring","version":1,"name":"Spring","priority":5,"trigger":{"cart":{}},"when":{"local_date":{"first":"04-01","last":"04-30"}},"steps":[{"after_ms":7200000,"template":"reminder"},{"after_ms":21600000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 4 * HOUR, 10 * HOUR],
        rules: Rules {
            night: Some((22, 7)),
            caps: &[cap(2, 24 * HOUR)],
            caps_in_season: Some(&[cap(1, 24 * HOUR)]),
            clock: Clock::Tokyo,
            ..FREE
        },
    },
    // Messages wait for the hour at which their shopper is usually there.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":86400000"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":10800000,"template":"reminder"},{"after_ms":86400000,"template":"last_chance"}]}]"#,
        due_ms: &[3 * HOUR, 24 * HOUR],
        rules: FREE,
    },
    // Rules of its own for France, a flag that is off, and quiet for some hours after an order.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"quiet_after_order_ms":14400000,"country_rules":[{"country":"FR","not_between":{"from":"12:00","to":"16:00"}}],"flags":[{"id":"rich","on":false}]"#,
        sequences: r#"[{"id":"rich","version":1,"name":"Rich carts","priority":10,"flag":"rich","trigger":{"cart":{}},"when":{"cart_value":{"at_least_minor":12000,"currency":"EUR"}},"steps":[{"after_ms":3600000,"template":"reminder"}]},{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"when":{"cart_value":{"below_minor":12000,"currency":"EUR"}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":7200000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 2 * HOUR],
        rules: Rules {
            own: Some((Place::Paris, 12, 16)),
            after_order_ms: 4 * HOUR,
            ..FREE
        },
    },
    // Nothing for two months after an order.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"quiet_after_order_ms":5184000000"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":36000000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 10 * HOUR],
        rules: Rules {
            after_order_ms: 60 * DAY,
            ..FREE
        },
    },
    // A question after a miss: some are left alone for forty days then, others are won back.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"survey":{"silence":["bought_elsewhere"],"silence_ms":3456000000}"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":7200000,"template":"survey"}]},{"id":"back","version":1,"name":"Win back","trigger":{"answer":{"answers":["price"]}},"steps":[{"after_ms":3600000,"template":"offer","offer":{"code":"BACK10","percent":10}}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR],
        rules: FREE,
    },
    // News of what was left, and quotes.
    Prepared {
        engine: FREEDOM,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":7200000,"template":"reminder"}]},{"id":"cheaper","version":1,"name":"Cheaper","trigger":{"price_drop":{"min_percent":5}},"steps":[{"after_ms":600000,"template":"price_drop"},{"after_ms":36000000,"template":"last_chance"}]},{"id":"back","version":1,"name":"Back","trigger":{"back_in_stock":{}},"steps":[{"after_ms":0,"template":"back_in_stock"}]},{"id":"quote","version":1,"name":"Quotes","priority":5,"trigger":{"quote":{}},"steps":[{"after_ms":3600000,"template":"quote"},{"after_ms":18000000,"template":"quote"}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 5 * HOUR, 12 * HOUR],
        rules: FREE,
    },
    // A server that tells of the shop's own baskets.
    Prepared {
        engine: FREEDOM,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder"},{"after_ms":18000000,"template":"offer","offer":{"code":"BACK10","percent":10}},{"after_ms":72000000,"template":"last_chance"}]}]"#,
        due_ms: &[HOUR, 5 * HOUR, 20 * HOUR],
        rules: FREE,
    },
    // All as it comes, but for the holdout: two reminders for each who left.
    Prepared {
        engine: r#""holdout_bp":0"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":86400000,"template":"reminder"},{"after_ms":172800000,"template":"offer","offer":{"code":"BACK10","percent":10}}]}]"#,
        due_ms: &[24 * HOUR, 48 * HOUR],
        rules: FREE,
    },
    // Notifications, and mails where nobody takes them.
    Prepared {
        engine: r#""push":{},"caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":3600000,"template":"reminder","channels":["push"]},{"after_ms":7200000,"template":"reminder","channels":["push","email"]},{"after_ms":36000000,"template":"last_chance","channels":["push"]}]}]"#,
        due_ms: &[HOUR, 2 * HOUR, 10 * HOUR],
        rules: FREE,
    },
    // Audiences at two services, and quotes that the shop's own people hear of at three places.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":2000,"usual_hour_ms":0,"audiences":[{"service":"meta","list":"238","after_ms":3600000,"days":3},{"service":"google","list":"9","after_ms":1800000,"days":2,"products":["variant-1","variant-2","variant-3"]}],"quote_alerts":{"to":["hubspot","salesforce","endpoints"],"after_ms":3600000,"external_id":"Homing_Id__c"}"#,
        sequences: r#"[{"id":"left","version":1,"name":"Left carts","trigger":{"cart":{}},"steps":[{"after_ms":7200000,"template":"reminder"}]},{"id":"quote","version":1,"name":"Quotes","priority":5,"trigger":{"quote":{}},"steps":[{"after_ms":7200000,"template":"quote"}]}]"#,
        due_ms: &[HOUR / 2, HOUR, HOUR, 2 * HOUR],
        rules: Rules {
            has_holdout: true,
            ..FREE
        },
    },
    // Codes of a message's own; without one it goes all the same.
    Prepared {
        engine: r#""caps":{"caps":[],"min_gap_ms":0},"holdout_bp":0,"usual_hour_ms":0,"platform":{"without_code":true}"#,
        sequences: CODES,
        due_ms: &[HOUR, 5 * HOUR, 20 * HOUR],
        rules: FREE,
    },
    // And where it does not.
    Prepared {
        engine: FREEDOM,
        sequences: CODES,
        due_ms: &[HOUR, 5 * HOUR, 20 * HOUR],
        rules: FREE,
    },
];
