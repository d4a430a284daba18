//! The store that all nodes share, and the mutants that live in it.

use std::sync::atomic::{AtomicU64, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{Batch, Epoch, Outcome, ReadError, Store, Write};

use crate::Mutant;

pub(crate) struct Database {
    pub(crate) store: MemoryStore,
    /// The latest epoch.
    epoch: AtomicU64,
    mutant: Option<Mutant>,
}

impl Database {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        Self { store: MemoryStore::new(), epoch: AtomicU64::new(0), mutant }
    }

    pub(crate) fn mutant(&self) -> Option<Mutant> {
        self.mutant
    }

    pub(crate) async fn acquire(&self) -> Result<Epoch, ReadError> {
        let epoch = self.store.acquire().await?;
        self.epoch.fetch_max(epoch.0, Ordering::Relaxed);
        Ok(epoch)
    }

    pub(crate) async fn reacquire(&self, held: Epoch) -> Result<Epoch, ReadError> {
        let epoch = self.store.reacquire(held).await?;
        self.epoch.fetch_max(epoch.0, Ordering::Relaxed);
        Ok(epoch)
    }

    /// Returns whether nobody has taken over since `epoch`.
    pub(crate) fn is_latest(&self, epoch: Epoch) -> bool {
        self.epoch.load(Ordering::Relaxed) == epoch.0
    }

    pub(crate) async fn commit(&self, mut batch: Batch) -> Outcome {
        if let Some(Mutant::NoFence | Mutant::UnlockedFence | Mutant::NoRevisionCheck) = self.mutant
        {
            batch.epoch = Epoch(self.epoch.load(Ordering::Relaxed));
        }
        for write in &mut batch.writes {
            self.spoil(write).await;
        }
        self.store.commit(batch).await
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
