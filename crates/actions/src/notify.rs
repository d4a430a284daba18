//! `compasso:notify`: a message to an address that the configuration names.

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::TaskResult;
use compasso_runtime::Job;
use compasso_types::Json;

use crate::{ActionsConfig, message};

/// Where messages go that do not say where.
const DEFAULT: &str = "default";

/// Sends `{text, title, severity, fields, run, task}` to `[notify.NAME]`, `to` being the name.
pub(crate) async fn run(
    connectors: &Connectors,
    config: &ActionsConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let url = message::address(config, None, parameters.text("to")?.unwrap_or(DEFAULT))?;
    let mut members = vec![("text", Json::from(parameters.required_text("text")?))];
    for name in ["title", "severity", "fields"] {
        members.extend(parameters.get(name).map(|value| (name, value.clone())));
    }
    members.push(("run", Json::from(&*job.execution.0)));
    members.push(("task", Json::from(&*job.offer.state)));
    message::send(connectors, url, &Json::object(members), job).await
}
