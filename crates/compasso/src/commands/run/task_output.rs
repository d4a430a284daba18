//! What the tasks of an execution write, as they write it.

use compasso_service::{LogFilter, Service};
use compasso_store::ExecutionKey;

use crate::commands::logs::writer;
use crate::output;

/// Reads the log of an execution on and on.
#[derive(Default)]
pub(super) struct TaskOutput {
    /// The number of the last line that was read.
    after: u64,
}

impl TaskOutput {
    /// Returns the lines that tasks have written since the last look, with who wrote them.
    pub(super) async fn news(&mut self, service: &Service, key: &ExecutionKey) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let chunk = service.execution_log(&key.0, self.after, &LogFilter::default()).await;
            // The next look may see it.
            let Ok(chunk) = chunk else { return lines };
            self.after = chunk.last;
            lines.extend(chunk.lines.iter().map(|(_, line)| {
                let writer = writer(&line.state, u64::from(line.attempt) + 1);
                format!("{} | {}", output::in_line(&writer), line.text)
            }));
            if !chunk.has_more {
                return lines;
            }
        }
    }
}
