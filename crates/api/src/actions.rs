//! The actions of the Step Functions API, by name.

use bytes::Bytes;
use compasso_service::{Service, StartExecution, StartSyncExecution};
use serde::Serialize;

use crate::errors::Failure;
use crate::history::WrittenPage;
use crate::protocol::Call;
use crate::request::parse;
use crate::shown;

/// Carries out an action and returns the answer's body.
pub(crate) async fn act(
    service: &Service,
    action: &str,
    call: &Call<'_>,
) -> Result<Bytes, Failure> {
    let body = call.body;
    match action {
        "StartExecution" => reply(&service.start_execution(traced(call)?).await?),
        "DescribeExecution" => reply(&service.describe_execution(parse(body)?).await?),
        "GetActivityTask" => reply(&service.poll_activity(parse(body)?).await?),
        "SendTaskSuccess" => done(service.task_succeeded(parse(body)?).await?),
        "SendTaskFailure" => done(service.task_failed(parse(body)?).await?),
        "SendTaskHeartbeat" => done(service.task_beat(parse(body)?).await?),
        "GetExecutionHistory" => {
            reply(&WrittenPage(service.execution_history(parse(body)?).await?))
        }
        _ if action.contains("Version") || action.contains("Alias") => {
            act_on_publications(service, action, call).await
        }
        _ => act_rarely(service, action, call).await,
    }
}

/// The actions that clients call now and then.
async fn act_rarely(service: &Service, action: &str, call: &Call<'_>) -> Result<Bytes, Failure> {
    let body = call.body;
    match action {
        "StartSyncExecution" => reply(&service.start_sync_execution(traced_sync(call)?).await?),
        "StopExecution" => reply(&service.stop_execution(parse(body)?).await?),
        "RedriveExecution" => reply(&service.redrive_execution(parse(body)?).await?),
        "DescribeMapRun" => reply(&service.describe_map_run(parse(body)?).await?),
        "ListMapRuns" => reply(&service.list_map_runs(parse(body)?).await?),
        "UpdateMapRun" => done(service.update_map_run(parse(body)?).await?),
        "ListExecutions" => reply(&service.list_executions(parse(body)?).await?),
        "CreateStateMachine" => {
            reply(&service.create_state_machine(&call.caller(), parse(body)?).await?)
        }
        "UpdateStateMachine" => reply(&service.update_state_machine(parse(body)?).await?),
        "DescribeStateMachine" => reply(&service.describe_state_machine(parse(body)?).await?),
        "DescribeStateMachineForExecution" => {
            reply(&service.describe_state_machine_for_execution(parse(body)?).await?)
        }
        "DeleteStateMachine" => done(service.delete_state_machine(parse(body)?).await?),
        "ListStateMachines" => {
            reply(&service.list_state_machines(&call.caller(), parse(body)?).await?)
        }
        "ValidateStateMachineDefinition" => {
            reply(&service.validate_definition(parse(body)?).await?)
        }
        "TestState" => reply(&service.test_state(&call.caller(), parse(body)?).await?),
        "CreateActivity" => reply(&service.create_activity(&call.caller(), parse(body)?).await?),
        "DeleteActivity" => done(service.delete_activity(parse(body)?).await?),
        "DescribeActivity" => reply(&service.describe_activity(parse(body)?).await?),
        "ListActivities" => reply(&service.list_activities(&call.caller(), parse(body)?).await?),
        "TagResource" => done(service.tag_resource(parse(body)?).await?),
        "UntagResource" => done(service.untag_resource(parse(body)?).await?),
        "ListTagsForResource" => reply(&service.list_tags(parse(body)?).await?),
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}

/// The actions on versions and aliases.
async fn act_on_publications(
    service: &Service,
    action: &str,
    call: &Call<'_>,
) -> Result<Bytes, Failure> {
    let body = call.body;
    match action {
        "PublishStateMachineVersion" => reply(&service.publish_version(parse(body)?).await?),
        "DeleteStateMachineVersion" => done(service.delete_version(parse(body)?).await?),
        "ListStateMachineVersions" => reply(&service.list_versions(parse(body)?).await?),
        "CreateStateMachineAlias" => reply(&service.create_alias(parse(body)?).await?),
        "UpdateStateMachineAlias" => reply(&service.update_alias(parse(body)?).await?),
        "DeleteStateMachineAlias" => done(service.delete_alias(parse(body)?).await?),
        "DescribeStateMachineAlias" => reply(&service.describe_alias(parse(body)?).await?),
        "ListStateMachineAliases" => reply(&service.list_aliases(parse(body)?).await?),
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}

/// Reads a start; the trace of the request counts more than the one in its body.
fn traced(call: &Call<'_>) -> Result<StartExecution, Failure> {
    let mut start: StartExecution = parse(call.body)?;
    start.trace_header = call.trace_header().or(start.trace_header);
    Ok(start)
}

fn traced_sync(call: &Call<'_>) -> Result<StartSyncExecution, Failure> {
    let mut start: StartSyncExecution = parse(call.body)?;
    start.trace_header = call.trace_header().or(start.trace_header);
    Ok(start)
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of a match has one type")]
fn reply<T: Serialize>(answer: &T) -> Result<Bytes, Failure> {
    Ok(shown::text(answer).into())
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of a match has one type")]
fn done((): ()) -> Result<Bytes, Failure> {
    Ok(Bytes::from_static(b"{}"))
}
