//! The store that all nodes share, with its clock and its roll of nodes, and the mutants that live in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use compasso_store::memory::MemoryStore;
use compasso_store::{Batch, Epoch, NodeIdentity, Outcome, ReadError, Roll, Store, Write};
use compasso_types::Timestamp;
use tokio::time::Instant;

use crate::Mutant;
use crate::roster::Roster;

/// The instant at which every simulation begins.
const DAWN: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) struct Database {
    pub(crate) store: MemoryStore,
    began: Instant,
    /// The latest epoch.
    epoch: AtomicU64,
    /// The link of the node that took the store over last, by its name.
    taken_by: AtomicU64,
    roster: Mutex<Roster>,
    is_full: AtomicBool,
    written: Mutex<Vec<Written>>,
    mutant: Option<Mutant>,
}

/// What a turn wrote into a journal. All of them together are in the order of their commits.
pub(crate) struct Written {
    pub(crate) execution: Arc<str>,
    pub(crate) events: Bytes,
    /// When, by the clock of the store.
    pub(crate) at: Timestamp,
}

impl Database {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        Self {
            store: MemoryStore::new(),
            began: Instant::now(),
            epoch: AtomicU64::new(0),
            taken_by: AtomicU64::new(0),
            roster: Mutex::default(),
            is_full: AtomicBool::new(false),
            written: Mutex::default(),
            mutant,
        }
    }

    pub(crate) fn mutant(&self) -> Option<Mutant> {
        self.mutant
    }

    /// Returns what the clock of the store shows.
    pub(crate) fn now(&self) -> Timestamp {
        DAWN.after(self.began.elapsed())
    }

    /// Lets nothing be written any more, or everything again.
    pub(crate) fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    /// Returns all that was written to journals, in the order of the commits.
    pub(crate) fn written(&self) -> MutexGuard<'_, Vec<Written>> {
        lock(&self.written)
    }

    /// Returns when the simulation began.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// Takes the store over through the link `name`, as `node` if it is one of a cluster: only the owner
    /// can.
    pub(crate) async fn acquire(&self, name: u64, node: Option<&str>) -> Result<Epoch, ReadError> {
        if node.is_some_and(|node| !lock(&self.roster).is_owner(node)) {
            return Err(ReadError::Taken);
        }
        let epoch = self.raise().await?;
        self.taken_by.store(name, Ordering::Relaxed);
        Ok(epoch)
    }

    /// Returns whether nobody has taken the store over since a node did through the link `name`.
    pub(crate) fn is_taken_by(&self, name: u64) -> bool {
        self.taken_by.load(Ordering::Relaxed) == name
    }

    pub(crate) async fn reacquire(&self, held: Epoch) -> Result<Epoch, ReadError> {
        let epoch = self.store.reacquire(held).await?;
        self.epoch.fetch_max(epoch.0, Ordering::Relaxed);
        Ok(epoch)
    }

    async fn raise(&self) -> Result<Epoch, ReadError> {
        let epoch = self.store.acquire().await?;
        self.epoch.fetch_max(epoch.0, Ordering::Relaxed);
        Ok(epoch)
    }

    /// Returns whether nobody has taken over since `epoch`.
    pub(crate) fn is_latest(&self, epoch: Epoch) -> bool {
        self.epoch.load(Ordering::Relaxed) == epoch.0
    }

    pub(crate) fn join(&self, node: &NodeIdentity) {
        lock(&self.roster).join(node, self.now());
    }

    /// Renews the lease of a node whose own clock is `ahead`.
    pub(crate) fn renew(&self, node: &NodeIdentity, lease: Duration, ahead: Duration) -> Roll {
        let epoch = Epoch(self.epoch.load(Ordering::Relaxed));
        let lease = if self.mutant == Some(Mutant::ShortLease) { lease / 2 } else { lease };
        lock(&self.roster).renew(node, lease, (self.now(), self.lease_clock(ahead), epoch))
    }

    pub(crate) async fn take(&self, id: &str, ahead: Duration) -> Result<Option<Epoch>, ReadError> {
        if !lock(&self.roster).take(id, self.lease_clock(ahead)) {
            return Ok(None);
        }
        self.raise().await.map(Some)
    }

    pub(crate) async fn hand_over(&self, id: &str) -> Result<(), ReadError> {
        if lock(&self.roster).hand_over(id) {
            self.raise().await?;
        }
        Ok(())
    }

    pub(crate) fn leave(&self, id: &str) {
        lock(&self.roster).leave(id);
    }

    /// Returns what leases are judged by.
    fn lease_clock(&self, ahead: Duration) -> Timestamp {
        match self.mutant {
            Some(Mutant::LeaseOnNodesClock) => self.now().after(ahead),
            _ => self.now(),
        }
    }

    pub(crate) async fn commit(&self, mut batch: Batch) -> Outcome {
        if let Some(Mutant::NoFence | Mutant::UnlockedFence | Mutant::NoRevisionCheck) = self.mutant
        {
            batch.epoch = Epoch(self.epoch.load(Ordering::Relaxed));
        }
        if self.is_full.load(Ordering::Relaxed) && self.is_latest(batch.epoch) {
            return Outcome::Rejected { reason: "the disk is full".into() };
        }
        for write in &mut batch.writes {
            self.spoil(write).await;
        }
        let entries: Vec<_> = batch.writes.iter().map(journaled).collect();
        let outcome = self.store.commit(batch).await;
        if let Outcome::Committed { conflicts } = &outcome {
            let at = self.now();
            let kept = entries.into_iter().enumerate().filter(|(n, _)| !conflicts.contains(n));
            let written = kept.filter_map(|(_, entry)| entry).map(|(execution, events)| Written {
                execution,
                events,
                at,
            });
            lock(&self.written).extend(written);
        }
        outcome
    }

    /// Makes a write wrong, if that is the mutant.
    async fn spoil(&self, write: &mut Write) {
        let Write::Turn(turn) = write else { return };
        let is_spoilt = match self.mutant {
            Some(Mutant::NoRevisionCheck) => turn.base.is_some(),
            Some(Mutant::NameTakenTwice) => turn.base.is_none(),
            _ => false,
        };
        if is_spoilt && let Ok(Some(row)) = self.store.execution(&turn.key).await {
            turn.base = Some(row.revision);
        }
    }
}

fn journaled(write: &Write) -> Option<(Arc<str>, Bytes)> {
    let Write::Turn(turn) = write else { return None };
    Some((turn.key.0.clone(), turn.journal.as_ref()?.body.clone()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock is a failed simulation already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
