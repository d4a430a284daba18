//! What this process has told others that it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the last commit that this process acknowledged, whichever store of its own wrote it; clones
/// share it. A database that shows less has lost commits.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged(Arc<AtomicU64>);

impl Acknowledged {
    /// Notes a commit before anybody is told of it.
    pub(crate) fn note(&self, commits: u64) {
        self.0.fetch_max(commits, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
