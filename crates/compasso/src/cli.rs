//! What can be asked on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Durable workflows: one binary, wire-compatible with AWS Step Functions.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print JSON instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The settings file; otherwise compasso.toml here or in the data directory.
    #[arg(long, global = true, value_name = "FILE", env = "COMPASSO_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the Step Functions API.
    Serve(Serve),
    /// Serve, and load and watch the definitions (*.asl.json) below a directory.
    Dev {
        /// The directory.
        #[arg(default_value = ".")]
        directory: PathBuf,
        #[command(flatten)]
        serve: Serve,
    },
    /// Check definitions and print every problem with its place.
    Validate {
        /// Definition files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The type of state machine they are for.
        #[arg(long = "type", default_value = "standard", value_name = "TYPE")]
        kind: MachineType,
    },
    /// Run a definition to its end without a server; the exit code tells how it ended.
    Run {
        /// The definition file.
        file: PathBuf,
        /// The input: JSON, or @file.
        #[arg(long, default_value = "{}", value_name = "JSON|@FILE")]
        input: String,
        /// Results of tasks, in the form of Step Functions Local's mock file.
        #[arg(long, value_name = "FILE")]
        mocks: Option<PathBuf>,
        /// The test case of the mock file; needed if it has several.
        #[arg(long, requires = "mocks", value_name = "NAME")]
        case: Option<String>,
    },
    /// Create or update workflows on a server; the file's name is the workflow's.
    Push {
        /// Definition files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        server: Server,
        /// The type of new workflows.
        #[arg(long = "type", default_value = "standard", value_name = "TYPE")]
        kind: MachineType,
    },
    /// Start an execution.
    Start {
        /// The workflow's name or ARN.
        workflow: String,
        /// The input: JSON, or @file.
        #[arg(long, default_value = "{}", value_name = "JSON|@FILE")]
        input: String,
        /// The execution's name; made up if absent.
        #[arg(long)]
        name: Option<String>,
        /// Wait for its end; the exit code tells how it ended.
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        server: Server,
    },
    /// List workflows, or the executions of one, newest first.
    List {
        /// The workflow's name or ARN.
        workflow: Option<String>,
        /// Only executions with this status.
        #[arg(long, requires = "workflow", value_name = "STATUS")]
        status: Option<String>,
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        server: Server,
    },
    /// Describe an execution.
    Describe {
        #[command(flatten)]
        of: Of,
    },
    /// Print the history of an execution.
    History {
        #[command(flatten)]
        of: Of,
        /// Newest events first.
        #[arg(long)]
        reverse: bool,
    },
    /// Print what the tasks of an execution wrote.
    Logs {
        #[command(flatten)]
        of: Of,
        /// Go on until the execution closes.
        #[arg(short, long)]
        follow: bool,
    },
    /// Stop an execution.
    Stop {
        #[command(flatten)]
        of: Of,
        /// An error name to record.
        #[arg(long)]
        error: Option<String>,
        /// A cause to record.
        #[arg(long)]
        cause: Option<String>,
    },
    /// Wait for the end of an execution; the exit code tells how it ended.
    Wait {
        #[command(flatten)]
        of: Of,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Options of a server.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", env = "COMPASSO_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// The directory that holds all state.
    #[arg(long, value_name = "DIR", env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
}

/// The server to talk to.
#[derive(Args, Debug)]
pub(crate) struct Server {
    /// The server's URL.
    #[arg(long, value_name = "URL", env = "COMPASSO_ENDPOINT")]
    pub(crate) endpoint: Option<String>,
}

/// An execution and the server that has it.
#[derive(Args, Debug)]
pub(crate) struct Of {
    /// The execution's ARN, or workflow:name.
    pub(crate) execution: String,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// The type of a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MachineType {
    /// Durable, exactly once.
    Standard,
    /// Short, kept in memory.
    Express,
}

impl MachineType {
    /// Returns the API's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}
