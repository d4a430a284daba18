//! `TestState`: one state on its own, with a mocked result or a real task.

mod answer;
mod checks;
mod mock;
mod run;
mod subject;

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Payload};
use serde::Deserialize;

pub use self::answer::{
    InspectionData, InspectionErrorDetails, InspectionRequest, InspectionResponse, TestedState,
};
use self::mock::Mock;
pub(crate) use self::run::{Bench, DURATION_MAX, deciding};
use crate::executions::parse_input;
use crate::{Caller, Error, Service, json_text};

/// What the context object has.
const CONTEXT_MEMBERS: [&str; 5] = ["Execution", "State", "StateMachine", "Task", "Map"];

/// A state to be tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TestState {
    pub definition: Arc<str>,
    pub role_arn: Option<String>,
    pub input: Option<String>,
    pub inspection_level: Option<String>,
    pub reveal_secrets: Option<bool>,
    pub variables: Option<String>,
    pub state_name: Option<String>,
    pub mock: Option<MockInput>,
    pub context: Option<String>,
    pub state_configuration: Option<TestStateConfiguration>,
}

/// A mocked result or error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MockInput {
    pub result: Option<String>,
    pub error_output: Option<MockErrorOutput>,
    pub field_validation_mode: Option<String>,
}

/// A mocked error.
#[derive(Clone, Debug, Default, Deserialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MockErrorOutput {
    pub error: Option<String>,
    pub cause: Option<String>,
}

/// What happened before the state that is tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TestStateConfiguration {
    pub retrier_retry_count: Option<i64>,
    pub error_caused_by_state: Option<String>,
    pub map_iteration_failure_count: Option<i64>,
    pub map_item_reader_data: Option<String>,
}

/// A request whose members were read.
struct Test {
    input: Payload,
    variables: BTreeMap<Arc<str>, Json>,
    context: Option<Json>,
    mock: Option<Mock>,
    configuration: TestStateConfiguration,
}

impl Service {
    /// Runs one state of a definition and answers how it ended; a failed state is an answer too.
    ///
    /// # Errors
    /// The request is invalid, the definition is, or the state cannot be tested this way.
    pub async fn test_state(
        &self,
        caller: &Caller,
        request: TestState,
    ) -> Result<TestedState, Error> {
        checks::constraints(&request)?;
        let subject =
            subject::find(request.definition.clone(), request.state_name.as_deref()).await?;
        checks::combination(&request, &subject)?;
        let test = Test::read(&request, subject.state())?;
        let input = test.input.clone();
        let (verdict, trace) = self.run_test(caller, &request, subject, test).await?;
        let tested = TestedState::new(verdict, &input, request.inspection_level.as_deref());
        Ok(tested.with_trace(trace))
    }
}

impl Test {
    fn read(request: &TestState, state: &compasso_ir::State) -> Result<Self, Error> {
        let context = request.context.clone().map(read_context).transpose()?;
        let mock = request.mock.as_ref().map(|mock| Mock::read(mock, state)).transpose()?;
        Ok(Self {
            input: parse_input(request.input.clone())?,
            variables: read_variables(request.variables.clone())?,
            context,
            mock,
            configuration: request.state_configuration.clone().unwrap_or_default(),
        })
    }
}

fn read_variables(text: Option<String>) -> Result<BTreeMap<Arc<str>, Json>, Error> {
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    let value = json_text::parse(text).map_err(Error::InvalidExecutionInput)?;
    match value.value() {
        Json::Object(members) => {
            Ok(members.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        _ => Err(Error::validation("Variables must be a JSON object.")),
    }
}

fn read_context(text: String) -> Result<Json, Error> {
    let invalid =
        |why: String| Error::validation(format!("Invalid Context object provided: {why}"));
    let context = json_text::parse(text).map_err(invalid)?;
    let Json::Object(members) = context.value() else {
        return Err(invalid("it must be a JSON object.".to_owned()));
    };
    for name in CONTEXT_MEMBERS {
        if members.get(name).is_some_and(|member| member.as_object().is_none()) {
            return Err(invalid(format!("'{name}' must be a JSON object.")));
        }
    }
    Ok(context.value().clone())
}
