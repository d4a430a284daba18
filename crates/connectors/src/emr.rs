//! EMR, whose actions have other names and parameters than the operations behind them.

use compasso_aws::AwsClient;
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::{Call, problems};
use compasso_runtime::Job;
use compasso_types::{Json, Object, Payload};

use crate::aws_service::{caller, task_error};
use crate::parameters::Parameters;
use crate::sdk_metadata::derived_id;
use crate::template::{Sources, fill};

pub(crate) const SERVICE: &str = "elasticmapreduce";

/// An action that is one call.
struct Action {
    name: &'static str,
    operation: &'static str,
    /// The operation's parameters, a template.
    parameters: &'static str,
    /// The action's answer, a template.
    answer: &'static str,
}

const ACTIONS: [Action; 4] = [
    Action {
        name: "terminateCluster",
        operation: "TerminateJobFlows",
        parameters: r#"{"JobFlowIds":["@ClusterId"]}"#,
        answer: "{}",
    },
    Action {
        name: "addStep",
        operation: "AddJobFlowSteps",
        parameters: r#"{"JobFlowId":"@ClusterId","Steps":["@Step"],"ExecutionRoleArn":"@ExecutionRoleArn"}"#,
        answer: r#"{"StepId":"@StepIds.0"}"#,
    },
    Action {
        name: "cancelStep",
        operation: "CancelSteps",
        parameters: r#"{"ClusterId":"@ClusterId","StepIds":["@StepId"]}"#,
        answer: r#"{"CancelStepsInfo":"@CancelStepsInfoList.0"}"#,
    },
    Action {
        name: "setClusterTerminationProtection",
        operation: "SetTerminationProtection",
        parameters: r#"{"JobFlowIds":["@ClusterId"],"TerminationProtected":"@TerminationProtected"}"#,
        answer: "{}",
    },
];

/// What `createCluster` answers.
const CREATED: &str = r#"{"ClusterArn":"@ClusterArn","ClusterId":"@JobFlowId"}"#;

/// An action that finds by its name what another operation takes by its id.
struct ByName {
    name: &'static str,
    /// The member that holds the name, and the one that holds the change.
    members: [&'static str; 2],
    /// Lists what there is, in this member.
    list: [&'static str; 2],
    operation: &'static str,
    /// The member for the id.
    id: &'static str,
    /// The operation's parameters, a template.
    parameters: &'static str,
}

const BY_NAME: [ByName; 2] = [
    ByName {
        name: "modifyInstanceFleetByName",
        members: ["InstanceFleetName", "InstanceFleet"],
        list: ["ListInstanceFleets", "InstanceFleets"],
        operation: "ModifyInstanceFleet",
        id: "InstanceFleetId",
        parameters: r#"{"ClusterId":"@ClusterId","InstanceFleet":"@Change"}"#,
    },
    ByName {
        name: "modifyInstanceGroupByName",
        members: ["InstanceGroupName", "InstanceGroup"],
        list: ["ListInstanceGroups", "InstanceGroups"],
        operation: "ModifyInstanceGroups",
        id: "InstanceGroupId",
        parameters: r#"{"ClusterId":"@ClusterId","InstanceGroups":["@Change"]}"#,
    },
];

/// Carries out an action.
pub(crate) async fn run(client: &AwsClient, action: &str, job: &Job) -> TaskResult {
    let emr = Emr { client, job };
    if let Some(action) = ACTIONS.iter().find(|known| known.name == action) {
        let parameters = Parameters::of(&job.offer.parameters)?;
        let given = job.offer.parameters.value();
        let sent = fill(action.parameters, &Sources([given, given]));
        let answer = emr.call(action.operation, &sent, &parameters).await?;
        return Ok(Payload::from(fill(action.answer, &Sources([&answer, given]))));
    }
    match BY_NAME.iter().find(|known| known.name == action) {
        Some(action) => emr.change_by_name(action).await,
        None => emr.create_cluster().await,
    }
}

struct Emr<'a> {
    client: &'a AwsClient,
    job: &'a Job,
}

impl Emr<'_> {
    async fn create_cluster(&self) -> TaskResult {
        let given = &self.job.offer.parameters;
        let parameters = Parameters::of(given)?;
        let answer = self.call("RunJobFlow", given.value(), &parameters).await?;
        Ok(Payload::from(fill(CREATED, &Sources([&answer, &answer]))))
    }

    async fn change_by_name(&self, action: &ByName) -> TaskResult {
        let [name, change] = action.members;
        let parameters = Parameters::of(&self.job.offer.parameters)?;
        let (cluster, name) =
            (parameters.required_text("ClusterId")?, parameters.required_text(name)?);
        let cluster = Json::object([("ClusterId", Json::from(cluster))]);
        let [list, member] = action.list;
        let listed = self.call(list, &cluster, &parameters).await?;
        let found = listed.get(member).and_then(Json::as_array).and_then(|items| {
            let is_meant = |item: &&Json| item.get("Name").and_then(Json::as_str) == Some(name);
            items.iter().find(is_meant)?.get("Id").cloned()
        });
        let id = found.ok_or_else(|| {
            let cause = format!("The cluster has nothing of the name {name}");
            TaskError::new("EMR.InvalidRequestException", cause)
        })?;
        let mut change: Object = parameters.object(change)?.cloned().unwrap_or_default();
        change.insert(action.id.into(), id);
        let change = Json::object([("Change", Json::from(change))]);
        let sent = fill(action.parameters, &Sources([&cluster, &change]));
        self.call(action.operation, &sent, &parameters).await?;
        Ok(Payload::from(Json::empty_object()))
    }

    async fn call(
        &self,
        operation: &str,
        sent: &Json,
        parameters: &Parameters<'_>,
    ) -> Result<Json, TaskError> {
        let call = Call::of_operation(SERVICE, operation);
        let call = call.expect("a test finds every operation in the model");
        let problems = problems(&call, sent);
        if !problems.is_empty() {
            return Err(parameters.refuse(problems.join(", ")));
        }
        let token = derived_id(["token", &self.job.idempotency_key]);
        let called = self.client.call(&call, sent, caller(self.job, &token)).await;
        Ok(called.map_err(|failure| task_error(failure, self.job))?.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_model() {
        let operations = ACTIONS.iter().map(|action| action.operation);
        let by_name = BY_NAME.iter().flat_map(|action| [action.operation, action.list[0]]);
        for operation in operations.chain(by_name).chain(["RunJobFlow"]) {
            assert!(Call::of_operation(SERVICE, operation).is_some(), "{operation}");
        }
    }
}
