//! The wire, byte by byte, without sockets.

#![expect(clippy::needless_raw_string_hashes, reason = "answers are filled in by the tests")]
#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod access;
mod actions;
mod answers;
mod connections;
mod edge;
mod history;
mod logs;
mod refusals;
mod rest;
mod signature;
#[path = "../../../service/tests/it/world.rs"]
mod world;
