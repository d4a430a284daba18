//! The environment that processes and local functions see.

use std::collections::BTreeMap;

use compasso_executor::inherited;
use compasso_runtime::Job;

use crate::ConnectorsConfig;

/// Returns the environment of a program that works on `job`; `own` wins over everything else.
pub(crate) fn of_job(
    config: &ConnectorsConfig,
    job: &Job,
    own: impl IntoIterator<Item = (String, String)>,
) -> BTreeMap<String, String> {
    let passed = config.process.pass_env.iter().map(String::as_str);
    let mut environment = inherited(passed);
    let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
    set("COMPASSO_IDEMPOTENCY_KEY", &job.idempotency_key);
    set("COMPASSO_EXECUTION_ARN", &job.execution.0);
    set("COMPASSO_TASK_TOKEN", &job.token);
    if let Some(endpoint) = &config.endpoint {
        set("COMPASSO_ENDPOINT", endpoint);
        // AWS SDKs read this one, so a function that answers by token finds the server that asked.
        set("AWS_ENDPOINT_URL_SFN", endpoint);
    }
    if let Some(trace) = &job.trace_header {
        set("_X_AMZN_TRACE_ID", trace);
    }
    if let Some(trace) = &job.trace {
        set("TRACEPARENT", &trace.traceparent());
    }
    environment.extend(own);
    environment
}
