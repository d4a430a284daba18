//! Where a task may run, and what it waits for before it does.

use std::time::Duration;

use compasso_expr::query::Query;

use crate::Field;

/// What a task waits for before it starts: a worker, a place in a pool, a mutex.
///
/// A task with a placement is *scheduled* when it is offered and *started* when somebody takes it,
/// as an activity is. If it succeeds without having been started, its result was kept from an
/// earlier run: the variable `cached` of its block is then true.
///
/// Time limits are these, not those of the [`crate::Task`]: they count milliseconds. One that is
/// computed is a number of seconds, or a text such as `1h30m`.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Gives an object that the engine does not read; whoever places tasks does. Pipelines write
    /// into it, as far as a task says so: `task` (`id`, `attempt`, `idempotency_key`, and of an
    /// instance `key` and `index`), `scheduled_at`, `tags`, `pool`, `slots`, `mutex`, `rate`,
    /// `priority`, `breaker`, `cache`, `max_tasks`.
    pub wants: Query,
    /// From the offer to the start; at it the task fails with `QueueTimeout`.
    pub queue_timeout: Option<Field<Duration>>,
    /// Limit of an attempt, from its start; at it the task fails with `Timeout`.
    pub timeout: Option<Field<Duration>>,
    /// Longest silence; at it the task fails with `Heartbeat`.
    pub heartbeat: Option<Field<Duration>>,
    /// From the first offer to the end of the last attempt; at it the task fails with `Timeout`.
    pub total_timeout: Option<Field<Duration>>,
}
