//! What can be wrong with a request, worded as AWS words it.

use compasso_runtime::{ReportError, RuntimeError};
use compasso_store::ReadError;
use compasso_types::limits::NAME_CHARS_MAX;

use crate::pipelines::{ParamFault, PipelineProblem, faults, summary};

/// Why an operation was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says it, the fields are its parts")]
pub enum Error {
    #[error("Invalid Arn: '{0}'")]
    InvalidArn(String),
    #[error("Invalid Name: '{0}'")]
    InvalidName(String),
    #[error(
        "Invalid Name: '{0}': the name of an execution or a run has 1 to {NAME_CHARS_MAX} characters, \
         none of them a blank, a control character or one of < > {{ }} [ ] ? * \" # % \\ ^ | ~ ` $ & , ; : /"
    )]
    InvalidExecutionName(String),
    #[error("Invalid State Machine Definition: '{0}'")]
    InvalidDefinition(String),
    /// A definition that is not wrong, but cannot be tested.
    #[error("{0}")]
    UntestableDefinition(String),
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidExecutionInput(String),
    #[error("Invalid Output: '{0}'")]
    InvalidOutput(String),
    #[error("Invalid Token: 'Invalid token'")]
    InvalidToken,
    #[error("Invalid Logging Configuration: {0}")]
    InvalidLoggingConfiguration(&'static str),
    #[error("Invalid Encryption Configuration: {0}")]
    InvalidEncryptionConfiguration(&'static str),
    #[error("State Machine Does Not Exist: '{arn}'")]
    StateMachineDoesNotExist { arn: String },
    #[error("State Machine Deleting: '{arn}'")]
    StateMachineDeleting { arn: String },
    #[error("State Machine Already Exists: '{arn}'")]
    StateMachineAlreadyExists { arn: String },
    #[error("Pipeline Does Not Exist: '{name}'")]
    PipelineDoesNotExist { name: String },
    /// A run would wait for ever.
    #[error(
        "the {places} places of '{pipeline}' are held by runs that wait for this one, so it would never \
         begin: end the chain by an 'if', or set a larger 'concurrency: {{max_runs}}'"
    )]
    HeldByAncestors { pipeline: String, places: usize },
    #[error("Secret Does Not Exist: '{name}'")]
    SecretDoesNotExist { name: String },
    #[error("Token Does Not Exist: '{name}'")]
    TokenDoesNotExist { name: String },
    #[error("Draft Does Not Exist: '{id}'")]
    DraftDoesNotExist { id: String },
    #[error("Artifact Removed: {0}")]
    ArtifactRemoved(String),
    /// Everything that is wrong with a pipeline's text.
    #[error("Invalid Pipeline: {}", summary(.0))]
    InvalidPipeline(Vec<PipelineProblem>),
    #[error("Invalid Params: {}", faults(.0))]
    InvalidParams(Vec<ParamFault>),
    #[error("This operation is not supported by this type of state machine")]
    StateMachineTypeNotSupported,
    #[error("Execution Does Not Exist: '{arn}'")]
    ExecutionDoesNotExist { arn: String },
    #[error("Execution Already Exists: '{arn}'")]
    ExecutionAlreadyExists { arn: String },
    #[error("Execution Limit Exceeded: '{0} executions are open'")]
    ExecutionLimitExceeded(u64),
    #[error("State Machine Limit Exceeded: 'there are {0} state machines'")]
    StateMachineLimitExceeded(u64),
    #[error("Activity Limit Exceeded: 'there are {0} activities'")]
    ActivityLimitExceeded(u64),
    #[error("{0}")]
    ExecutionNotRedrivable(&'static str),
    #[error("Activity Does Not Exist: '{arn}'")]
    ActivityDoesNotExist { arn: String },
    #[error("Activity Already Exists: '{arn}'")]
    ActivityAlreadyExists { arn: String },
    #[error("Activity Worker Limit Exceeded: '{arn}'")]
    ActivityWorkerLimitExceeded { arn: String },
    #[error("Task Does Not Exist: 'Provided task does not exist'")]
    TaskDoesNotExist,
    #[error("Task Timed Out: 'Provided task does not exist anymore'")]
    TaskTimedOut,
    #[error("Connection {name} already exists.")]
    ConnectionAlreadyExists { name: String },
    #[error("Failed to describe the connection(s). Connection '{name}' does not exist.")]
    ConnectionDoesNotExist { name: String },
    #[error("Resource not found: '{arn}'")]
    ResourceNotFound { arn: String },
    /// A trigger of a pipeline or a task of a run that is not there, in words.
    #[error("{0}")]
    NoSuchPart(String),
    #[error("Request references a resource that does not exist.")]
    AliasNotFound { arn: String },
    #[error("Too Many Tags: '{arn}'")]
    TooManyTags { arn: String },
    #[error("{0}")]
    MissingRequiredParameter(&'static str),
    /// Something belongs to another account.
    #[error("Account {account} is not authorized to perform: states:{action} on resource: {arn}")]
    AccessDenied { account: String, action: String, arn: String },
    #[error("{message}")]
    Validation { message: String, reason: Option<Reason> },
    #[error("{0}")]
    Conflict(String),
    /// Somebody else changed the same thing again and again.
    #[error("Too many concurrent changes of '{arn}'")]
    Overtaken { arn: String },
    #[error("{0}")]
    ServiceQuotaExceeded(&'static str),
    /// Too much is under way; try again later.
    #[error("Rate exceeded")]
    Throttled,
    /// The store does not answer, or the server is shutting down.
    #[error("{0}")]
    Unavailable(String),
    /// Stored data makes no sense.
    #[error("{0}")]
    Internal(String),
}

/// Why a request did not validate, as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the codes are AWS's")]
pub enum Reason {
    ApiDoesNotSupportLabeledArns,
    MissingRequiredParameter,
    InvalidRoutingConfiguration,
    CannotUpdateCompletedMapRun,
}

impl Reason {
    /// Returns the code as the API writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::ApiDoesNotSupportLabeledArns => "API_DOES_NOT_SUPPORT_LABELED_ARNS",
            Self::MissingRequiredParameter => "MISSING_REQUIRED_PARAMETER",
            Self::InvalidRoutingConfiguration => "INVALID_ROUTING_CONFIGURATION",
            Self::CannotUpdateCompletedMapRun => "CANNOT_UPDATE_COMPLETED_MAP_RUN",
        }
    }
}

impl Error {
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Validation { message: message.into(), reason: None }
    }

    /// Says of an alias whose state machine does not exist that it does not exist itself.
    pub(crate) fn without_machine(self) -> Self {
        match self {
            Self::StateMachineDoesNotExist { arn } => Self::AliasNotFound { arn },
            other => other,
        }
    }

    /// Refuses a routing configuration.
    pub(crate) fn routing(message: impl Into<String>) -> Self {
        let reason = Some(Reason::InvalidRoutingConfiguration);
        Self::Validation { message: message.into(), reason }
    }

    /// Turns a failure below into an error about the execution `arn`.
    pub(crate) fn about_execution(arn: &str, error: RuntimeError) -> Self {
        match error {
            RuntimeError::NoExecution => Self::ExecutionDoesNotExist { arn: arn.to_owned() },
            other => other.into(),
        }
    }
}

impl From<RuntimeError> for Error {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Overloaded => Self::Throttled,
            RuntimeError::Read(read) => read.into(),
            RuntimeError::Quarantined(_) => Self::Internal(error.to_string()),
            RuntimeError::NoExecution
            | RuntimeError::Rejected(_)
            | RuntimeError::Unavailable(_) => Self::Unavailable(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt(_) => Self::Internal(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::InvalidToken => Self::InvalidToken,
            ReportError::NoTask => Self::TaskDoesNotExist,
            ReportError::TaskOver => Self::TaskTimedOut,
            ReportError::Runtime(error) => error.into(),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
