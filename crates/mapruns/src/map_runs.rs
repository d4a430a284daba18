//! The handle the layers above and below hold.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_engine::{TaskError, TaskId};
use compasso_items::Stores;
use compasso_runtime::{Description, MapRunJob, MapRunner, Runtime, RuntimeError};
use compasso_store::{DocumentChange, ExecutionKey, ReadError};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use tracing::error;

use crate::drive::drive;
use crate::launch::Launches;
use crate::live::{Leftover, Live, Place, Stay};
use crate::pause::Pause;
use crate::record::{self, OF_EXECUTION, RUN, Record, Status};
use crate::run::Run;
use crate::{Counts, leftovers, limits};

/// All map runs; `clone` is cheap.
#[derive(Clone)]
pub struct MapRuns {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    stores: Stores,
    launches: Launches,
    live: Mutex<Live>,
}

/// A map run, as `DescribeMapRun` shows it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MapRunDescription {
    pub map_run_arn: Arc<str>,
    pub execution_arn: Arc<str>,
    pub status: Status,
    pub start_date: Timestamp,
    pub stop_date: Option<Timestamp>,
    pub max_concurrency: u64,
    pub tolerated_failure_count: u64,
    pub tolerated_failure_percentage: f64,
    pub item_counts: Counts,
    pub execution_counts: Counts,
    /// Whether children may have more than one item.
    pub is_batched: bool,
    pub redrive_count: u32,
    pub redrive_date: Option<Timestamp>,
}

/// What is to change while a run is under way.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct Change {
    pub max_concurrency: Option<u64>,
    pub tolerated_failure_count: Option<u64>,
    pub tolerated_failure_percentage: Option<f64>,
}

/// A run was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// There is none with this ARN.
    #[error("map run does not exist")]
    NoRun,
    /// It is over.
    #[error("map run is over")]
    Over,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl MapRuns {
    /// Makes the map runs of what `runtime` runs.
    pub fn new(runtime: Runtime, stores: Stores) -> Self {
        let (launches, live) = (Launches::default(), Mutex::default());
        Self { inner: Arc::new(Inner { runtime, stores, launches, live }) }
    }

    /// Returns where files and objects are.
    pub fn stores(&self) -> &Stores {
        &self.inner.stores
    }

    /// Describes a map run.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn describe(&self, arn: &str) -> Result<Option<MapRunDescription>, RuntimeError> {
        let Some(record) = self.record(arn).await? else { return Ok(None) };
        let live = self.live().runs.get(arn).cloned();
        let (item_counts, execution_counts) = match live {
            Some(run) => run.tally().counts(),
            None => (record.progress.items, record.progress.executions),
        };
        Ok(Some(MapRunDescription {
            map_run_arn: arn.into(),
            execution_arn: record.execution,
            status: record.status,
            start_date: record.started,
            stop_date: record.stopped,
            max_concurrency: record.settings.max_concurrency,
            tolerated_failure_count: record.settings.tolerated_failure_count,
            tolerated_failure_percentage: record.settings.tolerated_failure_percentage,
            item_counts,
            execution_counts,
            is_batched: record.batched,
            redrive_count: record.redrive.map_or(0, |redrive| redrive.count),
            redrive_date: record.redrive.map(|redrive| redrive.at),
        }))
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// Lists up to `limit` runs of an execution, the newest first, those after the place `after`.
    /// Returns them with their places.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn of_execution(
        &self,
        execution: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, MapRunDescription)>, RuntimeError> {
        let prefix = record::prefix(execution);
        let after = after.map(|place| format!("{prefix}{place}"));
        let store = self.inner.runtime.store();
        let found = store.documents(OF_EXECUTION, &prefix, after.as_deref(), limit).await?;
        let mut runs = Vec::with_capacity(found.len());
        for document in found {
            let arn: String = serde_json::from_slice(&document.body)
                .map_err(|error| ReadError::Corrupt(error.to_string()))?;
            let place = document.key[prefix.len()..].to_owned();
            runs.extend(self.describe(&arn).await?.map(|run| (place, run)));
        }
        Ok(runs)
    }

    /// Lists up to `limit` Express children of a run that are under way and that no row shows yet,
    /// those begun last first, below the place `below`. Returns them with their places.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn expresses(
        &self,
        arn: &str,
        below: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Description)>, RuntimeError> {
        let Some(run) = self.live().runs.get(arn).cloned() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for index in run.expresses_below(below, limit) {
            let child = self.inner.runtime.describe(&run.child_key(index)).await?;
            // Some end meanwhile, and are listed as they ended.
            found.extend(child.filter(|child| child.closed.is_none()).map(|child| (index, child)));
        }
        Ok(found)
    }

    /// Changes a run that is under way; durable when it returns.
    ///
    /// # Errors
    /// There is none, it is over, or the store does not take the change.
    pub async fn update(&self, arn: &str, change: Change) -> Result<(), UpdateError> {
        let live = self.live().runs.get(arn).cloned();
        if let Some(run) = live {
            let unavailable = |error| RuntimeError::Unavailable(format!("{error}"));
            let mut is_over = false;
            run.store(|record| is_over = !change.apply(record)).await.map_err(unavailable)?;
            return if is_over { Err(UpdateError::Over) } else { Ok(()) };
        }
        match self.record(arn).await? {
            None => Err(UpdateError::NoRun),
            Some(record) if record.status != Status::Running => Err(UpdateError::Over),
            Some(_) => {
                Err(RuntimeError::Unavailable("the map run is being taken up".into()).into())
            }
        }
    }

    async fn record(&self, arn: &str) -> Result<Option<Record>, RuntimeError> {
        match self.inner.runtime.store().document(RUN, arn).await? {
            Some(document) => Ok(Some(Record::read(&document.body)?)),
            None => Ok(None),
        }
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.inner.live()
    }

    /// Gives up the runs that nobody waits for; what fails is tried again.
    async fn clear_leftovers(&self) {
        let mut pause = Pause::default();
        let mut open = loop {
            match leftovers::open_runs(&self.inner.runtime).await {
                Ok(open) => break open,
                Err(error) => error!(%error, "looking again for map runs that nobody waits for"),
            }
            pause.take().await;
        };
        loop {
            let mut left = Vec::new();
            for arn in open {
                if !self.clear_leftover(arn.as_str().into(), Status::Aborted).await {
                    left.push(arn);
                }
            }
            if left.is_empty() {
                return;
            }
            open = left;
            pause.take().await;
        }
    }

    /// Gives up a run if nobody waits for it, which then ended so; returns whether nothing is left to do.
    async fn clear_leftover(&self, arn: Arc<str>, end: Status) -> bool {
        let Some(held) = Leftover::hold(self, arn) else { return true };
        let arn = &held.arn;
        match leftovers::clear(&self.inner.runtime, arn, end).await {
            Ok(()) => true,
            Err(error) => {
                error!(map_run = %arn, %error, "map run that nobody waits for is not given up yet");
                matches!(error, RuntimeError::Read(ReadError::Corrupt(_)))
            }
        }
    }

    /// Fails the state whose run panicked, and ends what is left of the run.
    async fn panicked(&self, arn: &Arc<str>, stay: Stay) {
        error!(map_run = %arn, "map run panicked");
        let (execution, task) = stay.key.clone();
        drop(stay);
        let failed = Err(TaskError::new("States.Runtime", "The map run could not go on."));
        self.inner.runtime.map_run_ended(&execution, task, failed).await;
        let mut pause = Pause::default();
        while !self.clear_leftover(arn.clone(), Status::Failed).await {
            pause.take().await;
        }
    }

    /// Carries a run out until it ends or the runtime stops.
    async fn carry_out(&self, job: MapRunJob) {
        let key = (job.execution.clone(), job.offer.task);
        let arn = job.offer.run.arn.clone();
        while self.live().is_ending(&arn) {
            // It is redriven while its end is still being followed up.
            tokio::time::sleep(limits::RETRY_FIRST).await;
        }
        let record = loop {
            match self.record(&arn).await {
                Ok(found) => break found.unwrap_or_else(|| Record::new(&job)),
                Err(error) => error!(map_run = %arn, %error, "map run cannot be read"),
            }
            tokio::time::sleep(limits::RETRY_LONGEST).await;
        };
        let run = Arc::new(Run::new(self.inner.runtime.clone(), job, record));
        run.open_again().await;
        {
            let mut live = self.live();
            let cancelled = live.tasks.get(&key).is_some_and(|place| place.is_cancelled);
            if cancelled {
                run.cancel();
            }
            live.runs.insert(arn, run.clone());
        }
        drive(&run, &self.inner.launches, &self.inner.stores).await;
    }
}

impl Inner {
    fn live(&self) -> MutexGuard<'_, Live> {
        // Nothing panics under the lock.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change {
    /// Changes a run unless it is over.
    fn apply(self, record: &mut Record) -> bool {
        if record.status != Status::Running {
            return false;
        }
        let settings = &mut record.settings;
        settings.max_concurrency = self.max_concurrency.unwrap_or(settings.max_concurrency);
        settings.tolerated_failure_count =
            self.tolerated_failure_count.unwrap_or(settings.tolerated_failure_count);
        settings.tolerated_failure_percentage =
            self.tolerated_failure_percentage.unwrap_or(settings.tolerated_failure_percentage);
        true
    }
}

impl MapRunner for MapRuns {
    fn opening(&self, job: &MapRunJob) -> Vec<DocumentChange> {
        if job.offer.redrives > 0 {
            // What is stored of it is not known here; it is opened again when it is taken up.
            return Vec::new();
        }
        Record::new(job).opening(&job.offer.run.arn)
    }

    fn start(&self, job: MapRunJob) {
        let key = (job.execution.clone(), job.offer.task);
        let place = Place { arn: job.offer.run.arn.clone(), is_cancelled: false };
        {
            let mut live = self.live();
            if live.tasks.contains_key(&key) {
                return;
            }
            live.tasks.insert(key.clone(), place);
        }
        let stay = Stay { runs: self.clone(), key };
        self.inner.runtime.spawn(async move {
            let (runs, arn) = (stay.runs.clone(), job.offer.run.arn.clone());
            let work = AssertUnwindSafe(runs.carry_out(job)).catch_unwind();
            tokio::select! {
                biased;
                end = work => if end.is_err() {
                    runs.panicked(&arn, stay).await;
                },
                () = runs.inner.runtime.stopping() => {}
            }
        });
    }

    fn cancel(&self, execution: &ExecutionKey, task: TaskId) {
        let mut live = self.live();
        let Live { runs, tasks, .. } = &mut *live;
        // Tasks of other kinds are cancelled by the same order.
        let Some(place) = tasks.get_mut(&(execution.clone(), task)) else { return };
        place.is_cancelled = true;
        if let Some(run) = runs.get(&place.arn) {
            run.cancel();
        }
    }

    fn recover(&self) {
        let runs = self.clone();
        self.inner.runtime.spawn(async move {
            tokio::select! {
                biased;
                () = runs.clear_leftovers() => {}
                () = runs.inner.runtime.stopping() => {}
            }
        });
    }
}
