//! What a request to test a state may hold.

use compasso_ir::{IntegrationPattern, Kind, ResourceKind, State};
use compasso_types::limits::{
    CAUSE_CHARS_MAX, DEFINITION_BYTES_MAX, ERROR_CHARS_MAX, NAME_CHARS_MAX, PAYLOAD_BYTES_MAX,
};

use super::subject::Subject;
use super::{TestState, TestStateConfiguration};
use crate::Error;
use crate::arns::{arn_length, check_role};
use crate::constraints::Constraints;

/// What can be seen of a test.
const INSPECTION_LEVELS: [&str; 3] = ["INFO", "DEBUG", "TRACE"];
/// How strictly a mocked result is compared with what the service would answer.
const VALIDATION_MODES: [&str; 3] = ["STRICT", "PRESENT", "NONE"];
const UNTESTABLE_BLOCK: &str = "TestState API does not support Map or Parallel states. Supported \
                                state types include: [Task, Wait, Pass, Succeed, Fail, Choice]";

/// Checks each member for itself.
pub(super) fn constraints(request: &TestState) -> Result<(), Error> {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let mut constraints = Constraints::default()
        .sensitive("definition", request.definition.len(), 1..=DEFINITION_BYTES_MAX)
        .sensitive("input", length(&request.input), 0..=PAYLOAD_BYTES_MAX)
        .one_of("inspectionLevel", request.inspection_level.as_deref(), &INSPECTION_LEVELS)
        .sensitive("variables", length(&request.variables), 0..=PAYLOAD_BYTES_MAX)
        .sensitive("context", length(&request.context), 0..=PAYLOAD_BYTES_MAX);
    if let Some(role) = &request.role_arn {
        constraints = arn_length(constraints, "roleArn", role);
    }
    if let Some(name) = &request.state_name {
        constraints = constraints.sensitive("stateName", name.chars().count(), 1..=NAME_CHARS_MAX);
    }
    if let Some(mock) = &request.mock {
        let error = mock.error_output.as_ref();
        let chars = |text: Option<&String>| text.map_or(0, |text| text.chars().count());
        let mode = mock.field_validation_mode.as_deref();
        constraints = constraints
            .sensitive("mock.result", length(&mock.result), 0..=PAYLOAD_BYTES_MAX)
            .sensitive(
                "mock.errorOutput.error",
                chars(error.and_then(|output| output.error.as_ref())),
                0..=ERROR_CHARS_MAX,
            )
            .sensitive(
                "mock.errorOutput.cause",
                chars(error.and_then(|output| output.cause.as_ref())),
                0..=CAUSE_CHARS_MAX,
            )
            .one_of("mock.fieldValidationMode", mode, &VALIDATION_MODES);
    }
    if let Some(configuration) = &request.state_configuration {
        constraints = configuration.constrain(constraints);
    }
    constraints.check()?;
    request.role_arn.as_deref().map_or(Ok(()), check_role)
}

impl TestStateConfiguration {
    fn constrain(&self, constraints: Constraints) -> Constraints {
        let counts = 0..=i64::from(i32::MAX);
        let mut constraints = constraints
            .number_if(
                "stateConfiguration.retrierRetryCount",
                self.retrier_retry_count,
                counts.clone(),
            )
            .number_if(
                "stateConfiguration.mapIterationFailureCount",
                self.map_iteration_failure_count,
                counts,
            )
            .sensitive(
                "stateConfiguration.mapItemReaderData",
                self.map_item_reader_data.as_ref().map_or(0, String::len),
                0..=PAYLOAD_BYTES_MAX,
            );
        if let Some(name) = &self.error_caused_by_state {
            constraints = constraints.sensitive(
                "stateConfiguration.errorCausedByState",
                name.chars().count(),
                1..=NAME_CHARS_MAX,
            );
        }
        constraints
    }
}

/// Checks what the members demand of one another and of the state.
pub(super) fn combination(request: &TestState, subject: &Subject) -> Result<(), Error> {
    let state = subject.state();
    let configuration = request.state_configuration.as_ref();
    let origin = configuration.and_then(|c| c.error_caused_by_state.as_deref());
    if origin.is_some_and(|origin| subject.definition.find(origin).is_none()) {
        return Err(state_not_found());
    }
    if request.mock.is_some() { with_mock(request, state) } else { without_mock(request, state) }
}

fn with_mock(request: &TestState, state: &State) -> Result<(), Error> {
    let unmockable = match &state.kind {
        Kind::Task(_) | Kind::Fork(_) | Kind::Map(_) => None,
        Kind::Pass(_) => Some("Pass"),
        Kind::Choice(_) => Some("Choice"),
        Kind::Wait(_) => Some("Wait"),
        Kind::Succeed => Some("Succeed"),
        Kind::Fail(_) => Some("Fail"),
    };
    if let Some(kind) = unmockable {
        return Err(Error::validation(format!(
            "State type '{kind}' is not supported when a mock is specified"
        )));
    }
    if request.reveal_secrets == Some(true) {
        return Err(Error::validation(
            "TestState does not support RevealSecrets when a mock is specified.",
        ));
    }
    Ok(())
}

fn without_mock(request: &TestState, state: &State) -> Result<(), Error> {
    if request.context.is_some() {
        return Err(needs_mock("Context"));
    }
    let configuration = request.state_configuration.as_ref();
    if configuration.is_some_and(|c| c.map_iteration_failure_count.is_some()) {
        return Err(needs_mock("MapIterationFailureCount"));
    }
    match &state.kind {
        Kind::Fork(_) | Kind::Map(_) => {
            return Err(Error::UntestableDefinition(UNTESTABLE_BLOCK.to_owned()));
        }
        Kind::Task(task) => {
            untestable_task(&task.resource.kind).map_or(Ok(()), |what| {
                Err(Error::UntestableDefinition(format!(
                    "TestState API does not support {what} when a mock is not specified."
                )))
            })?;
            if request.role_arn.is_none() {
                return Err(Error::validation(
                    "RoleArn must be specified when testing a Task state",
                ));
            }
        }
        Kind::Pass(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed | Kind::Fail(_) => {}
    }
    Ok(())
}

/// Says that the definition has no state of a name.
pub(super) fn state_not_found() -> Error {
    Error::validation("State not found in definition")
}

fn needs_mock(member: &str) -> Error {
    Error::validation(format!("TestState does not support {member} when a mock is not specified."))
}

/// Names what keeps a task from being run for a test.
fn untestable_task(resource: &ResourceKind) -> Option<&'static str> {
    match resource {
        ResourceKind::Activity => Some("Activity tasks"),
        ResourceKind::LambdaFunction => None,
        ResourceKind::Service { pattern, .. } => match pattern {
            IntegrationPattern::RequestResponse => None,
            IntegrationPattern::Sync | IntegrationPattern::Sync2 => {
                Some("the '.sync' service integration pattern")
            }
            IntegrationPattern::WaitForTaskToken => {
                Some("the '.waitForTaskToken' service integration pattern")
            }
        },
    }
}
