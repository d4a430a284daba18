//! `Retry` and `Catch`.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;

use crate::{ResultPath, StateId, Value};

/// One element of `Retry`.
#[derive(Clone, Debug)]
pub struct Retrier {
    /// `ErrorEquals`.
    pub errors: Vec<ErrorPattern>,
    /// Errors that are not retried although `errors` has them.
    pub except: Vec<ErrorPattern>,
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
    /// No attempt begins later than this after the state was entered.
    pub window: Option<Duration>,
}

/// Which errors a [`Retrier`] or a [`Catcher`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorPattern {
    /// Those that `ErrorEquals` names so.
    Equals(Arc<str>),
    /// Those that a pipeline calls so: by the names of the Amazon States Language, or by those that
    /// tasks are seen to fail with (`Timeout`); a `*` at the end stands for anything.
    Like(Arc<str>),
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
    pub errors: Vec<ErrorPattern>,
    /// `Next`.
    pub next: StateId,
    /// `ResultPath` of a JSONPath catcher.
    pub result_path: ResultPath,
    /// `Output` of a JSONata catcher.
    pub output: Option<Query>,
    /// `Assign`.
    pub assign: Option<Value>,
}
