//! The remote worker: it takes tasks from a server over HTTP, runs their scripts, and reports.
//!
//! One poll at a time asks for as many tasks as there are free slots. Signs of life renew the leases
//! of all tasks that run. **Invariant:** a task whose lease is lost or given up is ended, and nothing
//! is reported of it; a task whose server is away goes on, and its end is reported when the server
//! is back. Start reading at [`Worker::run`].

mod backoff;
mod log;
mod outside;
mod protocol;
mod running;
mod server;
mod stop;
mod task;
mod worker;

pub use server::{Denied, Server};
pub use stop::{Stop, Stopper};
pub use worker::{Worker, WorkerSettings};
