//! Pipelines: stored workflows whose definitions are YAML, and whose executions are runs.

mod aliases;
mod callees;
mod changes;
mod comparison;
mod concurrency;
mod deadlines;
mod delete;
mod describe;
mod diff;
mod express;
mod list;
mod name;
mod paused;
mod pools;
mod preview;
mod previous;
mod problem;
mod push;
mod recursion;
mod run_input;
mod start;
mod stored;
mod test_task;
mod trial;
mod unknown;
mod upstream;

pub use self::aliases::{AliasRoute, PipelineAlias, PipelineAliases, SetAlias};
pub(crate) use self::changes::Teller;
pub use self::changes::{
    Closed as PipelineChangesClosed, PipelineChange, PipelineChanges, PipelineNews,
};
pub use self::comparison::{
    CaughtUpTicks, FieldChange, NextTicks, PartChange, PartChanges, PipelineComparison,
};
pub(crate) use self::concurrency::QUEUED;
pub(crate) use self::deadlines::{LISTING as DEADLINE, execution_telling};
pub use self::describe::{DescribedPipeline, ParamView, PipelineVersion, PipelineVersions};
pub use self::diff::PipelineDiff;
pub(crate) use self::diff::difference;
pub use self::express::EndedRun;
pub use self::list::{PipelineItem, PipelinePage};
pub(crate) use self::name::whole;
pub use self::paused::PausedPipeline;
pub use self::problem::{ParamFault, PipelineProblem};
pub(crate) use self::problem::{faults, summary};
pub use self::push::{PushPipelines, PushedPipeline};
pub(crate) use self::run_input::{AGAIN_OF, REPLAY_OF, is_own_label};
pub use self::run_input::{Interval, RunKind};
pub use self::start::{StartPipeline, StartedRun};
pub use self::stored::StoredPipeline;
pub(crate) use self::stored::is_pipeline;
pub use self::test_task::{GivenEnd, GivenError, TestTask, TestedOrder, TestedTask};
