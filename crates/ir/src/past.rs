//! The names of what a task has that waits for the run before: variables of its block, and its first state.

/// How long it waits until it looks again, in milliseconds.
pub const PAST_PAUSE: &str = "past_pause";
/// Whether its last look has found the run before over.
pub const PAST_OVER: &str = "past_over";
/// What the name of the state ends with that its block begins with.
pub const PAST_BEGIN: &str = " (past)";
