//! Which audiences a shop keeps.

use crate::calendar::{DAY_MS, HOUR_MS};
use crate::cart::Variant;
use crate::document::Problems;
use crate::errand::Service;
use crate::news::{Mark, Marks};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

checked_text! {
    /// An audience's id at its service.
    ListId {
        allowed: "an audience's id: 1 to 20 digits",
        pattern: r"^[0-9]{1,20}$",
        check: |text| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Where audiences are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdService {
    /// Custom audiences of Meta's.
    Meta,
    /// Customer Match of Google Ads.
    Google,
}

impl From<AdService> for Service {
    fn from(service: AdService) -> Self {
        match service {
            AdService::Meta => Self::Meta,
            AdService::Google => Self::Google,
        }
    }
}

/// One audience that a shop keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with service, list, after_ms, days and products"
)]
pub struct Audience {
    /// Where.
    pub service: AdService,
    /// The audience's id there: of Meta's custom audience, or of Google's user list.
    pub list: ListId,
    /// How long after the last activity a cart counts as left, ms; an hour where nothing is said.
    #[serde(default = "hour")]
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1_000, max = 2_592_000_000_u64))
    )]
    pub after_ms: u64,
    /// For how many days after the last activity somebody stays a member, 1 to 180; 30 where nothing is said.
    #[serde(default = "thirty")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 180)))]
    pub days: u16,
    /// Only for whoever left one of these variants; for everybody where none is named.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 50), extend("items" = {"type": "string", "pattern": "^[!-~]{1,64}$"}))
    )]
    pub products: Vec<String>,
}

fn hour() -> u64 {
    HOUR_MS
}

fn thirty() -> u16 {
    30
}

impl Audience {
    /// Most audiences of one shop.
    pub const MAX: usize = 8;

    pub(crate) fn check(list: &[Self], problems: &mut Problems) {
        if list.len() > Self::MAX {
            problems.wrong("at most 8 audiences");
            return;
        }
        for (n, one) in list.iter().enumerate() {
            problems.entry(n, |problems| {
                let before = list.iter().take(n);
                if before.clone().any(|other| other.is_same(one)) {
                    problems.field("list", |problems| problems.wrong("an entry only once"));
                }
                problems.within("after_ms", Some(one.after_ms), 1_000..=30 * DAY_MS);
                problems.within("days", Some(one.days), 1..=180);
                problems.field("products", |problems| {
                    problems.list(&one.products, 0..=50);
                    if one.products.iter().any(|id| Variant::new(id).is_err()) {
                        problems.wrong("ids of variants");
                    }
                });
            });
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.service, &self.list) == (other.service, &other.list)
    }

    /// Whether whoever left what these marks say is meant.
    pub fn is_about(&self, marks: &Marks) -> bool {
        let mut products = self.products.iter();
        products.len() == 0 || products.any(|id| marks.holds(Mark::of(id)))
    }

    /// From when to when somebody is a member whose last activity was at `left_at`, epoch ms.
    pub fn stay(&self, left_at: u64) -> (u64, u64) {
        let until = left_at.saturating_add(u64::from(self.days).saturating_mul(DAY_MS));
        (left_at.saturating_add(self.after_ms), until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(json: &str) -> Audience {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_audience_is_about_what_was_left_and_ends() {
        let all = audience(r#"{"service":"meta","list":"238"}"#);
        let mugs = audience(r#"{"service":"google","list":"9","products":["mug"],"days":2}"#);
        let left = |variant| Marks::new([Mark::of(variant)], 1);
        assert!(all.is_about(&left("bowl")) && mugs.is_about(&left("mug")));
        assert!(!mugs.is_about(&left("bowl")));
        assert_eq!(mugs.stay(10), (10 + HOUR_MS, 10 + 2 * DAY_MS));
        assert_eq!(all.stay(0).1, 30 * DAY_MS);
        let wrong = r#"{"service":"meta","list":"act_9"}"#;
        assert!(serde_json::from_str::<Audience>(wrong).is_err());
    }

    #[test]
    fn what_cannot_be_is_named() {
        let said = |list: &[Audience]| {
            let mut problems = Problems::at("audiences");
            Audience::check(list, &mut problems);
            let errors = problems.into_errors().into_iter();
            errors.map(|error| error.field).collect::<Vec<_>>()
        };
        let meta = audience(r#"{"service":"meta","list":"238"}"#);
        let crm = r#"{"service":"hubspot","list":"1"}"#;
        assert!(serde_json::from_str::<Audience>(crm).is_err());
        let long = audience(r#"{"service":"google","list":"1","days":400,"products":["a b"]}"#);
        assert_eq!(said(core::slice::from_ref(&meta)), [""; 0]);
        assert_eq!(
            said(&[meta.clone(), meta, long]),
            [
                "audiences[1].list",
                "audiences[2].days",
                "audiences[2].products"
            ]
        );
    }
}
