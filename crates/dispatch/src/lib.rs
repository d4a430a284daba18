//! How a task comes to run: queues, gates, workers and their leases.
//!
//! A task with a placement waits until it has all that it wants at once: a worker with its tags,
//! slots of a pool, a mutex, a rate, a breaker that is not open. [`Dispatcher`] is the server's task
//! runner in front of the connectors; what waits and why is decided by the `board`, which is pure.
//! **Invariant:** what a task holds belongs to an attempt that is out. So nothing leaks, and a restart
//! finds all of it again: attempts that are out are offered again, with the worker that has them,
//! before anything else may run. What is given up holds all it has until its work is gone (`partings`). Start with [`Dispatcher`], then `board`.

mod acts;
mod artifacts;
mod board;
mod cache;
mod carry;
mod delivery;
mod desk;
mod dispatcher;
mod errors;
mod figures;
mod holding;
mod leases;
mod limits;
mod masked;
mod partings;
mod place;
mod pools;
mod protocol;
mod secrets;
mod terms;
mod views;
mod wants;
mod workers;

pub use acts::{Act, Acted};
pub use artifacts::{KeptArtifact, removed};
pub use board::{Block, BreakerView, HourOfWaits, QueueView, TaskWaits};
pub use cache::{KIND as KEPT_RESULT, is_stale};
pub use dispatcher::{BuiltIn, Dispatcher, Scripts};
pub use errors::WorkerError;
pub use figures::{Figures, LeaseCounts, WorkerCounts};
pub use holding::{Standing, held_files};
pub use limits::{LEASE, POLL_MAX, RESULT_BYTES_MAX};
pub use pools::{PoolError, PoolView};
pub use protocol::{
    Beat, BeatAnswer, Delivery, Failure, Polled, Registered, Registration, Stream, WorkerLine,
};
pub use secrets::{Asked, Links, Secrets};
pub use terms::ArtifactTerm;
pub use views::{BlockedTask, WorkerView};
pub use wants::PoolSizes;
