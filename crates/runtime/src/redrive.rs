//! Opening a closed execution again. It goes on from the image it closed with, however long its
//! history is; one that has none is rebuilt from its journal before the turn that redrives it.

use std::sync::Arc;

use compasso_engine::{Execution, NotMarkable, NotRedrivable, Rejected, Rerun, RerunOrder};
use compasso_store::{Execution as Row, ExecutionKey, ReadError, Redriven, Revision};
use compasso_types::Timestamp;

use crate::core::Core;
use crate::images::{Kept, restore_apart};
use crate::message::{Ask, Refusal};
use crate::slots::Live;
use crate::{Runtime, RuntimeError, StartRecord, limits};

/// An execution was not redriven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedriveError {
    /// It is not in a state to be redriven.
    #[error(transparent)]
    NotRedrivable(#[from] NotRedrivable),
    /// It was to go on with a task marked that is not in a state to be.
    #[error(transparent)]
    NotMarkable(#[from] NotMarkable),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for RedriveError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotRedrivable(why)) => Self::NotRedrivable(why),
            Refusal::Engine(Rejected::NotMarkable(why)) => Self::NotMarkable(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Has a closed execution go on from where it failed; returns when it was redriven. Asking
    /// again with the same token answers the same.
    pub async fn redrive(
        &self,
        key: &ExecutionKey,
        token: Option<Arc<str>>,
    ) -> Result<Timestamp, RedriveError> {
        Ok(self.core.redrive(key, None, token).await?.at)
    }

    /// Has a closed run of a graph go on in another generation, in which what `order` says runs
    /// again; returns which redrive it is, and when. Asking again with the same token answers the
    /// same. The run is read from its first event on, which takes as long as that is.
    pub async fn rerun(
        &self,
        key: &ExecutionKey,
        order: RerunOrder,
        token: Option<Arc<str>>,
    ) -> Result<Redriven, RedriveError> {
        Ok(self.core.redrive(key, Some(Arc::new(order)), token).await?)
    }

    /// Says of each of these orders what it would run again in a run of a graph, or why it would be
    /// refused; nothing happens. The run is read once, from its first event on.
    pub async fn plan_reruns(
        &self,
        key: &ExecutionKey,
        orders: &[RerunOrder],
    ) -> Result<Vec<Result<Rerun, RedriveError>>, RuntimeError> {
        let row = self.core.store.execution(key).await?.ok_or(RuntimeError::NoExecution)?;
        let record = StartRecord::read(&row.start)?;
        let definition = self.core.check_open()?.definitions.load(&record.definition).await?;
        let empty = Execution::remembering(definition);
        let execution = self.core.fold(key, 1, empty, Execution::apply).await?;
        let plan = |order| execution.plan(order).map_err(|why| Refusal::Engine(why).into());
        Ok(orders.iter().map(plan).collect())
    }
}

impl Core {
    /// Redrives an execution and returns when; asking again with the same token changes nothing
    /// and answers the same.
    pub(crate) async fn redrive(
        self: &Arc<Self>,
        key: &ExecutionKey,
        order: Option<Arc<RerunOrder>>,
        token: Option<Arc<str>>,
    ) -> Result<Redriven, Refusal> {
        let mut rebuilt = None;
        for _ in 0..limits::REDRIVE_READS_MAX {
            let (order, token) = (order.clone(), token.clone());
            let remembers = order.is_some();
            let ask = Ask::Redrive { order, token: token.clone(), rebuilt: rebuilt.take() };
            match self.ask(key, ask).await {
                Ok(done) => {
                    let redrive = done.redrive.expect("a redriven execution says so");
                    let asked = token.and_then(|token| redrive.asked_with(&token, self.now()));
                    let at = asked.unwrap_or(redrive.at);
                    return Ok(Redriven { count: redrive.count, at });
                }
                Err(Refusal::NotRebuilt) => rebuilt = self.rebuild(key, remembers).await?,
                Err(other) => return Err(other),
            }
        }
        Err(RuntimeError::Overloaded.into())
    }

    /// Reads a closed execution; `None` if it is open by now, or was written while it was read. One that
    /// was set aside before it closed, or that an older release closed, has no image; one that `remembers`
    /// is not what its image says.
    pub(crate) async fn rebuild(
        &self,
        key: &ExecutionKey,
        remembers: bool,
    ) -> Result<Option<Arc<Live>>, RuntimeError> {
        let row = self.store.execution(key).await?.ok_or(RuntimeError::NoExecution)?;
        if row.header.status.is_open() {
            return Ok(None);
        }
        let record = Arc::new(StartRecord::read(&row.start)?);
        record.check_rules()?;
        let definition = self.check_open()?.definitions.load(&record.definition).await?;
        let tail = self.tail(&row).await?;
        let (execution, kept) = if remembers || row.image.is_empty() {
            let empty = Execution::remembering(definition);
            // A rerun cannot be applied to the image that is stored, so its turn writes another.
            (self.fold(key, 1, empty, Execution::apply).await?, Kept::default())
        } else {
            if row.has_tail && self.revision(key).await? != Some(row.revision) {
                // The image that was read may not be the one that these turns follow.
                return Ok(None);
            }
            let kept = Kept::of(&row.image, &tail);
            let (start, image) = (record.start.clone(), row.image.clone());
            (restore_apart(definition, start, image, tail).await?, kept)
        };
        let execution = execution.restored(self.restores.clone());
        Ok(Some(Arc::new(closed(&row, record, execution, kept))))
    }

    async fn revision(&self, key: &ExecutionKey) -> Result<Option<Revision>, ReadError> {
        Ok(self.store.execution(key).await?.map(|row| row.revision))
    }
}

fn closed(row: &Row, record: Arc<StartRecord>, execution: Execution, kept: Kept) -> Live {
    Live {
        execution,
        revision: row.revision,
        record,
        started: row.header.started,
        stopped: row.header.stopped,
        quarantined: false,
        kept,
        bytes: 0,
    }
}
