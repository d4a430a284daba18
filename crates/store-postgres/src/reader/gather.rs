//! Executions that are asked for at about the same time are read together: many are when many timers are due, and
//! each statement costs the database more than the row that it finds.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_store::{Answer, Execution, ExecutionKey, ReadError};
use futures::FutureExt;
use futures::channel::oneshot;
use tokio::runtime::Handle;

use super::{Readers, executions, large};

/// Statements under way; what is asked for meanwhile is read by the next one.
const STATEMENTS_MAX: usize = 2;
/// Executions that one statement reads.
const EXECUTIONS_MAX: usize = 256;

type Found = Result<Option<Execution>, ReadError>;
/// An execution that may refer to large values.
type Raw = Result<Execution, ReadError>;

/// Those who ask for executions.
pub(crate) struct Gather {
    readers: Arc<Readers>,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Asked>,
    /// How many statements are under way.
    statements: usize,
}

struct Asked {
    key: ExecutionKey,
    answer: oneshot::Sender<Found>,
}

impl Gather {
    pub(crate) fn new(readers: Arc<Readers>, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { readers, runtime, state: Mutex::default() })
    }

    /// Reads one execution, as it is now or later.
    pub(crate) fn execution(
        self: &Arc<Self>,
        key: ExecutionKey,
    ) -> Answer<'static, Option<Execution>> {
        let (sender, answer) = oneshot::channel();
        let mut state = self.lock();
        state.waiting.push(Asked { key, answer: sender });
        if state.statements < STATEMENTS_MAX {
            state.statements += 1;
            self.runtime.spawn(self.clone().read());
        }
        drop(state);
        let failed = || Err(ReadError::Unavailable("a reader has failed".to_owned()));
        answer.map(move |found| found.unwrap_or_else(|_| failed())).boxed()
    }

    /// Reads until nobody waits.
    async fn read(self: Arc<Self>) {
        while let Some(asked) = self.next() {
            let keys = asked.iter().map(|asked| asked.key.clone()).collect();
            let found = self.many(keys).await;
            for asked in asked {
                match &found {
                    Ok(found) => {
                        let one = found.get(&asked.key).cloned().transpose();
                        self.answer(asked, one);
                    }
                    // It may be for another one's sake.
                    Err(_) => drop(self.runtime.spawn(self.clone().alone(asked))),
                }
            }
        }
    }

    fn many(&self, keys: Vec<ExecutionKey>) -> Answer<'static, HashMap<ExecutionKey, Raw>> {
        self.readers.read(|live| async move { executions::many(&live, &keys).await }.boxed())
    }

    async fn alone(self: Arc<Self>, asked: Asked) {
        let found = self.many(vec![asked.key.clone()]).await;
        let found = found.and_then(|mut found| found.remove(&asked.key).transpose());
        self.answer(asked, found);
    }

    /// Answers with what was found; nobody else waits for its large values.
    fn answer(&self, Asked { answer, .. }: Asked, found: Found) {
        match found {
            Ok(Some(execution)) if !large::is_complete(&execution) => {
                let completed = self
                    .readers
                    .read(|live| async move { large::execution(&live, execution).await }.boxed());
                self.runtime.spawn(async move { answer.send(completed.await.map(Some)) });
            }
            // Whoever asked may have gone.
            found => drop(answer.send(found)),
        }
    }

    fn next(&self) -> Option<Vec<Asked>> {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            state.statements -= 1;
            return None;
        }
        let rest = state.waiting.len().min(EXECUTIONS_MAX);
        let rest = state.waiting.split_off(rest);
        Some(mem::replace(&mut state.waiting, rest))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
