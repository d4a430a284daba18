//! Actions against real servers on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod call;
mod email;
mod messages;
mod simple;
mod sql;
mod workbench;
