//! Schedules at work: when a tick is due, what it aims at is started, once, and a record says what
//! became of it.
//!
//! `compasso_schedule` knows when ticks are and what is to happen; here they meet clock and store. One
//! timer waits for the earliest due tick of all schedules (`alarms`); then `plan` decides, without
//! waiting, and `advance` carries it out.
//!
//! **Invariant:** a tick's record, the start of its execution and the schedule's cursor are one write,
//! compared and set by the schedule's revision. A crash before it changes nothing, and after it all
//! is done: no tick is lost, none runs twice. Start with [`Scheduler`], then `plan`.

mod advance;
mod alarms;
mod backfill;
mod calendars;
mod change;
mod deadlines;
mod ends;
mod input;
mod limits;
mod pipelines;
mod plan;
mod ready;
mod record;
mod scheduler;
mod seats;
mod slots;
mod target;
mod ticks;
mod why;

pub use advance::run_name;
pub use backfill::{
    Backfill, BackfillError, BackfillOrder, BackfillState, BackfillTick, BackfillTickState, Counts,
    NewBackfill, Planned, PlannedFate, Reprocess,
};
pub use calendars::{Calendar, CalendarError};
pub use change::{Change, ChangeError, NewSchedule};
pub use deadlines::{Deadline, Unstarted};
pub use input::{Input, InputError, text_of};
pub use limits::{NAME_CHARS_MAX, SCHEDULES_MAX};
pub use pipelines::{PipelineSchedule, pipeline_schedule};
pub use record::{Pause, Reason, Record, Target, TickRecord, TickState};
pub use scheduler::{Described, Scheduler};
pub use seats::{Candidate, Concurrency, Place, Queued, Seated, SeatedAgain, TickOf};
pub use target::{
    OfBackfill, Prepared, PreparedRun, Resumed, RunAgain, RunOrder, TargetError, Targets,
};
pub use why::condition;
