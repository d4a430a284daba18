//! A decided turn in the forms that leave it: the row for the store, the orders to the outside.

use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{self as engine, Effect, Event, Execution, TaskId};
use compasso_ir::ResourceKind;
use compasso_store::{Attributes, ExecutionKey, JournalEntry, Revision, Turn};

use super::Order;
use crate::records::{OutcomeRecord, status_of};
use crate::slots::Live;
use crate::{Job, MapRunJob, StartRecord, Trace};

/// Packs a turn for the store.
pub(super) fn pack(
    key: &ExecutionKey,
    base: Option<Revision>,
    live: &Live,
    image: Option<Bytes>,
    journal: JournalEntry,
) -> Turn {
    let execution = &live.execution;
    let closed = live.closed();
    let open = closed.is_none();
    Turn {
        key: key.clone(),
        base,
        workflow: live.record.start.workflow.clone(),
        version: live.record.start.version.clone(),
        alias: live.record.start.alias.clone(),
        status: status_of(closed),
        started: live.started,
        stopped: live.stopped,
        redriven: live.redriven(),
        wake_at: execution.next_wake().filter(|_| open),
        owes: open && execution.owes(),
        start: base.is_none().then(|| live.record.write()),
        image,
        outcome: closed.map(|closed| OutcomeRecord::new(closed, execution.last_event()).write()),
        journal: Some(journal),
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}

/// Packs a turn's events.
pub(crate) fn journal(events: &[Event], first_event: u64) -> JournalEntry {
    let shown = events.iter().filter(|event| event.id > 0).count();
    JournalEntry {
        first_event,
        events: u32::try_from(shown).unwrap_or(u32::MAX),
        body: serde_json::to_vec(events).expect("events have string keys only").into(),
    }
}

/// Makes orders of effects; an execution that is over offers no tasks. A map run is begun even then:
/// it is stored as begun, and its cancellation comes after it and gives it up.
pub(crate) fn orders(
    key: &ExecutionKey,
    execution: &Execution,
    record: &StartRecord,
    effects: Vec<Effect>,
    traces: bool,
) -> Vec<Order> {
    let open = *execution.status() == engine::Status::Running;
    let order = |effect| match effect {
        Effect::OfferTask(offer) => {
            let activity = offer.resource.kind == ResourceKind::Activity;
            let job = Box::new(Job {
                execution: key.clone(),
                token: execution.token(offer.task).into(),
                idempotency_key: idempotency_key(key, offer.task),
                role: Arc::clone(&record.start.role),
                trace_header: record.trace_header.clone(),
                trace: traces.then(|| Trace::of_task(record, offer.task)),
                offer: *offer,
            });
            open.then(|| if activity { Order::OfferActivity(job) } else { Order::Run(job) })
        }
        Effect::StartMapRun(offer) => {
            Some(Order::StartMapRun(Box::new(MapRunJob::new(key, record, *offer))))
        }
        Effect::CancelTask(task) => Some(Order::Cancel(task)),
        Effect::Continue => open.then_some(Order::Continue),
    };
    effects.into_iter().filter_map(order).collect()
}

/// Returns the key that is equal for all deliveries of one attempt.
fn idempotency_key(key: &ExecutionKey, task: TaskId) -> Arc<str> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.0.as_bytes());
    hasher.update(&task.entry.to_le_bytes());
    hasher.update(&task.attempt.to_le_bytes());
    hasher.finalize().to_hex().as_str().into()
}
