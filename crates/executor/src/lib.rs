//! Running programs on this machine: one program with everything it starts ([`Program`]), and the
//! scripts of pipelines ([`Executor`]), whose steps share a workspace.
//!
//! The server's built-in worker, remote workers and the connectors for processes all run programs
//! through here. **Invariant:** nothing a program writes can make the memory grow, and nothing of
//! an attempt outlives its future but what says so: its processes are ended, its directory goes.
//!
//! Start reading at [`Executor::run`], then `order` for what a work order holds.

mod artifacts;
mod attempt;
mod checkout;
mod commands;
mod environment;
mod executor;
mod failure;
mod log;
mod masks;
mod order;
mod output;
mod output_file;
mod outside;
mod program;
mod retry;
mod session;
mod value;
mod workspace;

pub use attempt::{Attempt, Held, Work};
pub use environment::inherited;
pub use executor::{Executor, ExecutorSettings};
pub use failure::Failure;
pub use log::{Lines, LogSink, TaskLog};
pub use masks::Masks;
pub use order::WorkOrder;
pub use output::masked;
pub use outside::{KeptArtifact, Outside};
pub use program::{Ended, NotRun, Program, exit_code, signal_name};
