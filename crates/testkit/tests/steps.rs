//! What became of the states of an execution, as people are shown it.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use compasso_engine::{Event, EventKind, StepStatus, Steps};
use compasso_testkit::{Case, Document};

fn fold(events: &[Event]) -> Steps {
    let mut steps = Steps::default();
    for event in events {
        steps.apply(event);
    }
    steps
}

/// Runs the only case of a page and compares its steps, one a line.
fn check(page: &str, expected: &str) {
    let document = Document::parse(page);
    let ended = document.cases[0].run(None).unwrap().expect("the case runs");
    let mut text = String::new();
    for (state, step) in fold(&ended.events).by_state() {
        write!(text, "{state}").unwrap();
        for (status, count) in &step.counts {
            write!(text, " {status:?}").unwrap();
            if *count > 1 {
                write!(text, "*{count}").unwrap();
            }
        }
        if let Some(error) = &step.error {
            write!(text, " ({error})").unwrap();
        }
        text.push('\n');
    }
    assert_eq!(text, expected);
}

fn page(definition: &str, script: &str) -> String {
    format!(
        "# Page\n\n## Case\n\n```json definition\n{definition}\n```\n\n{script}```text outcome\n```\n"
    )
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let entries = fs::read_dir(folder).expect("the conformance folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let pages = paths.filter(|path| path.extension().is_some_and(|e| e == "md"));
    pages.flat_map(|path| Document::parse(&fs::read_to_string(path).unwrap()).cases).collect()
}

#[test]
fn a_closed_execution_has_no_step_under_way() {
    let mut runs = 0;
    for case in cases() {
        let Ok(Some(ended)) = case.run(None) else { continue };
        let is_end = |event: &Event| {
            matches!(
                event.kind,
                EventKind::ExecutionSucceeded { .. }
                    | EventKind::ExecutionFailed { .. }
                    | EventKind::ExecutionAborted { .. }
                    | EventKind::ExecutionTimedOut { .. }
            )
        };
        if !ended.events.last().is_some_and(is_end) {
            continue;
        }
        runs += 1;
        let steps = fold(&ended.events);
        for (state, step) in steps.by_state() {
            let open = step.counts.keys().find(|status| !status.is_over());
            assert_eq!(open, None, "{}: {state}", case.name);
        }
    }
    assert!(runs > 100, "only {runs} cases were looked at");
}

#[test]
fn a_failed_execution_shows_where_it_failed() {
    for case in cases() {
        let Ok(Some(ended)) = case.run(None) else { continue };
        if !matches!(ended.events.last().map(|e| &e.kind), Some(EventKind::ExecutionFailed { .. }))
        {
            continue;
        }
        let steps = fold(&ended.events);
        let failed = |status| matches!(status, Some(StepStatus::Failed | StepStatus::TimedOut));
        let has_failed = steps.by_state().values().any(|step| failed(step.status()));
        // What somebody marks as failed did not fail in a step; the tasks of the run say who marked it.
        let is_marked = |event: &Event| {
            let kind = &event.kind;
            matches!(kind, EventKind::BranchMarked { .. } | EventKind::MapIterationMarked { .. })
        };
        let is_told = has_failed || ended.events.iter().any(is_marked);
        assert!(is_told || steps.by_state().is_empty(), "{}", case.name);
    }
}

#[test]
fn a_reader_that_goes_on_from_a_number_sees_the_same() {
    for case in cases() {
        let Ok(Some(ended)) = case.run(None) else { continue };
        let whole = fold(&ended.events);
        for stop in 0..ended.events.len().min(60) {
            let (before, _) = ended.events.split_at(stop);
            let mut steps = fold(before);
            let seen = before.iter().rposition(|event| event.id > 0).map_or(0, |at| at + 1);
            for event in &ended.events[seen..] {
                steps.apply(event);
            }
            assert_eq!(steps.by_state(), whole.by_state(), "{}: {stop}", case.name);
        }
    }
}

#[test]
fn no_entry_is_counted_twice() {
    for case in cases() {
        let Ok(Some(ended)) = case.run(None) else { continue };
        for (name, step) in fold(&ended.events).by_state() {
            let entries = ended.events.iter().filter(
                |event| matches!(&event.kind, EventKind::StateEntered { state, .. } if state == name),
            );
            let counted: u32 = step.counts.values().sum();
            assert!(counted as usize <= entries.count(), "{}: {name}", case.name);
        }
    }
}

#[test]
fn a_caught_error_is_told_from_one_that_failed_the_execution() {
    check(
        &page(
            r#"{"StartAt": "A", "States": {
            "A": {"Type": "Parallel", "Next": "X",
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Branches": [
                {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}},
                {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Inner"}}}]},
            "B": {"Type": "Fail", "Error": "Outer"}, "X": {"Type": "Succeed"}}}"#,
            "",
        ),
        "A Caught\nB Failed (Outer)\nF Failed\nW Aborted\n",
    );
}

#[test]
fn a_block_that_begins_anew_forgets_how_it_failed() {
    check(
        &page(
            r#"{"StartAt": "P", "States": {
            "P": {"Type": "Parallel", "End": true, "Retry": [{"ErrorEquals": ["E"]}], "Branches": [
                {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                  "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}}}]}}}"#,
            "```text script\nT: fail E c\nT: ok 1\n```\n\n",
        ),
        "P Succeeded\nT Succeeded (E)\n",
    );
}

#[test]
fn iterations_are_counted_by_how_they_ended() {
    check(
        &page(
            r#"{"StartAt": "M", "States": {
            "M": {"Type": "Map", "End": true, "MaxConcurrency": 1, "ItemsPath": "$.items",
              "ItemProcessor": {"StartAt": "C", "States": {
                "C": {"Type": "Choice", "Default": "Good", "Choices": [
                  {"Variable": "$", "NumericEquals": 3, "Next": "Bad"}]},
                "Good": {"Type": "Pass", "End": true}, "Bad": {"Type": "Fail", "Error": "E"}}}}}}"#,
            "```json input\n{\"items\": [1, 2, 3, 4]}\n```\n\n",
        ),
        "Bad Failed\nC Succeeded*3\nGood Succeeded*2\nM Failed (E)\n",
    );
}

#[test]
fn a_map_counts_its_iterations_by_what_became_of_them() {
    let definition = |end: &str| {
        format!(
            r#"{{"StartAt": "M", "States": {{"M": {{"Type": "Map", "MaxConcurrency": 1, "End": true, "ItemProcessor": {{
            "StartAt": "Sort", "States": {{
                "Sort": {{"Type": "Choice", "Choices": [{{"Variable": "$", "NumericLessThan": 2, "Next": "Good"}}], "Default": "Bad"}},
                "Good": {{"Type": "Pass", "End": true}},
                "Bad": {end}}}}}}}}}}}"#
        )
    };
    let input = "```json input\n[0, 1, 2, 3]\n```\n\n";
    for (end, expected) in [
        (r#"{"Type": "Fail", "Error": "E"}"#, [4, 3, 2, 1, 0]),
        (r#"{"Type": "Pass", "End": true}"#, [4, 4, 4, 0, 0]),
    ] {
        let document = Document::parse(&page(&definition(end), input));
        let ended = document.cases[0].run(None).unwrap().expect("the case runs");
        let it = fold(&ended.events).by_state()["M"].iterations;
        assert_eq!([it.total, it.begun, it.succeeded, it.failed, it.aborted], expected, "{end}");
    }
}

#[test]
fn no_iteration_is_at_work_once_an_execution_is_closed() {
    let mut maps = 0;
    for case in cases() {
        let Ok(Some(ended)) = case.run(None) else { continue };
        // What became of the instances of pipelines is told by their tasks.
        let is_graph = |event: &Event| matches!(event.kind, EventKind::BranchEntered { .. });
        if ended.events.iter().any(is_graph) {
            continue;
        }
        let steps = fold(&ended.events);
        if steps.by_state().values().any(|step| step.counts.keys().any(|status| !status.is_over()))
        {
            continue;
        }
        for (state, step) in steps.by_state() {
            maps += u32::from(step.iterations.total > 0);
            assert_eq!(step.iterations.running(), 0, "{}: {state}", case.name);
        }
    }
    assert!(maps > 10, "only {maps} Map states were looked at");
}

#[test]
fn a_step_knows_which_states_followed() {
    let page = page(
        r#"{"StartAt": "C", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"},
            "C": {"Type": "Choice", "Default": "B", "Choices": [
              {"Variable": "$.x", "IsPresent": false, "Next": "A"}]}}}"#,
        "",
    );
    let ended = Document::parse(&page).cases[0].run(None).unwrap().expect("the case runs");
    let steps = fold(&ended.events);
    let followers = |state| steps.by_state()[state].followers.iter().map(|next| &**next);
    assert_eq!(followers("C").collect::<Vec<_>>(), ["A"]);
    assert_eq!(followers("A").collect::<Vec<_>>(), ["B"]);
    assert_eq!(followers("B").next(), None);
}

#[test]
fn a_redriven_step_is_under_way_again() {
    check(
        &page(
            r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
              "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}}}"#,
            "```text script\nT: fail E c\nT: after 5s ok 1\nat 60s redrive\n```\n\n",
        ),
        "T Succeeded (E)\n",
    );
}
