//! How services of AWS, and what stands in for them, are called: settings as all AWS SDKs find
//! them, endpoints, signatures, and one HTTP exchange that is bounded in time and size.
//!
//! Start reading at [`AwsSettings`]. **Invariant:** every call ends; nothing here retries, because
//! retries are the workflow's.

mod address;
mod client;
mod credentials;
mod eks_token;
mod endpoint;
mod environment;
mod exchange;
mod failure;
mod profile;
mod protocol;
mod settings;
mod sign;

pub use address::is_host;
pub use client::{Access, AwsClient, Called, Caller, Role};
pub use credentials::Credentials;
pub use endpoint::Endpoint;
pub use environment::Environment;
pub use exchange::{Answer, NoAnswer, Request, http_client, http_client_trusting};
pub use failure::{Failure, exception_name, service_cause};
pub use protocol::event_stream::StreamedEvent;
pub use settings::AwsSettings;
pub use sign::{NotSigned, Signer, sign};
