//! Use cases: define, start, stop, describe, answer tasks.
//!
//! One function of [`Service`] for each operation; requests and answers have the words and the
//! shapes of the Step Functions API, because every edge speaks of the same things. Here requests
//! are checked, names are resolved, and documents (state machines, definitions, activities) are
//! kept; what an execution does is decided below. **Invariant:** an operation that answered is
//! durable. Start with [`Service`], then `state_machines` and `executions`.

mod access;
mod activities;
mod aliases;
mod approvals;
mod arns;
mod cache;
mod caller;
mod changes;
mod connections;
mod constraints;
mod dates;
mod definitions;
mod drafts;
mod error;
mod executions;
mod history;
mod jobs;
mod json_text;
mod logs;
mod map_runs;
mod mock_file;
mod nested;
mod objects;
mod paging;
mod pipelines;
mod publications;
mod quotas;
mod records;
mod retention;
mod runs;
mod saved_views;
mod schedules;
mod scrub;
mod search;
mod search_attributes;
mod secrets;
mod service;
mod set_aside;
mod shelf;
mod state_machines;
mod tags;
mod targets;
mod tasks;
mod test_state;
mod triggers;
mod validate;
mod versions;
mod virtual_run;
mod waits;
mod workers;

pub use access::{
    Act, ActEnd, AuditItem, AuditPage, Bearer, CreateToken, CreatedToken, LetIn, ListAudit, Role,
    TOKEN_PREFIX, TokenItem, TokenList, Tokenless, Who, origin,
};
pub use activities::{
    ActivityItem, ActivityPage, CreateActivity, CreatedActivity, DescribeActivity,
    DescribedActivity, ListActivities,
};
pub use aliases::{
    AliasItem, AliasPage, CreateAlias, CreatedAlias, DeleteAlias, DescribeAlias, DescribedAlias,
    RoutingConfiguration, UpdateAlias, UpdatedAlias,
};
pub use approvals::{
    ApprovalItem, ApprovalPage, AskApproval, Decide, Decider, Decision, LinkPage, LinkState,
    ListApprovals,
};
pub use caller::Caller;
pub use changes::{Batch, Changes, RunChange, Subscription};
pub use compasso_dispatch as dispatch;
pub use compasso_engine::{Event, MarkState, SteerOrder};
pub use compasso_schedule::zone_data_version;
pub use compasso_store::{LogLine, LogStream};
pub use compasso_triggers::{Awaited, NoLook, NoWait};
pub use connections::{
    ApiKeyParameters, AuthParameters, Authorizer, BasicParameters, ChangedConnection,
    ClientParameters, ConnectionItem, ConnectionPage, ConnectionSpecification, ConnectionUnusable,
    ConnectionUse, ConnectionUses, ConnectionView, ConnectionViews, DescribedConnection,
    HttpParameter, HttpParameters, ListConnections, NamedConnection, OAuthParameters,
    ResourceConfiguration, ResourceParameters, UsableConnection, Vault,
};
pub use drafts::{
    Author, DraftItem, DraftList, DraftRevision, DraftRevisions, DraftText, DraftView, LookAt,
    Looked, OpenDraft, OtherDraft, PublishDraft, PublishedDraft, RunDraft, SaveDraft,
};
pub use error::{Error, Reason};
pub use executions::{
    BillingDetails, CopyExecution, DataDetails, DescribeExecution, DescribedExecution,
    ExecutionItem, ExecutionPage, ListExecutions, RedriveExecution, RedrivenExecution,
    SignalExecution, StartExecution, StartSyncExecution, StartedExecution, StopExecution,
    StoppedExecution, SyncExecution,
};
pub use history::{GetExecutionHistory, HistoryPage};
pub use jobs::{
    ChosenRuns, CreateJob, JobAction, JobCounts, JobPage, JobRun, JobRunPage, JobState, JobView,
    ListJobRuns, PlannedJob, RunEnd,
};
pub use logs::{FoundLines, LogChunk, LogFilter};
pub use map_runs::{
    DescribeMapRun, DescribedMapRun, ListMapRuns, MapRunCounts, MapRunItem, MapRunPage,
    UpdateMapRun,
};
pub use nested::{ChildOrder, ClosedExecution};
pub use pipelines::{
    AliasRoute, CaughtUpTicks, DescribedPipeline, EndedRun, FieldChange, GivenEnd, GivenError,
    Interval, NextTicks, ParamFault, ParamView, PartChange, PartChanges, PausedPipeline,
    PipelineAlias, PipelineAliases, PipelineChange, PipelineChanges, PipelineChangesClosed,
    PipelineComparison, PipelineDiff, PipelineItem, PipelineNews, PipelinePage, PipelineProblem,
    PipelineVersion, PipelineVersions, PushPipelines, PushedPipeline, RunKind, SetAlias,
    StartPipeline, StartedRun, StoredPipeline, TestTask, TestedOrder, TestedTask,
};
pub use publications::ListPublications;
pub use quotas::Quotas;
pub use records::{
    CloudWatchLogsLogGroup, EncryptionConfiguration, LogDestination, LoggingConfiguration, Tag,
    TracingConfiguration,
};
pub use retention::Retention;
pub use runs::{
    ActionView, Alike, ArtifactView, ArtifactViews, AskFacts, Asked, AttemptView, Cell, CellChange,
    ChangeCells, ChangedCell, ChangedCells, CompensationView, DismissFailures, DismissalView,
    Dismissals, Durations, EventPage, ExportFormat, FailedHook, FailedStep, FailureGroup, GridRun,
    Hour, InstanceCounts, InstanceFailure, InstanceFailures, InstancePage, InstanceView,
    IterationCounts, ListInstances, ListMapChildren, ListRuns, ListSteps, MapChild, MapChildPage,
    MapRunView, MarkTask, Marked, MarkedTask, MissedDeadline, Output, Overview, ParentRun,
    Progress, ReplayOf, RerunRun, RerunTasks, Run, RunBar, RunExport, RunFacts, RunFactsPage,
    RunFollower, RunGrid, RunHistogram, RunItem, RunPage, RunView, SteerTask, StepFailure,
    StepFigure, StepFigures, StepItem, StepPage, StepView, StepsDone, TaskView, TaskViews,
    VersionFigure, VersionFigures, Viewer, WorkflowAlias, WorkflowCourse, WorkflowDiff,
    WorkflowItem, WorkflowPage, WorkflowVersion, WorkflowView,
};
pub use saved_views::{ChangeView, Person, SaveView, SavedView, SavedViews};
pub use schedules::{
    BackfillChange, BackfillPage, BackfillTickPage, BackfillTickView, BackfillView, CalendarView,
    Calendars, ChangedSchedule, CreateBackfill, CreateSchedule, CreatedSchedule, DescribedSchedule,
    EditableSchedule, ListPipelineTicks, ListSchedules, ListTicks, NamedSchedule, Overlap,
    PausePipeline, PauseSchedule, PauseSchedules, PauseView, PipelineQueue, PipelineScheduleView,
    PipelineSchedules, PipelineTick, PipelineTicks, PlannedBackfill, PlannedTick, PreviewSchedule,
    PreviewedSchedule, PutCalendar, RestedSchedule, RestedSchedules, ResumeSchedule,
    ResumeSchedules, ScheduleItem, SchedulePage, ScheduleSpec, ScheduleView, ScheduleViews,
    TickItem, TickPage, Timeline, TimelineLane, TimelineTick, UpdateSchedule, WaitingRun,
};
pub use search::{FoundExecution, FoundPage, SearchExecutions};
pub use search_attributes::{GetSearchAttributes, Labels, PutSearchAttributes, SearchAttributes};
pub use secrets::{SecretItem, SecretList};
pub use service::Service;
pub use state_machines::{
    CreateStateMachine, CreatedStateMachine, DefinitionForExecution, DescribeStateMachine,
    DescribedStateMachine, ListStateMachines, SetLogging, SetWorkflow, StateMachineItem,
    StateMachinePage, UpdateStateMachine, UpdatedStateMachine,
};
pub use tags::{ListTags, TagResource, Tags, UntagResource};
pub use tasks::{ActivityPoll, OfferedTask, TaskFailure, TaskHeartbeat, TaskSuccess};
pub use test_state::{
    InspectionData, InspectionErrorDetails, InspectionRequest, InspectionResponse, MockErrorOutput,
    MockInput, TestState, TestStateConfiguration, TestedState,
};
pub use triggers::{
    AlertList, AlertTold, AlertView, DeliveryPage, DeliveryView, EventsTold, FiringAlert,
    HookAnswer, HookCall, HookRequest, NoHook, ToldDelivery, TriggerPage, TriggerTrouble,
    TriggerView, UpdateAsset,
};
pub use validate::{FoundProblem, ValidateDefinition, Validation};
pub use versions::{DeleteVersion, PublishVersion, PublishedVersion, VersionItem, VersionPage};
pub use virtual_run::VirtualRun;
