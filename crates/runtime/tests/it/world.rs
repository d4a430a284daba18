//! A runtime whose surroundings a test controls.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compasso_engine::{
    Closed, Decision, Event, Execution, Input, Moment, Rejected, Start, TaskError, TaskId,
    TaskResult,
};
use compasso_ir::{Definition, ExecutionType};
use compasso_runtime::{
    Clock, DefinitionError, DefinitionRef, Definitions, Entropy, HistoryRange, Job, MapRunJob,
    MapRunner, News, Observer, Reporter, Runtime, RuntimeError, Settings, StartError, StartOrder,
    TaskEnd, TaskRunner, TransitionRates, TurnMarks,
};
use compasso_store::memory::MemoryStore;
use compasso_store::{DocumentChange, ExecutionKey, Store};
use compasso_types::bucket::Rate;
use compasso_types::{Payload, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot};

pub(crate) const PASS: &str = r#"{"StartAt":"A","States":{
    "A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}"#;
pub(crate) const TASK: &str = r#"{"StartAt":"Work","States":{
    "Work":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true}}}"#;
pub(crate) const WAIT: &str = r#"{"StartAt":"Wait","States":{
    "Wait":{"Type":"Wait","SecondsPath":"$.seconds","End":true}}}"#;
pub(crate) const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:A";
pub(crate) const WORKER: &str = r#"{"StartAt":"Work","States":{"Work":{"Type":"Task",
    "Resource":"arn:aws:states:us-east-1:123456789012:activity:A","HeartbeatSeconds":10,
    "End":true}}}"#;
/// A task, a wait, and a second task.
pub(crate) const LONG: &str = r#"{"StartAt":"First","States":{
    "First":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Next":"Wait"},
    "Wait":{"Type":"Wait","Seconds":5,"Next":"Second"},
    "Second":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:g","End":true}}}"#;

pub(crate) type Decide = fn(&Execution, Input, Moment<'_>) -> Result<Decision, Rejected>;

pub(crate) struct World<S = MemoryStore> {
    pub(crate) store: Arc<S>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tasks: Arc<ScriptedTasks>,
    pub(crate) runtime: Runtime,
    pub(crate) listener: Arc<Listener>,
    library: Arc<Library>,
    settings: Settings,
    decide: Decide,
}

/// No definition here has a distributed Map.
struct NoMapRuns;

impl MapRunner for NoMapRuns {
    fn opening(&self, _job: &MapRunJob) -> Vec<DocumentChange> {
        Vec::new()
    }

    fn start(&self, _job: MapRunJob) {}

    fn cancel(&self, _execution: &ExecutionKey, _task: TaskId) {}

    fn recover(&self) {}
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(MemoryStore::new(), compasso_engine::decide).await
    }

    pub(crate) async fn with(store: MemoryStore, decide: Decide) -> Self {
        Self::over(Arc::new(store), decide).await
    }

    /// The same with a limit of state transitions, which is the same everywhere.
    pub(crate) async fn limited(rate: Rate) -> Self {
        let rates = TransitionRates { large_regions: rate, others: rate };
        let settings = Settings { transitions: Some(rates), ..settings() };
        let store = Arc::new(MemoryStore::new());
        Self::build(store, Arc::default(), Arc::default(), settings, compasso_engine::decide).await
    }

    /// Does the same, and the turns that `marks` remembers are suspect.
    pub(crate) async fn crash_marked(mut self, marks: Arc<dyn TurnMarks>) -> Self {
        self.settings.marks = Some(marks);
        self.crash().await
    }

    /// Does the same with another engine.
    pub(crate) async fn crash_mended(mut self, decide: Decide) -> Self {
        self.decide = decide;
        self.crash().await
    }

    /// Kills the process and starts it again with what was durable.
    pub(crate) async fn crash(self) -> Self {
        let store = Arc::new(self.store.crash());
        self.again(store).await
    }
}

impl<S: Store> World<S> {
    pub(crate) async fn over(store: Arc<S>, decide: Decide) -> Self {
        let clock = Arc::new(ManualClock::default());
        let library = Arc::default();
        Self::build(store, clock, library, settings(), decide).await
    }

    /// Starts another process with the same clock and definitions.
    pub(crate) async fn again(self, store: Arc<S>) -> Self {
        Self::build(store, self.clock, self.library, self.settings, self.decide).await
    }

    async fn build(
        store: Arc<S>,
        clock: Arc<ManualClock>,
        library: Arc<Library>,
        settings: Settings,
        decide: Decide,
    ) -> Self {
        let tasks = Arc::new(ScriptedTasks::default());
        let seeds = Arc::new(Seeds(AtomicU64::new(1)));
        let runtime =
            Runtime::open_deciding(store.clone(), clock.clone(), seeds, settings.clone(), decide)
                .await
                .unwrap();
        let listener = Arc::<Listener>::default();
        runtime.observe(listener.clone());
        runtime.begin(library.clone(), tasks.clone(), Arc::new(NoMapRuns)).await.unwrap();
        Self { store, clock, tasks, runtime, listener, library, settings, decide }
    }

    /// Ends the process in order and starts it again.
    pub(crate) async fn restart(self) -> Self {
        self.runtime.shutdown().await;
        let store = self.store.clone();
        self.again(store).await
    }

    /// Makes a definition unusable, as a release that no longer reads it would.
    pub(crate) fn forget(&self, definition: &str) {
        self.library.0.lock().unwrap().remove(definition);
    }

    pub(crate) fn order(&self, definition: &str, name: &str, input: &str) -> StartOrder {
        let compiled = self.library.compile(definition);
        StartOrder {
            start: Start {
                id: key(name).0,
                name: name.into(),
                workflow: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
                workflow_name: "M".into(),
                role: "arn:aws:iam::123456789012:role/r".into(),
                input: payload(input),
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
            definition: DefinitionRef(definition.into()),
            compiled,
            listing: "M".into(),
            caller: None,
            trace_header: None,
            parent: None,
            map_run: None,
            attributes: compasso_store::Attributes::new(),
            log: None,
        }
    }

    pub(crate) async fn start(
        &self,
        definition: &str,
        name: &str,
    ) -> Result<Timestamp, StartError> {
        self.runtime.start(self.order(definition, name, "{}")).await
    }

    /// Starts in the background, for when the store does not answer yet.
    pub(crate) fn starting(
        &self,
        definition: &str,
        name: &str,
    ) -> tokio::task::JoinHandle<Result<Timestamp, StartError>> {
        let (runtime, order) = (self.runtime.clone(), self.order(definition, name, "{}"));
        tokio::spawn(async move { runtime.start(order).await })
    }

    pub(crate) async fn end(&self, name: &str) -> Closed {
        self.runtime.closed(&key(name)).await.unwrap().unwrap().closed.unwrap()
    }

    pub(crate) async fn events(&self, name: &str) -> Vec<Event> {
        let range = HistoryRange { first: 1, limit: 10_000, reverse: false };
        self.runtime.history(&key(name), range).await.unwrap().unwrap_or_default()
    }

    /// Names the events of a history by their variants.
    pub(crate) async fn history(&self, name: &str) -> Vec<String> {
        let events = self.events(name).await;
        let numbers: Vec<_> = events.iter().map(|event| event.id).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>(), "gapless");
        let word = |event: &Event| {
            let text = format!("{:?}", event.kind);
            text.split([' ', '{', '(']).next().unwrap().to_owned()
        };
        events.iter().map(word).collect()
    }

    /// Waits until nothing is under way: neither an input nor a timer that is due.
    pub(crate) async fn until_idle(&self) {
        let mut quiet = 0;
        while quiet < 100 {
            std::thread::yield_now();
            tokio::task::yield_now().await;
            quiet = if self.runtime.load().inputs == 0 { quiet + 1 } else { 0 };
        }
    }

    pub(crate) async fn until(&self, mut condition: impl FnMut(&Self) -> bool) {
        while !condition(self) {
            std::thread::yield_now();
            tokio::task::yield_now().await;
        }
    }
}

fn settings() -> Settings {
    Settings {
        turn_threads: 2,
        cached_executions_max: 160,
        running_tasks_max: 4,
        waiting_tasks_max: 1_000,
        starts_max: 10_000,
        transitions: None,
        traces: false,
        marks: None,
    }
}

pub(crate) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(format!("arn:aws:states:us-east-1:123456789012:execution:M:{name}").into())
}

pub(crate) fn payload(text: &str) -> Payload {
    Payload::parse(text).unwrap()
}

pub(crate) fn succeeded(output: &str) -> Closed {
    Closed::Succeeded { output: payload(output) }
}

#[derive(Default)]
pub(crate) struct ManualClock {
    now: AtomicI64,
    sleepers: Mutex<Vec<(Timestamp, oneshot::Sender<()>)>>,
}

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.set(Timestamp(self.now.load(Ordering::SeqCst)).after(by));
    }

    /// Returns when the first of those who wait wants to be woken.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        let mut sleepers = self.sleepers.lock().unwrap();
        sleepers.retain(|(_, wake)| !wake.is_closed());
        sleepers.iter().map(|(at, _)| *at).min()
    }

    pub(crate) fn set(&self, now: Timestamp) {
        let mut sleepers = self.sleepers.lock().unwrap();
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

/// Definitions by their text: in the Amazon States Language, or of a graph.
#[derive(Default)]
struct Library(Mutex<HashMap<String, Arc<Definition>>>);

impl Library {
    fn compile(&self, text: &str) -> Arc<Definition> {
        let mut known = self.0.lock().unwrap();
        let compiled = known.entry(text.to_owned()).or_insert_with(|| {
            if !text.starts_with('{') {
                return compasso_testkit::compile_graph(text).unwrap();
            }
            let analysis = compasso_asl::compile(text, ExecutionType::Standard);
            analysis.definition.unwrap_or_else(|| panic!("{:?}", analysis.diagnostics))
        });
        compiled.clone()
    }
}

impl Definitions for Library {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        let found = self.0.lock().unwrap().get(&*reference.0).cloned();
        futures::future::ready(found.ok_or_else(|| DefinitionError::Unusable("gone".into())))
            .boxed()
    }

    fn has_activity<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, bool> {
        futures::future::ready(!arn.ends_with(":gone")).boxed()
    }
}

/// Tasks that run until the test ends them.
pub(crate) struct ScriptedTasks {
    begun: mpsc::UnboundedSender<RunningTask>,
    running: AsyncMutex<mpsc::UnboundedReceiver<RunningTask>>,
    /// Told when all that was out before is known.
    pub(crate) recovered: Notify,
}

/// A task that waits for its end.
pub(crate) struct RunningTask {
    pub(crate) job: Job,
    pub(crate) reporter: Reporter,
    end: oneshot::Sender<TaskEnd>,
}

impl Default for ScriptedTasks {
    fn default() -> Self {
        let (begun, running) = mpsc::unbounded_channel();
        Self { begun, running: AsyncMutex::new(running), recovered: Notify::new() }
    }
}

impl ScriptedTasks {
    pub(crate) async fn next(&self) -> RunningTask {
        self.running.lock().await.recv().await.unwrap()
    }

    pub(crate) fn try_next(&self) -> Option<RunningTask> {
        self.running.try_lock().ok()?.try_recv().ok()
    }

    /// Ends every task well from now on.
    pub(crate) fn all_succeed(self: &Arc<Self>) {
        let tasks = self.clone();
        tokio::spawn(async move {
            loop {
                tasks.next().await.succeed("{}");
            }
        });
    }
}

impl TaskRunner for ScriptedTasks {
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let (end, ended) = oneshot::channel();
        let _ = self.begun.send(RunningTask { job, reporter, end });
        async move { ended.await.expect("the test ends its tasks") }.boxed()
    }

    fn recovered(&self) {
        self.recovered.notify_one();
    }
}

impl RunningTask {
    pub(crate) fn succeed(self, output: &str) {
        self.finish(Ok(payload(output)));
    }

    pub(crate) fn fail(self, error: &str) {
        self.finish(Err(TaskError::new(error, "because")));
    }

    pub(crate) fn finish(self, result: TaskResult) {
        let _ = self.end.send(TaskEnd::Finished(result));
    }

    pub(crate) fn hand_over(self, output: &str) {
        let _ = self.end.send(TaskEnd::Submitted(payload(output)));
    }

    /// Waits until nobody is interested in its end any more.
    pub(crate) async fn dropped(mut self) {
        self.end.closed().await;
    }
}

pub(crate) fn is_unavailable<T>(result: &Result<T, RuntimeError>) -> bool {
    matches!(result, Err(RuntimeError::Unavailable(_)))
}

/// Notes what it is told.
#[derive(Default)]
pub(crate) struct Listener(Mutex<Vec<News>>);

impl Listener {
    /// Returns, for each turn it was told of, the execution's name and type and how many events.
    pub(crate) fn heard(&self) -> Vec<(String, ExecutionType, usize)> {
        let heard = self.0.lock().unwrap();
        let line = |news: &News| (news.record.start.name.to_string(), news.kind, news.events.len());
        heard.iter().map(line).collect()
    }
}

impl Observer for Listener {
    fn turned(&self, news: &News) {
        self.0.lock().unwrap().push(news.clone());
    }
}
