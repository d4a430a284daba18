//! What a task says of itself, without the secrets that it was given.
//!
//! The output of a sensitive task is sealed as it is, and its log is not kept: nobody knows yet what
//! of it must not show.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compasso_engine::{TaskError, TaskResult};
use compasso_executor::{Masks, masked};
use compasso_runtime::{HttpTrace, HttpTracing, Reporter, Reports, TaskEnd};
use compasso_store::LogStream;
use compasso_types::Payload;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::wants::Wants;

/// What stands in the log of a sensitive task.
const NO_LOG: &str = "(the task is sensitive: its log is not kept)";

/// Returns the way back of a job through which no masked value passes.
pub(crate) fn reporter(reporter: Reporter, wants: &Wants, masks: &Masks) -> Reporter {
    let is_silent = wants.sensitive.then(AtomicBool::default);
    Reporter::new(Arc::new(Masked { reporter, masks: masks.clone(), is_silent }))
}

/// Returns how a job ended, masked.
pub(crate) fn end(end: TaskEnd, wants: &Wants, masks: &Masks) -> TaskEnd {
    match end {
        TaskEnd::Finished(result) => TaskEnd::Finished(self::result(result, wants, masks)),
        TaskEnd::Submitted(output) => TaskEnd::Submitted(payload(output, masks)),
        TaskEnd::Reported => TaskEnd::Reported,
    }
}

/// Returns the result of a job, masked.
pub(crate) fn result(result: TaskResult, wants: &Wants, masks: &Masks) -> TaskResult {
    if masks.is_empty() {
        return result;
    }
    let text = |text: Arc<str>| Arc::from(masks.apply(text.to_string()));
    match result {
        Ok(output) if wants.sensitive => Ok(output),
        Ok(output) => Ok(payload(output, masks)),
        Err(TaskError { error, cause, retry_after_ms }) => {
            Err(TaskError { error: error.map(text), cause: cause.map(text), retry_after_ms })
        }
    }
}

fn payload(payload: Payload, masks: &Masks) -> Payload {
    if masks.is_empty() { payload } else { Payload::from(masked(payload.value(), masks)) }
}

struct Masked {
    reporter: Reporter,
    masks: Masks,
    /// Of a sensitive task: whether its log says already that it is not kept.
    is_silent: Option<AtomicBool>,
}

impl Reports for Masked {
    fn started(&self, worker: Option<Arc<str>>) -> BoxFuture<'_, bool> {
        self.reporter.started(worker).boxed()
    }

    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()> {
        self.reporter.submitted(payload(output, &self.masks)).boxed()
    }

    fn finished(&self, result: TaskResult) -> BoxFuture<'_, bool> {
        let result = match self.is_silent {
            Some(_) => result,
            None => self::result(result, &Wants::default(), &self.masks),
        };
        self.reporter.finished(result).boxed()
    }

    fn is_shutting_down(&self) -> bool {
        self.reporter.is_shutting_down()
    }

    fn log(&self, stream: LogStream, line: &str) {
        match &self.is_silent {
            None => self.reporter.log(stream, &self.masks.apply(line.to_owned())),
            Some(is_said) if !is_said.swap(true, Ordering::Relaxed) => {
                self.reporter.log(LogStream::Stderr, NO_LOG);
            }
            Some(_) => {}
        }
    }

    fn log_room(&self) -> BoxFuture<'_, ()> {
        self.reporter.log_room().boxed()
    }

    fn http_tracing(&self) -> Option<HttpTracing> {
        self.reporter.http_tracing()
    }

    fn trace_http(&self, trace: HttpTrace) {
        self.reporter.trace_http(trace);
    }
}
