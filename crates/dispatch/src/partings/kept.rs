//! Partings that outlast the server: what a task holds in its grace, it holds after a restart too.
//!
//! Later tasks of the run may wait for each of them, or the next run. They are written a moment after they
//! begin, all that came meanwhile at once, so a crash in between forgets them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use compasso_engine::TaskId;
use compasso_runtime::RuntimeError;
use compasso_store::{DocumentChange, Expected, Outcome, ReadError};
use compasso_types::{Timestamp, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::Parting;
use crate::board::Need;
use crate::desk::Desk;
use crate::dispatcher::Dispatcher;
use crate::leases::Lease;
use crate::limits;
use crate::place::{account_of, task_of};
use crate::wants::{TaskWords, Wants};

/// The kind of the documents. A key is the digest of the lease.
const KIND: &str = "parting";
/// Their format.
const FORMAT: u32 = 1;
/// How long until a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What is to be written: documents by key, or that they go.
#[derive(Default)]
pub(crate) struct Unwritten {
    changes: BTreeMap<String, Option<Bytes>>,
    news: Arc<Notify>,
}

/// What is stored of a parting.
#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    lease: Arc<str>,
    worker: Arc<str>,
    run: Arc<str>,
    state: Arc<str>,
    entry: u64,
    attempt: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    tags: BTreeSet<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slots: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mutex: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_tasks: Option<u32>,
    /// The name of all attempts of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Arc<str>>,
}

impl Unwritten {
    /// Keeps a parting.
    pub(super) fn keep(&mut self, lease: &Lease) {
        let placement = lease.job.offer.placement.as_ref();
        // Whoever was placed has wants that can be read.
        let wants = placement.and_then(|wants| Wants::read(wants).ok()).unwrap_or_default();
        let key = wants.key().cloned();
        let Wants { tags, pool, slots, mutex, max_tasks, .. } = wants;
        let record = Record {
            v: FORMAT,
            lease: lease.delivery.lease.clone(),
            worker: lease.worker.clone(),
            run: lease.job.execution.0.clone(),
            state: lease.job.offer.state.clone(),
            entry: lease.job.offer.task.entry,
            attempt: lease.job.offer.task.attempt,
            tags,
            pool,
            slots,
            mutex,
            max_tasks,
            key,
        };
        let body = serde_json::to_vec(&record).expect("a record is JSON");
        self.change(&record.lease, Some(body.into()));
    }

    /// Keeps a parting no longer.
    pub(super) fn forget(&mut self, lease: &str) {
        self.change(lease, None);
    }

    fn change(&mut self, lease: &str, body: Option<Bytes>) {
        self.changes.insert(hex(&Sha256::digest(lease)), body);
        self.news.notify_one();
    }
}

impl Desk {
    /// Puts a parting of before a restart onto the board again. Its worker has the time of one lease to
    /// come back; if it does not name the lease then, nothing of the work goes on.
    fn part_again(&mut self, record: Record, now: Timestamp) {
        let Record { lease, worker, run, state, entry, attempt, .. } = record;
        let Record { tags, pool, slots, mutex, max_tasks, key, .. } = record;
        let need = Need::Script(tags.clone());
        let task = key.map(|key| TaskWords { idempotency_key: Some(key), ..TaskWords::default() });
        let wants = Wants { tags, pool, slots, mutex, max_tasks, task, ..Wants::default() };
        let of = TaskId { entry, attempt };
        let id = self.expect(&run, &state, of, now);
        let task = task_of(&run, (&state, &state), of, need, Arc::new(wants), now);
        self.board.restore(id, task, None, now);
        self.board.give_up(id);
        let (account, deadline) = (account_of(&run), now.after(self.term()));
        self.worker(&worker, now).cancelled.insert(lease.clone(), true);
        self.deadlines.insert((deadline, lease.clone()));
        let parting = Parting { id, run, account, reporter: None, deadline };
        self.partings.insert(lease, parting);
    }
}

impl Dispatcher {
    /// Reads what was being given up before this process began, before anything else may run.
    ///
    /// # Errors
    /// The store does not answer, or holds something else.
    pub async fn read_partings(&self) -> Result<(), RuntimeError> {
        let mut after: Option<String> = None;
        loop {
            let store = self.runtime().store();
            let page = store.documents(KIND, "", after.as_deref(), limits::PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for document in page {
                let corrupt =
                    |why: String| ReadError::Corrupt(format!("{KIND} {}: {why}", document.key));
                let record: Record = serde_json::from_slice(&document.body)
                    .map_err(|error| corrupt(error.to_string()))?;
                if record.v != FORMAT {
                    return Err(corrupt(format!("unknown format {}", record.v)).into());
                }
                self.lock().part_again(record, self.now());
            }
        }
    }

    /// Writes what is new of partings, as long as the server is there.
    pub(crate) async fn keep_partings(&self) {
        let news = self.lock().unwritten.news.clone();
        loop {
            tokio::select! {
                biased;
                () = self.stopped() => return,
                () = news.notified() => {}
            }
            while !self.write_partings().await {
                tokio::select! {
                    biased;
                    () = self.stopped() => return,
                    () = self.sleep_until(self.now().after(RETRY)) => {}
                }
            }
        }
    }

    /// Writes what is new of partings; false if it cannot be written now.
    async fn write_partings(&self) -> bool {
        let new = std::mem::take(&mut self.lock().unwritten.changes);
        let change = |(key, body): (&String, &Option<Bytes>)| DocumentChange {
            kind: KIND,
            key: key.clone(),
            expected: Expected::Any,
            body: body.clone(),
        };
        let changes: Vec<_> = new.iter().map(change).collect();
        if changes.is_empty() {
            return true;
        }
        match self.runtime().write(changes).await {
            Outcome::Committed { .. } | Outcome::Fenced => true,
            Outcome::Rejected { reason } | Outcome::Unknown { reason } => {
                tracing::warn!(reason, "what tasks hold that are given up is not stored yet");
                let mut desk = self.lock();
                for (key, body) in new {
                    // What came meanwhile counts.
                    desk.unwritten.changes.entry(key).or_insert(body);
                }
                false
            }
        }
    }
}
