//! Words every crate shares: JSON values and payloads, instants, ARNs, and limits.
//!
//! **Invariant:** nothing here reads a clock, draws a random number or does I/O. Start with
//! [`Json`] and [`Payload`]: they are what flows through a workflow.

pub mod arn;
pub mod billing;
pub mod bucket;
pub mod calendar;
pub mod duration;
pub mod error_names;
pub mod glob;
mod hex;
mod inner_path;
mod item_address;
pub mod json;
pub mod limits;
mod payload;
mod scramble;
pub mod sealed;
pub mod suggestion;
mod timestamp;
pub mod uuid;

pub use arn::Arn;
pub use glob::Glob;
pub use hex::hex;
pub use inner_path::is_inner_path;
pub use item_address::ItemAddress;
pub use json::{Array, Json, Number, Object};
pub use payload::{Payload, PayloadError};
pub use scramble::{drawn, scramble};
pub use timestamp::Timestamp;
