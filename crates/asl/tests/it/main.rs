//! What the front end says about definitions: text in, diagnostics out.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "most lines are expectations, which `UPDATE_EXPECT=1` writes"
)]

mod blocks;
mod check;
mod choices;
mod compiled;
mod distributed;
mod error_handling;
mod expressions;
mod flow;
mod json;
mod misplaced;
mod robustness;
mod states;
mod tasks;
mod up_to;
mod variables;
