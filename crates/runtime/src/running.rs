//! Tasks carried out by the task runner: a bounded number at once, the others in a line.
//!
//! A job that was handed over and only waits for its end (`.sync`) gives its place to the next task:
//! executions that wait for others would hold the places that those need.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_engine::{Input, TaskError, TaskId};
use compasso_store::{ExecutionKey, LogStream};
use compasso_types::Payload;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::AbortHandle;
use tracing::error;

use crate::backlog::Backlog;
use crate::core::Core;
use crate::logs::Source;
use crate::message::Ask;
use crate::{Job, Reporter, Reports, RuntimeError, TaskEnd, TaskRunner, limits};

type TaskKey = (ExecutionKey, TaskId);

/// The tasks under way.
pub(crate) struct Tasks {
    max: usize,
    state: Mutex<State>,
    backlog: Backlog,
}

#[derive(Default)]
struct State {
    tasks: HashMap<TaskKey, Task>,
    line: VecDeque<(u64, Box<Job>)>,
    /// How many run, cancelled ones included until they are gone.
    running: usize,
    /// How many only wait for the end of what they handed over.
    waiting: usize,
    serial: u64,
    closed: bool,
}

/// A task in the line or running.
struct Task {
    /// Tells this delivery from a later one of the same attempt.
    serial: u64,
    running: Option<AbortHandle>,
}

impl Tasks {
    pub(crate) fn new(max: usize, backlog: Backlog) -> Self {
        Self { max: max.max(1), state: Mutex::default(), backlog }
    }

    /// Stops a task that is no longer wanted.
    pub(crate) fn cancel(&self, key: &ExecutionKey, task: TaskId) {
        let task = self.lock().tasks.remove(&(key.clone(), task));
        if let Some(Task { running: Some(running), .. }) = task {
            running.abort();
        }
    }

    /// Stops all tasks and takes no more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.line.clear();
        let tasks = std::mem::take(&mut state.tasks);
        drop(state);
        for running in tasks.into_values().filter_map(|task| task.running) {
            running.abort();
        }
    }

    /// Returns how many tasks run and wait.
    pub(crate) fn count(&self) -> usize {
        self.lock().tasks.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the next job that is still wanted out of the line.
    fn next(&mut self) -> Option<(u64, Box<Job>)> {
        loop {
            let (serial, job) = self.line.pop_front()?;
            let key = (job.execution.clone(), job.offer.task);
            if self.tasks.get(&key).is_some_and(|task| task.serial == serial) {
                return Some((serial, job));
            }
        }
    }
}

impl Core {
    /// Has a task carried out, unless it is under way already.
    pub(crate) fn run(self: &Arc<Self>, job: Box<Job>) {
        let mut state = self.tasks.lock();
        let key = (job.execution.clone(), job.offer.task);
        if state.closed || state.tasks.contains_key(&key) {
            return;
        }
        if !self.tasks.backlog.takes(state.line.len()) {
            return;
        }
        state.serial += 1;
        let serial = state.serial;
        state.tasks.insert(key, Task { serial, running: None });
        if job.offer.submitted.is_some() && state.waiting < limits::WAITING_JOBS_MAX {
            state.waiting += 1;
            drop(state);
            return self.start(serial, job, Seat::Waiting);
        }
        state.line.push_back((serial, job));
        drop(state);
        self.start_next();
    }

    /// Starts the next job of the line if there is room.
    fn start_next(self: &Arc<Self>) {
        let mut state = self.tasks.lock();
        if state.closed || state.running >= self.tasks.max {
            return;
        }
        let next = state.next();
        self.tasks.backlog.shrank(state.line.len());
        let Some((serial, job)) = next else {
            return;
        };
        state.running += 1;
        // A place may be given back inside `spawn`, which takes the lock.
        drop(state);
        self.start(serial, job, Seat::Running);
    }

    fn start(self: &Arc<Self>, serial: u64, job: Box<Job>, seat: Seat) {
        let key = (job.execution.clone(), job.offer.task);
        let seat = Arc::new(Mutex::new(seat));
        let place = Place { core: self.clone(), key: key.clone(), serial, seat };
        let running = self.tokio.spawn(carry_out(place, job)).abort_handle();
        let mut state = self.tasks.lock();
        match state.tasks.get_mut(&key) {
            Some(task) if task.serial == serial => task.running = Some(running),
            // It is over, or was cancelled meanwhile.
            _ => running.abort(),
        }
    }
}

/// What a task counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seat {
    /// It works.
    Running,
    /// It handed its work over and waits for the end.
    Waiting,
    /// It is gone.
    Left,
}

/// A running task's place; the next one gets it when it is given back.
struct Place {
    core: Arc<Core>,
    key: TaskKey,
    serial: u64,
    seat: Arc<Mutex<Seat>>,
}

impl Core {
    /// Gives the place of a job that only waits from now on to the next task.
    fn let_wait(self: &Arc<Self>, seat: &Mutex<Seat>) {
        let mut state = self.tasks.lock();
        let mut seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
        if *seat == Seat::Running && state.waiting < limits::WAITING_JOBS_MAX {
            *seat = Seat::Waiting;
            state.running -= 1;
            state.waiting += 1;
        }
        drop(seat);
        drop(state);
        self.start_next();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.core.tasks.lock();
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *seat, Seat::Left) {
            Seat::Running => state.running -= 1,
            Seat::Waiting => state.waiting -= 1,
            Seat::Left => {}
        }
        drop(seat);
        if state.tasks.get(&self.key).is_some_and(|task| task.serial == self.serial) {
            state.tasks.remove(&self.key);
        }
        drop(state);
        self.core.start_next();
    }
}

impl Core {
    /// Carries out a task that belongs to no execution; cancel by dropping.
    pub(crate) async fn try_task(
        &self,
        job: Job,
        reports: Arc<dyn Reports>,
    ) -> Result<TaskEnd, RuntimeError> {
        let surroundings = self.check_open()?;
        Ok(end_of(surroundings.runner.as_ref(), job, Reporter::new(reports)).await)
    }
}

async fn carry_out(place: Place, job: Box<Job>) {
    let Some(surroundings) = place.core.surroundings.get() else {
        return;
    };
    let (execution, task) = (job.execution.clone(), job.offer.task);
    let source = Source {
        execution: execution.clone(),
        entry: task.entry,
        attempt: task.attempt,
        state: job.offer.state.clone(),
    };
    let (core, seat) = (place.core.clone(), place.seat.clone());
    let reports = JobReports { core, task, source, seat };
    let reporter = Reporter::new(Arc::new(reports));
    let end = end_of(surroundings.runner.as_ref(), *job, reporter).await;
    let input = match end {
        TaskEnd::Finished(result) => Input::TaskFinished { task, result },
        TaskEnd::Submitted(output) => Input::TaskSubmitted { task, output },
    };
    place.core.tell(&execution, Ask::Input(input));
}

/// Runs a job to its end, be it a panic.
async fn end_of(runner: &dyn TaskRunner, job: Job, reporter: Reporter) -> TaskEnd {
    let (execution, entry) = (job.execution.clone(), job.offer.task.entry);
    let work = async { runner.run(job, reporter).await };
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        error!(%execution, entry, "a task's connector panicked");
        TaskEnd::Finished(Err(TaskError::new("States.TaskFailed", "the connector panicked")))
    })
}

struct JobReports {
    core: Arc<Core>,
    task: TaskId,
    source: Source,
    seat: Arc<Mutex<Seat>>,
}

impl Reports for JobReports {
    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()> {
        let input = Input::TaskSubmitted { task: self.task, output };
        async move {
            self.core.insist(&self.source.execution, &input).await;
            self.core.let_wait(&self.seat);
        }
        .boxed()
    }

    fn is_shutting_down(&self) -> bool {
        self.core.is_stopped()
    }

    fn log(&self, stream: LogStream, line: &str) {
        self.core.logs.keep(self.core.now(), &self.source, stream, line);
    }
}
