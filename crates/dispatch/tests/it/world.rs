//! A runtime whose tasks go through a dispatcher.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compasso_dispatch::{Delivery, Dispatcher, Polled, Registration};
use compasso_engine::{Closed, Start, TaskId};
use compasso_ir::{Definition, IntegrationPattern, Resource, ResourceKind};
use compasso_runtime::{
    Clock, DefinitionError, DefinitionRef, Definitions, Entropy, HistoryRange, Job, MapRunJob,
    MapRunner, Reporter, Runtime, Settings, StartOrder, TaskEnd, TaskRunner, Watched,
};
use compasso_store::memory::MemoryStore;
use compasso_store::{Attributes, DocumentChange, ExecutionKey};
use compasso_types::{Payload, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

/// Who waits for a poll that brings nothing would wait for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) runtime: Runtime,
    pub(crate) dispatcher: Dispatcher,
    /// What reaches the connectors.
    pub(crate) connected: mpsc::UnboundedReceiver<(Job, oneshot::Sender<TaskEnd>)>,
    /// Whether tasks that were handed over get on.
    pub(crate) gets_on: Arc<Watched<bool>>,
    library: Arc<Library>,
    resource: &'static str,
}

impl World {
    /// A world whose tasks are of the resource `script`, `handler` or another action.
    pub(crate) async fn new(resource: &'static str) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::<ManualClock>::default());
        Self::build(store, clock, (Arc::default(), resource), true).await
    }

    /// Kills the process and starts it again with what was durable.
    pub(crate) async fn crash(self) -> Self {
        self.crash_and_get_on(true).await
    }

    /// The same; tasks that are handed over again get on, or not yet.
    pub(crate) async fn crash_and_get_on(self, gets_on: bool) -> Self {
        let store = Arc::new(self.store.crash());
        Self::build(store, self.clock, (self.library, self.resource), gets_on).await
    }

    async fn build(
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        (library, resource): (Arc<Library>, &'static str),
        gets_on: bool,
    ) -> Self {
        let gets_on = Arc::new(Watched::new(gets_on));
        let seeds = Arc::new(Seeds(AtomicU64::new(1)));
        let settings = Settings { turn_threads: 2, ..Settings::default() };
        let runtime = Runtime::open(store.clone(), clock.clone(), seeds, settings).await.unwrap();
        let dispatcher = Dispatcher::new(runtime.clone());
        let (begun, connected) = mpsc::unbounded_channel();
        dispatcher.read_pools().await.unwrap();
        dispatcher.read_partings().await.unwrap();
        dispatcher.serve(Arc::new(Connected(begun)), None);
        let runner = Renamed { dispatcher: dispatcher.clone(), gets_on: gets_on.clone(), resource };
        runtime.begin(library.clone(), Arc::new(runner), Arc::new(NoMapRuns)).await.unwrap();
        Self { store, clock, runtime, dispatcher, connected, gets_on, library, resource }
    }

    pub(crate) async fn start(&self, graph: &str, name: &str) {
        let compiled = self.library.compile(graph);
        let order = StartOrder {
            start: Start {
                id: key(name).0,
                name: name.into(),
                workflow: "arn:aws:states:us-east-1:123456789012:pipeline:p".into(),
                workflow_name: "p".into(),
                role: "arn:aws:iam::123456789012:role/r".into(),
                input: Payload::parse("{}").unwrap(),
                seed: [0; 16],
                version: None,
                alias: None,
                payload_bytes_max: 262_144,
                events_max: compasso_types::limits::EXECUTION_EVENTS_MAX,
                mocks: None,
                origin: None,
                is_held: false,
                is_unbegun: false,
                rules: 0,
            },
            definition: DefinitionRef(graph.into()),
            compiled,
            listing: "p".into(),
            caller: None,
            trace_header: None,
            parent: None,
            map_run: None,
            attributes: Attributes::new(),
            log: None,
        };
        self.runtime.start(order).await.unwrap();
    }

    pub(crate) fn register(&self, name: &str, tags: &[&str], handlers: &[&str], slots: u32) {
        let set = |names: &[&str]| names.iter().map(|it| Arc::from(*it)).collect::<BTreeSet<_>>();
        let registration = Registration {
            name: name.into(),
            tags: set(tags),
            handlers: set(handlers),
            slots,
            host: None,
            version: None,
            instance: None,
        };
        self.dispatcher.register(registration, None).unwrap();
    }

    pub(crate) async fn poll(&self, worker: &str, free: u32) -> Polled {
        self.dispatcher.poll(worker, None, free, PATIENCE).await.unwrap()
    }

    /// Polls until a worker has one task.
    pub(crate) async fn take(&self, worker: &str) -> Arc<Delivery> {
        loop {
            if let Some(task) = self.poll(worker, 1).await.tasks.into_iter().next() {
                return task;
            }
        }
    }

    pub(crate) async fn done(&self, lease: &str, output: &str) -> bool {
        let output = Payload::parse(output).unwrap();
        self.dispatcher.done(lease, None, output).await.is_ok()
    }

    pub(crate) async fn end(&self, name: &str) -> Closed {
        self.runtime.closed(&key(name)).await.unwrap().unwrap().closed.unwrap()
    }

    /// Says how often an event happened, by the word in front of its debug text.
    pub(crate) async fn count(&self, name: &str, word: &str) -> usize {
        let range = HistoryRange { first: 1, limit: 10_000, reverse: false };
        let events = self.runtime.history(&key(name), range).await.unwrap().unwrap_or_default();
        let is_it = |text: String| text.split([' ', '{', '(']).next() == Some(word);
        events.iter().filter(|event| is_it(format!("{:?}", event.kind))).count()
    }

    pub(crate) async fn until(&self, mut condition: impl FnMut(&Self) -> bool) {
        while !condition(self) {
            std::thread::yield_now();
            tokio::task::yield_now().await;
        }
    }

    /// Returns what holds the tasks of a run back.
    pub(crate) fn blocks(&self, name: &str) -> Vec<String> {
        let blocked = self.dispatcher.blocked(&key(name).0).into_iter();
        blocked.flat_map(|task| task.blocked_by).map(|block| block.text).collect()
    }
}

pub(crate) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(format!("arn:aws:states:us-east-1:123456789012:run:p:{name}").into())
}

pub(crate) fn succeeded(output: &str) -> Closed {
    Closed::Succeeded { output: Payload::parse(output).unwrap() }
}

pub(crate) fn failed(error: &str) -> impl Fn(&Closed) -> bool {
    move |closed| matches!(closed, Closed::Failed { error: Some(name), .. } if **name == *error)
}

/// Names the resource of all tasks anew.
struct Renamed {
    dispatcher: Dispatcher,
    gets_on: Arc<Watched<bool>>,
    resource: &'static str,
}

impl TaskRunner for Renamed {
    fn run(&self, mut job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        job.offer.resource = Resource {
            arn: format!("arn:aws:states:::compasso:{}", self.resource).into(),
            kind: ResourceKind::Service {
                service: "compasso".into(),
                action: self.resource.into(),
                pattern: IntegrationPattern::RequestResponse,
            },
        };
        let (run, gets_on) = (self.dispatcher.run(job, reporter), self.gets_on.clone());
        async move {
            gets_on.wait_for(|gets_on| gets_on).await;
            run.await
        }
        .boxed()
    }

    fn give_up(&self, execution: &ExecutionKey, task: TaskId) {
        self.dispatcher.give_up(execution, task);
    }

    fn waits_for(&self, execution: &ExecutionKey, task: TaskId) -> Option<String> {
        self.dispatcher.waits_for(execution, task)
    }

    fn offers_begin(&self) {
        self.dispatcher.offers_begin();
    }

    fn offers_end(&self) {
        self.dispatcher.offers_end();
    }

    fn recovered(&self) {
        self.dispatcher.recovered();
    }
}

/// Connectors that do what the test says.
struct Connected(mpsc::UnboundedSender<(Job, oneshot::Sender<TaskEnd>)>);

impl TaskRunner for Connected {
    fn run(&self, job: Job, _reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let (end, ended) = oneshot::channel();
        let _ = self.0.send((job, end));
        async move { ended.await.expect("the test ends its tasks") }.boxed()
    }
}

struct NoMapRuns;

impl MapRunner for NoMapRuns {
    fn opening(&self, _job: &MapRunJob) -> Vec<DocumentChange> {
        Vec::new()
    }

    fn start(&self, _job: MapRunJob) {}

    fn cancel(&self, _execution: &ExecutionKey, _task: TaskId) {}

    fn recover(&self) {}
}

#[derive(Default)]
struct Library(Mutex<HashMap<String, Arc<Definition>>>);

impl Library {
    fn compile(&self, text: &str) -> Arc<Definition> {
        let mut known = self.0.lock().unwrap();
        let compile = || compasso_testkit::compile_graph(text).unwrap();
        known.entry(text.to_owned()).or_insert_with(compile).clone()
    }
}

impl Definitions for Library {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        let definition = self.compile(&reference.0);
        futures::future::ready(Ok(definition)).boxed()
    }

    fn has_activity<'a>(&'a self, _arn: &'a str) -> BoxFuture<'a, bool> {
        futures::future::ready(false).boxed()
    }
}

#[derive(Default)]
pub(crate) struct ManualClock {
    now: AtomicI64,
    sleepers: Mutex<Vec<(Timestamp, oneshot::Sender<()>)>>,
}

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        let mut sleepers = self.sleepers.lock().unwrap();
        let now = self.now().after(by);
        self.now.store(now.0, Ordering::SeqCst);
        for (_, wake) in sleepers.extract_if(.., |(at, _)| *at <= now) {
            let _ = wake.send(());
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut sleepers = self.sleepers.lock().unwrap();
        if at <= self.now() {
            return futures::future::ready(()).boxed();
        }
        let (wake, woken) = oneshot::channel();
        sleepers.retain(|(_, wake)| !wake.is_closed());
        sleepers.push((at, wake));
        woken.map(|_| ()).boxed()
    }
}

struct Seeds(AtomicU64);

impl Entropy for Seeds {
    fn seed(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::SeqCst)).to_le_bytes()
    }
}
