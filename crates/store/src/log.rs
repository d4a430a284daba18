//! Output of tasks.

use std::sync::Arc;

use compasso_types::Timestamp;

/// One line a task wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was read.
    pub at: Timestamp,
    /// Number of the event that entered the state.
    pub entry: u64,
    /// Which attempt of the state, from 0.
    pub attempt: u32,
    /// The state's name.
    pub state: Arc<str>,
    /// Where the task wrote it.
    pub stream: LogStream,
    /// The line, without its line break.
    pub text: Arc<str>,
}

/// Where a line came from. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LogStream {
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
}
