//! The output of an execution's tasks.

use compasso_store::{ExecutionKey, LogLine};

use crate::arns::execution;
use crate::{Error, Service};

/// Lines read at once.
const LINES_MAX: usize = 500;

/// A part of an execution's log.
#[derive(Clone, Debug)]
pub struct LogChunk {
    /// Lines with their numbers.
    pub lines: Vec<(u64, LogLine)>,
    /// Whether there are more lines already.
    pub has_more: bool,
    /// Whether the execution was closed before the lines were read.
    pub is_closed: bool,
}

impl Service {
    /// Reads task output after line number `after`; 0 stands for the beginning.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn execution_log(&self, arn: &str, after: u64) -> Result<LogChunk, Error> {
        let arn = execution("executionArn", arn)?;
        let is_closed = self.description(&arn).await?.stopped.is_some();
        let key = ExecutionKey(arn.as_str().into());
        let lines = self.runtime.store().log(&key, after, LINES_MAX).await?;
        let has_more = lines.len() == LINES_MAX;
        Ok(LogChunk { lines, has_more, is_closed })
    }
}
