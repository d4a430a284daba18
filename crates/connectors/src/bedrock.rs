//! `bedrock:invokeModel`: a model answers; question and answer may stand in S3.

use compasso_aws::{AwsClient, Called};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::Call;
use compasso_runtime::Job;
use compasso_types::{Json, Object, Payload};

use crate::aws_service::{caller, task_error};
use crate::parameters::Parameters;
use crate::sdk_metadata::derived_id;

/// Members that are not the operation's own.
const NOT_SENT: [&str; 3] = ["Body", "Input", "Output"];
const JSON: &str = "application/json";
const SERVICE: &str = "bedrock";
const STORE: &str = "aws-sdk:s3";

/// Asks the model and returns `{Body, ContentType}`, or where the answer was put.
pub(crate) async fn invoke_model(aws: &AwsClient, job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    parameters.required_text("ModelId")?;
    let session = Session { aws, job };
    let mut sent: Object = parameters
        .members()
        .iter()
        .filter(|(name, _)| !NOT_SENT.contains(&&***name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    sent.insert_if_absent("ContentType".into(), || Json::from(JSON));
    sent.insert_if_absent("Accept".into(), || Json::from(JSON));
    let body = match place(&parameters, "Input")? {
        Some(place) => session.read(place).await?,
        None => parameters.get("Body").cloned().ok_or_else(|| parameters.required("Body"))?,
    };
    sent.insert("Body".into(), body);
    let call = Call::of("aws-sdk:bedrockruntime", "invokeModel");
    let call = call.and_then(|call| call.shown_as(SERVICE)).expect("the model has the operation");
    let answer = session.call(&call, &Json::from(sent)).await?.output;
    let content_type = answer.get("ContentType").cloned().unwrap_or_else(|| Json::from(JSON));
    let body = answer.get("Body").cloned().unwrap_or_default();
    let result = match place(&parameters, "Output")? {
        Some(place) => ("Output", session.write(place, body).await?),
        None => ("Body", parsed(&body)),
    };
    Ok(Payload::from(Json::object([result, ("ContentType", content_type)])))
}

/// Returns an answer that is JSON as its value.
fn parsed(body: &Json) -> Json {
    body.as_str().and_then(|text| Json::parse(text).ok()).unwrap_or_else(|| body.clone())
}

/// Reads `{"S3Uri": "s3://bucket/key"}`.
fn place<'a>(
    parameters: &'a Parameters<'_>,
    name: &str,
) -> Result<Option<(&'a str, &'a str)>, TaskError> {
    let Some(uri) = parameters.object(name)?.and_then(|members| members.get("S3Uri")) else {
        return Ok(None);
    };
    let parts = uri.as_str().and_then(|uri| uri.strip_prefix("s3://")?.split_once('/'));
    parts.map(Some).ok_or_else(|| parameters.invalid("S3Uri"))
}

struct Session<'a> {
    aws: &'a AwsClient,
    job: &'a Job,
}

impl Session<'_> {
    async fn call(&self, call: &Call, parameters: &Json) -> Result<Called, TaskError> {
        let token = derived_id(["token", &self.job.idempotency_key]);
        let called = self.aws.call(call, parameters, caller(self.job, &token)).await;
        called.map_err(|failure| task_error(failure, self.job))
    }

    async fn read(&self, (bucket, key): (&str, &str)) -> Result<Json, TaskError> {
        let call = Call::of(STORE, "getObject").expect("the store has the operation");
        let parameters = Json::object([("Bucket", Json::from(bucket)), ("Key", Json::from(key))]);
        let called = self.call(&call, &parameters).await?;
        Ok(called.output.get("Body").cloned().unwrap_or_default())
    }

    async fn write(&self, (bucket, key): (&str, &str), body: Json) -> Result<Json, TaskError> {
        let call = Call::of(STORE, "putObject").expect("the store has the operation");
        let members = [("Bucket", Json::from(bucket)), ("Key", Json::from(key)), ("Body", body)];
        self.call(&call, &Json::object(members)).await?;
        Ok(Json::from(format!("s3://{bucket}/{key}")))
    }
}
