//! An execution whose tasks are all mocked, run to its end by the engine alone: time is no time
//! that passes, but the instant that the engine waits for.

use std::sync::Arc;

use compasso_engine::{
    Closed, Effect, Event, EventKind, Execution, Input, Mocks, Moment, Start, Status, decide,
};
use compasso_ir::Definition;
use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX};
use compasso_types::{Payload, Timestamp};

use crate::commands::push::ROLE;
use crate::settings::DEFAULT_ACCOUNT;

/// When every test begins: 2026-01-01T00:00:00Z.
pub(super) const DAWN: Timestamp = Timestamp(1_767_225_600_000);
/// Source of all randomness, so that every run of a test is the same.
const SEED: [u8; 16] = *b"compasso's tests";

/// How a test ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended {
    pub(super) status: &'static str,
    pub(super) output: Option<Payload>,
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Option<Arc<str>>,
    /// The states that were entered, in their order.
    pub(super) path: Vec<Arc<str>>,
    /// Why it did not come to an end.
    pub(super) stuck: Option<String>,
}

/// Runs an execution until it closes, or until something is wanted that is not mocked.
pub(super) fn run(
    definition: Arc<Definition>,
    machine: &str,
    input: Payload,
    mocks: Mocks,
) -> Ended {
    let mut execution = Execution::new(definition);
    let case = mocks.case.clone();
    let begin = Start { mocks: Some(Arc::new(mocks)), ..start(machine, input, case) };
    let mut next = Input::Start(Box::new(begin));
    let (mut now, mut path) = (DAWN, Vec::new());
    loop {
        let decision = match decide(&execution, next, Moment::at(now)) {
            Ok(decision) => decision,
            Err(rejected) => return stuck(path, format!("the engine stopped: {rejected}")),
        };
        path.extend(decision.events.iter().filter_map(entered));
        execution = decision.execution;
        if let Status::Closed(closed) = execution.status() {
            return ended(closed, path);
        }
        if let Some(unmocked) = decision.effects.iter().find_map(unmocked) {
            return stuck(path, unmocked);
        }
        let goes_on = decision.effects.iter().any(|effect| matches!(effect, Effect::Continue));
        next = match execution.next_wake() {
            _ if goes_on => Input::Continue,
            Some(at) => {
                now = now.max(at);
                Input::Wake
            }
            None => return stuck(path, "it waits for something that never comes".to_owned()),
        };
    }
}

/// Returns what the execution of the test case `case` begins with.
pub(super) fn start(machine: &str, input: Payload, case: Arc<str>) -> Start {
    let arn = |kind: &str| format!("arn:aws:states:us-east-1:{DEFAULT_ACCOUNT}:{kind}:{machine}");
    Start {
        id: format!("{}:{case}", arn("execution")).into(),
        name: case,
        workflow: arn("stateMachine").into(),
        workflow_name: machine.into(),
        role: ROLE.into(),
        input,
        seed: SEED,
        version: None,
        alias: None,
        payload_bytes_max: PAYLOAD_BYTES_MAX,
        events_max: EXECUTION_EVENTS_MAX,
        mocks: None,
        origin: None,
        is_held: false,
        is_unbegun: false,
        rules: compasso_engine::RULES,
    }
}

fn entered(event: &Event) -> Option<Arc<str>> {
    match &event.kind {
        EventKind::StateEntered { state, .. } => Some(state.clone()),
        _ => None,
    }
}

/// Says what an effect asks of the outside, which is not there.
fn unmocked(effect: &Effect) -> Option<String> {
    match effect {
        Effect::OfferTask(offer) => {
            Some(format!("the state '{}' is not mocked by the test case", offer.state))
        }
        Effect::StartMapRun(offer) => Some(format!(
            "the state '{}' is a distributed Map, which a test does not run",
            offer.state
        )),
        Effect::CancelTask(_) | Effect::Continue => None,
    }
}

pub(super) fn stuck(path: Vec<Arc<str>>, why: String) -> Ended {
    Ended { status: "RUNNING", path, stuck: Some(why), ..Ended::default() }
}

pub(super) fn ended(closed: &Closed, path: Vec<Arc<str>>) -> Ended {
    let (status, output, error, cause) = match closed {
        Closed::Succeeded { output } => ("SUCCEEDED", Some(output.clone()), None, None),
        Closed::Failed { error, cause } => ("FAILED", None, error.clone(), cause.clone()),
        Closed::TimedOut => ("TIMED_OUT", None, None, None),
        Closed::Aborted { error, cause, .. } => ("ABORTED", None, error.clone(), cause.clone()),
    };
    Ended { status, output, error, cause, path, stuck: None }
}
