//! `Retry` and `Catch`.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;

use crate::{ResultPath, StateId, Value};

/// One element of `Retry`.
#[derive(Clone, Debug)]
pub struct Retrier {
    /// `ErrorEquals`.
    pub errors: Vec<Arc<str>>,
    /// `IntervalSeconds`.
    pub interval: Duration,
    /// `MaxAttempts`: retries, not counting the first run.
    pub max_attempts: u32,
    /// `BackoffRate`.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`.
    pub max_delay: Option<Duration>,
    /// `JitterStrategy`.
    pub jitter: Jitter,
}

/// `JitterStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Wait exactly as computed.
    None,
    /// Wait between zero and as computed.
    Full,
}

/// One element of `Catch`.
#[derive(Clone, Debug)]
pub struct Catcher {
    /// `ErrorEquals`.
    pub errors: Vec<Arc<str>>,
    /// `Next`.
    pub next: StateId,
    /// `ResultPath` of a JSONPath catcher.
    pub result_path: ResultPath,
    /// `Output` of a JSONata catcher.
    pub output: Option<Query>,
    /// `Assign`.
    pub assign: Option<Value>,
}
