//! Jobs: one action on many runs. The runs are chosen once, when the job is created; then each gets
//! the action once, a few at a time, and what became of it is kept.
//!
//! A job is a document with its counts; its runs stand in *parts* beside it, so that a step writes
//! little. **Invariant:** what is stored of a run says what was done with it, and a crash between the
//! two does nothing twice: the actions themselves tell that they were done (see `act`).

mod act;
mod create;
mod drive;
mod record;
mod select;
mod view;

pub use self::create::{CreateJob, PlannedJob};
pub(crate) use self::drive::Jobs;
pub(crate) use self::record::{JOB, JOB_PART, is_over_since};
pub use self::record::{JobAction, JobCounts, JobState, RunEnd};
pub use self::select::ChosenRuns;
pub(crate) use self::select::filter;
pub use self::view::{JobPage, JobRun, JobRunPage, JobView, ListJobRuns};
