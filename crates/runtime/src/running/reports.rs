//! What a job under way tells the execution that it is a task of.

use std::sync::{Arc, Mutex};

use compasso_engine::{Input, TaskId, TaskResult};
use compasso_store::LogStream;
use compasso_types::Payload;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::Seat;
use crate::Reports;
use crate::core::Core;
use crate::logs::Source;

/// Where the reports of one job go.
pub(super) struct JobReports {
    pub(super) core: Arc<Core>,
    pub(super) task: TaskId,
    pub(super) source: Source,
    pub(super) seat: Arc<Mutex<Seat>>,
}

impl Reports for JobReports {
    fn started(&self, worker: Option<Arc<str>>) -> BoxFuture<'_, bool> {
        async move {
            if worker.is_none() {
                self.core.take_place(&self.seat).await;
            }
            let input = Input::ActivityStarted { task: self.task, worker };
            self.core.insist(&self.source.execution, &input).await
        }
        .boxed()
    }

    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()> {
        let input = Input::TaskSubmitted { task: self.task, output };
        async move {
            self.core.insist(&self.source.execution, &input).await;
            self.core.let_wait(&self.seat);
        }
        .boxed()
    }

    fn finished(&self, result: TaskResult) -> BoxFuture<'_, bool> {
        let input = Input::TaskFinished { task: self.task, result };
        async move { self.core.insist(&self.source.execution, &input).await }.boxed()
    }

    fn is_shutting_down(&self) -> bool {
        self.core.is_stopped()
    }

    fn log(&self, stream: LogStream, line: &str) {
        self.core.logs.keep(self.core.now(), &self.source, stream, line);
    }

    fn log_room(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.core.logs.room())
    }
}
