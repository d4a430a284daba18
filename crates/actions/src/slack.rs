//! `compasso:slack`: a message to a webhook of Slack, or of a service that takes the same.

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::TaskResult;
use compasso_runtime::Job;
use compasso_types::Json;

use crate::{ActionsConfig, message};

/// Sends `text`, to the address `webhook` or `[notify.slack]`.
pub(crate) async fn run(
    connectors: &Connectors,
    config: &ActionsConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let url = message::address(config, parameters.text("webhook")?, "slack")?;
    let mut members = vec![("text", Json::from(parameters.required_text("text")?))];
    for name in ["channel", "blocks"] {
        members.extend(parameters.get(name).map(|value| (name, value.clone())));
    }
    message::send(connectors, url, &Json::object(members), job).await
}
