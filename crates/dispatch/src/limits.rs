//! The bounds of dispatch.

use std::time::Duration;

/// How long a lease is good without being renewed, if nothing else is said.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often workers are to renew their leases while one is good.
pub(crate) const HEARTBEATS: u32 = 3;
/// Longest time a poll is held open.
pub const POLL_MAX: Duration = Duration::from_secs(60);
/// Most workers that are known.
pub(crate) const WORKERS_MAX: usize = 10_000;
/// How long a worker is known that says nothing and has nothing.
pub(crate) const WORKER_KEPT: Duration = Duration::from_secs(600);
/// Most tasks that one worker may have.
pub(crate) const WORKER_SLOTS_MAX: u32 = 10_000;
/// Most tags and most handlers of one worker.
pub(crate) const WORKER_NAMES_MAX: usize = 1_000;
/// Most characters of the name of a worker, a tag or a handler.
pub(crate) const NAME_CHARS_MAX: usize = 200;
/// Most leases that one call may name.
pub(crate) const LEASES_NAMED_MAX: usize = 20_000;
/// Most cancelled leases that are kept for a worker to be told of.
pub(crate) const CANCELS_MAX: usize = 20_000;
/// Largest result of a worker.
pub const RESULT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest artifact.
pub(crate) const ARTIFACT_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// Most bytes of the name of an artifact.
pub(crate) const NAME_BYTES_MAX: usize = 1_024;
/// Most lines of output in one call.
pub(crate) const LOG_LINES_MAX: usize = 10_000;
/// Documents that are read at once.
pub(crate) const PAGE: usize = 1_000;
/// Most pools.
pub(crate) const POOLS_MAX: usize = 1_000;
/// Most jobs that connectors carry out for tasks with a placement; the runtime bounds them further.
pub(crate) const SERVER_PLACES: i64 = 100_000;
