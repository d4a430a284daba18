//! What service tasks can call.
//!
//! [`models`] holds compact models of all AWS services: operations, shapes, errors and endpoints.
//! [`Call::of`] finds what a resource such as `aws-sdk:s3:getObject` calls. **Invariant:** pure: the
//! models are part of the program, and each is unpacked when it is first asked for.

pub mod actions;
mod call;
pub mod inputs;
pub mod models;
mod naming;
mod optimized;
mod own;
mod parameters;
mod results;

pub use call::{Call, Family, patterns};
pub use naming::Naming;
pub use optimized::{OPTIMIZED, Optimized, OptimizedAction, Patterns};
pub use parameters::{Misfit, Written, conform, misfits, problems};
pub use results::Answer;
