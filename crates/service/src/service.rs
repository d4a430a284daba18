//! The handle every edge holds.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};

use compasso_dispatch::Dispatcher;
use compasso_mapruns::MapRuns;
use compasso_runtime::{Entropy, Runtime, Shortage};
use compasso_scheduler::Scheduler;
use compasso_triggers::Triggers;
use compasso_types::{Timestamp, uuid};
use tokio::sync::{Notify, OnceCell, Semaphore};

use crate::access::Access;
use crate::cache::{Bounds, Cache};
use crate::changes::Changes;
use crate::connections;
use crate::connections::{ConnectionRecord, Keeper};
use crate::definitions::Compiled;
use crate::jobs::Jobs;
use crate::paging::PageTokens;
use crate::pipelines::Teller;
use crate::publications::Publications;
use crate::quotas::Quotas;
use crate::records::{Activity, Machine};
use crate::retention::Removed;
use crate::runs::{Failure, InstanceFailures, StepItems};
use crate::schedules::{Following, Rests};
use crate::scrub::Scrubbed;
use crate::set_aside::SetAside;
use crate::shelf::Shelf;

/// State machines, as many lists of their versions, and activities kept in memory.
const RECORDS_CACHED: Bounds = Bounds { count: 10_000, bytes: 32 * 1024 * 1024 };
/// Compiled definitions kept in memory; bytes of their texts.
const DEFINITIONS_CACHED: Bounds = Bounds { count: 2_000, bytes: 32 * 1024 * 1024 };
/// Steps of closed runs kept in memory, by runs.
const STEPS_CACHED: Bounds = Bounds { count: 5_000, bytes: 16 * 1024 * 1024 };
/// Why runs failed, kept in memory: of more than are looked at together.
const FAILURES_CACHED: Bounds = Bounds { count: 5_000, bytes: 16 * 1024 * 1024 };
/// Why instances failed, kept in memory by runs and tasks.
const INSTANCE_FAILURES_CACHED: Bounds = Bounds { count: 100, bytes: 4 * 1024 * 1024 };
/// Most journals folded at once, for people who look at runs.
const FOLDS_MAX: usize = 4;

/// All use cases; `clone` is cheap.
#[derive(Clone)]
pub struct Service {
    pub(crate) runtime: Runtime,
    pub(crate) map_runs: MapRuns,
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    entropy: Arc<dyn Entropy>,
    pub(crate) access: Access,
    pub(crate) machines: Shelf<Machine>,
    pub(crate) publications: Shelf<Publications>,
    pub(crate) activities: Shelf<Activity>,
    pub(crate) connections: Shelf<ConnectionRecord>,
    pub(crate) keeper: OnceLock<Keeper>,
    /// See [`Service::name_connections`].
    pub(crate) connection_names: OnceLock<BTreeSet<Arc<str>>>,
    /// See [`Service::name_addresses`].
    pub(crate) addresses: OnceLock<BTreeSet<Arc<str>>>,
    pub(crate) scheduler: Scheduler,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) triggers: Triggers,
    pub(crate) pipelines_told: Teller,
    pub(crate) jobs: Jobs,
    pub(crate) rests: Rests,
    pub(crate) following: Following,
    /// Held while pipelines are pushed: what a push was checked against holds until it is followed.
    pub(crate) pushing: tokio::sync::Mutex<()>,
    /// Held by who removes a state machine.
    pub(crate) removals: tokio::sync::Mutex<()>,
    /// Told when somebody is asked for an approval.
    pub(crate) approval_asked: Notify,
    /// See [`Service::is_reached_at`].
    pub(crate) address: OnceLock<String>,
    /// See [`Service::take_test_cases_from`].
    pub(crate) mock_file: OnceLock<PathBuf>,
    pub(crate) compiled: Cache<Arc<Compiled>>,
    /// See [`Service::steps_of`].
    pub(crate) steps: Cache<StepItems>,
    /// See [`Service::failure_groups`].
    pub(crate) failures: Cache<Failure>,
    /// See [`Service::instance_failures`].
    pub(crate) instance_failures: Cache<Arc<InstanceFailures>>,
    pub(crate) page_tokens: OnceCell<PageTokens>,
    pub(crate) quotas: Quotas,
    pub(crate) changes: Arc<Changes>,
    /// What the sweeps of old records did.
    pub(crate) removed: Removed,
    pub(crate) scrubbed: Scrubbed,
    pub(crate) set_aside: SetAside,
    /// How many executions are open at most; see [`Service::check_room_for_execution`].
    pub(crate) open_executions: AtomicU64,
    /// Places for folds of journals under way.
    pub(crate) folds: Semaphore,
    /// Long polls under way, by activity.
    pub(crate) polls: Mutex<HashMap<Arc<str>, usize>>,
}

impl Service {
    /// Makes the use cases of what `runtime` and `map_runs` run.
    pub fn new(runtime: Runtime, map_runs: MapRuns, entropy: Arc<dyn Entropy>) -> Self {
        Self::with_quotas(runtime, map_runs, entropy, Quotas::default())
    }

    /// The same with other limits of what executions may use.
    pub fn with_quotas(
        runtime: Runtime,
        map_runs: MapRuns,
        entropy: Arc<dyn Entropy>,
        quotas: Quotas,
    ) -> Self {
        let inner = Inner {
            entropy,
            access: Access::default(),
            machines: Shelf::new(RECORDS_CACHED),
            publications: Shelf::new(RECORDS_CACHED),
            activities: Shelf::new(RECORDS_CACHED),
            connections: connections::shelf(),
            keeper: OnceLock::new(),
            connection_names: OnceLock::new(),
            addresses: OnceLock::new(),
            scheduler: Scheduler::new(runtime.clone()),
            dispatcher: Dispatcher::new(runtime.clone()),
            triggers: Triggers::new(runtime.clone(), map_runs.stores().clone()),
            pipelines_told: Teller::default(),
            jobs: Jobs::default(),
            rests: Rests::default(),
            following: Following::default(),
            pushing: tokio::sync::Mutex::default(),
            removals: tokio::sync::Mutex::default(),
            approval_asked: Notify::new(),
            address: OnceLock::new(),
            mock_file: OnceLock::new(),
            compiled: Cache::new(DEFINITIONS_CACHED),
            steps: Cache::new(STEPS_CACHED),
            failures: Cache::new(FAILURES_CACHED),
            instance_failures: Cache::new(INSTANCE_FAILURES_CACHED),
            page_tokens: OnceCell::new(),
            quotas,
            changes: Arc::default(),
            removed: Removed::default(),
            scrubbed: Scrubbed::default(),
            set_aside: SetAside::default(),
            // More than any limit, so that the first start takes the count.
            open_executions: AtomicU64::new(u64::MAX / 2),
            folds: Semaphore::new(FOLDS_MAX),
            polls: Mutex::default(),
        };
        Self { runtime, map_runs, inner: Arc::new(inner) }
    }

    /// Ends all that is under way. Whoever waits is answered by that; nothing is left of it in memory when
    /// the last who uses it is gone.
    pub async fn end(&self) {
        // Streams of changes would never end by themselves.
        self.inner.changes.close();
        self.runtime.shutdown().await;
        self.inner.scheduler.cut();
        self.inner.triggers.cut();
        self.inner.dispatcher.cut();
    }

    /// Returns a new random UUID, as names and request ids have them.
    pub fn new_id(&self) -> String {
        uuid::v4(self.inner.entropy.seed())
    }

    /// Returns the present instant, as the runtime's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.runtime.clock().now()
    }

    /// Says why no request can be answered, if that is so.
    ///
    /// # Errors
    /// The runtime has not begun, or has stopped.
    pub fn check_ready(&self) -> Result<(), crate::Error> {
        Ok(self.runtime.check_ready()?)
    }

    /// Says what is not begun at present because the machine is short of something, if anything.
    pub fn held_back(&self) -> Option<String> {
        let Shortage { starts, tasks } = self.runtime.admitted().shortage;
        let tasks =
            tasks.map(|why| format!("no new executions are started and no tasks begun: {why}"));
        tasks.or_else(|| Some(format!("no new executions are started: {}", starts?)))
    }

    /// Returns what tells of changes; it is to be named to the runtime as its observer.
    pub fn changes(&self) -> &Arc<Changes> {
        &self.inner.changes
    }

    /// Takes note of the names of the addresses for messages that the configuration has.
    pub fn name_addresses(&self, names: impl Iterator<Item = Arc<str>>) {
        // A second time changes nothing.
        let _ = self.inner.addresses.set(names.collect());
    }

    /// Takes note of the address at which people reach the server, such as `http://127.0.0.1:8400`.
    pub fn is_reached_at(&self, address: String) {
        let _ = self.inner.address.set(address);
    }

    /// Returns where people look at a run, if the server's address is known.
    pub(crate) fn url_of_run(&self, run: &str) -> Option<String> {
        let address = self.inner.address.get()?;
        Some(format!("{}/runs/{run}", address.trim_end_matches('/')))
    }

    pub(crate) fn random(&self) -> [u8; 16] {
        self.inner.entropy.seed()
    }
}
