//! What tasks do: local processes, Lambda functions, HTTP calls and nested executions.
//!
//! One file a connector; [`Connectors`] picks it by the task's resource. A connector is handed a
//! job, does the work, and says how it ended; a job whose future is dropped stops what it started.
//! **Invariant:** a connector decides nothing about the execution: retries, time limits and
//! payload limits are the engine's. Every job may be delivered twice, so whatever can carry the
//! idempotency key does.

mod access_tokens;
mod apigateway;
mod aws_jobs;
mod aws_service;
mod bedrock;
mod caller;
mod compasso_http;
mod config;
mod connections;
mod connectors;
mod eks;
mod emr;
mod environment;
mod form;
mod harness;
pub mod http;
mod http_invoke;
mod lambda;
mod own_network;
mod parameters;
mod polling;
mod process;
mod public_text;
mod sdk_metadata;
mod sensor;
mod states;
mod task_log;
mod template;
mod workflows;

pub use access_tokens::AccessTokens;
pub use caller::Caller;
pub use config::{
    ApiKey, BasicAuthorization, Connection, ConnectorsConfig, Function, OAuth, OAuthMethod,
    ProcessConfig, Secret,
};
pub use connections::{ConnectionRefused, Connections, FoundConnection};
pub use connectors::Connectors;
pub use parameters::{Parameters, quoted, scalar_text};
pub use public_text::public_text;
pub use workflows::{
    ChildDescription, ChildOrder, ChildRefused, Sought, StartedChild, WhichRun, Workflows,
};
