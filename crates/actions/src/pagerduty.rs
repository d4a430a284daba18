//! `compasso:pagerduty`: an event for PagerDuty, in the second version of its events.

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::Json;

use crate::{ActionsConfig, message};

/// Where events go if neither the task nor the configuration says.
const ADDRESS: &str = "https://events.pagerduty.com/v2/enqueue";
const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "info"];
const EVENTS: [&str; 3] = ["trigger", "acknowledge", "resolve"];

/// Sends an event; that it came twice is seen by its `dedup_key`, which is the task's own unless it
/// gives one.
pub(crate) async fn run(
    connectors: &Connectors,
    config: &ActionsConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let given = parameters.text("url")?;
    let given = given.or_else(|| (!config.notify.contains_key("pagerduty")).then_some(ADDRESS));
    let url = message::address(config, given, "pagerduty")?;
    let event = one_of(parameters, "event", "trigger", &EVENTS)?;
    let severity = one_of(parameters, "severity", "error", &SEVERITIES)?;
    let source = parameters.text("source")?.unwrap_or(&job.execution.0);
    let mut payload = vec![
        ("summary", Json::from(parameters.required_text("summary")?)),
        ("severity", Json::from(severity)),
        ("source", Json::from(source)),
    ];
    payload.extend(parameters.get("details").map(|details| ("custom_details", details.clone())));
    let mut members = vec![
        ("routing_key", Json::from(parameters.required_text("key")?)),
        ("event_action", Json::from(event)),
        ("dedup_key", parameters.text("dedup_key")?.unwrap_or(&job.idempotency_key).into()),
        ("payload", Json::object(payload)),
    ];
    if let Some(link) = parameters.text("link")? {
        members.push(("links", Json::array([Json::object([("href", Json::from(link))])])));
    }
    message::send(connectors, url, &Json::object(members), job).await
}

fn one_of<'a>(
    parameters: &'a Parameters<'_>,
    name: &str,
    default: &'a str,
    known: &[&str],
) -> Result<&'a str, TaskError> {
    let word = parameters.text(name)?.unwrap_or(default);
    if known.contains(&word) {
        return Ok(word);
    }
    let known = known.join(", ");
    Err(parameters.refuse(format_args!("The field '{name}' must be one of: {known}")))
}
