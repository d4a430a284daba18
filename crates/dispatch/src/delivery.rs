//! How a task is told to a worker.

use std::sync::Arc;
use std::time::Duration;

use compasso_ir::ResourceKind;
use compasso_runtime::{Job, Trace};
use compasso_types::Payload;
use serde_json::value::RawValue;

use crate::limits;
use crate::protocol::Delivery;
use crate::wants::Wants;

/// Describes a job to a worker; `parameters` have their secrets put in.
pub(crate) fn of(job: &Job, wants: &Wants, parameters: &Payload, masks: Vec<String>) -> Delivery {
    let parts: Vec<&str> = job.execution.0.split(':').collect();
    let part = |at: usize| Arc::from(parts.get(at).copied().unwrap_or_default());
    let is_handler = match &job.offer.resource.kind {
        ResourceKind::Service { action, .. } => &**action == "handler",
        ResourceKind::Activity | ResourceKind::LambdaFunction => false,
    };
    let raw = |payload: &Payload| RawValue::from_string(payload.text().to_owned()).ok();
    let input = parameters.value().get("input").map(|input| Payload::from(input.clone()));
    let (work, input) =
        if is_handler { (None, input.as_ref().and_then(raw)) } else { (raw(parameters), None) };
    let millis = |time: Option<Duration>| time.map(|time| time.as_millis() as u64);
    let words = wants.task.clone().unwrap_or_default();
    Delivery {
        lease: job.token.clone(),
        run: part(7),
        pipeline: part(6),
        execution: job.execution.0.clone(),
        task: words.id.unwrap_or_else(|| job.offer.state.clone()),
        key: words.key,
        attempt: job.offer.task.attempt + 1,
        idempotency_key: (wants.work_key.clone().or(words.idempotency_key))
            .unwrap_or_else(|| job.idempotency_key.clone()),
        traceparent: job.trace.as_ref().map(Trace::traceparent),
        kind: if is_handler { "handler" } else { "script" },
        handler: handler(parameters).filter(|_| is_handler),
        work,
        input,
        // Nothing of a sensitive task is shown, and its output is as it is.
        masks: if wants.sensitive { Vec::new() } else { masks },
        timeout_ms: millis(job.offer.timeout),
        heartbeat_ms: millis(job.offer.heartbeat),
        output_bytes_max: job.offer.result_bytes_max.min(limits::RESULT_BYTES_MAX),
    }
}

/// Returns the handler that parameters name.
pub(crate) fn handler(parameters: &Payload) -> Option<Arc<str>> {
    Some(parameters.value().get("handler")?.as_str()?.into())
}
