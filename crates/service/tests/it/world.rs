//! A service on a store in memory, a clock that stands still, and numbered random bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compasso_engine::TaskError;
use compasso_items::Stores;
use compasso_mapruns::MapRuns;
use compasso_runtime::{Clock, Entropy, Job, Reporter, Runtime, Settings, TaskEnd, TaskRunner};
use compasso_service::{Caller, CreateStateMachine, Service, StartExecution};
use compasso_store::Store;
use compasso_store::memory::MemoryStore;
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

/// A definition that ends at once.
pub(crate) const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;
/// A definition that waits for longer than any test.
pub(crate) const WAIT: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":86400,"End":true}}}"#;
/// When tests happen.
pub(crate) const NOON: Timestamp = Timestamp(1_769_860_800_123);
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/Role";

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) runtime: Runtime,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new())).await
    }

    pub(crate) async fn on(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock(watch::channel(NOON).0));
        let entropy = Arc::new(Numbers::default());
        let settings = Settings { turn_threads: 1, ..Settings::default() };
        let runtime = Runtime::open(store, clock.clone(), entropy.clone(), settings).await.unwrap();
        let map_runs = MapRuns::new(runtime.clone(), Stores::new());
        let service = Service::new(runtime.clone(), map_runs.clone(), entropy);
        let definitions = Arc::new(service.clone());
        runtime.observe(service.changes().clone());
        runtime.begin(definitions, Arc::new(NoTasks), Arc::new(map_runs)).await.unwrap();
        // It runs no tasks here, and whoever waits for the last of a run asks it.
        service.dispatcher().recovered();
        Self { service, clock, runtime }
    }

    /// Creates a state machine and returns its ARN.
    pub(crate) async fn create(&self, name: &str, definition: &str) -> String {
        let created = self.service.create_state_machine(&caller(), machine(name, definition)).await;
        created.unwrap().state_machine_arn
    }

    /// Starts an execution and returns its ARN.
    pub(crate) async fn start(&self, machine: &str, name: &str) -> Arc<str> {
        let request = StartExecution {
            state_machine_arn: machine.into(),
            name: Some(name.into()),
            ..StartExecution::default()
        };
        self.service.start_execution(request).await.unwrap().execution_arn
    }
}

pub(crate) fn caller() -> Caller {
    Caller { account: "123456789012".into(), region: "eu-west-1".into() }
}

pub(crate) fn machine(name: &str, definition: &str) -> CreateStateMachine {
    CreateStateMachine {
        name: name.into(),
        definition: definition.into(),
        role_arn: ROLE.into(),
        ..CreateStateMachine::default()
    }
}

/// A clock that goes on when it is told to.
pub(crate) struct ManualClock(pub(crate) watch::Sender<Timestamp>);

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = now.after(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut now = self.0.subscribe();
        async move {
            // A clock that is gone never goes on.
            if now.wait_for(|now| *now >= at).await.is_err() {
                futures::future::pending::<()>().await;
            }
        }
        .boxed()
    }
}

#[derive(Default)]
struct Numbers(AtomicU64);

impl Entropy for Numbers {
    fn seed(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1).to_be_bytes()
    }
}

/// Every task that nobody polls for fails.
struct NoTasks;

impl TaskRunner for NoTasks {
    fn run(&self, _: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        reporter.log(compasso_store::LogStream::Stdout, "hello");
        async { TaskEnd::Finished(Err(TaskError::new("Nobody", "nobody does it"))) }.boxed()
    }
}
