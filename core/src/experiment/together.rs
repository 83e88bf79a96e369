//! Experiments that stand together in a configuration.

use super::changes::Aspect;
use super::definition::Experiment;
use crate::document::Problems;
use crate::flag::Flag;
use crate::sequence::Sequence;
use alloc::{format, vec::Vec};

/// Most experiments of a shop.
pub const MAX_EXPERIMENTS: usize = 20;

/// Checks experiments, which stand under `experiments`, by themselves, against what they name, and against each other: what one
/// changes no other may change at the same time, for one of the two would not get the treatment that it is counted under.
pub fn check_experiments(
    experiments: &[Experiment],
    sequences: &[Sequence],
    flags: &[Flag],
    problems: &mut Problems,
) {
    problems.field("experiments", |problems| {
        if experiments.len() > MAX_EXPERIMENTS {
            problems.wrong("at most 20 entries");
            return;
        }
        for (n, experiment) in experiments.iter().enumerate() {
            let before = experiments.get(..n).unwrap_or_default();
            problems.entry(n, |problems| {
                experiment.check(problems);
                check_names(experiment, before, sequences, flags, problems);
                for sequence in concerned(experiment, sequences) {
                    experiment.check_against(sequence, problems);
                }
                check_overlap(experiment, before, sequences, problems);
            });
        }
    });
}

fn concerned<'a>(experiment: &Experiment, sequences: &'a [Sequence]) -> Vec<&'a Sequence> {
    sequences
        .iter()
        .filter(|sequence| experiment.concerns(&sequence.id))
        .collect()
}

fn check_names(
    experiment: &Experiment,
    before: &[Experiment],
    sequences: &[Sequence],
    flags: &[Flag],
    problems: &mut Problems,
) {
    if let Some(first) = before.iter().position(|other| other.id == experiment.id) {
        let reason = format!("another id than experiments[{first}]");
        problems.field("id", |problems| problems.wrong(&reason));
    }
    if experiment.sequence.is_some() && concerned(experiment, sequences).is_empty() {
        problems.field("sequence", |problems| {
            problems.wrong("the id of one of the shop's sequences");
        });
    }
    Flag::check_needed(flags, experiment.flag.as_ref(), problems);
}

fn check_overlap(
    experiment: &Experiment,
    before: &[Experiment],
    sequences: &[Sequence],
    problems: &mut Problems,
) {
    for (n, arm) in experiment.arms.iter().enumerate() {
        for aspect in arm.changes.aspects() {
            let rival = before.iter().position(|other| {
                other.overlaps(experiment)
                    && concerned(experiment, sequences)
                        .iter()
                        .any(|sequence| other.concerns(&sequence.id))
                    && other.arms.iter().any(|rival| {
                        let same_step = match (rival.changes.step, arm.changes.step) {
                            // Two delays of one sequence depend on each other whichever steps they are of.
                            (Some(one), Some(another)) => aspect == Aspect::Delay || one == another,
                            _ => true,
                        };
                        same_step && rival.changes.aspects().any(|changed| changed == aspect)
                    })
            });
            if let Some(rival) = rival {
                let reason = format!("what experiments[{rival}] does not change at the same time");
                problems.field("arms", |problems| {
                    problems.entry(n, |problems| {
                        problems.field("changes", |problems| {
                            problems.field(aspect.field(), |problems| problems.wrong(&reason));
                        });
                    });
                });
            }
        }
    }
}
