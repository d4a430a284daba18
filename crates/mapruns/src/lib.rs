//! Map runs: what the engine leaves to the outside when it comes to a distributed Map.
//!
//! A run (`drive`) reads its items as a stream, makes the inputs of its children (`children`), keeps a
//! bounded number of them under way (`crew`), counts how they end (`progress`), and makes the
//! state's result of theirs or exports them (`results`). Children are executions like others; their
//! names follow from the run and their place in it, so that starting one again finds it.
//!
//! **Invariant:** progress is durable. A child that has closed is a row in the store and is never
//! run again; [`record::Progress`] only says below which child no row needs to be looked at. A crash
//! therefore costs nothing but those looks. Start with [`MapRuns`].

mod census;
mod children;
mod counts;
mod crew;
mod drive;
mod launch;
mod leftovers;
mod limits;
mod live;
mod map_runs;
mod names;
mod outcome;
mod pause;
mod progress;
mod record;
mod removal;
mod results;
mod rows;
mod run;

pub use children::read_given;
pub use counts::Counts;
pub use map_runs::{Change, MapRunDescription, MapRuns, UpdateError};
pub use record::Status;
pub use removal::is_run;
