//! Local functions: a command that reads JSON and writes JSON, or a URL that JSON is posted to.
//!
//! A function fails like a Lambda function: with an object that has `errorType` and `errorMessage`.
//! A command writes it to standard output, or as the last line of standard error, and exits with a
//! code other than 0; a URL answers with a status that is no success.

use std::time::Duration;

use compasso_engine::TaskError;
use compasso_executor::{Ended, NotRun, Program, TaskLog, signal_name};
use compasso_runtime::{Job, Reporter, Trace};
use compasso_types::{Json, Payload};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::{Invocation, InvocationKind, Invoked, Lambda, function_error};
use crate::config::Function;
use crate::environment;
use crate::parameters::result_too_large;
use crate::process::GRACE;
use crate::sdk_metadata::local_headers;
use crate::task_log;
use compasso_aws::{NoAnswer, Request};

/// Longest call of a URL: as long as a Lambda function may run.
const CALL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Lambda {
    /// Runs a local function. One that is called as an event is run to its end as well, so that no
    /// call is lost when the server stops; only its result and its errors are left out.
    pub(super) async fn invoke_local(
        &self,
        function: &Function,
        invocation: &Invocation,
        job: &Job,
        reporter: Reporter,
    ) -> Result<Invoked, TaskError> {
        if invocation.kind == InvocationKind::DryRun {
            return Ok(invoked(204, None, invocation));
        }
        let output = match &function.url {
            Some(url) if function.command.is_empty() => self.post(url, invocation, job).await,
            Some(_) | None => self.run(function, invocation, job, &task_log::of(reporter)).await,
        };
        match invocation.kind {
            InvocationKind::Event => Ok(invoked(202, None, invocation)),
            InvocationKind::RequestResponse | InvocationKind::DryRun => {
                Ok(invoked(200, Some(payload(&output?, invocation)?), invocation))
            }
        }
    }

    async fn run(
        &self,
        function: &Function,
        invocation: &Invocation,
        job: &Job,
        log: &TaskLog,
    ) -> Result<Vec<u8>, TaskError> {
        let name = &invocation.function.name;
        if function.command.is_empty() {
            let why = format!("[functions.{name}] has neither a command nor a URL");
            return Err(unknown("Runtime.InvalidEntrypoint", &why));
        }
        let base = self.config.directory.clone();
        let directory = match (base, &function.directory) {
            (Some(base), Some(directory)) => Some(base.join(directory)),
            (base, directory) => directory.clone().or(base),
        };
        let program = Program {
            command: function.command.clone(),
            environment: environment::of_job(&self.config, job, function.env.clone()),
            directory,
            stdin: Some(invocation.payload.text().as_bytes().to_vec()),
            log_stdout: false,
            stdout_bytes_max: Some(job.offer.result_bytes_max),
            grace: GRACE,
            marker: None,
            keeps: None,
        };
        match program.run(log).await {
            Ok(ended) if ended.status.success() => Ok(ended.stdout),
            Ok(ended) => Err(failed(name, &ended)),
            Err(NotRun::OutputTooLarge) => Err(result_too_large(job)),
            Err(NotRun::NotFound(why) | NotRun::NotStarted(why)) => {
                Err(unknown("Runtime.InvalidEntrypoint", &format!("function {name}: {why}")))
            }
            Err(NotRun::Broken(error)) => {
                Err(unknown("Runtime.ExitError", &format!("function {name}: {error}")))
            }
        }
    }

    async fn post(
        &self,
        url: &str,
        invocation: &Invocation,
        job: &Job,
    ) -> Result<Vec<u8>, TaskError> {
        let name = &invocation.function.name;
        let url = Url::parse(url).map_err(|error| {
            unknown("Runtime.InvalidEntrypoint", &format!("[functions.{name}] url: {error}"))
        })?;
        let request = Request {
            method: Method::POST,
            url,
            headers: headers(self.config.endpoint.as_deref(), job),
            body: Some(invocation.payload.text().as_bytes().to_vec()),
            timeout: CALL_TIMEOUT,
            answer_bytes_max: job.offer.result_bytes_max,
        };
        match request.send(&self.client).await {
            Ok(answer) if answer.header("x-amz-function-error").is_some() => {
                Err(function_error(&answer.body))
            }
            Ok(answer) if answer.status.is_success() => Ok(answer.body),
            Ok(answer) if error_object(&answer.body) => Err(function_error(&answer.body)),
            Ok(answer) => {
                let why =
                    format!("function {name} answered with status {}", answer.status.as_u16());
                Err(unknown("Function.StatusCode", &why))
            }
            Err(NoAnswer::TooLarge) => Err(result_too_large(job)),
            Err(NoAnswer::Timeout) => {
                let why = format!("function {name} did not answer in {} s", CALL_TIMEOUT.as_secs());
                Err(TaskError::new("Sandbox.Timedout", error_json("Sandbox.Timedout", &why)))
            }
            Err(NoAnswer::Socket(why)) => Err(TaskError::new(
                "Lambda.SdkClientException",
                format!("Unable to execute HTTP request: {why}"),
            )),
        }
    }
}

fn headers(endpoint: Option<&str>, job: &Job) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let traceparent = job.trace.as_ref().map(Trace::traceparent);
    for (name, value) in [
        ("idempotency-key", Some(&*job.idempotency_key)),
        ("compasso-execution-arn", Some(&*job.execution.0)),
        ("compasso-task-token", Some(&*job.token)),
        ("compasso-endpoint", endpoint),
        ("x-amzn-trace-id", job.trace_header.as_deref()),
        ("traceparent", traceparent.as_deref()),
    ] {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

fn payload(output: &[u8], invocation: &Invocation) -> Result<Payload, TaskError> {
    let text = String::from_utf8_lossy(output);
    if text.trim().is_empty() {
        return Ok(Payload::from(Json::Null));
    }
    // Parsed and written anew: blanks around a program's JSON are no part of the result.
    Json::parse(&text).map(Payload::from).map_err(|error| {
        let name = &invocation.function.name;
        unknown("Runtime.MarshalError", &format!("function {name} answered with no JSON: {error}"))
    })
}

fn failed(name: &str, ended: &Ended) -> TaskError {
    let last_line = ended.stderr_tail.lines().last().unwrap_or_default();
    for text in [&*ended.stdout, last_line.as_bytes()] {
        if error_object(text) {
            return function_error(text.trim_ascii());
        }
    }
    let end = match ended.status.code() {
        Some(code) => format!("exited with code {code}"),
        None => format!("was killed by {}", signal_name(ended.status)),
    };
    let separator = if last_line.is_empty() { "" } else { ": " };
    unknown("Runtime.ExitError", &format!("function {name} {end}{separator}{last_line}"))
}

fn error_object(text: &[u8]) -> bool {
    let value = std::str::from_utf8(text).ok().and_then(|text| Json::parse(text).ok());
    value.is_some_and(|value| {
        value.get("errorType").is_some_and(|error_type| error_type.as_str().is_some())
    })
}

fn unknown(error_type: &str, message: &str) -> TaskError {
    TaskError::new("Lambda.Unknown", error_json(error_type, message))
}

fn error_json(error_type: &str, message: &str) -> String {
    let members = [("errorMessage", Json::from(message)), ("errorType", Json::from(error_type))];
    Json::object(members).to_string()
}

fn invoked(status: u16, payload: Option<Payload>, invocation: &Invocation) -> Invoked {
    let version = invocation.function.qualifier.as_deref().unwrap_or("$LATEST");
    let mut headers = local_headers("application/json", &invocation.request_id);
    headers.push(("X-Amz-Executed-Version".to_owned(), version.to_owned()));
    Invoked {
        status,
        version: Some(version.to_owned()),
        payload,
        log_result: None,
        headers,
        request_id: invocation.request_id.clone(),
    }
}
