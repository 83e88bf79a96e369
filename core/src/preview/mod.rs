//! A message as it would be, before anybody gets it: the words that a release would send, about a cart that is named or a sample, with
//! links that lead nowhere, and what its author should know of it.

mod links;
mod test_send;
mod warning;

pub use links::{SampleLinks, is_sample};
pub use test_send::{Begun, TEST, TestSends, Told, What, marked, name};
pub use warning::Warning;

use crate::calendar::active;
use crate::cart::LineView;
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::decision::offered;
use crate::delivery::Skip;
use crate::experiment::Draws;
use crate::message::{Content, Topic, Written, write};
use crate::sequence::{Sequence, Step, Trigger};
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// What is to be seen.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The sequence, saved or not.
    pub sequence: &'a Sequence,
    /// Which of its messages, from 0.
    pub step: u8,
    /// By which channel; `None`: by the first that the step names.
    pub channel: Option<Channel>,
    /// The arms of experiments in which it is seen.
    pub draws: &'a Draws,
    /// What was left.
    pub lines: &'a [LineView],
    /// Whether that is a quote.
    pub quote: bool,
    /// The catalogue's entries for the lines, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// The shop.
    pub config: &'a ShopConfig,
    /// Where links of this deployment begin.
    pub public_url: &'a str,
    /// And under which texts' links lead to it.
    pub short_url: &'a str,
    /// Whether a platform is connected that would make codes.
    pub makes_codes: bool,
    /// When, epoch ms: a season may change the offer.
    pub now: u64,
}

/// A message that nobody has got.
#[derive(Debug)]
pub struct Preview {
    /// The step, as the arms have it.
    pub step: Step,
    /// By which channel.
    pub channel: Channel,
    /// The message; `Err`: why a release would send none.
    pub written: Result<Written, Skip>,
    /// What its author should know.
    pub warnings: Vec<Warning>,
}

impl Scene<'_> {
    /// Writes the message, as a release does; `None` where the sequence has no such step.
    pub fn preview(&self) -> Option<Preview> {
        let (sequence, arms) = self.draws.applied(self.config, self.sequence);
        let place = usize::from(self.step);
        let step = sequence.steps.get(place)?.clone();
        let channel = self.channel.or_else(|| step.channels.first().copied())?;
        let season = active(&self.config.seasons, &self.config.time_zone, self.now);
        let tested = arms.iter().any(|arm| arm.decides_offer(self.step));
        let offer = offered(&step, season, tested);
        let shown = offer.as_ref().map(|offer| offer.sample().shown());
        let topic = topic(&sequence.trigger, self.quote);
        let links = match channel {
            Channel::Sms => SampleLinks::of_text(self.public_url, self.short_url),
            Channel::Email | Channel::Push => SampleLinks::new(self.public_url),
        };
        let seen = if topic == Topic::Look { 1 } else { usize::MAX };
        let lines: Vec<LineView> = self.lines.iter().take(seen).cloned().collect();
        let content = Content {
            template: step.template,
            topic,
            offer: shown.as_ref(),
            subject: step.subject.as_ref(),
            texts: step.content.as_ref(),
            lines: &lines,
            products: self.products,
            shop: self.config,
            recovery_url: &links.recovery,
            unsubscribe_url: &links.unsubscribe,
            survey_url: &links.survey,
        };
        let written = if lines.is_empty() {
            Err(Skip::Emptied)
        } else {
            write(&content, channel)
        };
        let warnings = warning::all(self, &step, (channel, offer.as_ref()), &content, &written);
        Some(Preview {
            step,
            channel,
            written,
            warnings,
        })
    }
}

/// What a sequence with this trigger writes about.
fn topic(trigger: &Trigger, quote: bool) -> Topic {
    match trigger {
        Trigger::Browse { .. } => Topic::Look,
        Trigger::PriceDrop { .. } => Topic::PriceDrop,
        Trigger::BackInStock { .. } => Topic::BackInStock,
        Trigger::Quote { .. } => Topic::Quote,
        _ if quote => Topic::Quote,
        _ => Topic::Cart,
    }
}

#[cfg(test)]
mod tests;
