//! Tasks carried out by the task runner: a bounded number at once, the others in a line.
//!
//! A job that was handed over and only waits for its end (`.sync`) gives its place to the next task:
//! executions that wait for others would hold the places that those need. A job with a placement has
//! none before it is started, nor while a worker has it.

mod reports;

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_engine::{Input, Offer, TaskError, TaskId};
use compasso_store::ExecutionKey;
use futures::FutureExt;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tracing::error;

use self::reports::JobReports;
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
    /// The room of jobs with a placement.
    placed: Backlog,
}

#[derive(Default)]
struct State {
    tasks: HashMap<TaskKey, Task>,
    line: VecDeque<InLine>,
    /// How many run, cancelled ones included until they are gone.
    running: usize,
    /// How many only wait for the end of what they handed over.
    waiting: usize,
    /// How many have a placement and no place here.
    elsewhere: usize,
    serial: u64,
    closed: bool,
    /// Whether those in the line stay there.
    held: bool,
}

/// What waits for a place.
enum InLine {
    /// A job that is not begun.
    Job { serial: u64, job: Box<Job> },
    /// A job whose placement allows it to begin; told when it has the place.
    Placed { seat: Arc<Mutex<Seat>>, ready: oneshot::Sender<()> },
}

/// A task in the line or running.
struct Task {
    /// Tells this delivery from a later one of the same attempt.
    serial: u64,
    running: Option<AbortHandle>,
}

impl Tasks {
    pub(crate) fn new(max: usize, backlog: Backlog, placed: Backlog) -> Self {
        Self { max: max.max(1), state: Mutex::default(), backlog, placed }
    }

    /// Stops a task that is no longer wanted.
    pub(crate) fn cancel(&self, key: &ExecutionKey, task: TaskId) {
        let task = self.lock().tasks.remove(&(key.clone(), task));
        if let Some(Task { running: Some(running), .. }) = task {
            running.abort();
        }
    }

    /// Returns the tasks of an execution that run or wait, in their order.
    pub(crate) fn of(&self, key: &ExecutionKey) -> Vec<TaskId> {
        let state = self.lock();
        let of_it = state.tasks.keys().filter(|(execution, _)| execution == key);
        let mut tasks: Vec<TaskId> = of_it.map(|(_, task)| *task).collect();
        tasks.sort_unstable();
        tasks
    }

    /// Stops all tasks and takes no more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.line.clear();
        let mut tasks: Vec<_> = std::mem::take(&mut state.tasks).into_values().collect();
        drop(state);
        // What a task does when it is let go has the same order each time.
        tasks.sort_unstable_by_key(|task| task.serial);
        for running in tasks.into_iter().filter_map(|task| task.running) {
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
    /// Takes the next that is still wanted out of the line.
    fn next(&mut self) -> Option<InLine> {
        loop {
            let next = self.line.pop_front()?;
            let is_wanted = match &next {
                InLine::Job { serial, job } => {
                    let key = (job.execution.clone(), job.offer.task);
                    self.tasks.get(&key).is_some_and(|task| task.serial == *serial)
                }
                InLine::Placed { seat, .. } => *of(seat) == Seat::Elsewhere,
            };
            if is_wanted {
                return Some(next);
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
        let is_placed = job.offer.placement.is_some();
        let has_room = if is_placed {
            // What one that has started holds must be known before others may have it.
            job.offer.is_started || self.tasks.placed.takes(state.elsewhere)
        } else {
            self.tasks.backlog.takes(state.line.len())
        };
        if !has_room {
            return;
        }
        state.serial += 1;
        let serial = state.serial;
        state.tasks.insert(key, Task { serial, running: None });
        if is_placed {
            state.elsewhere += 1;
            drop(state);
            return self.start(serial, job, Seat::Elsewhere);
        }
        if job.offer.submitted.is_some() && state.waiting < limits::WAITING_JOBS_MAX {
            state.waiting += 1;
            drop(state);
            return self.start(serial, job, Seat::Waiting);
        }
        state.line.push_back(InLine::Job { serial, job });
        drop(state);
        self.start_next();
    }

    /// Lets no task begin that waits in a line, or lets them begin again. What runs goes on.
    pub(crate) fn hold_tasks(self: &Arc<Self>, held: bool) {
        self.activities.hold(held);
        self.tasks.lock().held = held;
        while self.start_next() {}
    }

    /// Starts the next job of the line if there is room; returns whether there was one.
    fn start_next(self: &Arc<Self>) -> bool {
        let mut state = self.tasks.lock();
        if state.closed || state.held || state.running >= self.tasks.max {
            return false;
        }
        let next = state.next();
        self.tasks.backlog.shrank(state.line.len());
        let Some(next) = next else {
            return false;
        };
        state.running += 1;
        match next {
            InLine::Job { serial, job } => {
                // A place may be given back inside `spawn`, which takes the lock.
                drop(state);
                self.start(serial, job, Seat::Running);
            }
            InLine::Placed { seat, ready } => {
                state.elsewhere -= 1;
                *of(&seat) = Seat::Running;
                self.tasks.placed.shrank(state.elsewhere);
                drop(state);
                // Who no longer waits gives its place back.
                let _ = ready.send(());
            }
        }
        true
    }

    /// Waits until a job that has no place has one.
    async fn take_place(self: &Arc<Self>, seat: &Arc<Mutex<Seat>>) {
        if *of(seat) != Seat::Elsewhere {
            return;
        }
        let (ready, told) = oneshot::channel();
        self.tasks.lock().line.push_back(InLine::Placed { seat: seat.clone(), ready });
        self.start_next();
        if told.await.is_err() {
            // The tasks are closed, and with them this job.
            std::future::pending::<()>().await;
        }
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
    /// It waits for its placement, or a worker has it.
    Elsewhere,
    /// It is gone.
    Left,
}

/// Looks at a seat; to change it, the tasks are locked before.
fn of(seat: &Mutex<Seat>) -> MutexGuard<'_, Seat> {
    // Nothing panics under the lock.
    seat.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut seat = of(seat);
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
        let mut seat = of(&self.seat);
        match std::mem::replace(&mut *seat, Seat::Left) {
            Seat::Running => state.running -= 1,
            Seat::Waiting => state.waiting -= 1,
            Seat::Elsewhere => {
                state.elsewhere -= 1;
                self.core.tasks.placed.shrank(state.elsewhere);
            }
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

/// Begins a job at once, as the order of offers matters to those that wait for a placement, and
/// returns the rest of its work.
fn carry_out(place: Place, job: Box<Job>) -> impl Future<Output = ()> + Send {
    let (execution, task) = (job.execution.clone(), job.offer.task);
    let source = Source {
        execution: execution.clone(),
        entry: task.entry,
        attempt: task.attempt,
        state: writer(&job.offer),
    };
    let (core, seat) = (place.core.clone(), place.seat.clone());
    let reports = JobReports { core, task, source, seat };
    let reporter = Reporter::new(Arc::new(reports));
    let surroundings = place.core.surroundings.get();
    let work =
        surroundings.map(|surroundings| end_of(surroundings.runner.as_ref(), *job, reporter));
    async move {
        let Some(work) = work else { return };
        let input = match work.await {
            TaskEnd::Finished(result) => Input::TaskFinished { task, result },
            TaskEnd::Submitted(output) => Input::TaskSubmitted { task, output },
            TaskEnd::Reported => return,
        };
        place.core.tell(&execution, Ask::Input(input));
    }
}

/// Runs a job to its end, be it a panic.
fn end_of(
    runner: &dyn TaskRunner,
    job: Job,
    reporter: Reporter,
) -> impl Future<Output = TaskEnd> + Send + use<> {
    let (execution, entry) = (job.execution.clone(), job.offer.task.entry);
    let begun = std::panic::catch_unwind(AssertUnwindSafe(|| runner.run(job, reporter)));
    async move {
        let end = match begun {
            Ok(work) => AssertUnwindSafe(work).catch_unwind().await.ok(),
            Err(_) => None,
        };
        end.unwrap_or_else(|| {
            error!(%execution, entry, "a task's connector panicked");
            TaskEnd::Finished(Err(TaskError::new("States.TaskFailed", "the connector panicked")))
        })
    }
}

/// Returns who writes to the log: the state, with the keys of the instances that it is in. What is beside
/// the tasks has the key that its placement names.
fn writer(offer: &Offer) -> Arc<str> {
    if let Some(instance) = &offer.instance {
        return instance.clone();
    }
    let placement = offer.placement.as_ref();
    let key = placement.and_then(|it| it.get("task")?.get("key")?.as_str());
    match key {
        None => offer.state.clone(),
        Some(key) => {
            let state = offer.state.strip_suffix("[]").unwrap_or(&offer.state);
            format!("{state}[{key}]").into()
        }
    }
}
