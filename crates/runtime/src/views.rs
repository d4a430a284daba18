//! What others see of executions and documents: only what is durable.

use std::sync::Arc;

use compasso_store::{DocumentChange, ExecutionKey, Outcome, Part, Removal, Write};
use tokio::sync::oneshot;

use crate::commit::Item;
use crate::core::Core;
use crate::runtime::Load;
use crate::slots::Known;
use crate::{Description, RuntimeError};

/// Somebody who waits for the end of an execution.
struct Watch<'a> {
    core: &'a Core,
    key: &'a ExecutionKey,
    end: oneshot::Receiver<Description>,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.end.close();
        self.core.slots.lock(self.key).unwatch(self.key);
    }
}

impl Core {
    pub(crate) async fn describe(
        &self,
        key: &ExecutionKey,
    ) -> Result<Option<Description>, RuntimeError> {
        self.check_open()?;
        match self.slots.lock(key).known(key) {
            Some(Known::Live(live)) => return Ok(Some(live.describe())),
            Some(Known::Express(express)) => return Ok(Some(express.describe())),
            Some(Known::Unread | Known::Absent | Known::Stored(_)) | None => {}
        }
        if let Some(ended) = self.express_ends.get(key) {
            return Ok(Some(ended));
        }
        let row = self.store.execution(key).await?;
        Ok(row.as_ref().map(Description::read).transpose()?)
    }

    /// Waits until an execution is as `is_over` wants it, which is asked when it closes or is set
    /// aside. Whoever waits is registered before the state is read, so that no end is missed.
    pub(crate) async fn until(
        self: &Arc<Self>,
        key: &ExecutionKey,
        is_over: fn(&Description) -> bool,
    ) -> Result<Option<Description>, RuntimeError> {
        loop {
            let end = self.slots.lock(key).watch(key);
            let mut watch = Watch { core: self, key, end };
            match self.describe(key).await? {
                Some(found) if !is_over(&found) => {}
                other => return Ok(other),
            }
            tokio::select! {
                biased;
                end = &mut watch.end => {
                    // Without a description, something happened, but nobody says what.
                    if let Ok(description) = end {
                        return Ok(Some(description));
                    }
                }
                () = self.stopped() => {
                    return Err(RuntimeError::Unavailable("shutting down".into()));
                }
            }
        }
    }

    /// Removes what is kept of a closed execution; `Ok(false)` if it is not as `removal` says.
    pub(crate) async fn remove(&self, removal: Removal) -> Result<bool, RuntimeError> {
        let (key, part) = (removal.key.clone(), removal.part);
        match self.write_apart(Write::Removal(removal)).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => {
                if part == Part::Whole {
                    self.slots.lock(&key).forget_idle(&key);
                }
                Ok(true)
            }
            Outcome::Committed { .. } => Ok(false),
            Outcome::Rejected { reason } => Err(RuntimeError::Rejected(reason)),
            Outcome::Unknown { reason } => Err(RuntimeError::Unavailable(reason)),
            Outcome::Fenced => Err(RuntimeError::Unavailable("another process took over".into())),
        }
    }

    pub(crate) async fn write(&self, changes: Vec<DocumentChange>) -> Outcome {
        self.write_apart(Write::Documents(changes)).await
    }

    async fn write_apart(&self, write: Write) -> Outcome {
        if self.is_stopped() {
            return Outcome::Rejected { reason: "shutting down".into() };
        }
        let (answer, outcome) = oneshot::channel();
        self.commits.push(Item::Apart { write, answer });
        let lost = Outcome::Unknown { reason: "shutting down".into() };
        outcome.await.unwrap_or(lost)
    }

    pub(crate) fn load_now(&self) -> Load {
        Load {
            executions: self.slots.count(),
            inputs: self.gauge.level(),
            tasks: self.tasks.count(),
        }
    }
}
