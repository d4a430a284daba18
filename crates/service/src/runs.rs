//! Runs, as people look at them: executions with what became of each state.
//!
//! These use cases serve the REST interface and the console. They decide nothing: what a step is
//! stands in the engine's [`Steps`](compasso_engine::Steps).

mod actions;
mod artifacts;
mod compensation;
mod course;
mod dismissals;
mod events;
mod export;
mod facts;
mod failures;
mod follow;
mod grid;
mod histogram;
mod hooks;
mod instances;
mod item;
mod keys;
mod list;
mod map_children;
mod mark;
mod missed;
mod moves;
mod named;
mod overview;
mod quarantine;
mod queued;
mod rerun;
mod started_with;
mod steer;
mod step;
mod step_figures;
mod step_list;
mod tasks;
mod version_figures;
mod view;
mod viewer;
mod workflow;
mod workflows;

pub use self::actions::ActionView;
pub use self::artifacts::{ArtifactView, ArtifactViews};
pub use self::compensation::CompensationView;
pub use self::dismissals::{DismissFailures, DismissalView, Dismissals};
pub(crate) use self::dismissals::{DismissalRecord, Dismissed};
pub use self::events::EventPage;
pub use self::export::{ExportFormat, RunExport};
pub use self::facts::{AskFacts, RunFacts, RunFactsPage, StepsDone};
pub(crate) use self::failures::Failure;
pub use self::failures::{FailedStep, FailureGroup};
pub use self::follow::{Progress, RunFollower};
pub use self::grid::{Cell, CellChange, ChangeCells, ChangedCell, ChangedCells, GridRun, RunGrid};
pub use self::histogram::{RunBar, RunHistogram};
pub use self::hooks::FailedHook;
pub use self::instances::{
    Alike, InstanceFailure, InstanceFailures, InstancePage, InstanceView, ListInstances,
};
pub use self::item::RunItem;
pub(crate) use self::list::is_shown;
pub use self::list::{ListRuns, RunPage};
pub use self::map_children::{ListMapChildren, MapChild, MapChildPage, MapRunView};
pub use self::mark::{MarkTask, MarkedTask};
pub use self::missed::MissedDeadline;
pub use self::overview::{Durations, Hour, Overview, WorkflowCourse};
pub(crate) use self::rerun::{Reopening, check_tasks, goes_on};
pub use self::rerun::{RerunRun, RerunTasks};
pub use self::steer::SteerTask;
pub(crate) use self::steer::{IN_MEMORY, NAME_CHARS_MAX};
pub use self::step::{IterationCounts, StepView};
pub use self::step_figures::{StepFailure, StepFigure, StepFigures};
pub(crate) use self::step_list::StepItems;
pub use self::step_list::{ListSteps, StepItem, StepPage};
pub use self::tasks::{Asked, AttemptView, InstanceCounts, Marked, Output, TaskView, TaskViews};
pub(crate) use self::tasks::{TaskFold, ids};
pub use self::version_figures::{VersionFigure, VersionFigures};
pub use self::view::{ParentRun, ReplayOf, Run, RunView};
pub use self::viewer::Viewer;
pub use self::workflow::{WorkflowAlias, WorkflowDiff, WorkflowVersion, WorkflowView};
pub use self::workflows::{WorkflowItem, WorkflowPage};

/// Says whether a count is left out of an answer.
fn is_zero<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}
