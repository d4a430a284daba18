//! The kinds of triggers.

use compasso_pipeline::tree::TriggerKind;

/// Returns the word for a kind in a pipeline.
pub(crate) fn name(kind: &TriggerKind) -> &'static str {
    match kind {
        TriggerKind::Schedule(_) => "schedule",
        TriggerKind::Webhook(_) => "webhook",
        TriggerKind::Queue(_) => "queue",
        TriggerKind::File(_) => "file",
        TriggerKind::Object(_) => "object",
        TriggerKind::Asset(_) => "asset",
        TriggerKind::Pipeline(_) => "pipeline",
        TriggerKind::Event(_) => "event",
        TriggerKind::Sql(_) => "sql",
        TriggerKind::Git(_) => "git",
        TriggerKind::Alert(_) => "alert",
    }
}

/// Whether a kind is not for us: schedules are the scheduler's, and queues are refused when a
/// pipeline is pushed.
pub(crate) fn is_elsewhere(kind: &TriggerKind) -> bool {
    matches!(kind, TriggerKind::Schedule(_) | TriggerKind::Queue(_))
}
