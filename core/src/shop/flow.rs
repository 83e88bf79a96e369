//! Which messages a marketing platform's own flow writes in the shop's stead.

use super::ShopConfig;
use crate::channel::Channel;
use crate::delivery::FlowPlatform;
use crate::document::Problems;
use crate::sequence::{Sequence, SequenceId};
use alloc::{format, vec::Vec};
use serde::{Deserialize, Serialize};

/// Messages that are handed to a marketing platform's flow: it is told of them when they are due, and writes them itself. Whether they are
/// due is decided as ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with platform, channel, sequences and steps"
)]
pub struct Flow {
    /// Whose flow. The shop is connected to it by `PUT /v1/shops/{shop}/connections/{platform}`.
    pub platform: FlowPlatform,
    /// By which channel that flow writes: whose consent is asked, and by which contact the platform knows the shopper. Email where nothing
    /// is said.
    #[serde(default = "email")]
    pub channel: Channel,
    /// Ids of the sequences whose messages are handed over; all where there is none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), extend("uniqueItems" = true)))]
    pub sequences: Vec<SequenceId>,
    /// Which steps of them, counted from 0; all where there is none.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(
            length(max = 12),
            inner(range(min = 0, max = 11)),
            extend("uniqueItems" = true)
        )
    )]
    pub steps: Vec<u8>,
}

fn email() -> Channel {
    Channel::Email
}

impl Flow {
    /// Most of a shop.
    pub const MAX: usize = 20;

    fn is_for(&self, channel: Channel, sequence: Option<&SequenceId>, step: u8) -> bool {
        self.channel == channel
            && (self.steps.is_empty() || self.steps.contains(&step))
            && (self.sequences.is_empty()
                || sequence.is_some_and(|sequence| self.sequences.contains(sequence)))
    }

    pub(super) fn check(flows: &[Self], sequences: &[Sequence], problems: &mut Problems) {
        problems.field("flows", |problems| {
            if flows.len() > Self::MAX {
                problems.wrong("at most 20 entries");
                return;
            }
            for (n, flow) in flows.iter().enumerate() {
                problems.entry(n, |problems| flow.check_one(sequences, problems));
            }
        });
    }

    fn check_one(&self, sequences: &[Sequence], problems: &mut Problems) {
        if !self.platform.carries(self.channel) {
            let reason = format!(
                "a channel by whose contacts {} knows people",
                self.platform.row().title
            );
            problems.field("channel", |problems| problems.wrong(&reason));
        }
        problems.field("sequences", |problems| {
            problems.list(&self.sequences, 0..=50);
            for (n, id) in self.sequences.iter().enumerate() {
                if !sequences.iter().any(|sequence| sequence.id == *id) {
                    problems.entry(n, |problems| {
                        problems.wrong("the id of one of the shop's sequences");
                    });
                }
            }
        });
        problems.field("steps", |problems| {
            problems.list(&self.steps, 0..=Sequence::MAX_STEPS);
            for (n, step) in self.steps.iter().enumerate() {
                if usize::from(*step) >= Sequence::MAX_STEPS {
                    problems.entry(n, |problems| problems.wrong("0 to 11"));
                }
            }
        });
    }
}

impl ShopConfig {
    /// Whose flow writes the messages of a step that go by `channel`; the first entry that fits counts. `None`: the shop's own provider
    /// carries them.
    pub fn flow(
        &self,
        channel: Channel,
        sequence: Option<&SequenceId>,
        step: u8,
    ) -> Option<FlowPlatform> {
        let mut flows = self.flows.iter();
        let found = flows.find(|flow| flow.is_for(channel, sequence, step));
        found.map(|flow| flow.platform)
    }

    /// Whether the shop writes to numbers at all, itself or by a flow.
    pub fn sends_texts(&self) -> bool {
        self.sms.is_some() || self.flows.iter().any(|flow| flow.channel == Channel::Sms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::json;
    use super::*;
    use alloc::string::String;

    fn config(flows: &str) -> Result<ShopConfig, Vec<super::super::FieldError>> {
        let with = format!("\"flows\":{flows},\"currency\"");
        ShopConfig::parse(json().replacen("\"currency\"", &with, 1).as_bytes())
    }

    #[test]
    fn the_first_entry_that_fits_counts() {
        let config = config(
            r#"[{"platform":"braze","sequences":["standard"],"steps":[1]},{"platform":"klaviyo"},{"platform":"attentive","channel":"sms"}]"#,
        );
        let config = config.unwrap();
        let cart = SequenceId::new("standard").unwrap();
        let other = SequenceId::new("other").unwrap();
        let by = |channel, sequence, step| config.flow(channel, Some(sequence), step);
        assert_eq!(by(Channel::Email, &cart, 1), Some(FlowPlatform::Braze));
        assert_eq!(by(Channel::Email, &cart, 0), Some(FlowPlatform::Klaviyo));
        assert_eq!(by(Channel::Email, &other, 1), Some(FlowPlatform::Klaviyo));
        assert_eq!(by(Channel::Sms, &cart, 0), Some(FlowPlatform::Attentive));
        assert_eq!(by(Channel::Push, &cart, 0), None);
        assert!(config.sends_texts());
    }

    #[test]
    fn what_no_flow_can_do_is_named() {
        for (flows, field) in [
            (
                r#"[{"platform":"hubspot","channel":"sms"}]"#,
                "flows[0].channel",
            ),
            (
                r#"[{"platform":"klaviyo","channel":"push"}]"#,
                "flows[0].channel",
            ),
            (
                r#"[{"platform":"klaviyo","sequences":["none"]}]"#,
                "flows[0].sequences[0]",
            ),
            (
                r#"[{"platform":"klaviyo","steps":[12]}]"#,
                "flows[0].steps[0]",
            ),
            (r#"[{"platform":"pigeon"}]"#, "flows[0].platform"),
        ] {
            let fields: Vec<String> = config(flows)
                .unwrap_err()
                .into_iter()
                .map(|error| error.field)
                .collect();
            assert_eq!(fields, [field], "{flows}");
        }
    }
}
