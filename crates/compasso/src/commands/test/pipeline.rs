//! The test cases of pipelines: what stands in for tasks, and what must come of a run.

mod course;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_pipeline::tree::{TestCase, Work, check_params};
use compasso_pipeline::{Moments, Pipeline, clock_times, compile_mocked};
use compasso_types::{Json, Object, Timestamp};

use super::report::{Checked, Summary};
use super::virtual_run::{DAWN, Ended};
use crate::cli::Test;
use crate::commands::graph::read_pipelines;
use crate::commands::push::read_definition;
use crate::diagnostics;
use course::{Course, Mock};

/// Runs the test cases of the pipelines of a file; returns the names of all it has.
pub(super) fn test_file(
    file: &Path,
    order: &Test,
    summary: &mut Summary,
) -> anyhow::Result<Vec<String>> {
    let Some(pipelines) = read_pipelines(file)? else {
        bail!("{} has errors", file.display());
    };
    let text = read_definition(file)?;
    let mut names = Vec::new();
    for pipeline in &pipelines {
        for test in &pipeline.tests {
            names.push(format!("{} {}", pipeline.name, test.name));
            if order.case.as_ref().is_some_and(|case| **case != *test.name) {
                continue;
            }
            let (ended, problems) = check(file, &text, pipeline, test)?;
            let (file, machine, case) =
                (file.to_owned(), pipeline.name.to_string(), test.name.to_string());
            summary.add(&Checked { file, machine, case, ended, problems });
        }
    }
    Ok(names)
}

/// Runs a test case; returns how the run ended, and what was not as expected.
fn check(
    file: &Path,
    text: &str,
    pipeline: &Pipeline,
    test: &TestCase,
) -> anyhow::Result<(Ended, Vec<String>)> {
    let mut mocks = Vec::new();
    for (task, mock) in &test.mocks {
        let mock = Mock::read(mock).with_context(|| format!("the mock of '{task}'"))?;
        mocks.push((task.clone(), mock));
    }
    let mocked: BTreeSet<Arc<str>> = test.mocks.iter().map(|(task, _)| task.clone()).collect();
    let paths = paths(pipeline);
    let unknown = mocked.iter().chain(tasks_expected(test)).filter(|task| !paths.contains(*task));
    let mut problems: Vec<String> =
        unknown.map(|task| format!("the pipeline has no task '{task}'")).collect();
    let now = match &test.now {
        Some(now) => now.parse().with_context(|| format!("'now: {now}' is no time"))?,
        None => DAWN,
    };
    let given = match &test.params {
        Some(Json::Object(given)) => (**given).clone(),
        _ => Object::new(),
    };
    let params = match check_params(&pipeline.params, &given) {
        Ok(params) => params,
        Err(found) => {
            problems
                .extend(found.iter().map(|found| format!("{}: {}", found.pointer, found.message)));
            return Ok((Ended { status: "RUNNING", ..Ended::default() }, problems));
        }
    };
    let definition = match compile_mocked(text, pipeline, &mocked) {
        Ok(definition) => definition,
        Err(problems) => {
            let shown = problems.iter().map(|found| diagnostics::show(file, text, found, false));
            return Ok((Ended { status: "RUNNING", ..Ended::default() }, shown.collect()));
        }
    };
    let input = input(pipeline, test, params, now);
    let course = Course::run(definition, pipeline, input, now, mocks, paths);
    problems.extend(differences(test.expect.as_ref(), &course));
    Ok((course.ended, problems))
}

/// Returns the paths of all tasks.
fn paths(pipeline: &Pipeline) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    let mut open = vec![(String::new(), &pipeline.tasks)];
    while let Some((group, tasks)) = open.pop() {
        for task in tasks {
            let path = format!("{group}{}", task.id);
            if let Some(Work::Group(inner)) = &task.work {
                open.push((format!("{path}."), inner));
            }
            found.insert(path.into());
        }
    }
    found
}

/// Returns the tasks that something is expected of.
fn tasks_expected(test: &TestCase) -> impl Iterator<Item = &Arc<str>> {
    let parts = ["tasks", "outputs"].into_iter();
    let maps = parts.filter_map(|part| test.expect.as_ref()?.get(part)?.as_object());
    maps.flat_map(|map| map.keys())
}

/// Makes what the run starts with.
fn input(pipeline: &Pipeline, test: &TestCase, params: Object, now: Timestamp) -> Json {
    let moments = Moments { trigger: None, scheduled: Some(now), interval_end: now, queued: now };
    let times = clock_times(pipeline, &moments).into_iter();
    let times = times.map(|(time, at)| (Arc::<str>::from(time), Json::from(at.to_string())));
    let deadlines = Json::object([("at", Json::object(times.collect::<Vec<_>>()))]);
    let now = now.to_string();
    let date = now.get(..10).unwrap_or_default();
    let instant = || Json::from(&*now);
    let run = [
        ("id", Json::from("test")),
        ("pipeline", Json::String(pipeline.name.clone())),
        ("version", 1_i64.into()),
        ("namespace", "default".into()),
        ("attempt", 1_i64.into()),
        ("type", "manual".into()),
        ("queued_at", instant()),
        ("started_at", instant()),
        ("scheduled_at", instant()),
        ("interval", Json::object([("start", instant()), ("end", instant())])),
        ("date", date.into()),
    ];
    let trigger = test.trigger.clone().unwrap_or_else(Json::empty_object);
    Json::object([
        ("params", params.into()),
        ("run", Json::object(run)),
        ("trigger", trigger),
        ("deadlines", deadlines),
    ])
}

/// Compares what came of a run with what was expected. Without a word about its state it must
/// succeed.
fn differences(expected: Option<&Json>, course: &Course) -> Vec<String> {
    if let Some(stuck) = &course.ended.stuck {
        return vec![stuck.clone()];
    }
    let mut found = Vec::new();
    let of = |name: &str| expected.and_then(|expected| expected.get(name));
    let state = of("state").and_then(Json::as_str).unwrap_or("success");
    if state != course.state() {
        let said = [&course.ended.error, &course.ended.cause].into_iter().flatten();
        let said: Vec<&str> = said.map(|text| &**text).collect();
        let why = if said.is_empty() { String::new() } else { format!(" ({})", said.join(": ")) };
        found.push(format!("state: expected {state}, was {}{why}", course.state()));
    }
    if let Some(output) = of("output")
        && course.ended.output.as_ref().is_none_or(|was| was.value() != output)
    {
        let was = course.ended.output.as_ref().map_or("nothing", |was| was.text());
        found.push(format!("output: expected {output}, was {was}"));
    }
    for (task, state) in members(of("tasks")) {
        let was = course.states.get(task).copied().unwrap_or("never reached");
        if state.as_str() != Some(was) {
            found.push(format!("task {task}: expected {state}, was {was}"));
        }
    }
    for (task, output) in members(of("outputs")) {
        let was = course.outputs.get(task);
        if was.map(compasso_types::Payload::value) != Some(output) {
            let was = was.map_or("nothing", |was| was.text());
            found.push(format!("output of {task}: expected {output}, was {was}"));
        }
    }
    let lists =
        [("order", &course.order), ("compensated", &course.compensated), ("hooks", &course.hooks)];
    for (name, was) in lists {
        let Some(wanted) = of(name).and_then(Json::as_array) else { continue };
        let wanted: Vec<&str> = wanted.iter().filter_map(Json::as_str).collect();
        let is_named = |hook: &str| wanted.contains(&hook);
        // Of the order of tasks only some may be named; what was undone is told as a whole.
        let told = |task: &&str| name != "order" || wanted.contains(task);
        let was = was.iter().map(|task| match plain_hook(task) {
            Some(plain) if is_named(plain) => plain,
            _ => task,
        });
        let was: Vec<&str> = was.filter(told).collect();
        if was != wanted {
            let (wanted, was) = (wanted.join(", "), was.join(", "));
            found.push(format!("{name}: expected {wanted}, was {was}"));
        }
    }
    found
}

/// Returns the name of a hook of a pipeline as people write it: `(on_failure)` is `on_failure`.
fn plain_hook(state: &str) -> Option<&str> {
    state.strip_prefix('(')?.strip_suffix(')')
}

fn members(map: Option<&Json>) -> impl Iterator<Item = (&Arc<str>, &Json)> {
    map.and_then(Json::as_object).into_iter().flat_map(|map| map.iter())
}
