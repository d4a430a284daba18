//! A store in memory, for tests and for runs that nobody needs to remember.
//!
//! It keeps the same contract as the durable stores, answers at once, and fails on demand: see
//! [`Fault`] for the menu and [`FaultPlan`] for when. It is deterministic: the same calls in the
//! same order with the same plan give the same answers. **Invariant:** a commit happens when
//! [`Store::commit`] is called, not when its answer is awaited.

mod documents;
mod fault;
mod seals;
mod state;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use compasso_types::Timestamp;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, ready};

pub use self::fault::{Fault, FaultPlan, FaultRates};
use self::state::State;
use crate::contract::Harm;
use crate::pack::Packed;
use crate::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, ReadError, SearchBounds, Store, Wanted,
};

/// A store in memory with a menu of faults.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    plan: FaultPlan,
    held: VecDeque<Held>,
    commits: u64,
    crashed: bool,
    broken: bool,
}

/// A commit whose answer is held.
#[derive(Debug)]
struct Held {
    work: Work,
    answer: oneshot::Sender<Outcome>,
}

#[derive(Debug)]
enum Work {
    Todo(Batch),
    Done(Outcome),
}

impl MemoryStore {
    /// Returns an empty store without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns an empty store whose commits fail by `plan`.
    pub fn with_plan(plan: FaultPlan) -> Self {
        let store = Self::default();
        store.lock().plan = plan;
        store
    }

    /// Replaces the plan from the next commit on.
    pub fn set_plan(&self, plan: FaultPlan) {
        self.lock().plan = plan;
    }

    /// Puts `fault` behind the faults already scripted for the next commits.
    pub fn inject(&self, fault: Fault) {
        self.lock().plan.push(Some(fault));
    }

    /// Returns how many commits wait for [`Self::release`].
    pub fn held(&self) -> usize {
        self.lock().held.len()
    }

    /// Lets the oldest held commit go on; `false` if none is held.
    pub fn release(&self) -> bool {
        let mut inner = self.lock();
        let Some(held) = inner.held.pop_front() else {
            return false;
        };
        let outcome = match held.work {
            Work::Todo(batch) => inner.write(&batch),
            Work::Done(outcome) => outcome,
        };
        drop(inner);
        // The caller may have stopped waiting; the write counts all the same.
        let _ = held.answer.send(outcome);
        true
    }

    /// Breaks: from now on the store answers nothing but that it must be opened again.
    pub fn break_down(&self) {
        self.lock().broken = true;
    }

    /// Damages what is kept of an execution, as a disk does.
    pub fn harm(&self, key: &ExecutionKey, harm: Harm) {
        self.lock().state.harm(key, harm);
    }

    /// Returns how many batches were written, whatever their callers were told.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    /// Crashes: returns what a restart would find, and makes this handle useless.
    ///
    /// The new store holds every written batch, no held batch that was not yet written, and no
    /// log line since the last commit. Its epoch is a new one and it has no plan. Commits through
    /// the old handle answer [`Outcome::Fenced`], held ones [`Outcome::Unknown`], reads fail.
    pub fn crash(&self) -> Self {
        let mut inner = self.lock();
        inner.crashed = true;
        inner.held.clear();
        let mut state = std::mem::take(&mut inner.state);
        state.lose_volatile_lines();
        state.raise_epoch();
        Self { inner: Mutex::new(Inner { state, commits: inner.commits, ..Inner::default() }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic under the lock is a failed test already; its other threads may go on.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Send + 'static>(&self, read: impl FnOnce(&State) -> T) -> Answer<'static, T> {
        let inner = self.lock();
        ready(inner.alive().map(|()| read(&inner.state))).boxed()
    }

    fn try_read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&State) -> Result<T, ReadError>,
    ) -> Answer<'static, T> {
        let inner = self.lock();
        ready(inner.alive().and_then(|()| read(&inner.state))).boxed()
    }
}

impl Inner {
    fn alive(&self) -> Result<(), ReadError> {
        if self.crashed {
            return Err(ReadError::Unavailable("store crashed".into()));
        }
        if self.broken {
            return Err(ReadError::Broken("injected".into()));
        }
        Ok(())
    }

    fn write(&mut self, batch: &Batch) -> Outcome {
        let outcome = self.state.write(batch);
        if matches!(outcome, Outcome::Committed { .. }) {
            self.commits += 1;
        }
        outcome
    }

    fn commit(&mut self, batch: Batch) -> BoxFuture<'static, Outcome> {
        if self.crashed {
            return ready(Outcome::Fenced).boxed();
        }
        if self.broken {
            return ready(Outcome::Unknown { reason: "store is broken".into() }).boxed();
        }
        let outcome = match self.plan.next() {
            None => self.write(&batch),
            Some(Fault::Rejected) => Outcome::Rejected { reason: "injected".into() },
            Some(Fault::Unknown { written }) => match written.then(|| self.write(&batch)) {
                Some(Outcome::Fenced) => Outcome::Fenced,
                _ => Outcome::Unknown { reason: "injected".into() },
            },
            Some(Fault::Broken { written }) => {
                if written {
                    self.write(&batch);
                }
                self.broken = true;
                Outcome::Unknown { reason: "injected".into() }
            }
            Some(Fault::Fenced) => {
                self.state.raise_epoch();
                self.write(&batch)
            }
            Some(Fault::Slow { written }) => {
                let work = if written { Work::Done(self.write(&batch)) } else { Work::Todo(batch) };
                return self.hold(work);
            }
        };
        ready(outcome).boxed()
    }

    fn hold(&mut self, work: Work) -> BoxFuture<'static, Outcome> {
        let (answer, outcome) = oneshot::channel();
        self.held.push_back(Held { work, answer });
        async { outcome.await.unwrap_or(Outcome::Unknown { reason: "store crashed".into() }) }
            .boxed()
    }
}

impl Store for MemoryStore {
    fn acquire(&self) -> Answer<'_, Epoch> {
        let mut inner = self.lock();
        ready(inner.alive().map(|()| inner.state.raise_epoch())).boxed()
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        let mut inner = self.lock();
        let raised = inner.alive().and_then(|()| inner.state.raise_epoch_from(held));
        ready(raised).boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        self.lock().commit(batch)
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        self.read(|state| state.execution(key))
    }

    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        let bounds = SearchBounds { items: limit, rows: usize::MAX };
        self.read(|state| state.executions(&filter, &|_| true, after, bounds))
    }

    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.read(|state| state.executions(&filter, &*wanted, after, bounds))
    }

    fn open_executions(&self) -> Answer<'_, u64> {
        self.read(State::open_executions)
    }

    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>> {
        self.try_read(|state| state.journal(key, first_event, events))
    }

    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>> {
        self.try_read(|state| state.tail(key))
    }

    fn pack(&self, _: Timestamp) -> Answer<'_, Packed> {
        self.read(|_| Packed::NOTHING)
    }

    fn due(
        &self,
        after: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>> {
        self.read(|state| state.due((after, until), limit))
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        self.read(|state| state.owing(after, limit))
    }

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        self.read(|state| state.documents.get(kind, key))
    }

    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        self.read(|state| state.documents.list(kind, prefix, after, limit))
    }

    fn document_kinds(&self) -> Answer<'_, Vec<String>> {
        self.read(|state| state.documents.kinds())
    }

    fn document_count(&self, kind: &'static str) -> Answer<'_, u64> {
        self.read(|state| state.documents.count(kind))
    }

    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()> {
        let mut inner = self.lock();
        ready(inner.alive().map(|()| inner.state.append_log(key, lines))).boxed()
    }

    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>> {
        self.read(|state| state.log(key, after, limit))
    }

    fn log_end(&self, key: &ExecutionKey) -> Answer<'_, u64> {
        self.read(|state| state.log_end(key))
    }
}
