//! Mocked results, checked against the state they stand for.

use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::Answer;
use compasso_ir::{IntegrationPattern, Kind, Map, MapMode, ResourceKind, State};
use compasso_types::{Json, Payload};

use super::{MockErrorOutput, MockInput};
use crate::{Error, json_text};

/// What takes the place of the state's work.
pub(super) struct Mock {
    pub(super) result: TaskResult,
}

impl Mock {
    /// Reads the mock of `state`.
    pub(super) fn read(input: &MockInput, state: &State) -> Result<Self, Error> {
        let result = match (&input.result, &input.error_output) {
            (Some(text), None) => {
                let result = read_result(text, state)?;
                check_schema(result.value(), state, input.field_validation_mode.as_deref())?;
                Ok(result)
            }
            (None, Some(output)) => Err(read_error(output)?),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Error::validation(
                    "A test mock should have only one of the following fields: [result, \
                     errorOutput].",
                ));
            }
        };
        Ok(Self { result })
    }
}

fn read_error(output: &MockErrorOutput) -> Result<TaskError, Error> {
    let Some(error) = &output.error else {
        return Err(Error::missing_members(&["mock.errorOutput.error".to_owned()]));
    };
    let cause = output.cause.as_deref().map(Into::into);
    Ok(TaskError::of(Some(error.as_str().into()), cause))
}

fn read_result(text: &str, state: &State) -> Result<Payload, Error> {
    let result = json_text::parse(text.to_owned())
        .map_err(|_| Error::validation("Mocked result must be valid JSON"))?;
    check_shape(result.value(), state)?;
    Ok(result)
}

/// Demands the form that every result of such a state has.
fn check_shape(result: &Json, state: &State) -> Result<(), Error> {
    let not_an_object = || Error::validation("Mocked result must be a JSON object.");
    let not_an_array = || Error::validation("Mocked result must be an array.");
    match &state.kind {
        Kind::Map(map) if exports(map) => result.as_object().map(drop).ok_or_else(not_an_object),
        Kind::Map(_) => result.as_array().map(drop).ok_or_else(not_an_array),
        Kind::Fork(fork) => {
            let results = result.as_array().ok_or_else(not_an_array)?;
            if results.len() != fork.branches.len() {
                return Err(Error::validation(
                    "Mocked result must contain the same number of items as number of Parallel \
                     branches.",
                ));
            }
            Ok(())
        }
        Kind::Task(_)
        | Kind::Pass(_)
        | Kind::Choice(_)
        | Kind::Wait(_)
        | Kind::Succeed
        | Kind::Fail(_) => Ok(()),
    }
}

/// Returns whether a Map state's result tells where its results were written.
fn exports(map: &Map) -> bool {
    match &map.mode {
        MapMode::Inline => false,
        MapMode::Distributed(distributed) => distributed.writer.is_some(),
    }
}

/// Compares the result of a service task with the service's model.
fn check_schema(result: &Json, state: &State, mode: Option<&str>) -> Result<(), Error> {
    let Kind::Task(task) = &state.kind else { return Ok(()) };
    let ResourceKind::Service { service, action, pattern } = &task.resource.kind else {
        return Ok(());
    };
    let of_job = matches!(pattern, IntegrationPattern::Sync | IntegrationPattern::Sync2);
    let by_token = *pattern == IntegrationPattern::WaitForTaskToken;
    let answer = Answer::of(service, action, of_job).filter(|_| mode != Some("NONE") && !by_token);
    let Some(answer) = answer else { return Ok(()) };
    let Some(members) = result.as_object() else {
        return Err(Error::validation("Mocked result must be a JSON object."));
    };
    match answer.problem(members, mode != Some("PRESENT")) {
        Some(problem) => {
            Err(Error::validation(format!("Mock result schema validation error: {problem}")))
        }
        None => Ok(()),
    }
}
