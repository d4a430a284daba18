//! The pure engine: it decides what an execution does next.
//!
//! [`decide`] takes an execution, an input and the time, and answers with events (stored facts) and
//! effects (work owed to the outside). [`Execution::apply`] folds an event into the state; live
//! path and recovery both run it. **Invariant:** no clock, no randomness, no I/O, no map whose
//! order can differ: the same input gives the same bytes on every machine, for ever. Start reading
//! at [`decide`], then [`Event`].

mod apply;
mod choice;
mod chosen;
mod chunks;
mod context;
mod dataflow;
mod decide;
mod each;
mod effect;
mod event;
mod execution;
mod failure;
mod fork;
mod graph;
mod history;
mod input;
mod inspection;
mod item_batcher;
mod item_selector;
mod keys;
mod map;
mod map_fields;
mod map_run;
mod mocks;
mod outputs;
mod placement;
mod problem;
mod redrive;
mod report;
mod rerun;
mod restores;
mod scope;
mod sight;
mod signal;
mod simple;
mod steps;
mod task;
mod token;
mod trial;
mod turn;
mod wake;

pub use chosen::Chosen;
pub use compasso_types::error_names::is_error_like;
pub use decide::{Decision, Moment, Rejected, decide};
pub use effect::{ChildWorkflow, Effect, MapRunOffer, Offer, TaskId};
pub use event::{Event, EventId, EventKind, ScopeId, StateKind};
pub use execution::{Closed, Execution, ImageError, Status};
pub use graph::{
    BranchFailure, BranchState, Compensation, Mark, MarkState, NotMarkable, NotSteerable,
    NotUndoable, Orders, Steer, SteerOrder, WHOLE_RUN, skips,
};
pub use history::TaskFamily;
pub use input::{Input, Origin, RULES, Start, StopOrder, TaskError, TaskResult};
pub use inspection::Inspection;
pub use item_batcher::{ItemBatcher, OpenBatch};
pub use item_selector::{ItemSelector, MapItem};
pub use map_run::{Batch, MapRun, Reader, Writer};
pub use mocks::{Expectation, MockFile, MockFileError, MockedInvocations, Mocks};
pub use placement::Placed;
pub use redrive::{NotRedrivable, Record as RedriveRecord, Redrive};
pub use rerun::{InstanceRerun, Rerun, RerunOrder, Selection};
pub use restores::{Restore, Restores};
pub use signal::Signal;
pub use steps::{Iterations, Step, StepStatus, Steps, started_by};
pub use token::{CALLBACKS, TaskToken};
pub use trial::{Ending, Progress, Read, ReadItems, Subject, Trial, Verdict};
