//! All that an engine is begun with, as the settings say it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use compasso_api::{ApiSettings, MetricsText};
use compasso_artifacts::Artifacts;
use compasso_aws::Environment;
use compasso_cluster::Member;
use compasso_connectors::ConnectorsConfig;
use compasso_dispatch::BuiltIn;
use compasso_executor::Executor;
use compasso_runtime::{Clock, Runtime, SystemClock, TurnMarks};
use compasso_service::{LetIn, Quotas, Retention, Vault};
use compasso_store::{NodeIdentity, Store};
use compasso_telemetry::{Telemetry, TelemetrySettings};
use compasso_worker::{Worker, WorkerSettings};
use tokio::net::TcpListener;

use super::clock::StoreClock;
use super::danger::Danger;
use super::front::{bind, url};
use super::node_worker::{self, NodeWorker};
use super::roll;
use crate::cli::Serve;
use crate::clock_watch::Behind;
use crate::engine::{Engine, Extras};
use crate::quotas::Profile;
use crate::settings::{File, check_way_in};
use crate::watermarks::Seen;
use crate::{clock_watch, metrics, quotas, watermarks, zones};

/// Where the files are that tasks leave for others, in the data directory.
pub(crate) const ARTIFACTS: &str = "artifacts";

/// The settings of a server, read and checked.
pub(super) struct Setup {
    file: File,
    data: PathBuf,
    artifacts: PathBuf,
    listen: SocketAddr,
    url: String,
    api: ApiSettings,
    profile: Profile,
    quotas: Quotas,
    retention: Retention,
    mocks: Option<PathBuf>,
    vault: Vault,
    executor: Option<Executor>,
    connectors: ConnectorsConfig,
    telemetry: Arc<Telemetry>,
    is_traced: bool,
    danger: Danger,
}

impl Setup {
    /// Reads settings, makes the data directory and opens the port.
    pub(super) async fn new(file: File, options: Serve) -> anyhow::Result<(Self, TcpListener)> {
        if let Some(zones) = file.zones() {
            zones::use_directory(&zones)?;
        }
        let (data, listen) = (file.data(options.data), file.listen(options.listen));
        let mut api = file.api(listen)?;
        let (profile, quotas) = file.limits(options.profile)?;
        let retention = file.retention()?;
        quotas::limit_requests(&mut api, profile, &quotas);
        prepare(&data, &file)?;
        let vault = file.vault(&data)?;
        let executor = file.worker.executor(&data)?;
        let listener = bind(listen).await?;
        let url = url(&listener)?;
        let mut connectors = file.connectors(Some(url.clone()))?;
        if api.credentials.is_none() {
            api.own_secret = Some(vault.own_secret());
            connectors.aws = connectors.aws.with_own_secret(vault.own_secret());
        }
        let (telemetry, is_traced) = open_telemetry(&file, &data, &connectors)?;
        let setup = Self {
            artifacts: file.artifacts().unwrap_or_else(|| data.join(ARTIFACTS)),
            mocks: file.mocks(options.mocks),
            file,
            data,
            listen,
            url,
            api,
            profile,
            quotas,
            retention,
            vault,
            executor,
            connectors,
            telemetry,
            is_traced,
            danger: Danger::default(),
        };
        Ok((setup, listener))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the secret of the server's calls of itself, if it has no keys for them.
    pub(super) fn own_secret(&self) -> Option<&str> {
        self.api.own_secret.as_deref()
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn artifacts(&self) -> &Path {
        &self.artifacts
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Returns what is known of the settings of the database.
    pub(super) fn danger(&self) -> &Danger {
        &self.danger
    }

    pub(super) fn telemetry(&self) -> &Arc<Telemetry> {
        &self.telemetry
    }

    /// Takes over a store and begins to act, as a node of a cluster if it is one. `marks` remember turns that end the
    /// process.
    pub(super) async fn begin(
        &self,
        store: Arc<dyn Store>,
        member: Option<&Member>,
        marks: Option<Arc<dyn TurnMarks>>,
    ) -> anyhow::Result<Running> {
        let clock = member.map(clock_of);
        let now = clock.as_deref().map_or_else(|| SystemClock.now(), Clock::now);
        let let_in = LetIn::read(&*store, now).await.context("tokens cannot be read")?;
        // Refused before anything is done: whoever is started again and again does nothing twice.
        check_way_in(self.listen, &self.api, let_in)?;
        let worker = if member.is_some() { None } else { self.built_in()? };
        let extras = Extras { clock, worker, marks, ..self.extras()? };
        let engine = Engine::begin(store, self.connectors.clone(), extras).await?;
        let service = &engine.service;
        service.open_access().await.context("tokens cannot be read")?;
        service.run_triggers().await.context("triggers cannot be read")?;
        service.run_retention(self.retention);
        service.run_scrub();
        service.run_count_of_set_aside();
        if let Some(member) = member {
            node_worker::watch(service.dispatcher().clone(), member);
        }
        let seen = self.watch_levels(&engine).await;
        let behind = clock_watch::watch(engine.runtime.clone());
        if let Some(mocks) = &self.mocks {
            service.take_test_cases_from(mocks.clone());
        }
        let mut api = self.api.clone();
        api.metrics = Some(self.metrics(&engine, (seen, behind), member.cloned()));
        api.nodes = member.cloned().map(roll::list);
        let router = compasso_api::router(service.clone(), api);
        Ok(Running { engine, router })
    }

    fn extras(&self) -> anyhow::Result<Extras> {
        Ok(Extras {
            stores: self.file.stores(),
            vault: Some(self.vault.clone()),
            address: Some(self.file.url().unwrap_or_else(|| self.url.clone())),
            observer: Some(self.telemetry.clone()),
            quotas: self.quotas,
            starts_max: self.file.admission.starts_max(),
            transitions: quotas::transitions(self.profile),
            traces: self.is_traced,
            schedules: self.api.beyond_aws.schedules,
            pools: self.file.pools.clone(),
            actions: self.file.actions(Some(self.data.clone())),
            lease: Some(self.file.worker.lease()?),
            artifacts: Some(self.open_artifacts()?),
            ..Extras::default()
        })
    }

    fn open_artifacts(&self) -> anyhow::Result<Artifacts> {
        let opened = Artifacts::open(&self.artifacts);
        opened.with_context(|| format!("{} cannot be used", self.artifacts.display()))
    }

    /// Returns the worker that a server has built in which works alone.
    fn built_in(&self) -> anyhow::Result<Option<BuiltIn>> {
        let Some(executor) = self.executor.clone() else { return Ok(None) };
        let artifacts = self.open_artifacts()?;
        Ok(Some(self.file.worker.open(executor, self.url.clone(), artifacts)))
    }

    /// Begins the worker of the node `me`, if the settings want one; its calls go to this node.
    pub(super) fn begin_worker(&self, me: &NodeIdentity) -> anyhow::Result<Option<NodeWorker>> {
        let Some(executor) = self.executor.clone() else { return Ok(None) };
        let settings = WorkerSettings {
            name: node_worker::name(me),
            tags: Vec::new(),
            slots: self.file.worker.slots() as usize,
            host: me.host.to_string(),
        };
        let server = compasso_worker::Server::new(&self.url, self.api.worker_token.as_deref())?;
        let worker = Worker::new(server, settings, executor);
        Ok(Some(NodeWorker::begin(worker, self.file.worker.drain()?)))
    }

    /// Lets the workers of the nodes in, which know the vault's key, if the settings name no token.
    pub(super) fn let_nodes_in(&mut self) {
        self.api.worker_token.get_or_insert_with(|| self.vault.shared_token());
    }

    /// Holds back what is new while the machine is short of something.
    async fn watch_levels(&self, engine: &Engine) -> Seen {
        let (runtime, admission) = (engine.runtime.clone(), self.file.admission.clone());
        let dispatcher = engine.service.dispatcher().clone();
        watermarks::watch(runtime, dispatcher, admission, self.data.clone()).await
    }

    fn metrics(
        &self,
        engine: &Engine,
        (seen, behind): (Seen, Behind),
        member: Option<Member>,
    ) -> MetricsText {
        let telemetry = self.telemetry.clone();
        let (service, runtime) = (engine.service.clone(), engine.runtime.clone());
        let member = member.map(|member| (member, self.danger.clone()));
        MetricsText::new(move || {
            let of_dispatch = metrics::of_dispatch(&service.dispatcher().figures());
            let of_runtime = metrics::of_runtime(&runtime);
            let of_node = member.as_ref().map_or_else(String::new, of_node);
            let of_executions = service.scrub_metrics() + &service.set_aside_metrics();
            let of_records = service.removed_metrics() + &of_executions + &service.access_metrics();
            let of_system = seen.metrics() + &behind.metrics() + &of_runtime + &of_dispatch;
            telemetry.metrics() + &of_system + &of_records + &of_node
        })
    }

    /// Returns what answers for a node that stands by.
    pub(super) fn standby(&self, member: Member) -> axum::Router {
        let clock = clock_of(&member);
        let known = (member, self.danger.clone());
        let metrics = Some(MetricsText::new(move || of_node(&known)));
        let api = ApiSettings { metrics, ..self.api.clone() };
        compasso_api::standby(api, move || clock.now())
    }
}

/// Makes the data directory, and sees to it that something can be written there.
fn prepare(data: &Path, file: &File) -> anyhow::Result<()> {
    let made = std::fs::create_dir_all(data);
    made.with_context(|| format!("{} cannot be made", data.display()))?;
    file.admission.prepare(data)
}

/// Opens where telemetry goes; says also whether tasks are traced.
fn open_telemetry(
    file: &File,
    data: &Path,
    connectors: &ConnectorsConfig,
) -> anyhow::Result<(Arc<Telemetry>, bool)> {
    let traces = file.traces.read(&Environment::of_process())?;
    let is_traced = traces.endpoint.is_some();
    let settings = TelemetrySettings { traces, ..file.telemetry(data.to_owned(), connectors) };
    let telemetry = Telemetry::open(&settings).map_err(anyhow::Error::msg)?;
    Ok((Arc::new(telemetry), is_traced))
}

/// Returns the figures of one node.
fn of_node((member, danger): &(Member, Danger)) -> String {
    roll::metrics(member) + &danger.metrics()
}

fn clock_of(member: &Member) -> Arc<dyn Clock> {
    Arc::new(StoreClock::new(member.standing()))
}

/// An engine at work, and what answers for it.
pub(super) struct Running {
    engine: Engine,
    pub(super) router: axum::Router,
}

impl Running {
    pub(super) fn runtime(&self) -> &Runtime {
        &self.engine.runtime
    }

    /// Answers workers who wait for tasks: they are to ask the next owner.
    pub(super) fn end_polls(&self) {
        self.engine.runtime.end_polls();
    }

    /// Ends what is under way. Whoever waits is answered by that.
    pub(super) async fn end(self) {
        self.engine.service.end().await;
    }
}
