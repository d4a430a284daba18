//! What the `Resource` of a Task names.

use std::sync::Arc;

use compasso_ir::{IntegrationPattern, Resource, ResourceKind};

/// The patterns a service action may carry, beside the plain request and response.
#[derive(Clone, Copy)]
struct Patterns {
    sync: bool,
    sync2: bool,
    token: bool,
}

const PLAIN: Patterns = Patterns { sync: false, sync2: false, token: false };
const JOB: Patterns = Patterns { sync: true, ..PLAIN };
const TOKEN: Patterns = Patterns { token: true, ..PLAIN };
const JOB_OR_TOKEN: Patterns = Patterns { sync: true, sync2: false, token: true };
const WORKFLOW: Patterns = Patterns { sync: true, sync2: true, token: true };

/// The services that are named directly, their actions, and how tasks of them may end.
#[rustfmt::skip]
const SERVICES: &[(&str, &[(&str, Patterns)])] = &[
    ("apigateway", &[("invoke", TOKEN)]),
    ("athena", &[("startQueryExecution", JOB), ("stopQueryExecution", PLAIN),
        ("getQueryExecution", PLAIN), ("getQueryResults", PLAIN)]),
    ("batch", &[("submitJob", JOB)]),
    ("bedrock", &[("invokeModel", TOKEN), ("createModelCustomizationJob", JOB_OR_TOKEN)]),
    ("bedrockagentcore", &[("invokeHarness", PLAIN)]),
    ("codebuild", &[("startBuild", JOB), ("stopBuild", PLAIN), ("batchDeleteBuilds", PLAIN),
        ("batchGetReports", PLAIN), ("startBuildBatch", JOB), ("stopBuildBatch", PLAIN),
        ("retryBuildBatch", JOB), ("deleteBuildBatch", PLAIN)]),
    ("compasso", &[("process", TOKEN), ("http", TOKEN)]),
    ("databrew", &[("startJobRun", JOB)]),
    ("dynamodb", &[("getItem", PLAIN), ("putItem", PLAIN), ("updateItem", PLAIN), ("deleteItem", PLAIN)]),
    ("ecs", &[("runTask", JOB_OR_TOKEN)]),
    ("eks", &[("call", TOKEN), ("runJob", JOB_OR_TOKEN), ("createCluster", JOB_OR_TOKEN),
        ("deleteCluster", JOB_OR_TOKEN), ("createNodegroup", JOB_OR_TOKEN),
        ("deleteNodegroup", JOB_OR_TOKEN), ("createFargateProfile", JOB_OR_TOKEN),
        ("deleteFargateProfile", JOB_OR_TOKEN)]),
    ("elasticmapreduce", &[("createCluster", JOB), ("terminateCluster", JOB), ("addStep", JOB),
        ("cancelStep", PLAIN), ("setClusterTerminationProtection", PLAIN),
        ("modifyInstanceFleetByName", PLAIN), ("modifyInstanceGroupByName", PLAIN)]),
    ("emr-containers", &[("createVirtualCluster", PLAIN), ("deleteVirtualCluster", JOB),
        ("startJobRun", JOB)]),
    ("emr-serverless", &[("createApplication", JOB), ("startApplication", JOB),
        ("stopApplication", JOB), ("deleteApplication", JOB), ("startJobRun", JOB),
        ("cancelJobRun", JOB)]),
    ("events", &[("putEvents", TOKEN)]),
    ("glue", &[("startJobRun", JOB)]),
    ("http", &[("invoke", PLAIN)]),
    ("lambda", &[("invoke", TOKEN)]),
    ("mediaconvert", &[("createJob", JOB)]),
    ("sagemaker", &[("createTrainingJob", JOB), ("createTransformJob", JOB),
        ("createProcessingJob", JOB), ("createHyperParameterTuningJob", JOB),
        ("createLabelingJob", JOB), ("createModel", PLAIN), ("createEndpointConfig", PLAIN),
        ("createEndpoint", PLAIN), ("updateEndpoint", PLAIN)]),
    ("sns", &[("publish", TOKEN)]),
    ("sqs", &[("sendMessage", TOKEN)]),
    ("states", &[("startExecution", WORKFLOW)]),
];

impl Patterns {
    fn allow(self, pattern: IntegrationPattern) -> bool {
        match pattern {
            IntegrationPattern::RequestResponse => true,
            IntegrationPattern::Sync => self.sync,
            IntegrationPattern::Sync2 => self.sync2,
            IntegrationPattern::WaitForTaskToken => self.token,
        }
    }
}

/// Reads the ARN of something a Task can call; `None` if it is not recognized.
pub(crate) fn parse(arn: &Arc<str>) -> Option<Resource> {
    let mut parts = arn.splitn(6, ':');
    let [scheme, partition, service, region, account, rest] = [(); 6].map(|()| parts.next());
    if scheme? != "arn" || !partition?.starts_with("aws") {
        return None;
    }
    let kind = match (service?, region?, account?, rest?) {
        ("states", "", "", rest) => service_action(rest)?,
        ("states", region, account, rest) => {
            let name = rest.strip_prefix("activity:")?;
            is_name(region, account, name).then_some(ResourceKind::Activity)?
        }
        ("lambda", region, account, rest) => {
            let (name, qualifier) = function(rest)?;
            (is_name(region, account, name) && qualifier != Some(""))
                .then_some(ResourceKind::LambdaFunction)?
        }
        _ => return None,
    };
    Some(Resource { arn: arn.clone(), kind })
}

/// Returns the known resource that is spelled most like `arn`.
pub(crate) fn suggest(arn: &str) -> Option<String> {
    let (prefix, rest) = arn.split_once(":::")?;
    let (action, _) = split_pattern(rest);
    let known: Vec<String> = SERVICES
        .iter()
        .flat_map(|(service, actions)| {
            actions.iter().map(move |(name, _)| format!("{service}:{name}"))
        })
        .collect();
    if known.iter().any(|name| name == action) {
        return Some(format!("'{prefix}:::{action}' does not support this integration pattern"));
    }
    crate::suggestion::nearest(action, known.iter().map(String::as_str))
}

fn is_name(region: &str, account: &str, name: &str) -> bool {
    !region.is_empty() && !account.is_empty() && !name.is_empty() && !name.contains([':', ' '])
}

/// Splits `function:name[:version or alias]`.
fn function(rest: &str) -> Option<(&str, Option<&str>)> {
    let named = rest.strip_prefix("function:")?;
    Some(match named.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (named, None),
    })
}

/// Reads `service:action[.pattern]`.
fn service_action(rest: &str) -> Option<ResourceKind> {
    let (name, pattern) = split_pattern(rest);
    let (service, action) = name.rsplit_once(':')?;
    let allowed = if let Some(service) = service.strip_prefix("aws-sdk:") {
        (is_word(service) && is_camel_case(action)).then_some(TOKEN)?
    } else {
        let (_, actions) = SERVICES.iter().find(|(name, _)| *name == service)?;
        actions.iter().find(|(name, _)| *name == action)?.1
    };
    allowed.allow(pattern).then(|| ResourceKind::Service {
        service: service.into(),
        action: action.into(),
        pattern,
    })
}

fn split_pattern(rest: &str) -> (&str, IntegrationPattern) {
    // The longer suffix goes first, because one ends like the other begins.
    let patterns =
        [IntegrationPattern::WaitForTaskToken, IntegrationPattern::Sync2, IntegrationPattern::Sync];
    for pattern in patterns {
        if let Some(name) = rest.strip_suffix(pattern.suffix()) {
            return (name, pattern);
        }
    }
    (rest, IntegrationPattern::RequestResponse)
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_camel_case(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
