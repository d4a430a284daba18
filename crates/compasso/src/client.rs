//! A client of a server, speaking the Step Functions protocol.

use anyhow::{Context as _, bail};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;

use crate::settings::DEFAULT_LISTEN;

/// The account and region the commands work in.
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// A server.
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: String,
}

/// The server's answer was an error.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The error's name, such as `StateMachineDoesNotExist`.
    pub(crate) code: String,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

impl Client {
    /// Makes a client of the server at `endpoint`, or at the default address.
    pub(crate) fn new(endpoint: Option<String>) -> anyhow::Result<Self> {
        let endpoint = endpoint.unwrap_or_else(|| format!("http://{DEFAULT_LISTEN}"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        Ok(Self { http, endpoint })
    }

    /// Calls an action of the Step Functions API.
    ///
    /// # Errors
    /// The server cannot be reached, or answers an error ([`Refused`]).
    pub(crate) async fn call(&self, action: &str, request: &Value) -> anyhow::Result<Value> {
        let answer = self
            .http
            .post(format!("{}/", self.endpoint))
            .header("x-amz-target", format!("AWSStepFunctions.{action}"))
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header(AUTHORIZATION, format!("AWS4-HMAC-SHA256 Credential=local/19700101/{REGION}/states/aws4_request"))
            .body(request.to_string())
            .send()
            .await
            .with_context(|| self.unreachable())?;
        let is_error = !answer.status().is_success();
        let text = answer.text().await.with_context(|| self.unreachable())?;
        let value: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} does not speak the Step Functions protocol", self.endpoint))?;
        if is_error {
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            bail!(Refused { code: text("__type"), message: text("message") });
        }
        Ok(value)
    }

    /// Opens the log of an execution after line number `after`: JSON lines.
    pub(crate) async fn log(
        &self,
        execution: &str,
        after: u64,
        follow: bool,
    ) -> anyhow::Result<reqwest::Response> {
        let execution: String = execution.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let url = format!(
            "{}/api/v1/executions/{execution}/logs?after={after}&follow={follow}",
            self.endpoint
        );
        let answer = self.http.get(url).send().await.with_context(|| self.unreachable())?;
        if !answer.status().is_success() {
            bail!("the server answered {}: {}", answer.status(), answer.text().await?);
        }
        Ok(answer)
    }

    fn unreachable(&self) -> String {
        format!("no server at {} (start one with `compasso serve`, or name one with --endpoint)", self.endpoint)
    }
}

/// Returns the ARN of a workflow given by name or ARN.
pub(crate) fn workflow_arn(workflow: &str) -> String {
    if workflow.starts_with("arn:") {
        return workflow.to_owned();
    }
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{workflow}")
}

/// Returns the ARN of an execution given as ARN or as `workflow:name`.
pub(crate) fn execution_arn(execution: &str) -> anyhow::Result<String> {
    if execution.starts_with("arn:") {
        return Ok(execution.to_owned());
    }
    if !execution.contains(':') {
        bail!("{execution} is no execution: give its ARN, or workflow:name");
    }
    Ok(format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{execution}"))
}
