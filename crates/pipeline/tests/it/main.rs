//! What the front end says about pipelines: text in, diagnostics out.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "most lines are expectations, which `UPDATE_EXPECT=1` writes"
)]

mod beside;
mod check;
mod codes;
mod compiled;
mod examples;
mod limits;
mod near;
mod placed;
mod plain;
mod refused;
mod scripts;
mod source;
mod tree;
mod up_to;
mod waits;
