//! The states and what each kind does.

use std::sync::Arc;

use compasso_types::{Json, Timestamp};

use crate::{Catcher, Choice, Dataflow, Field, Fork, Map, Placement, Retrier, StateId, Value};

/// A node of a definition.
#[derive(Clone, Debug)]
pub struct State {
    /// Unique in the whole definition.
    pub name: Arc<str>,
    /// What it does.
    pub kind: Kind,
    /// How data flows through it.
    pub data: Dataflow,
    /// Where it goes; `None` for `End` and for kinds that end or choose by themselves.
    pub next: Option<StateId>,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
}

/// What a state does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Hands work to a connector or worker.
    Task(Box<Task>),
    /// Passes data on; `Result`, if given, is the result.
    Pass(Option<Json>),
    /// Takes the first branch whose rule holds.
    Choice(Choice),
    /// Waits.
    Wait(Wait),
    /// Ends its block.
    Succeed,
    /// Ends its block with an error.
    Fail(Box<Fail>),
    /// Runs branches side by side: a `Parallel`, or a graph of tasks.
    Fork(Fork),
    /// Runs one block for each item.
    Map(Box<Map>),
}

/// A Task state.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is called.
    pub resource: Resource,
    /// `TimeoutSeconds` or its twin; none beside a placement, which has its own.
    pub timeout: Option<Field<i64>>,
    /// `HeartbeatSeconds` or its twin; none beside a placement.
    pub heartbeat: Option<Field<i64>>,
    /// `Credentials`: gives an object with `RoleArn`.
    pub credentials: Option<Value>,
    /// What it waits for before it starts; absent: nothing, or a worker that polls for its activity.
    pub placement: Option<Box<Placement>>,
}

/// What a task calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The ARN as written.
    pub arn: Arc<str>,
    /// What it names.
    pub kind: ResourceKind,
}

/// What a resource names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// An activity: remote workers poll for it.
    Activity,
    /// A Lambda function named directly.
    LambdaFunction,
    /// `arn:…:states:::⟨service⟩:⟨action⟩[.⟨pattern⟩]`.
    Service {
        /// Such as `lambda`, `aws-sdk:dynamodb`, `compasso`.
        service: Arc<str>,
        /// Such as `invoke`, without the pattern.
        action: Arc<str>,
        /// How the task ends.
        pattern: IntegrationPattern,
    },
}

/// When a service task counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationPattern {
    /// When the call is answered.
    RequestResponse,
    /// `.sync`: when the job it started is done.
    Sync,
    /// `.sync:2`: the same, with outputs parsed.
    Sync2,
    /// `.waitForTaskToken`: when somebody reports by token.
    WaitForTaskToken,
}

impl IntegrationPattern {
    /// Returns the suffix a resource carries for it, dot included.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::Sync2 => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

/// Until when a Wait state waits.
#[derive(Clone, Debug)]
pub enum Wait {
    /// `Seconds` or `SecondsPath`.
    Seconds(Field<i64>),
    /// `Timestamp` or `TimestampPath`.
    Timestamp(Field<Timestamp>),
}

/// A Fail state.
#[derive(Clone, Debug)]
pub struct Fail {
    /// `Error` or `ErrorPath`.
    pub error: Option<Field<Arc<str>>>,
    /// `Cause` or `CausePath`.
    pub cause: Option<Field<Arc<str>>>,
}

/// The type of a workflow or of child executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionType {
    /// Durable; exactly once.
    Standard,
    /// Short; kept in memory.
    Express,
}
