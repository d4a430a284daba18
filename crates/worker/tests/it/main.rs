//! The worker against a server that does what a test says.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod ends;
mod fake_server;
mod reports;
