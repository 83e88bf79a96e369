use super::super::changes::OfferChange;
use super::*;
use crate::channel::Channel;
use crate::sequence::{Template, standard};

const JSON: &str = r#"{"id":"subject-1","from":1000,"to":2000,"arms":[
    {"id":"control","share_bp":5000},
    {"id":"short","share_bp":5000,"changes":{"step":1,"subject":"Still yours","content":{"button":"Go on"},
     "offer":{"replace":{"code":"BACK15","percent":15}},"delay_ms":100000000,"channel":"sms"}}]}"#;

fn sequence() -> Sequence {
    standard().remove(0)
}

fn experiment() -> Experiment {
    Experiment::parse(JSON.as_bytes()).unwrap()
}

fn against(experiment: &Experiment, sequence: &Sequence) -> Vec<String> {
    let mut problems = Problems::at("");
    experiment.check_against(sequence, &mut problems);
    problems
        .into_errors()
        .into_iter()
        .map(|error| error.field)
        .collect()
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
    let at = |from, to| Experiment {
        from,
        to,
        ..experiment()
    };
    assert!(experiment().overlaps(&at(1_999, None)) && at(0, Some(1_001)).overlaps(&experiment()));
    assert!(
        !experiment().overlaps(&at(2_000, None)) && !at(0, Some(1_000)).overlaps(&experiment())
    );
}

#[test]
fn an_arm_changes_its_step_and_no_other() {
    let steps = sequence().steps;
    let experiment = experiment();
    let changes = experiment.changes(&"short".parse().unwrap()).unwrap();
    assert_eq!(changes.applied(0, &steps[0]), steps[0]);
    let changed = changes.applied(1, &steps[1]);
    assert_eq!(changed.after_ms, 100_000_000);
    assert_eq!(changed.offer.unwrap().code, "BACK15");
    assert_eq!(changed.subject.unwrap().as_str(), "Still yours");
    assert_eq!(changed.content.unwrap().button.unwrap().as_str(), "Go on");
    assert_eq!(changed.channels, [Channel::Sms]);
}

#[test]
fn a_message_about_its_offer_reminds_where_an_arm_takes_the_offer_away() {
    let none = Changes {
        offer: Some(OfferChange::Remove),
        ..Changes::default()
    };
    let changed: Vec<(Template, bool)> = sequence()
        .steps
        .iter()
        .enumerate()
        .map(|(place, step)| none.applied(place, step))
        .map(|step| (step.template, step.offer.is_some()))
        .collect();
    let templates = [Template::Reminder, Template::Reminder, Template::LastChance];
    assert_eq!(changed, templates.map(|template| (template, false)));
}

#[test]
fn an_arm_must_leave_the_sequence_in_order() {
    assert_eq!(against(&experiment(), &sequence()), [""; 0]);
    let mut short = sequence();
    short.steps.truncate(1);
    assert_eq!(against(&experiment(), &short), ["arms[1].changes.step"]);
    let early = JSON.replace("100000000", "1000");
    let early = Experiment::parse(early.as_bytes()).unwrap();
    assert_eq!(against(&early, &sequence()), ["arms[1].changes.delay_ms"]);
}

#[test]
fn arms_part_where_the_first_of_them_differs() {
    let with = |changes: &str| {
        let json = format!(
            r#"{{"id":"a","from":0,"arms":[{{"id":"a","share_bp":1}},{{"id":"b","share_bp":9999,"changes":{changes}}}]}}"#
        );
        Experiment::parse(json.as_bytes()).unwrap()
    };
    for (changes, parting) in [
        ("{}", Parting::Step(0)),
        (r#"{"subject":"S"}"#, Parting::Step(0)),
        (r#"{"step":2,"subject":"S"}"#, Parting::Step(2)),
        (r#"{"step":2,"delay_ms":1}"#, Parting::Step(1)),
        (r#"{"step":0,"delay_ms":1}"#, Parting::Choice),
    ] {
        assert_eq!(with(changes).parting(3), parting, "{changes}");
    }
    assert_eq!(with(r#"{"step":0,"delay_ms":5}"#).earliest_ms(7), 5);
    assert_eq!(with(r#"{"step":1,"delay_ms":5}"#).earliest_ms(7), 7);
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
        (
            "\"percent\":15",
            "\"percent\":15,\"pct\":1",
            "arms[1].changes.offer.replace.pct",
        ),
        ("\"subject\"", "\"sujbect\"", "arms[1].changes.sujbect"),
        ("\"button\"", "\"buton\"", "arms[1].changes.content.buton"),
        ("\"sms\"", "\"pigeon\"", "arms[1].changes.channel"),
        (
            "\"share_bp\":5000}",
            "\"share_bp\":5000,\"x\":1}",
            "arms[0].x",
        ),
        ("\"from\"", "\"form\"", "form"),
    ] {
        assert!(JSON.contains(from), "{from}");
        let errors = Experiment::parse(JSON.replacen(from, to, 1).as_bytes()).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, [field], "{from} → {to}");
    }
    let one = r#"{"id":"a","from":0,"arms":[{"id":"a","share_bp":10000}]}"#;
    assert_eq!(
        Experiment::parse(one.as_bytes()).unwrap_err()[0].field,
        "arms"
    );
    let two = JSON
        .replace("\"to\":2000", "\"to\":0")
        .replace("BACK15", "");
    assert_eq!(
        Experiment::parse(two.as_bytes()).unwrap_err().len(),
        2,
        "all at once"
    );
}
