//! `eks:call` and `eks:runJob`: the Kubernetes API of a cluster.

mod kubernetes;
mod logs;
mod run_job;

use compasso_aws::AwsClient;
use compasso_engine::TaskResult;
use compasso_runtime::Job;
use compasso_types::{Json, Payload};
use reqwest::Method;

use self::kubernetes::Kubernetes;
use crate::http::method;
use crate::parameters::Parameters;

pub(crate) use run_job::run_job;

/// Calls the Kubernetes API and returns `{Headers, ResponseBody, StatusCode, StatusText}`.
pub(crate) async fn call(aws: &AwsClient, job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    parameters.required_text("Method")?;
    let method: Method = method(&parameters, "Method", "")?;
    let path = parameters.required_text("Path")?;
    let kubernetes = Kubernetes::of(aws, &parameters, job)?;
    let query = kubernetes::pairs(&parameters, "QueryParameters")?;
    let body = parameters.get("RequestBody").map(Json::to_string);
    let answer = kubernetes.call(method, path, &query, body).await?;
    Ok(Payload::from(answer.result(answer.body_value())))
}
