//! A document that goes with whatever documents somebody's request writes: what is said of a change is
//! durable in the same instant as the change.
//!
//! The request runs within [`Beside::carry`]. The first write of documents that it causes takes the
//! document along; a write that was refused leaves it for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compasso_store::{DocumentChange, Outcome};

tokio::task_local! {
    static CURRENT: Beside;
}

/// Makes the document as it is when it is written; `None` if there is nothing to say yet.
type Make = Box<dyn Fn() -> Option<DocumentChange> + Send + Sync>;

/// A document to be written beside others; `clone` is cheap.
#[derive(Clone)]
pub struct Beside {
    inner: Arc<Inner>,
}

struct Inner {
    make: Make,
    is_written: Arc<AtomicBool>,
}

impl Beside {
    /// Has `make` called when documents are written, and `is_written` set when that is durable. Whoever
    /// `make` holds may hold that mark, but must not hold what is made here: both would stay for ever.
    pub fn new(
        is_written: Arc<AtomicBool>,
        make: impl Fn() -> Option<DocumentChange> + Send + Sync + 'static,
    ) -> Self {
        Self { inner: Arc::new(Inner { make: Box::new(make), is_written }) }
    }

    /// Has `work` done, whose first write of documents takes this one along.
    pub async fn carry<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Returns what the present task carries, for a task that it begins.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    fn is_written(&self) -> bool {
        self.inner.is_written.load(Ordering::Acquire)
    }

    /// Adds the document to a write, if it is still to be written.
    pub(crate) fn join(changes: &mut Vec<DocumentChange>) -> Option<Self> {
        let beside = Self::current().filter(|beside| !beside.is_written())?;
        changes.push((beside.inner.make)()?);
        Some(beside)
    }

    /// Takes note of how a write ended that took the document along.
    pub(crate) fn note(&self, outcome: &Outcome) {
        if matches!(outcome, Outcome::Committed { conflicts } if conflicts.is_empty()) {
            self.inner.is_written.store(true, Ordering::Release);
        }
    }
}
