//! A runtime with map runs whose surroundings a test controls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use compasso_engine::{Closed, Decision, Execution, Input, Moment, Rejected, Start};
use compasso_ir::{Definition, ExecutionType};
use compasso_items::Stores;
use compasso_mapruns::{MapRunDescription, MapRuns};
use compasso_runtime::{
    DefinitionError, DefinitionRef, Definitions, Flaw, Job, Reporter, Runtime, Settings,
    StartOrder, SystemClock, SystemEntropy, TaskEnd, TaskRunner,
};
use compasso_store::{ExecutionFilter, ExecutionHeader, ExecutionKey, Status};
use compasso_types::{Payload, limits};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::store::MoodyStore;

/// The output of a task that no child can go on with.
pub(crate) const POISON: &str = r#""poison""#;
const WORK: &str = r#"{"Type":"Task","Resource":
    "arn:aws:lambda:us-east-1:123456789012:function:f","End":true}"#;

pub(crate) struct World {
    pub(crate) store: Arc<MoodyStore>,
    pub(crate) runtime: Runtime,
    pub(crate) map_runs: MapRuns,
    tasks: mpsc::UnboundedReceiver<RunningTask>,
    library: Arc<Library>,
}

/// A task that waits for its end; that of a child says which.
pub(crate) struct RunningTask {
    pub(crate) job: Job,
    end: oneshot::Sender<TaskEnd>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::over(MoodyStore::default(), Arc::default()).await
    }

    /// Kills the process and starts it again with what was durable, and `refused_ends` as told.
    pub(crate) async fn crash(self, refused_ends: usize) -> Self {
        let store = MoodyStore { refused_ends: refused_ends.into(), ..self.store.crash() };
        Self::over(store, self.library).await
    }

    async fn over(store: MoodyStore, library: Arc<Library>) -> Self {
        let store = Arc::new(store);
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let settings = Settings { turn_threads: 2, ..Settings::default() };
        let opened = Runtime::open_deciding(store.clone(), clock, entropy, settings, fragile).await;
        let runtime = opened.unwrap();
        let map_runs = MapRuns::new(runtime.clone(), Stores::new());
        let (begun, tasks) = mpsc::unbounded_channel();
        let runner = Arc::new(HeldTasks(begun));
        runtime.begin(library.clone(), runner, Arc::new(map_runs.clone())).await.unwrap();
        Self { store, runtime, map_runs, tasks, library }
    }

    /// Starts an execution of a definition, in which `$WORK` is a task.
    pub(crate) async fn start(&self, definition: &str, input: &str) {
        let definition = definition.replace("$WORK", WORK);
        let compiled = self.library.compile(&definition);
        let order = StartOrder {
            start: Start {
                id: parent().0,
                name: "e".into(),
                workflow: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
                workflow_name: "M".into(),
                role: "arn:aws:iam::123456789012:role/r".into(),
                input: Payload::parse(input).unwrap(),
                seed: [0; 16],
                version: None,
                alias: None,
                payload_bytes_max: limits::PAYLOAD_BYTES_MAX,
                events_max: limits::EXECUTION_EVENTS_MAX,
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
        };
        self.runtime.start(order).await.unwrap();
    }

    pub(crate) async fn end(&self) -> Closed {
        self.runtime.closed(&parent()).await.unwrap().unwrap().closed.unwrap()
    }

    /// Waits for the next task that runs.
    pub(crate) async fn task(&mut self) -> RunningTask {
        self.tasks.recv().await.unwrap()
    }

    /// Says whether a task runs that nobody was told of.
    pub(crate) fn has_task(&mut self) -> bool {
        self.tasks.try_recv().is_ok()
    }

    /// Waits until the one map run of the execution is as `condition` wants it.
    pub(crate) async fn map_run(
        &self,
        condition: impl Fn(&MapRunDescription) -> bool,
    ) -> MapRunDescription {
        loop {
            let found = self.map_runs.of_execution(&parent().0, None, 9).await.unwrap();
            if let [(_, run)] = found.as_slice()
                && condition(run)
            {
                return run.clone();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Returns the children of a map run.
    pub(crate) async fn children(&self, run: &MapRunDescription) -> Vec<ExecutionHeader> {
        let workflow = Some(run.map_run_arn.clone());
        let filter = ExecutionFilter { workflow, ..ExecutionFilter::default() };
        self.runtime.executions(filter, None, 10_000).await.unwrap().items
    }

    /// Looks at all that is stored of executions; returns how many there are, and what is wrong.
    pub(crate) async fn verify(&self) -> (u64, Vec<String>) {
        let mut wrong = Vec::new();
        let tell = |flaw: Flaw| wrong.push(flaw.what);
        let count = self.runtime.verify(&*self.library, tell).await.unwrap();
        (count, wrong)
    }

    /// Counts the children of a map run with a status.
    pub(crate) async fn count(&self, run: &MapRunDescription, status: Status) -> u64 {
        let children = self.children(run).await;
        children.iter().filter(|child| child.status == status).count() as u64
    }
}

impl RunningTask {
    pub(crate) fn is_of_child(&self) -> bool {
        self.job.execution != parent()
    }

    pub(crate) fn succeed(self, output: &str) {
        let _ = self.end.send(TaskEnd::Finished(Ok(Payload::parse(output).unwrap())));
    }
}

pub(crate) fn parent() -> ExecutionKey {
    ExecutionKey("arn:aws:states:us-east-1:123456789012:execution:M:e".into())
}

/// A distributed Map state whose children do one task each.
pub(crate) fn map(fields: &str) -> String {
    format!(
        r#"{{"Type":"Map","End":true,"Label":"L","ItemProcessor":{{"StartAt":"Work",
            "ProcessorConfig":{{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}},
            "States":{{"Work":$WORK}}}}{fields}}}"#
    )
}

/// Panics at the result [`POISON`].
fn fragile(execution: &Execution, input: Input, moment: Moment<'_>) -> Result<Decision, Rejected> {
    if let Input::TaskFinished { result: Ok(output), .. } = &input {
        assert_ne!(output.text(), POISON, "as the test wants it");
    }
    compasso_engine::decide(execution, input, moment)
}

/// Definitions by their text.
#[derive(Default)]
struct Library(Mutex<HashMap<String, Arc<Definition>>>);

impl Library {
    fn compile(&self, text: &str) -> Arc<Definition> {
        let analysis = compasso_asl::compile(text, ExecutionType::Standard);
        let compiled = analysis.definition.unwrap_or_else(|| panic!("{:?}", analysis.diagnostics));
        self.0.lock().unwrap().insert(text.into(), compiled.clone());
        compiled
    }
}

impl Definitions for Library {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        let (whole, map) = match reference.map_of_children() {
            Some((whole, map)) => (whole, Some(map)),
            None => (&*reference.0, None),
        };
        let whole = self.0.lock().unwrap().get(whole).cloned();
        let found = whole.and_then(|whole| match map {
            Some(map) => whole.of_children(map).map(Arc::new),
            None => Some(whole),
        });
        futures::future::ready(found.ok_or_else(|| DefinitionError::Unusable("gone".into())))
            .boxed()
    }

    fn has_activity<'a>(&'a self, _: &'a str) -> BoxFuture<'a, bool> {
        futures::future::ready(false).boxed()
    }
}

/// Tasks that run until the test ends them.
struct HeldTasks(mpsc::UnboundedSender<RunningTask>);

impl TaskRunner for HeldTasks {
    fn run(&self, job: Job, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        let (end, ended) = oneshot::channel();
        let _ = self.0.send(RunningTask { job, end });
        async move {
            match ended.await {
                Ok(end) => end,
                // The test is over.
                Err(_) => futures::future::pending().await,
            }
        }
        .boxed()
    }
}
