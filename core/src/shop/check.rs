//! What is wrong with a shop's configuration, beyond what its types can tell.

use super::{FieldError, Flow, ShopConfig};
use crate::audience::Audience;
use crate::calendar::{DAY_MS, HOUR_MS, LocalRule, check_quiet_hours, check_seasons};
use crate::catalogue::is_web_url;
use crate::contact::Email;
use crate::document::Problems;
use crate::document::text::{Text, is_plain};
use crate::experiment::check_experiments;
use crate::flag::Flag;
use crate::sequence::{Document, Offer, Thresholds};
use crate::survey::Survey;
use alloc::format;

/// Longest time after an order in which nothing is sent, ms.
const MAX_QUIET_AFTER_ORDER_MS: u64 = 90 * DAY_MS;

impl ShopConfig {
    /// Most people who get tests.
    pub const MAX_TEST_RECIPIENTS: usize = 10;

    pub(super) fn check(&self, problems: &mut Problems) {
        self.check_identity(problems);
        if let Some(sms) = &self.sms {
            problems.field("sms", |problems| sms.check(problems));
        }
        if let Some(push) = &self.push {
            problems.field("push", |problems| push.check(problems));
        }
        Document::check(&self.sequences, problems);
        Flow::check(&self.flows, &self.sequences, problems);
        self.check_flags_of_sequences(problems);
        take(
            problems,
            check_quiet_hours(&self.quiet_hours, "quiet_hours"),
        );
        take(problems, self.caps.check("caps"));
        take(problems, check_seasons(&self.seasons, "seasons"));
        self.check_seasonal_sequences(problems);
        self.check_currencies_of_offers(problems);
        problems.within("holdout_bp", Some(self.holdout_bp), 0..=10_000);
        problems.within("usual_hour_ms", Some(self.usual_hour_ms), 0..=24 * HOUR_MS);
        problems.within(
            "quiet_after_order_ms",
            Some(self.quiet_after_order_ms),
            0..=MAX_QUIET_AFTER_ORDER_MS,
        );
        problems.field("survey", |problems| {
            problems.field("silence", |problems| {
                problems.list(&self.survey.silence, 0..=9)
            });
            let silence_ms = Some(self.survey.silence_ms);
            problems.within("silence_ms", silence_ms, 0..=Survey::MAX_SILENCE_MS);
        });
        check_thresholds(self.thresholds, problems);
        problems.field("platform", |problems| self.platform.check(problems));
        problems.field("retry_ms", |problems| {
            let Some(waits) = &self.retry_ms else { return };
            if !(1..=12).contains(&waits.len()) {
                problems.wrong("1 to 12 waits");
                return;
            }
            for (n, wait) in waits.iter().enumerate() {
                if *wait < 100 {
                    problems.entry(n, |problems| problems.wrong("at least 100 ms"));
                }
            }
        });
        problems.field("audiences", |problems| {
            Audience::check(&self.audiences, problems);
        });
        if let Some(alerts) = &self.quote_alerts {
            problems.field("quote_alerts", |problems| alerts.check(problems));
        }
        self.check_own_people(problems);
        LocalRule::check(&self.country_rules, problems);
        Flag::check(&self.flags, problems);
        check_experiments(&self.experiments, &self.sequences, &self.flags, problems);
    }

    fn check_identity(&self, problems: &mut Problems) {
        if !is_plain(&self.name, 100) {
            problems.field("name", |problems| problems.wrong(Text::ALLOWED));
        }
        problems.field("origins", |problems| {
            if self.origins.is_empty() || self.origins.len() > 50 {
                problems.wrong("1 to 50 origins");
                return;
            }
            for (n, origin) in self.origins.iter().enumerate() {
                if !is_origin(origin) {
                    problems.entry(n, |problems| {
                        problems.wrong("an origin such as https://shop.example, without a path");
                    });
                }
            }
        });
        if !is_web_url(&self.restore_url) || self.restore_url.contains('#') {
            problems.field("restore_url", |problems| {
                problems.wrong("an https URL without a fragment");
            });
        }
        problems.field("sender", |problems| {
            if !is_plain(&self.sender.name, 100) {
                problems.field("name", |problems| problems.wrong(Text::ALLOWED));
            }
            if self.sender.email.parse::<Email>().is_err() {
                problems.field("email", |problems| problems.wrong("an email address"));
            }
            if self.sender.postal_address.chars().count() > 300 {
                problems.field("postal_address", |problems| {
                    problems.wrong("at most 300 characters");
                });
            }
        });
    }

    fn check_own_people(&self, problems: &mut Problems) {
        problems.field("test_recipients", |problems| {
            if self.test_recipients.len() > Self::MAX_TEST_RECIPIENTS {
                problems.wrong("at most 10 entries");
                return;
            }
            for (n, text) in self.test_recipients.iter().enumerate() {
                if super::whom(text).is_none() {
                    problems.entry(n, |problems| {
                        problems.wrong("an email address or a number such as +15005550006");
                    });
                }
            }
        });
        let notices = self.notices.as_ref();
        if notices.is_some_and(|address| address.parse::<Email>().is_err()) {
            problems.field("notices", |problems| problems.wrong("an email address"));
        }
    }

    fn check_flags_of_sequences(&self, problems: &mut Problems) {
        problems.field("sequences", |problems| {
            for (n, sequence) in self.sequences.iter().enumerate() {
                problems.entry(n, |problems| {
                    Flag::check_needed(&self.flags, sequence.flag.as_ref(), problems);
                });
            }
        });
    }

    /// What is offered is in the shop's currency, wherever it stands.
    fn check_currencies_of_offers(&self, problems: &mut Problems) {
        let check = |problems: &mut Problems, path: &str, offer: Option<&Offer>| {
            let Some(offer) = offer else { return };
            problems.field(path, |problems| {
                offer.check_currency(self.currency, problems);
            });
        };
        for (n, sequence) in self.sequences.iter().enumerate() {
            for (step, known) in sequence.steps.iter().enumerate() {
                let path = format!("sequences[{n}].steps[{step}].offer");
                check(problems, &path, known.offer.as_ref());
            }
        }
        for (n, season) in self.seasons.iter().enumerate() {
            let path = format!("seasons[{n}].changes.offer");
            check(problems, &path, season.changes.offer.as_ref());
        }
        for (n, experiment) in self.experiments.iter().enumerate() {
            for (arm, known) in experiment.arms.iter().enumerate() {
                let path = format!("experiments[{n}].arms[{arm}].changes.offer.replace");
                check(problems, &path, known.changes.replacement());
            }
        }
    }

    fn check_seasonal_sequences(&self, problems: &mut Problems) {
        for (n, season) in self.seasons.iter().enumerate() {
            let known = season.changes.sequence.as_ref().is_none_or(|id| {
                self.sequences
                    .iter()
                    .any(|sequence| sequence.id.as_str() == id)
            });
            if !known {
                problems.field(&format!("seasons[{n}].changes.sequence"), |problems| {
                    problems.wrong("the id of one of the shop's sequences");
                });
            }
        }
    }
}

fn take(problems: &mut Problems, checked: Result<(), FieldError>) {
    if let Err(error) = checked {
        problems.push(error);
    }
}

fn check_thresholds(thresholds: Thresholds, problems: &mut Problems) {
    problems.field("thresholds", |problems| {
        if let Some(path) = thresholds.too_short() {
            problems.field(path, |problems| problems.wrong("at least 1000"));
        }
    });
}

fn is_origin(text: &str) -> bool {
    is_web_url(text)
        && text
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']))
        && text == text.to_ascii_lowercase()
}
