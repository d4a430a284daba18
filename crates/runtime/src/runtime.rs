//! The handle the layers above hold.

mod map_runs;
mod orders;
mod service;
mod settings;
mod unbegun;

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Event, Input, StopOrder, TaskResult, TaskToken};
use compasso_store::{
    Cursor, DocumentChange, ExecutionFilter, ExecutionHeader, ExecutionKey, Outcome, Page, Removal,
    SearchBounds, Store, Wanted,
};
use compasso_types::Timestamp;

pub use self::orders::{ActivityTask, ExpressEnd, HistoryRange, Load, StartOrder};
use self::service::Service;
pub use self::settings::Settings;
use crate::clock::SteadyClock;
use crate::core::Core;
use crate::message::{Ask, NewExecution, Refusal};
use crate::turn::Decide;
use crate::{
    Admitted, Beside, Clock, Definitions, Description, Entropy, Job, MapRunner, Observer,
    ReportError, Reports, RuntimeError, Shortage, StartError, TaskEnd, TaskRunner, limits,
};

/// The runtime; `clone` is cheap. It stops when [`Runtime::shutdown`] is called, or roughly when
/// its last clone is dropped.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) core: Arc<Core>,
    service: Arc<Service>,
}

impl Runtime {
    /// Takes the store over.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Result<Self, RuntimeError> {
        Self::open_deciding(store, clock, entropy, settings, compasso_engine::decide).await
    }

    /// [`Runtime::open`] with another engine, for tests of what happens when the engine fails.
    #[doc(hidden)]
    pub async fn open_deciding(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
        decide: Decide,
    ) -> Result<Self, RuntimeError> {
        let clock = SteadyClock::new(clock);
        let restores = Core::read_restores(&*store).await?;
        let core = Arc::new(Core::new(store, clock, entropy, &settings, (decide, restores)));
        let service = Arc::new(Service::start(&core, settings.turn_threads).await?);
        Ok(Self { core, service })
    }

    /// Tells `observer` of everything from now on. Only the first one counts; it is to be named
    /// before [`Runtime::begin`].
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        // A second one hears nothing.
        let _ = self.core.observer.set(observer);
    }

    /// Recovers what was under way and begins to act: timers fire, tasks run.
    pub async fn begin(
        &self,
        definitions: Arc<dyn Definitions>,
        tasks: Arc<dyn TaskRunner>,
        map_runs: Arc<dyn MapRunner>,
    ) -> Result<(), RuntimeError> {
        self.service.begin(&self.core, definitions, tasks, map_runs).await
    }

    /// Starts a Standard execution; durable when it returns. Returns its start.
    pub async fn start(&self, order: StartOrder) -> Result<Timestamp, StartError> {
        self.start_with(order, Vec::new()).await
    }

    /// The same, and changes documents in the same instant. A conflict there says
    /// [`StartError::Exists`] as well, and nothing has happened.
    pub async fn start_with(
        &self,
        order: StartOrder,
        documents: Vec<DocumentChange>,
    ) -> Result<Timestamp, StartError> {
        if self.core.gauge.level() >= limits::INPUTS_MAX {
            return Err(RuntimeError::Overloaded.into());
        }
        let enter = || self.core.admission.enter(order.caller.clone());
        let entered = (!order.is_child()).then(enter).transpose()?;
        self.check_map_run(&order)?;
        let new = NewExecution { documents, ..self.new_execution(order) };
        let key = ExecutionKey(new.record.start.id.clone());
        let asked = self.core.now();
        let answer = self.core.ask(&key, Ask::Start(Arc::new(new))).await;
        if let Some(entered) = entered {
            entered.took(self.core.now().since(asked));
        }
        match answer {
            Ok(done) => Ok(done.started),
            Err(Refusal::Exists) => Err(StartError::Exists),
            Err(refusal) => Err(StartError::Runtime(refusal.into())),
        }
    }

    /// Children of map runs wait as tasks do while those are held back.
    fn check_map_run(&self, order: &StartOrder) -> Result<(), RuntimeError> {
        if order.map_run.is_some() { self.core.admission.check_tasks() } else { Ok(()) }
    }

    /// Holds back what is new as long as something is short; what runs goes on.
    pub fn set_shortage(&self, shortage: Shortage) {
        let holds_tasks = shortage.tasks.is_some();
        self.core.admission.set_shortage(shortage);
        self.core.hold_tasks(holds_tasks);
    }

    /// Returns figures of what was let in.
    pub fn admitted(&self) -> Admitted {
        self.core.admission.figures()
    }

    /// Returns how many commits there were and how long they took together.
    pub fn commits(&self) -> (u64, Duration) {
        self.core.commits.figures()
    }

    /// Says why it takes nothing, if it does not.
    ///
    /// # Errors
    /// See [`RuntimeError::Unavailable`]; [`RuntimeError::Rejected`] if the store refuses every write.
    pub fn check_ready(&self) -> Result<(), RuntimeError> {
        self.core.check_open()?;
        self.core.refusals.reason().map_or(Ok(()), |reason| Err(RuntimeError::Rejected(reason)))
    }

    /// Starts an Express execution and returns its start: it runs at least once, restarted from
    /// the beginning after a crash.
    pub async fn start_express(&self, order: StartOrder) -> Result<Timestamp, RuntimeError> {
        match self.start_express_with(order, Vec::new()).await {
            Ok(started) => Ok(started),
            Err(StartError::Runtime(error)) => Err(error),
            Err(exists) => Err(RuntimeError::Rejected(exists.to_string())),
        }
    }

    /// The same, and changes documents in the same instant, as [`Runtime::start_with`] does.
    pub async fn start_express_with(
        &self,
        order: StartOrder,
        documents: Vec<DocumentChange>,
    ) -> Result<Timestamp, StartError> {
        if !order.is_child() {
            self.core.admission.check_starts()?;
        }
        let new = NewExecution { documents, ..self.new_execution(order) };
        self.core.start_express(new).await
    }

    /// Runs an Express execution to its end, at most once; nothing of it is stored.
    pub async fn run_express(&self, order: StartOrder) -> Result<ExpressEnd, RuntimeError> {
        if !order.is_child() {
            self.core.admission.check_starts()?;
        }
        self.core.run_express(self.new_execution(order), 0).await
    }

    /// Stops an execution and returns when it stopped; for a closed one, when it closed.
    pub async fn stop(
        &self,
        key: &ExecutionKey,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<Timestamp, RuntimeError> {
        self.stop_as(key, StopOrder { error, cause, by: None }).await
    }

    /// Stops an execution as somebody asks; see [`Self::stop`].
    pub async fn stop_as(
        &self,
        key: &ExecutionKey,
        order: StopOrder,
    ) -> Result<Timestamp, RuntimeError> {
        let done = self.core.ask(key, Ask::Input(Input::Stop(order))).await?;
        Ok(done.stopped.unwrap_or_else(|| self.core.now()))
    }

    /// Gives an execution up: a graph ends what runs and cleans up, any other stops at once. Returns
    /// when it stopped, if it has.
    pub async fn cancel(
        &self,
        key: &ExecutionKey,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<Option<Timestamp>, RuntimeError> {
        self.cancel_as(key, StopOrder { error, cause, by: None }).await
    }

    /// Gives an execution up as somebody asks; see [`Self::cancel`].
    pub async fn cancel_as(
        &self,
        key: &ExecutionKey,
        order: StopOrder,
    ) -> Result<Option<Timestamp>, RuntimeError> {
        let done = self.core.ask(key, Ask::Input(Input::Cancel(order))).await?;
        Ok(done.stopped)
    }

    /// Tells an execution that its workflow was deleted: it ends before another state begins.
    pub async fn orphan(&self, key: &ExecutionKey) -> Result<(), RuntimeError> {
        self.core.ask(key, Ask::Input(Input::WorkflowDeleted)).await?;
        Ok(())
    }

    /// Describes an execution, open or closed, as of its last durable turn.
    pub async fn describe(&self, key: &ExecutionKey) -> Result<Option<Description>, RuntimeError> {
        self.core.describe(key).await
    }

    /// Waits until an execution closes and describes it; cancel by dropping.
    pub async fn closed(&self, key: &ExecutionKey) -> Result<Option<Description>, RuntimeError> {
        self.core.until(key, |found| found.closed.is_some()).await
    }

    /// Reads shown events of a history; `None` if there is no such execution.
    pub async fn history(
        &self,
        key: &ExecutionKey,
        range: HistoryRange,
    ) -> Result<Option<Vec<Event>>, RuntimeError> {
        self.core.history(key, range).await
    }

    /// Returns the number of an execution's last event; `None` if there is no such execution.
    pub async fn last_event(&self, key: &ExecutionKey) -> Result<Option<u64>, RuntimeError> {
        Ok(self.core.last_event(key).await?)
    }

    /// Folds the events of an execution into `state`, from number `first` on and with those that
    /// history does not show.
    pub async fn fold<T: Send + 'static>(
        &self,
        key: &ExecutionKey,
        first: u64,
        state: T,
        step: fn(&mut T, &Event),
    ) -> Result<T, RuntimeError> {
        Ok(self.core.fold(key, first, state, step).await?)
    }

    /// Folds events as [`Self::fold`] does, but ends once `is_done` says that it is enough; that is
    /// asked now and then.
    pub async fn fold_until<T: Send + 'static>(
        &self,
        key: &ExecutionKey,
        first: u64,
        state: T,
        step: fn(&mut T, &Event),
        is_done: fn(&T) -> bool,
    ) -> Result<T, RuntimeError> {
        Ok(self.core.fold_until(key, first, state, step, is_done).await?)
    }

    /// Lists executions, the latest change first.
    pub async fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ExecutionHeader>, RuntimeError> {
        Ok(self.core.store.executions(filter, after, limit).await?)
    }

    /// Lists those executions that `wanted` picks.
    pub async fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Result<Page<ExecutionHeader>, RuntimeError> {
        Ok(self.core.store.search(filter, wanted, after, bounds).await?)
    }

    /// Waits up to `patience` for a task of an activity; its start is durable when it returns.
    pub async fn poll_activity(
        &self,
        activity: &str,
        worker: Option<Arc<str>>,
        patience: Duration,
    ) -> Result<Option<ActivityTask>, RuntimeError> {
        self.core.poll_activity(activity, worker, patience).await
    }

    /// Reports the end of a task by its token; durable when it returns.
    pub async fn report(&self, token: &str, result: TaskResult) -> Result<(), ReportError> {
        self.by_token(token, |token| Ask::Report { token, result }).await
    }

    /// Reports that a task's worker is alive.
    pub async fn heartbeat(&self, token: &str) -> Result<(), ReportError> {
        self.by_token(token, |token| Ask::Heartbeat { token }).await
    }

    /// Carries out a task that belongs to no execution; cancel by dropping.
    pub async fn try_task(
        &self,
        job: Job,
        reports: Arc<dyn Reports>,
    ) -> Result<TaskEnd, RuntimeError> {
        self.core.try_task(job, reports).await
    }

    async fn by_token(
        &self,
        token: &str,
        ask: impl FnOnce(TaskToken) -> Ask,
    ) -> Result<(), ReportError> {
        let token = TaskToken::parse(token).ok_or(ReportError::InvalidToken)?;
        let key = ExecutionKey(token.execution.clone());
        match self.core.ask(&key, ask(token)).await {
            Ok(_) => Ok(()),
            Err(Refusal::InvalidToken) => Err(ReportError::InvalidToken),
            Err(Refusal::Engine(_)) => Err(ReportError::TaskOver),
            Err(Refusal::Runtime(RuntimeError::NoExecution)) => Err(ReportError::NoTask),
            Err(refusal) => Err(ReportError::Runtime(refusal.into())),
        }
    }

    /// Changes documents together with whatever is being committed, and with what the request at work
    /// carries beside. A conflict is an outcome.
    pub async fn write(&self, mut changes: Vec<DocumentChange>) -> Outcome {
        let beside = Beside::join(&mut changes);
        let outcome = self.core.write(changes).await;
        if let Some(beside) = beside {
            beside.note(&outcome);
        }
        outcome
    }

    /// Removes what is kept of a closed execution; `false` if it is open, is not there or was written
    /// since.
    ///
    /// # Errors
    /// Nobody knows whether it was removed, or it certainly was not.
    pub async fn remove(&self, removal: Removal) -> Result<bool, RuntimeError> {
        self.core.remove(removal).await
    }

    /// Returns the store, for reads.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.core.store
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.core.clock.inner()
    }

    /// Returns how much is in memory and under way.
    pub fn load(&self) -> Load {
        self.core.load_now()
    }

    /// Waits until the runtime stops by itself, which it does when the store must be opened again
    /// or belongs to another process; returns why. The process should end then.
    pub async fn failed(&self) -> &'static str {
        self.core.failed().await
    }

    /// Returns whether the runtime takes nothing more.
    pub fn is_stopped(&self) -> bool {
        self.core.is_stopped()
    }

    /// Answers all who wait for tasks, and lets nobody wait for them any more: the end is near.
    pub fn end_polls(&self) {
        self.core.end_polls();
    }

    /// Takes no new input, finishes what is being committed, lets running tasks go; waits a
    /// few seconds at most.
    pub async fn shutdown(&self) {
        self.service.shutdown(&self.core).await;
    }
}
