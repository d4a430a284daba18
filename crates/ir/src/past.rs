//! The names of what a task knows that waits for the run before: variables of its block.

/// How long it waits until it looks again, in milliseconds.
pub const PAST_PAUSE: &str = "past_pause";
/// Whether its last look has found the run before over.
pub const PAST_OVER: &str = "past_over";
