//! Behaviour of the expression languages, seen from outside.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod intrinsic;
mod jsonpath;
mod jsonpath_oracle;
mod query;
mod template;
mod world;
