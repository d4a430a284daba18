//! Lambda functions: named directly by the resource, or called by `lambda:invoke`.
//!
//! A local function of that name in the configuration wins. Otherwise the call goes to the Lambda
//! API if there is one: a given endpoint, or AWS itself when there are credentials.

mod function_name;
mod local;
mod remote;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_aws::{AwsClient, service_cause};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::{Job, Reporter};
use compasso_types::{Json, Object, Payload};
use reqwest::Client;

use self::function_name::FunctionName;
use crate::ConnectorsConfig;
use crate::aws_service::{caller, task_error};
use crate::parameters::Parameters;
use crate::sdk_metadata::{Headers, add, derived_id};

/// What calls need beside the job.
pub(crate) struct Lambda {
    pub(crate) config: Arc<ConnectorsConfig>,
    pub(crate) client: Client,
    pub(crate) aws: AwsClient,
}

/// One call of a function.
struct Invocation {
    function: FunctionName,
    payload: Payload,
    kind: InvocationKind,
    client_context: Option<String>,
    log_tail: bool,
    request_id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InvocationKind {
    RequestResponse,
    Event,
    DryRun,
}

/// What the API answers to a call that went well.
struct Invoked {
    status: u16,
    version: Option<String>,
    payload: Option<Payload>,
    log_result: Option<String>,
    headers: Headers,
    request_id: String,
}

impl Lambda {
    /// Calls the function that the resource names: the parameters are its payload, its output is
    /// the result.
    pub(crate) async fn invoke_resource(&self, job: &Job, reporter: Reporter) -> TaskResult {
        let invocation = Invocation {
            function: FunctionName::parse(&job.offer.resource.arn, None),
            payload: job.offer.parameters.clone(),
            kind: InvocationKind::RequestResponse,
            client_context: None,
            log_tail: false,
            request_id: derived_id(["invoke", &job.idempotency_key]),
        };
        let invoked = self.invoke(&invocation, job, reporter).await?;
        Ok(invoked.payload.unwrap_or_else(|| Payload::from(Json::Null)))
    }

    /// Calls the function that the parameters name.
    pub(crate) async fn invoke_service(&self, job: &Job, reporter: Reporter) -> TaskResult {
        let invocation = invocation(job)?;
        let invoked = self.invoke(&invocation, job, reporter).await?;
        Ok(Payload::from(result(invoked)))
    }

    async fn invoke(
        &self,
        invocation: &Invocation,
        job: &Job,
        reporter: Reporter,
    ) -> Result<Invoked, TaskError> {
        let name = &invocation.function.name;
        if let Some(function) = self.config.functions.get(name) {
            return self.invoke_local(function, invocation, job, reporter).await;
        }
        let endpoint = self.aws.endpoint("Lambda");
        let caller = caller(job, &job.idempotency_key);
        let keys = self.aws.keys(&endpoint, caller).await;
        match keys.map_err(|failure| task_error(failure, job))? {
            Some(keys) => self.invoke_remote(&endpoint, &keys, invocation).await,
            None => Err(nowhere(invocation)),
        }
    }
}

fn invocation(job: &Job) -> Result<Invocation, TaskError> {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let name = parameters.required_text("FunctionName")?;
    let kind = match parameters.text("InvocationType")? {
        None | Some("RequestResponse") => InvocationKind::RequestResponse,
        Some("Event") => InvocationKind::Event,
        Some("DryRun") => InvocationKind::DryRun,
        Some(_) => return Err(parameters.invalid("InvocationType")),
    };
    let client_context = parameters.get("ClientContext").map(|context| match context {
        Json::String(encoded) => encoded.to_string(),
        value => STANDARD.encode(value.to_string()),
    });
    Ok(Invocation {
        function: FunctionName::parse(name, parameters.text("Qualifier")?),
        payload: parameters.get("Payload").cloned().map_or_else(Payload::default, Payload::from),
        kind,
        client_context,
        log_tail: parameters.text("LogType")? == Some("Tail"),
        request_id: derived_id(["invoke", &job.idempotency_key]),
    })
}

fn result(invoked: Invoked) -> Json {
    let mut members = Object::new();
    if let Some(version) = invoked.version {
        members.insert("ExecutedVersion".into(), Json::from(version));
    }
    if let Some(log) = invoked.log_result {
        members.insert("LogResult".into(), Json::from(log));
    }
    if let Some(payload) = invoked.payload {
        members.insert("Payload".into(), payload.value().clone());
    }
    add(&mut members, invoked.status, &invoked.headers, &invoked.request_id);
    members.insert("StatusCode".into(), Json::from(i64::from(invoked.status)));
    Json::from(members)
}

/// Reads the payload of a function that failed.
fn function_error(payload: &[u8]) -> TaskError {
    let text = String::from_utf8_lossy(payload);
    let error_type = Json::parse(&text)
        .ok()
        .and_then(|payload| Some(payload.get("errorType")?.as_str()?.to_owned()));
    match error_type {
        Some(error_type) => TaskError::new(error_type, &*text),
        None => TaskError::new(
            "Lambda.Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. \
                 Returned payload: {text}"
            ),
        ),
    }
}

fn nowhere(invocation: &Invocation) -> TaskError {
    let FunctionName { name, given, .. } = &invocation.function;
    let message = format!(
        "Function not found: {given}. Name a local one in the configuration as \
         [functions.{name}], or set AWS_ENDPOINT_URL_LAMBDA or AWS credentials"
    );
    let code = "ResourceNotFoundException";
    let cause = service_cause(&message, "AWSLambda", 404, code, &invocation.request_id);
    TaskError::new(format!("Lambda.{code}"), cause)
}
