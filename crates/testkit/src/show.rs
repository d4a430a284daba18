//! Histories and outcomes as text: one event a line, `number Type<previous details`.

use std::fmt::Write as _;
use std::sync::Arc;

use compasso_engine::{
    Batch, BranchFailure, BranchState, Closed, Event, EventKind, InstanceRerun, MapRun, Mark,
    Reader, Rerun, Status, Writer,
};

use crate::Ended;
use crate::world::DAWN;

/// Writes the shown events, one a line; a line begins a new instant with `@`, counted from the
/// start. Refused reports follow.
pub fn show_history(ended: &Ended) -> String {
    let mut text = String::new();
    let mut before = DAWN;
    for event in ended.shown() {
        let at = if event.at == before { String::new() } else { offset(event) };
        before = event.at;
        let line = format!("{at}{}", show_event(event));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for (at, state, why) in &ended.refused {
        let after = at.since(DAWN);
        let _ = writeln!(text, "@{after:?} {state}: refused, {why}");
    }
    text
}

fn offset(event: &Event) -> String {
    format!("@{:?} ", event.at.since(DAWN))
}

/// Writes how the execution stands: `SUCCEEDED output`, `FAILED error: cause`, ….
pub fn show_outcome(ended: &Ended) -> String {
    let line = match &ended.status {
        Status::Running => "RUNNING".to_owned(),
        Status::Closed(Closed::Succeeded { output }) => format!("SUCCEEDED {}", output.text()),
        Status::Closed(Closed::Failed { error, cause }) => {
            format!("FAILED {}", show_error(error.as_ref(), cause.as_ref()))
        }
        Status::Closed(Closed::TimedOut) => "TIMED_OUT".to_owned(),
        Status::Closed(Closed::Aborted { error, cause, .. }) => {
            format!("ABORTED {}", show_error(error.as_ref(), cause.as_ref()))
        }
    };
    format!("{}\n", line.trim_end())
}

fn show_error(error: Option<&Arc<str>>, cause: Option<&Arc<str>>) -> String {
    match (error, cause) {
        (None, None) => String::new(),
        (Some(error), None) => error.to_string(),
        (error, Some(cause)) => format!("{}: {cause}", error.map_or("", |error| error)),
    }
}

/// Writes one event.
pub fn show_event(event: &Event) -> String {
    let name = event.kind.type_name();
    let details = show_details(&event.kind);
    format!("{} {name}<{} {details}", event.id, event.previous)
}

#[expect(clippy::too_many_lines, reason = "a flat match over all events")]
fn show_details(kind: &EventKind) -> String {
    match kind {
        EventKind::ExecutionStarted { start } => start.input.text().to_owned(),
        EventKind::ExecutionSucceeded { output } => output.text().to_owned(),
        EventKind::ExecutionFailed { error, cause }
        | EventKind::ExecutionAborted { error, cause, .. }
        | EventKind::ExecutionTimedOut { error, cause }
        | EventKind::MapRunFailed { error, cause } => show_error(error.as_ref(), cause.as_ref()),
        EventKind::ExecutionRedriven { count, rerun, .. } => {
            show_redriven(*count, rerun.as_deref())
        }
        EventKind::StateEntered { state, input, .. } => format!("{state} {}", input.text()),
        EventKind::StateExited { state, output, assigned, .. } => {
            let mut text = format!("{state} {}", output.text());
            for (name, value) in assigned {
                let _ = write!(text, " ${name}={value}");
            }
            text
        }
        EventKind::EvaluationFailed { state, error, cause, location } => {
            let location = location.as_deref().unwrap_or("-");
            format!("{state} at {location}: {error}: {cause}")
        }
        EventKind::TaskScheduled { .. } => show_scheduled(kind),
        EventKind::TaskStarted { worker: Some(worker), .. } => format!("worker={worker}"),
        EventKind::TaskSubmitted { output, .. } | EventKind::TaskSucceeded { output, .. } => {
            output.text().to_owned()
        }
        EventKind::TaskFailed { error, cause, .. }
        | EventKind::TaskTimedOut { error, cause, .. } => {
            show_error(error.as_ref(), cause.as_ref())
        }
        EventKind::MapStateStarted { items, .. } => {
            let members = items.as_object().map_or(0, |members| members.len());
            format!("length={}", items.as_array().map_or(members, compasso_types::Array::len))
        }
        EventKind::MapRunStarted { run } => show_map_run(run),
        EventKind::MapRunRedriven { count, .. } => format!("count={count}"),
        EventKind::MapIterationKept { index, .. }
        | EventKind::MapIterationStarted { index, .. }
        | EventKind::MapIterationSucceeded { index, .. }
        | EventKind::MapIterationFailed { index, .. }
        | EventKind::MapIterationAborted { index, .. } => format!("index={index}"),
        EventKind::MapIterationMarked { index, before, mark, .. } => {
            format!("index={index} was={} {}", before.name(), show_mark(mark))
        }
        EventKind::GraphJudged { .. }
        | EventKind::AsideEntered { .. }
        | EventKind::AsideExited { .. }
        | EventKind::GraphCancelled { .. }
        | EventKind::BranchSteered { .. }
        | EventKind::BranchMarked { .. }
        | EventKind::CompensationAsked { .. }
        | EventKind::BranchWithdrawn { .. }
        | EventKind::BranchReady { .. }
        | EventKind::BranchSkipped { .. }
        | EventKind::BranchEntered { .. }
        | EventKind::BranchExited { .. } => show_branch(kind),
        EventKind::TaskStarted { worker: None, .. }
        | EventKind::TaskStateAborted
        | EventKind::CallbackArrived { .. }
        | EventKind::MockAwaited { .. }
        | EventKind::WorkflowDeleted
        | EventKind::HeartbeatReceived
        | EventKind::ItemsSourced { .. }
        | EventKind::ItemsRead { .. }
        | EventKind::SignalReceived { .. }
        | EventKind::SignalTaken { .. }
        | EventKind::WaitStarted { .. }
        | EventKind::RetryScheduled { .. }
        | EventKind::ParallelStateStarted { .. }
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::MapRunSucceeded
        | EventKind::MapRunAborted
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed
        | EventKind::MapStateAborted => String::new(),
    }
}

fn show_redriven(count: u32, rerun: Option<&Rerun>) -> String {
    let mut text = format!("count={count}");
    if let Some(rerun) = rerun {
        show_rerun("", rerun, &mut text);
    }
    text
}

/// Writes what runs again; `around`: the instance that it is in.
fn show_rerun(around: &str, rerun: &Rerun, text: &mut String) {
    let Rerun { cleared, resumed, given_up, instances, .. } = rerun;
    for (word, paths) in [("again", cleared), ("inside", resumed), ("not", given_up)] {
        if !paths.is_empty() {
            let paths: Vec<_> = paths.iter().map(|path| format!("{around}{path}")).collect();
            let _ = write!(text, " {word}={}", paths.join(","));
        }
    }
    for InstanceRerun { task, key, rerun, .. } in instances {
        show_rerun(&format!("{around}{task}[{key}]."), rerun, text);
    }
}

fn show_branch(kind: &EventKind) -> String {
    let shown = |failure: &BranchFailure| show_error(Some(&failure.name), Some(&failure.cause));
    match kind {
        EventKind::GraphCancelled { failure, .. } => shown(failure),
        EventKind::GraphJudged { state, failure, output, compensates } => {
            let failure = failure.as_ref().map(|failure| format!(" {}", shown(failure)));
            let output = output.as_ref().map(|output| format!(" {}", output.text()));
            let compensates = if *compensates { " compensates" } else { "" };
            let ended = failure.or(output).unwrap_or_default();
            format!("{}{ended}{compensates}", state.name())
        }
        EventKind::AsideEntered { aside } => aside.to_string(),
        EventKind::AsideExited { aside, is_dropped: true, .. } => format!("{aside} dropped"),
        EventKind::AsideExited { aside, failure, .. } => {
            let failure = failure.as_ref().map(|failure| format!(" {}", shown(failure)));
            format!("{aside}{}", failure.unwrap_or_default())
        }
        EventKind::CompensationAsked { by } => by.as_deref().unwrap_or_default().to_owned(),
        EventKind::BranchSteered { task, by, .. } => {
            format!("{task} {}", by.as_deref().unwrap_or_default())
        }
        EventKind::BranchMarked { mark, again, .. } => {
            let mut text = show_mark(mark);
            for path in again {
                let _ = write!(text, " again={path}");
            }
            text
        }
        EventKind::BranchReady { branch, .. }
        | EventKind::BranchEntered { branch, .. }
        | EventKind::BranchWithdrawn { branch, .. } => branch.to_string(),
        EventKind::BranchSkipped { branch, state, failure, .. }
        | EventKind::BranchExited { branch, state, failure, .. } => {
            let failure = failure.as_ref().map(|failure| format!(" {}", shown(failure)));
            format!("{branch} {}{}", state.name(), failure.unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn show_mark(mark: &Mark) -> String {
    let Mark { task, state, output, by, .. } = mark;
    let by = by.as_deref().unwrap_or_default();
    let output = output.as_ref().map(|output| format!(" {}", output.text()));
    format!("{task} {} {by}{}", BranchState::from(*state).name(), output.unwrap_or_default())
}

/// Writes what was evaluated for a map run.
fn show_map_run(run: &MapRun) -> String {
    let mut text = format!("label={} concurrency={}", run.label, run.max_concurrency);
    if let Some(Reader { resource, arguments, config }) = &run.reader {
        let called = resource.splitn(6, ':').nth(5).unwrap_or(resource);
        let _ = write!(text, " reader={called} {arguments} {config}");
    }
    if let Some(Batch { max_items, max_bytes, input }) = &run.batch {
        let _ = write!(text, " batch");
        for (name, bound) in [("items", max_items), ("bytes", max_bytes)] {
            let _ = bound.map(|bound| write!(text, " {name}={bound}"));
        }
        let _ = input.as_ref().map(|input| write!(text, " input={input}"));
    }
    if let Some(Writer { resource, arguments, config }) = &run.writer {
        let called = resource.as_deref().map(|arn| arn.splitn(6, ':').nth(5).unwrap_or(arn));
        let _ = write!(text, " writer={} {arguments} {config}", called.unwrap_or("-"));
    }
    if run.tolerated_failure_count > 0 || run.tolerated_failure_percentage > 0.0 {
        let (count, percent) = (run.tolerated_failure_count, run.tolerated_failure_percentage);
        let _ = write!(text, " tolerated={count}/{percent}%");
    }
    text
}

fn show_scheduled(kind: &EventKind) -> String {
    let EventKind::TaskScheduled {
        resource,
        parameters,
        timeout_seconds,
        heartbeat_seconds,
        credentials,
        placement,
    } = kind
    else {
        return String::new();
    };
    let called = resource.splitn(6, ':').nth(5).unwrap_or(resource);
    let mut text = format!("{called} {}", parameters.text());
    if let Some(seconds) = timeout_seconds {
        let _ = write!(text, " timeout={seconds}s");
    }
    if let Some(seconds) = heartbeat_seconds {
        let _ = write!(text, " heartbeat={seconds}s");
    }
    if let Some(credentials) = credentials {
        let _ = write!(text, " credentials={credentials}");
    }
    if let Some(placed) = placement {
        let _ = write!(text, " wants={}", placed.wants);
        let limits = [
            ("queue", placed.queue_timeout_ms),
            ("timeout", placed.timeout_ms),
            ("heartbeat", placed.heartbeat_ms),
        ];
        for (name, limit) in limits {
            let _ = limit.map(|ms| write!(text, " {name}={ms}ms"));
        }
    }
    text
}
