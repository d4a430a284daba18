//! The server's task runner: what wants a placement waits here until it has it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use compasso_artifacts::Artifacts;
use compasso_engine::TaskResult;
use compasso_executor::Held;
use compasso_runtime::{Bond, Reporter, Runtime, TaskRunner, Watched};
use compasso_types::Timestamp;
use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::board::Ability;
use crate::desk::{BUILT_IN, Desk, OwnWorker, SERVER};
use crate::limits;
use crate::protocol::Delivery;
use crate::secrets::Secrets;
use crate::wants::PoolSizes;

/// Runs scripts on the server's machine.
pub trait Scripts: Send + Sync + 'static {
    /// Runs a script to its end; its processes are told to end when it is dropped. `held` is let go
    /// when nothing of them is left. The actions among its steps are the dispatcher's to carry out.
    fn run(
        &self,
        dispatcher: &Dispatcher,
        delivery: Arc<Delivery>,
        reporter: Reporter,
        held: Held,
    ) -> BoxFuture<'static, TaskResult>;
}

/// The worker that the server has built in.
pub struct BuiltIn {
    /// What runs its scripts.
    pub scripts: Arc<dyn Scripts>,
    /// How many at once.
    pub slots: u32,
    /// The name of its machine.
    pub host: Arc<str>,
}

/// Brings tasks that wait and those who can run them together; `clone` is cheap.
#[derive(Clone)]
pub struct Dispatcher {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    runtime: Runtime,
    desk: Mutex<Desk>,
    /// Told when time matters earlier than before.
    touched: Notify,
    /// Told when leases of before this process began are known again.
    pub(crate) returned: Notify,
    pub(crate) open: Watched<bool>,
    pub(crate) secrets: Bond<Arc<dyn Secrets>>,
    pub(crate) artifacts: OnceLock<Artifacts>,
    pub(crate) connectors: Bond<Arc<dyn TaskRunner>>,
    pub(crate) scripts: OnceLock<Arc<dyn Scripts>>,
}

impl Dispatcher {
    /// Makes the dispatcher of what `runtime` runs.
    pub fn new(runtime: Runtime) -> Self {
        let inner = Inner {
            runtime,
            desk: Mutex::default(),
            touched: Notify::new(),
            returned: Notify::new(),
            open: Watched::new(false),
            secrets: Bond::default(),
            artifacts: OnceLock::new(),
            connectors: Bond::default(),
            scripts: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Says who carries tasks out: the connectors, and the worker that is built in.
    pub fn serve(&self, connectors: Arc<dyn TaskRunner>, built_in: Option<BuiltIn>) {
        let now = self.now();
        let mut desk = self.lock();
        desk.board.admit(SERVER, Ability::Server);
        desk.board.credit(SERVER, limits::SERVER_PLACES, now);
        if let Some(BuiltIn { scripts, slots, host }) = built_in {
            desk.own = Some(OwnWorker { slots, host: host.clone(), since: now });
            desk.board.admit(BUILT_IN, Ability::BuiltIn { host });
            desk.board.credit(BUILT_IN, slots.into(), now);
            // A second time changes nothing.
            let _ = self.inner.scripts.set(scripts);
        }
        drop(desk);
        self.inner.connectors.tie(connectors);
        let dispatcher = self.clone();
        self.inner.runtime.spawn(async move { dispatcher.keep_time().await });
        let dispatcher = self.clone();
        self.inner.runtime.spawn(async move { dispatcher.keep_partings().await });
    }

    /// Says where secrets are.
    pub fn keep_secrets(&self, secrets: Arc<dyn Secrets>) {
        // A second time changes nothing.
        self.inner.secrets.tie(secrets);
    }

    /// Lets those go who carry tasks out and who knows secrets, when nothing runs any more.
    pub fn cut(&self) {
        self.inner.connectors.cut();
        self.inner.secrets.cut();
    }

    /// Says how long a lease is good without being renewed.
    pub fn set_lease(&self, term: Duration) {
        self.lock().set_term(term);
    }

    /// Gives pools the sizes of the settings, which nothing else changes.
    pub fn fix_pools(&self, sizes: &PoolSizes) {
        let now = self.now();
        let mut desk = self.lock();
        for (name, size) in sizes {
            desk.fixed_pools.insert(name.clone());
            desk.board.resize(name, Some(*size), now);
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics under the lock.
        self.inner.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.runtime.clock().now()
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    pub(crate) fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        self.inner.runtime.clock().sleep_until(at)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.inner.runtime.is_stopped()
    }

    pub(crate) async fn stopped(&self) {
        self.inner.runtime.stopping().await;
    }

    pub(crate) async fn polls_ended(&self) {
        self.inner.runtime.polls_ended().await;
    }

    /// Waits until all that was out before this process began is known.
    pub(crate) async fn ready(&self) {
        self.inner.open.wait_for(|open| open).await;
    }

    /// Waits until a lease is known again if a worker has had it since before this process began.
    pub(crate) async fn known(&self, lease: &str) {
        self.ready().await;
        loop {
            // Asked for before the look, so that none comes back between the two.
            let returned = self.inner.returned.notified();
            if !self.lock().returning.contains(lease) {
                return;
            }
            returned.await;
        }
    }

    /// Returns when nothing of the work of an execution that is over goes on any more; cancel by dropping.
    pub async fn quiet(&self, execution: &Arc<str>) {
        self.ready().await;
        loop {
            let Some(told) = self.lock().quiet(execution) else { return };
            // A sender that is gone has told as well.
            let _ = told.await;
        }
    }

    /// Looks at the clock again: something may be due earlier.
    pub(crate) fn touch(&self) {
        self.inner.touched.notify_one();
    }

    async fn keep_time(&self) {
        loop {
            let due = {
                let mut desk = self.lock();
                let now = self.now();
                desk.board.tick(now);
                desk.expire(now);
                desk.announce();
                desk.next_due()
            };
            let due = async {
                match due {
                    Some(at) => self.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.stopped() => return,
                () = due => {}
                () = self.inner.touched.notified() => {}
            }
        }
    }
}
