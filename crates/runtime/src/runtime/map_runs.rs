//! What the layers that carry out map runs and runs of tasks ask of the runtime.

use compasso_engine::{Input, TaskId, TaskResult};
use compasso_store::ExecutionKey;

use super::{Runtime, StartOrder};
use crate::{Description, RuntimeError};

impl Runtime {
    /// Runs an Express child of a map run to its end. Unlike others it is kept: it can be described
    /// and listed once it has ended.
    pub async fn run_express_child(&self, order: StartOrder) -> Result<Description, RuntimeError> {
        self.check_map_run(&order)?;
        self.core.run_express_child(self.new_execution(order)).await
    }

    /// Waits until an execution closes or is set aside, and describes it; cancel by dropping.
    pub async fn settled(&self, key: &ExecutionKey) -> Result<Option<Description>, RuntimeError> {
        self.core.until(key, |found| found.closed.is_some() || found.quarantined).await
    }

    /// Closes an execution that is set aside as failed; durable when it returns.
    ///
    /// # Errors
    /// It goes on or has closed, or the runtime cannot do it now.
    pub async fn give_up(&self, key: &ExecutionKey) -> Result<(), RuntimeError> {
        self.core.give_up(key).await
    }

    /// Tells an execution that its map run ended; returns when that is durable or no longer matters.
    pub async fn map_run_ended(&self, key: &ExecutionKey, task: TaskId, result: TaskResult) {
        self.core.insist(key, &Input::MapRunEnded { task, result }).await;
    }

    /// Says whether an execution waits for the end of the map run with this ARN.
    pub async fn waits_for_map_run(
        &self,
        key: &ExecutionKey,
        arn: &str,
    ) -> Result<bool, RuntimeError> {
        self.core.waits_for(key, |execution| execution.waits_for_map_run(arn)).await
    }

    /// Says whether an execution waits for the end of this attempt of a task.
    pub async fn waits_for_task(
        &self,
        key: &ExecutionKey,
        task: TaskId,
    ) -> Result<bool, RuntimeError> {
        self.core.waits_for(key, |execution| execution.waits_for_task(task)).await
    }

    /// Lets work for it run beside, wherever it is called from.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.core.tokio.spawn(work);
    }

    /// Waits until the runtime takes no more input, whatever the reason.
    pub async fn stopping(&self) {
        self.core.stopped().await;
    }

    /// Waits until nobody is to wait for tasks any more.
    pub async fn polls_ended(&self) {
        self.core.polls_ended().await;
    }
}
