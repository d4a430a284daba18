//! The shell around the engine: it loads, decides, commits, and carries out effects.
//!
//! Inputs of an execution are handled one after the other, those of different executions side by
//! side. A turn's events are durable before anybody outside sees them: an API answer, a task, a
//! status. **Invariant:** store first, act second; whatever became ready while a commit was under
//! way forms the next one. Start with [`Runtime`].

mod activities;
mod admission;
mod backlog;
mod beside;
mod bond;
mod clock;
mod commit;
mod compensate;
mod core;
mod errors;
mod express;
mod history;
mod http_trace;
mod images;
mod limits;
mod logs;
mod map_runs;
mod mark;
mod marks;
mod message;
mod observer;
mod origins;
mod outage;
mod quarantine;
mod records;
mod recovery;
mod redrive;
mod refusals;
mod release;
mod replay;
mod restores;
mod running;
mod runtime;
mod shares;
mod signals;
mod slots;
mod steer;
mod tasks;
mod threads;
mod timers;
mod traces;
mod transitions;
mod turn;
mod verify;
mod views;
mod watched;

pub use admission::{Admitted, Shortage};
pub use beside::Beside;
pub use bond::Bond;
pub use clock::{Clock, Entropy, SystemClock, SystemEntropy};
pub use compensate::CompensateError;
pub use errors::{ReportError, RuntimeError, StartError};
pub use http_trace::{HttpTrace, HttpTracing, TracedRequest, TracedResponse};
pub use map_runs::{MapRunJob, MapRunner};
pub use mark::MarkError;
pub use marks::TurnMarks;
pub use observer::{News, Observer};
pub use origins::Point;
pub use records::{
    DefinitionRef, Description, HistoryLog, LogLevel, MapRunChild, StartRecord, error_of,
};
pub use redrive::RedriveError;
pub use release::ReleaseError;
pub use restores::note_restore;
pub use runtime::{ActivityTask, ExpressEnd, HistoryRange, Load, Runtime, Settings, StartOrder};
pub use signals::SignalError;
pub use steer::SteerError;
pub use tasks::{DefinitionError, Definitions, Job, Reporter, Reports, TaskEnd, TaskRunner};
pub use traces::Trace;
pub use transitions::TransitionRates;
#[doc(hidden)]
pub use turn::Decide;
pub use verify::Flaw;
pub use watched::Watched;
