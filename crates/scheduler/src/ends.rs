//! The ends of runs: what waits for one begins with it.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use tracing::warn;

use crate::limits::RETRY;
use crate::plan;
use crate::seats::{Leaving, STOP_ERROR};
use crate::{Record, Scheduler};

impl Scheduler {
    /// Waits for the ends of all runs of a schedule that are under way, stops those that are to be
    /// stopped, and watches the deadlines of those that wait.
    pub(crate) fn follow(&self, arn: &Arc<str>, record: &Record) {
        for execution in &record.stopping {
            self.stop_run(arn, execution, record.leaving());
        }
        for at in &record.lane.waiting {
            self.watch_tick(arn, *at);
        }
        for at in record.lane.active.iter().copied() {
            let (scheduler, arn) = (self.clone(), arn.clone());
            self.inner.runtime.spawn(async move {
                let execution = loop {
                    match scheduler.execution_of(&arn, at).await {
                        Ok(execution) => break execution,
                        Err(error) => warn!(schedule = %arn, %error, "run cannot be read"),
                    }
                    scheduler.sleep(RETRY).await;
                };
                scheduler.wait_for(&arn, at, execution.map(ExecutionKey)).await;
            });
        }
    }

    /// Waits for the end of one run.
    pub(crate) fn follow_run(&self, arn: &Arc<str>, at: Timestamp, execution: ExecutionKey) {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.inner.runtime.spawn(async move {
            scheduler.wait_for(&arn, at, Some(execution)).await;
        });
    }

    /// Stops an execution that has to make room; again after a crash.
    pub(crate) fn stop_run(&self, arn: &Arc<str>, execution: &Arc<str>, leaving: Leaving) {
        let (scheduler, arn) = (self.clone(), arn.clone());
        let execution = ExecutionKey(execution.clone());
        self.inner.runtime.spawn(async move {
            let runtime = &scheduler.inner.runtime;
            let cause: Arc<str> = format!("{arn} runs again").into();
            loop {
                match scheduler.end_run(&execution, leaving, &cause).await {
                    Ok(()) | Err(RuntimeError::NoExecution) => break,
                    Err(error) => warn!(schedule = %arn, %execution, %error, "run is not stopped"),
                }
                tokio::select! {
                    () = runtime.stopping() => return,
                    () = scheduler.sleep(RETRY) => {}
                }
            }
            let Some(slot) = scheduler.inner.slots.get(&arn) else { return };
            if let Some(entry) = slot.lock().await.as_mut() {
                // Stored with the next step: stopping what is over does no harm.
                entry.record.stopping.retain(|stopping| *stopping != execution.0);
            }
        });
    }

    async fn end_run(
        &self,
        execution: &ExecutionKey,
        leaving: Leaving,
        cause: &Arc<str>,
    ) -> Result<(), RuntimeError> {
        let runtime = &self.inner.runtime;
        let (error, why) = (Some(Arc::<str>::from(STOP_ERROR)), Some(cause.clone()));
        if self.withdraw(&execution.0, error.clone(), cause).await? {
            return Ok(());
        }
        match leaving {
            Leaving::Cancelled => runtime.cancel(execution, error, why).await.map(drop),
            Leaving::Terminated => runtime.stop(execution, error, why).await.map(drop),
        }
    }

    async fn wait_for(&self, arn: &Arc<str>, at: Timestamp, execution: Option<ExecutionKey>) {
        let runtime = &self.inner.runtime;
        // One that is not there counts as over.
        if let Some(execution) = execution {
            self.left_waiting(&execution.0).await;
            while let Err(error) = runtime.closed(&execution).await {
                tokio::select! {
                    () = runtime.stopping() => return,
                    () = self.sleep(RETRY) => warn!(%execution, %error, "run is not seen"),
                }
            }
        }
        while !self.make_room(arn, at).await {
            tokio::select! {
                () = runtime.stopping() => return,
                () = self.sleep(RETRY) => {}
            }
        }
    }

    /// Lets what waits for the end of a run begin; false if that has to be tried again.
    async fn make_room(&self, arn: &Arc<str>, run: Timestamp) -> bool {
        let Some(slot) = self.inner.slots.get(arn) else { return true };
        let mut held = slot.lock().await;
        let Some(entry) = held.as_mut() else { return true };
        if !entry.record.lane.active.contains(&run) {
            return true;
        }
        let step = plan::ended(&entry.record, run);
        if step.start.is_none() {
            // Stored with the next step: after a crash the end is seen again.
            entry.record = step.record;
            return true;
        }
        match self.carry_out(arn, entry, step).await {
            Ok(()) => {
                if entry.record.can_take_up() {
                    self.inner.alarms.set(arn, Some(self.now()));
                }
                true
            }
            Err(error) => {
                warn!(schedule = %arn, %error, "what waits is put off");
                false
            }
        }
    }
}
