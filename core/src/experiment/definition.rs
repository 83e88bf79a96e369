//! What an experiment changes, for whom, and when.

use super::allocation::{Allocation, InvalidShares, Share};
use super::changes::{Changes, wrong};
use super::name::{ArmId, ExperimentId};
use crate::sequence::Step;
use crate::shop::FieldError;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// An experiment: which arms there are, and what each changes. What is read, from a request or from storage, is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft")]
pub struct Experiment {
    /// Its name, which the draw hashes.
    pub id: ExperimentId,
    /// The arms. The first is the control: the others are compared to it.
    pub arms: Vec<Arm>,
    /// From when on shoppers are assigned, epoch ms.
    pub from: u64,
    /// Until when, epoch ms, itself excluded; `None`: until it is ended. What shoppers do later still counts.
    pub to: Option<u64>,
}

/// One way to treat shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Arm {
    /// Its name.
    pub id: ArmId,
    /// Its share of the experiment's shoppers, basis points.
    pub share_bp: u16,
    /// What it changes; by default nothing.
    pub changes: Changes,
}

/// An experiment as it is written down, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    id: String,
    arms: Vec<DraftArm>,
    from: u64,
    #[serde(default)]
    to: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftArm {
    id: String,
    share_bp: u16,
    #[serde(default)]
    changes: Changes,
}

impl TryFrom<Draft> for Experiment {
    type Error = FieldError;

    fn try_from(draft: Draft) -> Result<Self, FieldError> {
        let id =
            ExperimentId::try_from(draft.id).map_err(|reason| wrong("id", &format!("{reason}")))?;
        if !(2..=Self::MAX_ARMS).contains(&draft.arms.len()) {
            return Err(wrong("arms", "2 to 10 arms"));
        }
        let mut arms: Vec<Arm> = Vec::new();
        for (n, arm) in draft.arms.into_iter().enumerate() {
            let id = ArmId::try_from(arm.id)
                .map_err(|reason| wrong(&format!("arms[{n}].id"), &format!("{reason}")))?;
            if arms.iter().any(|other| other.id == id) {
                return Err(wrong(&format!("arms[{n}].id"), "an id of its own"));
            }
            arm.changes.check(&format!("arms[{n}].changes"))?;
            arms.push(Arm {
                id,
                share_bp: arm.share_bp,
                changes: arm.changes,
            });
        }
        if draft.to.is_some_and(|to| to <= draft.from) {
            return Err(wrong("to", "later than from"));
        }
        let experiment = Self {
            id,
            arms,
            from: draft.from,
            to: draft.to,
        };
        experiment.first_allocation().map_err(|error| {
            let empty = experiment.arms.iter().position(|arm| arm.share_bp == 0);
            match (error, empty) {
                (InvalidShares::Empty, Some(n)) => {
                    wrong(&format!("arms[{n}].share_bp"), "at least 1")
                }
                _ => wrong("arms", &format!("{error}")),
            }
        })?;
        Ok(experiment)
    }
}

impl Experiment {
    /// Most arms.
    pub const MAX_ARMS: usize = 10;

    /// Reads and checks an experiment.
    pub fn parse(json: &[u8]) -> Result<Self, FieldError> {
        let draft: Draft =
            serde_json::from_slice(json).map_err(|error| wrong("body", &format!("{error}")))?;
        Self::try_from(draft)
    }

    /// Whether shoppers are assigned at `now`, epoch ms.
    pub fn runs_at(&self, now: u64) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// The arms' shares, the control's first.
    pub fn shares(&self) -> Vec<Share> {
        self.arms
            .iter()
            .map(|arm| Share {
                arm: arm.id.clone(),
                share_bp: arm.share_bp,
            })
            .collect()
    }

    /// The allocation that the experiment begins with. After an edit, [`Allocation::resized`] the one it had. No error comes
    /// from an experiment that was checked.
    pub fn first_allocation(&self) -> Result<Allocation, InvalidShares> {
        Allocation::new(&self.shares())
    }

    /// What `arm` changes.
    pub fn changes(&self, arm: &ArmId) -> Option<&Changes> {
        self.arms
            .iter()
            .find(|candidate| candidate.id == *arm)
            .map(|arm| &arm.changes)
    }

    /// Whether every arm leaves a sequence that can be sent: its steps exist and stay in order.
    pub fn check_against(&self, sequence: &[Step]) -> Result<(), FieldError> {
        for (n, arm) in self.arms.iter().enumerate() {
            if arm
                .changes
                .step
                .is_some_and(|step| usize::from(step) >= sequence.len())
            {
                return Err(wrong(
                    &format!("arms[{n}].changes.step"),
                    "a step of the sequence, counted from 0",
                ));
            }
            let waits = sequence
                .iter()
                .enumerate()
                .map(|(place, step)| arm.changes.applied(place, step).after_ms);
            if !waits.is_sorted() {
                return Err(wrong(
                    &format!("arms[{n}].changes.delay_ms"),
                    "not before the step before it, nor after the one after it",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::{Channel, OfferChange};
    use super::*;
    use crate::sequence::{Step, standard};

    const JSON: &str = r#"{"id":"subject-1","from":1000,"to":2000,"arms":[
        {"id":"control","share_bp":5000},
        {"id":"short","share_bp":5000,"changes":{"step":1,"subject":"Still yours","content":{"button":"Go on"},
         "offer":{"replace":{"code":"BACK15","percent":15}},"delay_ms":100000000,"channel":"sms"}}]}"#;

    fn steps() -> Vec<Step> {
        standard().remove(0).steps
    }

    fn experiment() -> Experiment {
        Experiment::parse(JSON.as_bytes()).unwrap()
    }

    #[test]
    fn an_experiment_reads_and_writes() {
        let experiment = experiment();
        assert_eq!(experiment.arms[0].changes, Changes::default());
        assert_eq!(experiment.arms[1].changes.channel, Some(Channel::Sms));
        let json = serde_json::to_vec(&experiment).unwrap();
        assert_eq!(Experiment::parse(&json), Ok(experiment.clone()));
        let bytes = postcard::to_allocvec(&experiment).unwrap();
        assert_eq!(
            postcard::from_bytes::<Experiment>(&bytes).unwrap(),
            experiment
        );
    }

    #[test]
    fn it_runs_from_its_beginning_to_before_its_end() {
        let runs: Vec<bool> = [999, 1_000, 1_999, 2_000]
            .map(|now| experiment().runs_at(now))
            .to_vec();
        assert_eq!(runs, [false, true, true, false]);
    }

    #[test]
    fn an_arm_changes_its_step_and_no_other() {
        let sequence = steps();
        let experiment = experiment();
        let changes = experiment.changes(&"short".parse().unwrap()).unwrap();
        assert_eq!(changes.applied(0, &sequence[0]), sequence[0]);
        let changed = changes.applied(1, &sequence[1]);
        assert_eq!(changed.after_ms, 100_000_000);
        assert_eq!(changed.offer.unwrap().code, "BACK15");
        let none = Changes {
            offer: Some(OfferChange::Remove),
            ..Changes::default()
        };
        assert_eq!(none.applied(2, &sequence[2]).offer, None);
    }

    #[test]
    fn an_arm_must_leave_the_sequence_in_order() {
        assert_eq!(experiment().check_against(&steps()), Ok(()));
        let short = experiment().check_against(&steps()[..1]);
        assert_eq!(short.unwrap_err().field, "arms[1].changes.step");
        let early = JSON.replace("100000000", "1000");
        let error = Experiment::parse(early.as_bytes())
            .unwrap()
            .check_against(&steps())
            .unwrap_err();
        assert_eq!(error.field, "arms[1].changes.delay_ms");
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (from, to, field) in [
            ("subject-1", "Subject 1", "id"),
            ("\"short\"", "\"control\"", "arms[1].id"),
            ("\"short\"", "\"\"", "arms[1].id"),
            ("\"share_bp\":5000}", "\"share_bp\":4999}", "arms"),
            ("\"share_bp\":5000}", "\"share_bp\":0}", "arms[0].share_bp"),
            ("\"to\":2000", "\"to\":1000", "to"),
            ("\"step\":1", "\"step\":12", "arms[1].changes.step"),
            ("\"step\":1,", "", "arms[1].changes.step"),
            ("Still yours", " ", "arms[1].changes.subject"),
            ("Go on", "a\\nb", "arms[1].changes.content.button"),
            ("BACK15", "BACK 15", "arms[1].changes.offer.replace.code"),
            (
                "\"percent\":15",
                "\"percent\":101",
                "arms[1].changes.offer.replace.percent",
            ),
            ("100000000", "7776000001", "arms[1].changes.delay_ms"),
            ("\"percent\":15", "\"percent\":15,\"pct\":1", "body"),
            ("\"subject\"", "\"sujbect\"", "body"),
            ("\"button\"", "\"buton\"", "body"),
            ("\"share_bp\":5000}", "\"share_bp\":5000,\"x\":1}", "body"),
            ("\"from\"", "\"form\"", "body"),
        ] {
            assert!(JSON.contains(from), "{from}");
            let error = Experiment::parse(JSON.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.field, field, "{from} → {to}");
        }
        let one = r#"{"id":"a","from":0,"arms":[{"id":"a","share_bp":10000}]}"#;
        assert_eq!(Experiment::parse(one.as_bytes()).unwrap_err().field, "arms");
    }
}
