//! The tokens in memory, so that a request costs no read.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Bearer;
use super::tokens::TokenRecord;

/// The tokens in memory, by their digests.
#[derive(Default)]
pub(super) struct Held {
    by_digest: RwLock<HashMap<Arc<str>, Arc<Bearer>>>,
    /// Held by who changes what is stored of one.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl Held {
    pub(super) fn find(&self, digest: &str) -> Option<Arc<Bearer>> {
        // Nothing panics under the lock.
        self.by_digest.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Bearer>> {
        let held = self.by_digest.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = held.values().cloned().collect();
        all.sort_by(|a, b| a.record.name.cmp(&b.record.name));
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_digest.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn add(&self, record: TokenRecord) {
        let mut held = self.by_digest.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(record.digest.clone(), Arc::new(Bearer::new(record)));
    }

    pub(super) fn drop(&self, digest: &str) {
        self.by_digest.write().unwrap_or_else(PoisonError::into_inner).remove(digest);
    }
}
