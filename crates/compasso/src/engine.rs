//! How the parts are put together: store, runtime, service, connectors.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compasso_actions::{Actions, ActionsConfig};
use compasso_artifacts::Artifacts;
use compasso_connectors::{AccessTokens, Connectors, ConnectorsConfig};
use compasso_dispatch::{BuiltIn, PoolSizes};
use compasso_items::Stores;
use compasso_mapruns::MapRuns;
use compasso_runtime::{
    Clock, Decide, News, Observer, Runtime, Settings, SystemClock, SystemEntropy, TransitionRates,
    TurnMarks,
};
use compasso_service::{Quotas, Service, Vault};
use compasso_store::Store;
use tempfile::TempDir;

use crate::connections::{ActionDatabases, FetchedKeys, KeptConnections, TokenAuthorizer};
use crate::runs::ServiceRuns;
use crate::workflows::ServiceWorkflows;

/// Executions kept in memory between turns.
const CACHED_EXECUTIONS_MAX: usize = 4_096;
/// Tasks that connectors carry out at once.
const RUNNING_TASKS_MAX: usize = 1_024;
/// Fewest threads that decide turns: an expression at work must not hold the others up.
const TURN_THREADS_MIN: usize = 4;

/// A running engine.
pub(crate) struct Engine {
    pub(crate) runtime: Runtime,
    pub(crate) service: Service,
    /// Removed with the engine.
    _scratch: Option<TempDir>,
}

/// What an engine can do without.
#[derive(Default)]
pub(crate) struct Extras {
    /// Where distributed Maps find their files.
    pub(crate) stores: Stores,
    /// Seals the secrets of connections; without it none are kept.
    pub(crate) vault: Option<Vault>,
    /// Where people reach the server.
    pub(crate) address: Option<String>,
    /// Tells the time; absent: this machine does.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// Hears of everything that happens.
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// What executions may use.
    pub(crate) quotas: Quotas,
    /// How many starts from outside may be under way at once; absent: as many as is usual.
    pub(crate) starts_max: Option<usize>,
    /// How fast they go through states, if that is limited.
    pub(crate) transitions: Option<TransitionRates>,
    /// Whether tasks are told where they stand in a trace.
    pub(crate) traces: bool,
    /// Whether schedules start executions of state machines.
    pub(crate) schedules: bool,
    /// The pools whose sizes are set.
    pub(crate) pools: PoolSizes,
    /// What actions need to know.
    pub(crate) actions: ActionsConfig,
    /// Runs scripts on this machine.
    pub(crate) worker: Option<BuiltIn>,
    /// How long a silent remote worker keeps its tasks; absent: as long as is usual.
    pub(crate) lease: Option<Duration>,
    /// A directory that is gone with the engine, if its files are there.
    pub(crate) scratch: Option<TempDir>,
    /// Where files are that tasks leave for others.
    pub(crate) artifacts: Option<Artifacts>,
    /// Remembers turns that end the process.
    pub(crate) marks: Option<Arc<dyn TurnMarks>>,
}

/// What decides turns.
#[cfg(debug_assertions)]
const DECIDE: Decide = crate::abort::decide;
#[cfg(not(debug_assertions))]
const DECIDE: Decide = compasso_engine::decide;

impl Engine {
    /// Takes over the store and begins to act.
    pub(crate) async fn begin(
        store: Arc<dyn Store>,
        config: ConnectorsConfig,
        extras: Extras,
    ) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let defaults = Settings::default();
        let settings = Settings {
            turn_threads: cores.max(TURN_THREADS_MIN),
            cached_executions_max: CACHED_EXECUTIONS_MAX,
            running_tasks_max: RUNNING_TASKS_MAX,
            starts_max: extras.starts_max.unwrap_or(defaults.starts_max),
            transitions: extras.transitions,
            traces: extras.traces,
            marks: extras.marks,
            ..defaults
        };
        let entropy = Arc::new(SystemEntropy);
        let clock = extras.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let runtime =
            Runtime::open_deciding(store, clock, entropy.clone(), settings, DECIDE).await?;
        let stores = extras.stores.with_aws(config.aws.clone(), config.endpoint.clone());
        let map_runs = MapRuns::new(runtime.clone(), stores.clone());
        let service =
            Service::with_quotas(runtime.clone(), map_runs.clone(), entropy, extras.quotas);
        if let Some(address) = extras.address {
            service.is_reached_at(address);
        }
        let mut observers: Vec<Arc<dyn Observer>> = vec![service.changes().clone()];
        observers.extend(extras.observer);
        runtime.observe(Arc::new(Observers(observers)));
        let workflows = Arc::new(ServiceWorkflows(service.clone()));
        let tokens = AccessTokens::new().context("no HTTP client")?;
        if let Some(vault) = extras.vault {
            service.keep_connections(vault, Arc::new(TokenAuthorizer(tokens.clone())));
        }
        service.name_connections(config.connections.keys().map(|name| name.as_str().into()));
        service.name_addresses(extras.actions.notify.keys().map(|name| name.as_str().into()));
        let connectors = Connectors::new(config, workflows)
            .context("no HTTP client")?
            .with_connections(Arc::new(KeptConnections(service.clone())), tokens);
        service.fetch_keys(Arc::new(FetchedKeys(connectors.clone())));
        let dispatcher = service.dispatcher();
        if let Some(artifacts) = extras.artifacts {
            dispatcher.keep_artifacts(artifacts);
        }
        if let Some(lease) = extras.lease {
            dispatcher.set_lease(lease);
        }
        dispatcher.keep_secrets(Arc::new(service.clone()));
        dispatcher.fix_pools(&extras.pools);
        dispatcher.read_pools().await.context("pools cannot be read")?;
        dispatcher.read_partings().await.context("tasks that are given up cannot be read")?;
        let runs = Arc::new(ServiceRuns { service: service.clone() });
        let actions =
            Actions::new(connectors, extras.actions, stores.clone(), runs.clone(), runs.clone())
                .with_approvals(runs.clone())
                .with_waits(runs);
        service.find_databases(Arc::new(ActionDatabases(actions.clone())));
        dispatcher.serve(Arc::new(actions), extras.worker);
        service.hold_paused_pipelines().await.context("pipelines cannot be read")?;
        let definitions = Arc::new(service.clone());
        runtime.begin(definitions, Arc::new(dispatcher.clone()), Arc::new(map_runs)).await?;
        service.tell_decisions().await.context("approvals cannot be read")?;
        service.run_schedules(extras.schedules).await.context("schedules cannot be read")?;
        service.run_jobs().await.context("jobs cannot be read")?;
        Ok(Self { runtime, service, _scratch: extras.scratch })
    }
}

/// Everybody who hears of what happens.
struct Observers(Vec<Arc<dyn Observer>>);

impl Observer for Observers {
    fn turned(&self, news: &News) {
        for observer in &self.0 {
            observer.turned(news);
        }
    }
}
