//! Whoever wants to hear of everything that happens: logs, status events, metrics.

use std::sync::Arc;

use compasso_engine::{Event, Redrive};
use compasso_ir::ExecutionType;
use compasso_types::Timestamp;

use crate::StartRecord;

/// Hears of what happened, once it is durable.
pub trait Observer: Send + Sync + 'static {
    /// Called after each turn that brought events, in order for one execution. It must not wait:
    /// it is called where commits are completed.
    fn turned(&self, news: &News);
}

/// What one turn brought.
#[derive(Clone, Debug)]
pub struct News {
    /// What the execution started with.
    pub record: Arc<StartRecord>,
    /// Whether it is durable, or kept in memory.
    pub kind: ExecutionType,
    /// When it started.
    pub started: Timestamp,
    /// How it was redriven last, if it was.
    pub redrive: Option<Arc<Redrive>>,
    /// What happened, in order; never empty.
    pub events: Vec<Event>,
}
