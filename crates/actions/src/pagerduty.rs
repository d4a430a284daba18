//! `compasso:pagerduty`: an event for PagerDuty, in the second version of its events.

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::TaskResult;
use compasso_runtime::Job;
use compasso_types::Json;

use crate::{ActionsConfig, message};

/// Where events go if neither the task nor the configuration says.
const ADDRESS: &str = "https://events.pagerduty.com/v2/enqueue";

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
    let event = parameters.text("event")?.unwrap_or("trigger");
    let severity = parameters.text("severity")?.unwrap_or("error");
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
