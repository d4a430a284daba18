//! A map run under way: what others see of it and ask of it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use compasso_runtime::{MapRunJob, Runtime};
use compasso_store::{ExecutionKey, Outcome};
use compasso_types::Timestamp;
use tokio::sync::watch;

use crate::progress::Tally;
use crate::record::{Record, Settings};
use crate::{limits, names};

/// A map run under way.
pub(crate) struct Run {
    pub(crate) job: MapRunJob,
    pub(crate) runtime: Runtime,
    /// What is stored; locked while it is being stored, so that changes land in order.
    record: tokio::sync::Mutex<Record>,
    tally: Mutex<Tally>,
    redriven_at: Mutex<Option<Timestamp>>,
    settings: watch::Sender<Settings>,
    cancelled: watch::Sender<bool>,
    /// Whether no more children are begun.
    closing: AtomicBool,
    /// The places of Express children under way, which no row shows.
    expresses: Mutex<BTreeSet<u64>>,
}

/// Shows an Express child as under way until it is dropped.
pub(crate) struct Shown<'a> {
    run: &'a Run,
    index: u64,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.run.expresses().remove(&self.index);
    }
}

/// The store does not take what belongs to a run; why does not matter to it.
#[derive(Debug, thiserror::Error)]
#[error("map run cannot be stored: {0}")]
pub(crate) struct NotStored(String);

impl Run {
    pub(crate) fn new(runtime: Runtime, job: MapRunJob, record: Record) -> Self {
        Self {
            job,
            runtime,
            tally: Mutex::new(Tally::redriven(
                record.progress,
                record.redrive.map(|redrive| redrive.before),
            )),
            redriven_at: Mutex::new(record.redrive.map(|redrive| redrive.at)),
            settings: watch::Sender::new(record.settings),
            cancelled: watch::Sender::new(false),
            closing: AtomicBool::new(false),
            expresses: Mutex::default(),
            record: tokio::sync::Mutex::new(record),
        }
    }

    /// Opens a run again that is to be redriven; durable when it returns.
    pub(crate) async fn open_again(&self) {
        let now = self.runtime.clock().now();
        let mut record = self.record().await;
        if !record.reopen(&self.job, now) {
            return;
        }
        let reopened = record.clone();
        *self.redriven_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        while let Err(error) = self.store(|record| *record = reopened.clone()).await {
            tracing::warn!(map_run = %self.job.offer.run.arn, %error, "trying again");
            tokio::time::sleep(limits::RETRY_FIRST).await;
        }
        *self.tally() = Tally::redriven(reopened.progress, reopened.redrive.map(|r| r.before));
    }

    /// Returns when the run was redriven last: children that ended before did so in an earlier try.
    /// Children ask, so it must not wait for the record: while that is stored, nobody lets them go on.
    pub(crate) fn redriven_at(&self) -> Option<Timestamp> {
        *self.redriven_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key of the child at `index`.
    pub(crate) fn child_key(&self, index: u64) -> ExecutionKey {
        let (arn, child) = (&self.job.offer.run.arn, &self.job.offer.child);
        ExecutionKey(names::child(arn, child.execution_type, index).arn)
    }

    /// Returns the counts.
    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        // Nothing panics under the lock.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is stored.
    pub(crate) async fn record(&self) -> Record {
        self.record.lock().await.clone()
    }

    /// Changes what is stored; durable when it returns.
    pub(crate) async fn store(&self, change: impl FnOnce(&mut Record)) -> Result<(), NotStored> {
        let mut record = self.record.lock().await;
        let mut changed = record.clone();
        change(&mut changed);
        match self.runtime.write(changed.changes(&self.job.offer.run.arn)).await {
            Outcome::Committed { .. } => {
                self.settings.send_replace(changed.settings);
                *record = changed;
                Ok(())
            }
            Outcome::Rejected { reason } | Outcome::Unknown { reason } => Err(NotStored(reason)),
            Outcome::Fenced => Err(NotStored("another process took over".into())),
        }
    }

    /// Returns the settings, which may change while somebody looks.
    pub(crate) fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.subscribe()
    }

    /// Shows the Express child at `index` as under way.
    pub(crate) fn show_express(&self, index: u64) -> Shown<'_> {
        self.expresses().insert(index);
        Shown { run: self, index }
    }

    /// Returns up to `limit` places of Express children under way, the last first, those below `below`.
    pub(crate) fn expresses_below(&self, below: u64, limit: usize) -> Vec<u64> {
        self.expresses().range(..below).rev().take(limit).copied().collect()
    }

    fn expresses(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        // Nothing panics under the lock.
        self.expresses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets no more children begin.
    pub(crate) fn take_no_more(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Says whether no more children are begun.
    pub(crate) fn takes_no_more(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Gives the run up.
    pub(crate) fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    /// Waits until somebody gives the run up.
    pub(crate) async fn cancelled(&self) {
        let mut cancelled = self.cancelled.subscribe();
        // The sender lives as long as this.
        let _ = cancelled.wait_for(|cancelled| *cancelled).await;
    }
}

/// The number of a run's settings that bounds its children.
pub(crate) fn children_at_once(settings: &Settings) -> usize {
    let most = limits::CHILDREN_AT_ONCE_MAX;
    let wanted = settings.max_concurrency;
    let number = if wanted == 0 { most } else { wanted.min(most) };
    usize::try_from(number).unwrap_or(usize::MAX)
}
