//! Output of a program on its way to the log of the task.

use std::sync::Arc;

use compasso_executor::{LogSink, Masks, TaskLog};
use compasso_runtime::Reporter;
use compasso_store::LogStream;
use futures::future::BoxFuture;

/// Most output of one attempt that is kept, bytes.
const LOG_BYTES_MAX: usize = 1024 * 1024;

struct ToReporter(Reporter);

impl LogSink for ToReporter {
    fn line(&self, stream: LogStream, text: &str) {
        self.0.log(stream, text);
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.0.log_room())
    }
}

/// Makes the log of a job.
pub(crate) fn of(reporter: Reporter) -> TaskLog {
    TaskLog::new(Arc::new(ToReporter(reporter)), Masks::default(), LOG_BYTES_MAX)
}
