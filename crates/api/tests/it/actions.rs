//! Which actions there are.

use crate::edge::Server;

/// The actions of the service model.
const MODEL: [&str; 37] = [
    "CreateActivity",
    "CreateStateMachine",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeActivity",
    "DescribeExecution",
    "DescribeMapRun",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "DescribeStateMachineForExecution",
    "GetActivityTask",
    "GetExecutionHistory",
    "ListActivities",
    "ListExecutions",
    "ListMapRuns",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListStateMachines",
    "ListTagsForResource",
    "PublishStateMachineVersion",
    "RedriveExecution",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "TagResource",
    "TestState",
    "UntagResource",
    "UpdateMapRun",
    "UpdateStateMachine",
    "UpdateStateMachineAlias",
    "ValidateStateMachineDefinition",
];

/// Those of them that this version does not have.
const ABSENT: &[&str] = &["DescribeMapRun", "ListMapRuns", "UpdateMapRun"];

#[tokio::test]
async fn every_action_of_the_model_is_there_or_known_to_be_absent() {
    let server = Server::new().await;
    for action in MODEL {
        let (_, answer) = server.call(action, "{}").await;
        let is_unknown = answer.contains("UnknownOperationException");
        assert_eq!(is_unknown, ABSENT.contains(&action), "{action}: {answer}");
        assert!(!answer.contains("Unknown operation"), "{action}: {answer}");
    }
}
