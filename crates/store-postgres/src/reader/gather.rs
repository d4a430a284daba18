//! Executions that are asked for at about the same time are read together: many are when many timers are due, and
//! each statement costs the database more than the row that it finds.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_store::{Answer, Execution, ExecutionKey, ReadError};
use futures::FutureExt;
use futures::channel::oneshot;
use tokio::runtime::Handle;

use super::{Readers, executions};

/// Statements under way; what is asked for meanwhile is read by the next one.
const STATEMENTS_MAX: usize = 2;
/// Executions that one statement reads.
const EXECUTIONS_MAX: usize = 256;

type Found = Result<Option<Execution>, ReadError>;

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
            let keys: Vec<ExecutionKey> = asked.iter().map(|asked| asked.key.clone()).collect();
            let many = self
                .readers
                .read(|live| async move { executions::many(&live, &keys).await }.boxed());
            let found = many.await;
            for Asked { key, answer } in asked {
                let one = match &found {
                    Ok(found) => found.get(&key).cloned().transpose(),
                    Err(error) => Err(error.clone()),
                };
                // Whoever asked may have gone.
                let _ = answer.send(one);
            }
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
