//! The executor against real processes.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod artifacts;
mod bench;
mod checkout;
mod ends;
mod failures;
mod limits;
mod outputs;
mod steps;
mod surroundings;
