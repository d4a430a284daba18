//! `/api/v1/runs/{id}/signals/{name}`: what a run waits for has happened.

use axum::extract::{Request, State};
use axum::response::Response;
use compasso_service::SignalExecution;
use serde::Deserialize;

use super::answer::{admit, nothing, query, respond, run_and_part};
use crate::Edge;
use crate::errors::Failure;
use crate::own_actions::demand;

/// What stands in the ARN of a run of a pipeline.
const RUN: &str = "run";

/// What goes with a signal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    /// Tells it from others: the same again changes nothing.
    id: Option<String>,
}

/// Sends a signal whose payload is the body; without one, `null`.
pub(super) async fn send(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = sent(&edge, request).await;
    respond(&edge, outcome)
}

async fn sent(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let (run, name) = run_and_part(edge, &viewer, &mut parts).await?;
    let Sent { id } = query(&mut parts).await?;
    viewer.check("SignalExecution", &run)?;
    if run.split(':').nth(5) != Some(RUN) {
        demand("SignalExecution", "signals", edge.settings.beyond_aws.signals)?;
    }
    let body = String::from_utf8(body.into())
        .map_err(|_| Failure::serialization("The request body is not UTF-8"))?;
    let payload = Some(body).filter(|body| !body.trim().is_empty());
    let signal = SignalExecution { execution_arn: run, signal_name: name, payload, id };
    edge.service.signal_execution(signal).await?;
    Ok(nothing())
}
