//! The engine of a node, for as long as the node owns the store.

use std::sync::Arc;
use std::time::Duration;

use compasso_cluster::{Here, Member};
use compasso_runtime::TurnMarks;
use compasso_store_postgres::{Options, PostgresStore};
use tokio::runtime::{Builder, Handle, Runtime};

use super::setup::{Running, Setup};

/// How long an end waits for work that blocks a thread.
const END_MAX: Duration = Duration::from_secs(5);

/// All that an engine needs before it begins: a runtime, and a store with connections. It waits so until
/// its node is the owner, as both take time to make.
pub(super) struct Prepared {
    threads: Threads,
    store: Arc<PostgresStore>,
}

impl Prepared {
    /// Opens the store at `address`.
    pub(super) async fn open(address: String, options: Options) -> anyhow::Result<Self> {
        let threads = Threads::new()?;
        let opened =
            threads.handle().spawn(async move { PostgresStore::open(&address, &options).await });
        Ok(Self { store: Arc::new(opened.await??), threads })
    }

    /// Takes over the store, and begins to act.
    pub(super) async fn begin(
        self,
        setup: Arc<Setup>,
        member: Member,
        marks: Option<Arc<dyn TurnMarks>>,
    ) -> anyhow::Result<Reign> {
        let Self { threads, store } = self;
        let shared = store.clone();
        let begun =
            threads.handle().spawn(async move { setup.begin(shared, Some(&member), marks).await });
        Ok(Reign { running: begun.await??, threads, store })
    }
}

/// An engine with a runtime of its own: what it began ends with it, whatever that is, and the next one
/// begins on nothing but the store.
pub(super) struct Reign {
    threads: Threads,
    store: Arc<PostgresStore>,
    running: Running,
}

impl Reign {
    /// Returns what requests are answered by.
    pub(super) fn here(&self) -> Here {
        Here::new(self.running.router.clone(), self.threads.handle().clone())
    }

    /// Waits until it cannot go on; returns why.
    pub(super) async fn failed(&self) -> &'static str {
        self.running.runtime().failed().await
    }

    /// Answers workers who wait for tasks: they are to ask the next owner.
    pub(super) fn end_polls(&self) {
        self.running.end_polls();
    }

    /// Ends all that is under way, durably as far as the store takes it. Another node may own the store
    /// from then on; what is left here is to be ended as well.
    pub(super) async fn end(self) -> Threads {
        let Self { threads, store, running } = self;
        let ended = threads.handle().spawn(async move {
            running.end().await;
            store.close().await;
        });
        if ended.await.is_err() {
            tracing::error!("the end of the engine panicked");
        }
        threads
    }
}

/// A runtime that may be dropped anywhere.
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    fn new() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("engine").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("only the end takes the runtime").handle()
    }

    /// Ends whatever still runs.
    pub(super) async fn end(mut self) {
        let Some(runtime) = self.0.take() else { return };
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END_MAX));
        if ended.await.is_err() {
            tracing::error!("a runtime did not end");
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
