//! The expression languages of the Amazon States Language: JSONPath, intrinsic functions, payload
//! templates, and values that hold JSONata.
//!
//! Everything is compiled when a definition is, and evaluated many times. **Invariant:** evaluation
//! is pure; what an expression sees beside its data comes from an [`Environment`]. Start with
//! [`template`] and [`query`], the two forms fields take.

mod allowance;
mod environment;
mod failure;
mod fixed;
pub mod intrinsic;
mod java_text;
pub mod jsonpath;
mod pointer;
pub mod query;
pub mod template;

pub use environment::Environment;
pub use failure::{CompileError, CompileErrorKind, Failure};
pub use fixed::FixedEnvironment;
