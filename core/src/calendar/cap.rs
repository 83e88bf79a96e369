//! How often one person is written to, over all channels and sequences.

use super::{Channel, DAY_MS, Reason};
use crate::shop::FieldError;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// At most so many messages in any window of a length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with messages, window_ms and channels"
)]
pub struct Cap {
    /// How many messages.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 64)))]
    pub messages: u16,
    /// In how long a window, ms; the window slides, and its end is left out.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 7_776_000_000_u64)))]
    pub window_ms: u64,
    /// Which channels count together; all of them when absent.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub channels: Option<Vec<Channel>>,
}

/// A message that went out, or may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When it was accepted, epoch ms. While that is not known: the end of its lease, the latest instant at which it may be.
    pub at: u64,
    /// How.
    pub channel: Channel,
}

/// A shop's caps and the gap between any two messages. The default holds nothing back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "an object with caps and min_gap_ms"
)]
pub struct Caps {
    /// All of them hold at once.
    #[cfg_attr(feature = "schema", schemars(length(max = 8)))]
    pub caps: Vec<Cap>,
    /// The least time between two messages on any channels, ms.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 7_776_000_000_u64)))]
    pub min_gap_ms: u64,
}

impl Cap {
    fn counts(&self, channel: Channel) -> bool {
        self.channels
            .as_ref()
            .is_none_or(|channels| channels.contains(&channel))
    }

    /// The earliest instant from `now` on at which one more message keeps the cap; `u64::MAX` when no message ever does.
    fn next_allowed(&self, sent: &[Sent], now: u64) -> u64 {
        let Some(spare) = usize::from(self.messages).checked_sub(1) else {
            return u64::MAX;
        };
        let holding = |sent: &&Sent| {
            self.counts(sent.channel) && sent.at.saturating_add(self.window_ms) > now
        };
        if sent.iter().filter(holding).count() <= spare {
            return now;
        }
        // As many messages as the cap allows, less this one, may still be in the window: the next newest must have left it.
        let mut newest: Vec<u64> = sent.iter().filter(holding).map(|sent| sent.at).collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        newest
            .get(spare)
            .map_or(now, |at| at.saturating_add(self.window_ms).max(now))
    }
}

impl Caps {
    /// Caps a shop may have.
    pub const MAX: usize = 8;
    /// Most messages that a cap may allow: so many are remembered of each shopper.
    pub const MAX_MESSAGES: u16 = 64;
    /// Longest window, ms.
    pub const MAX_WINDOW_MS: u64 = 90 * DAY_MS;

    /// The earliest instant from `now` on, epoch ms, at which one more message on `channel` keeps every cap and the gap, and what
    /// held it, if anything did. `sent` may be in any order and hold instants after `now`. A message that is accepted later than
    /// this instant keeps them too, since what was sent only grows older.
    pub fn next_allowed(&self, sent: &[Sent], channel: Channel, now: u64) -> (u64, Option<Reason>) {
        let gap = sent
            .iter()
            .map(|sent| sent.at.saturating_add(self.min_gap_ms))
            .filter(|_| self.min_gap_ms > 0)
            .max()
            .map(|at| (at, Reason::MinimumGap));
        let caps = self
            .caps
            .iter()
            .enumerate()
            .filter(|(_, cap)| cap.counts(channel))
            .map(|(n, cap)| {
                let cap_number = u8::try_from(n).unwrap_or(u8::MAX);
                (cap.next_allowed(sent, now), Reason::Cap(cap_number))
            });
        caps.chain(gap).fold((now, None), |held, (at, reason)| {
            if at > held.0 {
                (at, Some(reason))
            } else {
                held
            }
        })
    }

    /// How long a message has to be remembered, ms.
    pub fn memory_ms(&self) -> u64 {
        self.caps
            .iter()
            .map(|cap| cap.window_ms)
            .fold(self.min_gap_ms, u64::max)
    }

    /// Checks them; `path` is where they stand in the configuration.
    pub fn check(&self, path: &str) -> Result<(), FieldError> {
        let wrong = |field: String, reason: &str| {
            Err(FieldError {
                field,
                reason: String::from(reason),
            })
        };
        if self.caps.len() > Self::MAX {
            return wrong(format!("{path}.caps"), "at most 8 caps");
        }
        for (n, cap) in self.caps.iter().enumerate() {
            if !(1..=Self::MAX_MESSAGES).contains(&cap.messages) {
                return wrong(format!("{path}.caps[{n}].messages"), "1 to 64");
            }
            if !(1..=Self::MAX_WINDOW_MS).contains(&cap.window_ms) {
                return wrong(format!("{path}.caps[{n}].window_ms"), "1 ms to 90 days");
            }
            if cap.channels.as_ref().is_some_and(Vec::is_empty) {
                return wrong(
                    format!("{path}.caps[{n}].channels"),
                    "at least one channel, or no channels at all for every one",
                );
            }
        }
        if self.min_gap_ms > Self::MAX_WINDOW_MS {
            return wrong(format!("{path}.min_gap_ms"), "at most 90 days");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn channel() -> impl Strategy<Value = Channel> {
        prop::sample::select(vec![Channel::Email, Channel::Sms, Channel::Push])
    }

    pub(in crate::calendar) fn any_caps() -> impl Strategy<Value = Caps> {
        let channels = prop::option::of(prop::collection::vec(channel(), 1..3));
        let cap =
            (1_u16..4, 1_u64..5_000, channels).prop_map(|(messages, window_ms, channels)| Cap {
                messages,
                window_ms,
                channels,
            });
        (
            prop::collection::vec(cap, 0..4),
            prop_oneof![Just(0), 0_u64..800],
        )
            .prop_map(|(caps, min_gap_ms)| Caps { caps, min_gap_ms })
    }

    /// Whether a history keeps the caps, by counting in the window that begins at each message.
    fn keeps(caps: &Caps, sent: &[Sent]) -> bool {
        let counted = |cap: &Cap, from: u64| {
            sent.iter()
                .filter(|s| cap.channels.as_ref().is_none_or(|c| c.contains(&s.channel)))
                .filter(|s| s.at >= from && s.at < from + cap.window_ms)
                .count()
        };
        let capped = caps.caps.iter().all(|cap| {
            sent.iter()
                .all(|first| counted(cap, first.at) <= usize::from(cap.messages))
        });
        let mut times: Vec<u64> = sent.iter().map(|s| s.at).collect();
        times.sort_unstable();
        capped
            && times
                .windows(2)
                .all(|two| two[1] - two[0] >= caps.min_gap_ms)
    }

    proptest! {
        #[test]
        fn sends_that_wait_never_exceed_a_cap_in_any_window(
            caps in any_caps(),
            asked in prop::collection::vec((0_u64..2_000, channel(), 0_u64..100), 1..40),
        ) {
            let mut sent: Vec<Sent> = Vec::new();
            let mut now = 0;
            for (pause, channel, lease) in asked {
                now += pause;
                let (at, reason) = caps.next_allowed(&sent, channel, now);
                prop_assert!(at >= now);
                prop_assert_eq!(reason.is_none(), at == now);
                // Accepted somewhere in the lease.
                now = at + lease;
                sent.push(Sent { at: now, channel });
                prop_assert!(keeps(&caps, &sent));
            }
        }

        #[test]
        fn nothing_waits_longer_than_it_must(
            caps in any_caps(),
            history in prop::collection::vec((0_u64..6_000, channel()), 0..8),
            channel in channel(),
            now in 0_u64..8_000,
        ) {
            // Only a history that kept the caps: who broke them before may still wait for the old fault to pass.
            let mut sent: Vec<Sent> = Vec::new();
            for (at, channel) in history {
                sent.push(Sent { at, channel });
                if !keeps(&caps, &sent) {
                    sent.pop();
                }
            }
            let latest = sent.iter().map(|s| s.at).max().unwrap_or(0);
            let now = now.max(latest);
            let (at, reason) = caps.next_allowed(&sent, channel, now);
            if at > now {
                sent.push(Sent { at: at - 1, channel });
                prop_assert!(!keeps(&caps, &sent), "{reason:?} held {at} from {now}");
            }
        }

        #[test]
        fn the_order_of_the_history_is_nothing(
            caps in any_caps(),
            mut history in prop::collection::vec((0_u64..6_000, channel()), 0..12),
            channel in channel(),
            now in 0_u64..8_000,
            later in 0_u64..5_000,
        ) {
            let sent = |history: &[(u64, Channel)]| -> Vec<Sent> {
                history.iter().map(|(at, channel)| Sent { at: *at, channel: *channel }).collect()
            };
            let held = caps.next_allowed(&sent(&history), channel, now);
            prop_assert!(caps.next_allowed(&sent(&history), channel, now + later).0 >= held.0);
            history.reverse();
            prop_assert_eq!(caps.next_allowed(&sent(&history), channel, now), held);
        }
    }

    #[test]
    fn the_rule_that_holds_is_named() {
        let caps: Caps = serde_json::from_str(
            r#"{"caps":[{"messages":1,"window_ms":1000,"channels":["sms"]},{"messages":2,"window_ms":5000}],"min_gap_ms":300}"#,
        )
        .unwrap();
        assert_eq!(caps.check("caps"), Ok(()));
        assert_eq!(caps.memory_ms(), 5_000);
        let sms = |at| Sent {
            at,
            channel: Channel::Sms,
        };
        let first = [sms(100)];
        assert_eq!(caps.next_allowed(&[], Channel::Sms, 100), (100, None));
        assert_eq!(
            caps.next_allowed(&first, Channel::Email, 200),
            (400, Some(Reason::MinimumGap))
        );
        assert_eq!(
            caps.next_allowed(&first, Channel::Sms, 200),
            (1_100, Some(Reason::Cap(0)))
        );
        assert_eq!(
            caps.next_allowed(&[sms(100), sms(1_100)], Channel::Push, 1_200),
            (5_100, Some(Reason::Cap(1)))
        );
    }

    #[test]
    fn a_wrong_cap_is_named() {
        for (json, field) in [
            (
                r#"{"caps":[{"messages":0,"window_ms":1}]}"#,
                "season.caps[0].messages",
            ),
            (
                r#"{"caps":[{"messages":1,"window_ms":0}]}"#,
                "season.caps[0].window_ms",
            ),
            (
                r#"{"caps":[{"messages":1,"window_ms":1,"channels":[]}]}"#,
                "season.caps[0].channels",
            ),
            (r#"{"min_gap_ms":7776000001}"#, "season.min_gap_ms"),
        ] {
            let caps: Caps = serde_json::from_str(json).unwrap();
            assert_eq!(caps.check("season").unwrap_err().field, field);
        }
        assert!(serde_json::from_str::<Caps>(r#"{"gap_ms":1}"#).is_err());
        let never = Cap {
            messages: 0,
            window_ms: 1,
            channels: None,
        };
        assert_eq!(never.next_allowed(&[], 0), u64::MAX);
    }
}
