//! What can be asked on the command line.

mod alerts;
mod approvals;
mod backfills;
mod backup;
mod choices;
mod connections;
mod delete;
mod executions;
mod files;
mod help;
mod inside;
mod logs;
mod mark;
mod of;
mod params;
mod pipelines;
mod pools;
mod push;
mod quarantine;
mod rerun;
mod run;
mod schedules;
mod search_attributes;
mod serve;
mod steer;
mod tasks;
#[cfg(test)]
mod tests;
mod tokens;
mod triggers;
mod worker;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use alerts::Alerts;
pub(crate) use approvals::Approvals;
pub(crate) use backfills::{Backfill, Backfills, Calendars, OneBackfill, Pause, Resume, Which};
pub(crate) use backup::{Backup, Fsck, Migrate, Restore};
pub(crate) use choices::{MachineType, Status};
pub(crate) use connections::{Change as ConnectionChange, Connections};
pub(crate) use delete::Delete;
pub(crate) use executions::{CopyFrom, List, Search, Signal, Stop};
pub(crate) use files::{Compile, Test};
pub(crate) use inside::{Artifact, Output, OwnTask};
pub(crate) use logs::Lines;
pub(crate) use mark::MarkArgs;
pub(crate) use of::{Of, Server};
pub(crate) use params::ParamArgs;
pub(crate) use pipelines::{Secrets, Versions};
pub(crate) use pools::Pools;
pub(crate) use push::{Push, Start};
pub(crate) use quarantine::Quarantine;
pub(crate) use rerun::Again;
pub(crate) use run::Run;
pub(crate) use schedules::{Change as ScheduleChange, Schedules, Ticks, Timing};
pub(crate) use search_attributes::SearchAttributes;
pub(crate) use serve::{Dev, Serve};
pub(crate) use steer::{TaskOf, TasksOf};
pub(crate) use tasks::Instances;
pub(crate) use tokens::{Audit, NewToken, Tokens};
pub(crate) use triggers::{TriggerOrder, Triggers};
pub(crate) use worker::Worker;

/// Durable workflows: one binary, wire-compatible with AWS Step Functions.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100, after_help = help::COMPASSO)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print JSON, one value a line, instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The settings file; otherwise compasso.toml here or in the data directory.
    #[arg(long, global = true, value_name = "FILE", env = "COMPASSO_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the Step Functions API.
    #[command(after_help = help::SERVE)]
    Serve(Serve),
    /// Serve, and load and watch the definitions and pipelines below a directory (*.asl.json,
    /// *.pipeline.yaml).
    #[command(after_help = help::DEV)]
    Dev(Dev),
    /// Copy all that a server keeps in its data directory; the server may run meanwhile.
    #[command(after_help = help::BACKUP)]
    Backup(Backup),
    /// Make a data directory of a backup.
    #[command(after_help = help::RESTORE)]
    Restore(Restore),
    /// Look whether all that is kept in a data directory, or a backup, is whole and fits together.
    #[command(after_help = help::FSCK)]
    Fsck(Fsck),
    /// Bring the tables of a store to this release's format, as the start of a server does.
    #[command(after_help = help::MIGRATE)]
    Migrate(Migrate),
    /// Check definitions and pipelines and print every problem with its place.
    #[command(after_help = help::VALIDATE)]
    Validate {
        /// Definition files; those that end in .yaml or .yml are pipelines. Of a directory, all that end in
        /// .asl.json or .pipeline.yaml.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The type of state machine they are for; otherwise Express if a file's name ends in
        /// .express.asl.json, else Standard.
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<MachineType>,
    },
    /// Print the graph of pipelines as JSON: {nodes, edges, groups}.
    #[command(after_help = help::GRAPH)]
    Graph {
        /// A file of pipelines.
        file: PathBuf,
    },
    /// Write pipelines in other forms: as plain definitions, or as graphs.
    #[command(after_help = help::COMPILE)]
    Compile(Compile),
    /// List what service tasks can call.
    #[command(after_help = help::INTEGRATIONS)]
    Integrations {
        /// The service of AWS whose actions are listed, as in aws-sdk:SERVICE:action.
        service: Option<String>,
    },
    /// Run a definition to its end without a server; the exit code tells how it ended.
    #[command(after_help = help::RUN)]
    Run(Run),
    /// Run the test cases of definitions without a server; the exit code tells whether all passed.
    #[command(after_help = help::TEST)]
    Test(Test),
    /// Create or update workflows and pipelines on a server; a workflow is named by its file.
    #[command(after_help = help::PUSH)]
    Push(Push),
    /// Start an execution, or a run of a pipeline.
    #[command(after_help = help::START)]
    Start(Start),
    /// List workflows, or the executions of one, those that changed last first.
    #[command(after_help = help::LIST)]
    List(List),
    /// List the triggers of a pipeline, or what became of the events of one, and replay these.
    #[command(after_help = help::TRIGGERS)]
    Triggers(Triggers),
    /// Show rules of alerts, which are triggers of pipelines, and try them out.
    #[command(after_help = help::ALERTS)]
    Alerts {
        #[command(subcommand)]
        order: Alerts,
    },
    /// Describe an execution.
    #[command(after_help = help::DESCRIBE)]
    Describe {
        #[command(flatten)]
        of: Of,
    },
    /// Print the history of an execution.
    #[command(after_help = help::HISTORY)]
    History {
        #[command(flatten)]
        of: Of,
        /// Newest events first.
        #[arg(long)]
        reverse: bool,
        /// Most events; without it, all.
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Print what the tasks of an execution wrote.
    #[command(after_help = help::LOGS)]
    Logs {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        lines: Lines,
    },
    /// List the tasks of a run of a pipeline: what became of each, and why those wait that do.
    #[command(after_help = help::TASKS)]
    Tasks {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        instances: Instances,
    },
    /// List the files that the tasks of a run of a pipeline left, or fetch them.
    #[command(after_help = help::ARTIFACTS)]
    Artifacts {
        #[command(flatten)]
        of: Of,
        /// Fetch them into this directory: below it stands one for each task, and for each instance.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Stop an execution.
    #[command(after_help = help::STOP)]
    Stop(Stop),
    /// Have a failed, timed out or aborted execution go on from where it ended.
    #[command(after_help = help::REDRIVE)]
    Redrive {
        #[command(flatten)]
        of: Of,
        /// Wait for its end; the exit code tells how it ended.
        #[arg(long)]
        wait: bool,
    },
    /// Undo what a closed run did: those of its compensations that have not succeeded.
    #[command(after_help = help::COMPENSATE)]
    Compensate {
        #[command(flatten)]
        of: Of,
        /// Wait for its end; the exit code tells whether all was undone.
        #[arg(long)]
        wait: bool,
    },
    /// Run tasks of a closed run of a pipeline again, in another generation of the run.
    #[command(after_help = help::RERUN, disable_version_flag = true)]
    Rerun {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        what: Again,
    },
    /// Start an execution at a state that another one entered; the server's settings allow it.
    #[command(after_help = help::COPY)]
    Copy(CopyFrom),
    /// Send a signal to a run, or to an execution if the server's settings allow it.
    #[command(after_help = help::SIGNAL)]
    Signal(Signal),
    /// Wait for the end of an execution; the exit code tells how it ended.
    #[command(after_help = help::WAIT)]
    Wait {
        #[command(flatten)]
        of: Of,
    },
    /// Find executions of all workflows; the server's settings allow it.
    #[command(after_help = help::SEARCH)]
    Search(Search),
    /// Say what the executions of a workflow are searched by.
    #[command(after_help = help::SEARCH_ATTRIBUTES)]
    SearchAttributes {
        #[command(subcommand)]
        order: SearchAttributes,
    },
    /// Manage secrets, which tasks of pipelines use and nobody reads.
    #[command(after_help = help::SECRETS)]
    Secrets {
        #[command(subcommand)]
        order: Secrets,
    },
    /// Manage tokens, which say who somebody is and what they may do.
    #[command(after_help = help::TOKENS)]
    Tokens {
        #[command(subcommand)]
        order: Tokens,
    },
    /// Print what was changed on a server, by whom and from where, newest first.
    #[command(after_help = help::AUDIT)]
    Audit(Audit),
    /// List and compare the versions of pipelines, and manage their aliases.
    #[command(after_help = help::VERSIONS)]
    Versions {
        #[command(subcommand)]
        order: Versions,
    },
    /// Manage the connections of HTTP tasks.
    #[command(after_help = help::CONNECTIONS)]
    Connections {
        #[command(subcommand)]
        order: Connections,
    },
    /// Show what runs wait for people to decide, and decide it.
    #[command(after_help = help::APPROVALS)]
    Approvals {
        #[command(subcommand)]
        order: Approvals,
    },
    /// Manage schedules, which start executions by the clock; the server's settings allow it.
    #[command(after_help = help::SCHEDULES)]
    Schedules {
        #[command(subcommand)]
        order: Schedules,
    },
    /// Run a pipeline for ticks of the past.
    #[command(after_help = help::BACKFILL, disable_version_flag = true)]
    Backfill(Backfill),
    /// List, show and end backfills.
    #[command(after_help = help::BACKFILLS)]
    Backfills {
        #[command(subcommand)]
        order: Backfills,
    },
    /// Manage calendars, on whose days schedules of pipelines rest.
    #[command(after_help = help::CALENDARS)]
    Calendars {
        #[command(subcommand)]
        order: Calendars,
    },
    /// Let a pipeline rest: no trigger starts it.
    #[command(after_help = help::PAUSE)]
    Pause(Pause),
    /// Let a pipeline that rests go on.
    #[command(after_help = help::RESUME)]
    Resume(Resume),
    /// Keep a task of a run from beginning until it is released, or all of its tasks.
    #[command(after_help = help::HOLD)]
    Hold(TasksOf),
    /// Let a task go that is held, or that is to be skipped, or all that are held.
    #[command(after_help = help::RELEASE)]
    Release(TasksOf),
    /// Have a task of a run skipped instead of run.
    #[command(after_help = help::SKIP)]
    Skip(TaskOf),
    /// Say how a task of a run ended, whatever became of it.
    #[command(after_help = help::MARK)]
    Mark(MarkArgs),
    /// Print when a schedule would be due, without a server.
    #[command(after_help = help::TICKS)]
    Ticks(Ticks),
    /// Manage executions that were set aside because the server could not carry on with them.
    #[command(after_help = help::QUARANTINE)]
    Quarantine {
        #[command(subcommand)]
        order: Quarantine,
    },
    /// Manage pools: slots that tasks of all pipelines share.
    #[command(after_help = help::POOLS)]
    Pools {
        #[command(subcommand)]
        order: Pools,
    },
    /// List the nodes of a cluster: which one works, and which stand by.
    #[command(after_help = help::NODES)]
    Nodes {
        #[command(flatten)]
        server: Server,
    },
    /// List queues: how many tasks wait for which workers, and since when.
    #[command(after_help = help::QUEUES)]
    Queues {
        #[command(flatten)]
        server: Server,
    },
    /// List workers: what they have, and how many tasks they run at once.
    #[command(after_help = help::WORKERS)]
    Workers {
        #[command(flatten)]
        server: Server,
    },
    /// Delete pipelines.
    #[command(after_help = help::DELETE)]
    Delete {
        #[command(subcommand)]
        order: Delete,
    },
    /// Take tasks from a server and run their scripts on this machine.
    #[command(after_help = help::WORKER)]
    Worker(Worker),
    /// Inside a script of a pipeline: set outputs of its task.
    #[command(after_help = help::OUTPUT)]
    Output(Output),
    /// Inside a script of a pipeline: say that its task, which has a `heartbeat`, is alive.
    #[command(after_help = help::BEAT)]
    Beat(OwnTask),
    /// Inside a script of a pipeline: leave files for later tasks.
    #[command(after_help = help::ARTIFACT)]
    Artifact {
        #[command(subcommand)]
        order: Artifact,
    },
    /// Print a completion script for a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}
