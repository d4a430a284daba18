//! The threads and loops of a runtime, from open to shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{error, warn};

use crate::core::{Core, Life, Surroundings};
use crate::{
    Definitions, MapRunner, RuntimeError, TaskRunner, commit, limits, logs, recovery, refusals,
    threads, timers,
};

/// What runs for a runtime; stopped at the latest when it is dropped.
pub(super) struct Service {
    core: Arc<Core>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    threads: Vec<thread::JoinHandle<()>>,
    commits: Option<JoinHandle<()>>,
    loops: Vec<JoinHandle<()>>,
}

impl Service {
    pub(super) async fn start(core: &Arc<Core>, turn_threads: usize) -> Result<Self, RuntimeError> {
        let epoch = core.store.acquire().await?;
        let threads = threads::start(core, turn_threads)
            .map_err(|error| RuntimeError::Unavailable(format!("no thread: {error}")))?;
        let commits = tokio::spawn(commit::run(core.clone(), epoch));
        let logs = tokio::spawn(logs::run(core.clone()));
        let mut loops = vec![logs];
        if threads.is_empty() {
            loops.push(tokio::spawn(threads::in_line(core.clone())));
        }
        let running = Running { threads, commits: Some(commits), loops };
        Ok(Self { core: core.clone(), running: Mutex::new(running) })
    }

    pub(super) async fn begin(
        &self,
        core: &Arc<Core>,
        definitions: Arc<dyn Definitions>,
        runner: Arc<dyn TaskRunner>,
        map_runs: Arc<dyn MapRunner>,
    ) -> Result<(), RuntimeError> {
        timers::refill(core).await?;
        // Read before new ones can start, or those would be begun twice.
        let interrupted = core.interrupted_express().await?;
        let began = core.now();
        let surroundings = Surroundings { definitions, runner, map_runs, began };
        if !core.surroundings.tie(Arc::new(surroundings)) {
            return Err(RuntimeError::Unavailable("has begun already".into()));
        }
        let timers = tokio::spawn(timers::run(core.clone()));
        let recovery = tokio::spawn(recovery::run(core.clone(), interrupted));
        let refusals = tokio::spawn(refusals::run(core.clone()));
        self.lock().loops.extend([timers, recovery, refusals]);
        Ok(())
    }

    /// Inputs are refused before running tasks are let go, so that what a task does when it is
    /// dropped, such as stopping its child, changes nothing here.
    pub(super) async fn shutdown(&self, core: &Arc<Core>) {
        self.stop();
        let running = std::mem::take(&mut *self.lock());
        tokio::select! {
            biased;
            () = wind_up(core, running) => {}
            () = core.clock.sleep(limits::SHUTDOWN_MAX) => {
                warn!("turns or commits do not end; the shutdown leaves them behind");
                core.abandon();
            }
        }
        core.slots.clear();
        core.surroundings.cut();
    }

    /// Takes no more, and lets running tasks and the turns in the line go.
    fn stop(&self) {
        self.core.stop(Life::Stopping);
        self.core.tasks.close();
        self.core.ready.close();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Running> {
        // Nothing panics under the lock.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the end of everything that runs, so that what was begun becomes durable.
async fn wind_up(core: &Core, running: Running) {
    let Running { threads, commits, loops } = running;
    if !threads.is_empty() && !joined(threads).await {
        error!("a turn thread panicked");
    }
    // Only now is every turn that was begun in the queue.
    core.commits.close();
    for end in commits.into_iter().chain(loops) {
        if let Err(error) = end.await {
            error!(%error, "a loop of the runtime panicked");
        }
    }
}

/// Waits for the end of threads; false if one panicked.
async fn joined(threads: Vec<thread::JoinHandle<()>>) -> bool {
    // A thread of its own: nobody has to wait for a blocked thread of the asynchronous runtime.
    let (sender, joined) = oneshot::channel();
    thread::spawn(move || {
        let well = threads.into_iter().all(|thread| thread.join().is_ok());
        // Whoever waits may have given up.
        let _ = sender.send(well);
    });
    joined.await.unwrap_or(false)
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
        self.core.commits.close();
    }
}
