//! Services with a model: `aws-sdk:…`, and the optimized integrations that are called as their
//! models say.

mod adjusted;

use compasso_aws::{AwsClient, Called, Caller, Failure, Role};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::{Call, Family};
use compasso_runtime::Job;
use compasso_types::{Json, Object, Payload};

use crate::parameters::result_too_large;
use crate::sdk_metadata::{add, derived_id};

/// Makes the call and returns what the service answers.
pub(crate) async fn run(client: &AwsClient, call: &Call, job: &Job) -> TaskResult {
    let parameters = adjusted::parameters(call, job);
    let token = derived_id(["token", &job.idempotency_key]);
    let called = client
        .call(call, &parameters, caller(job, &token))
        .await
        .map_err(|failure| task_error(failure, job))?;
    let result = result(call, &called);
    match adjusted::failure(call, &result) {
        Some(failure) => Err(failure),
        None => Ok(Payload::from(result)),
    }
}

/// Returns for whom a job's calls are made: in the role of its `Credentials` if it has them.
pub(crate) fn caller<'a>(job: &'a Job, token: &'a str) -> Caller<'a> {
    let assumed = job.offer.credentials.as_ref().and_then(|credentials| credentials.get("RoleArn"));
    let role = assumed.and_then(Json::as_str).map(|arn| Role {
        arn,
        of: &job.role,
        session: job.execution.0.rsplit(':').next().unwrap_or_default(),
    });
    Caller { region: region(job), account: account(job), token, role }
}

/// Returns the region of a job's execution, where on AWS its calls go.
pub(crate) fn region(job: &Job) -> &str {
    job.execution.0.split(':').nth(3).unwrap_or_default()
}

/// Returns the account of a job's execution.
pub(crate) fn account(job: &Job) -> &str {
    job.execution.0.split(':').nth(4).unwrap_or_default()
}

/// Says how a call failed.
pub(crate) fn task_error(failure: Failure, job: &Job) -> TaskError {
    match failure {
        Failure::Error { error, cause } => TaskError::new(error, cause),
        Failure::TooLarge => result_too_large(job),
    }
}

fn result(call: &Call, called: &Called) -> Json {
    let tells_metadata = match call.family {
        Family::Sdk => false,
        Family::Optimized(optimized) => optimized.metadata,
    };
    let mut members: Object = match &called.output {
        Json::Object(members) => (**members).clone(),
        _ => Object::new(),
    };
    if tells_metadata {
        add(&mut members, called.status, &called.headers, &called.request_id);
        members.sort_keys();
    }
    Json::from(members)
}
