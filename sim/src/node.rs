//! A node at work: a runtime over its link to the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compasso_cluster::{Duty, Standing};
use compasso_runtime::{Clock, Entropy, Runtime, RuntimeError, Settings};
use compasso_types::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::cluster::Cluster;
use crate::database::Database;
use crate::dice::Dice;
use crate::layers::Layers;
use crate::library::Library;
use crate::link::Link;
use crate::mutant;
use crate::work::Runner;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A runtime, and what is around it.
pub(crate) struct Node {
    pub(crate) link: Arc<Link>,
    pub(crate) runtime: Runtime,
    layers: Arc<Layers>,
    /// What it knows of the cluster, by its id; absent if there are no leases.
    standing: Option<(Arc<str>, watch::Receiver<Standing>)>,
}

/// A clock that is wrong, but runs as fast as the others.
pub(crate) struct NodeClock {
    pub(crate) database: Arc<Database>,
    pub(crate) ahead: Duration,
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        self.database.now().after(self.ahead)
    }
}

/// The clock of the store, as a node with a lease knows it.
pub(crate) struct StoreClock(pub(crate) watch::Receiver<Standing>);

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        let known = self.0.borrow().store_time(Instant::now().into_std());
        known.expect("an owner has heard of the store")
    }
}

struct Seeds(AtomicU64);

impl Entropy for Seeds {
    fn seed(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed)).to_le_bytes()
    }
}

impl Node {
    /// Takes over the store, and begins to act.
    pub(crate) async fn begin(
        cluster: &Cluster,
        link: Arc<Link>,
        clock: Arc<dyn Clock>,
        standing: Option<(Arc<str>, watch::Receiver<Standing>)>,
        mut dice: Dice,
    ) -> Result<Arc<Self>, RuntimeError> {
        let settings = Settings {
            turn_threads: 0,
            cached_executions_max: 3,
            running_tasks_max: 3,
            waiting_tasks_max: 3,
            starts_max: 10_000,
            transitions: None,
            traces: false,
            marks: None,
        };
        let entropy = Arc::new(Seeds(AtomicU64::new(dice.throw())));
        let decide = mutant::decide(cluster.database.mutant());
        let runtime =
            Runtime::open_deciding(link.clone(), clock, entropy, settings, decide).await?;
        let runner = Runner::new(cluster.seed, cluster.ledger.clone(), link.clone());
        let layers =
            Layers::over(&runtime, &cluster.features, Arc::new(runner), cluster.database.mutant());
        let layers = layers.await?;
        let node = Arc::new(Self { link, runtime, layers, standing });
        cluster.remember(&node);
        node.runtime.begin(Arc::new(Library), node.layers.clone(), node.layers.clone()).await?;
        Ok(node)
    }

    /// Asks for something; `None` if there is no answer, or nobody may be told.
    pub(crate) async fn ask<T>(&self, question: impl Future<Output = T>) -> Option<T> {
        if !self.acts() {
            return None;
        }
        let answer = tokio::select! {
            biased;
            answer = timeout(PATIENCE, question) => answer.ok(),
            () = self.link.died() => None,
        };
        answer.filter(|_| self.acts())
    }

    /// Says whether it answers, by what it knows of its lease.
    fn acts(&self) -> bool {
        self.standing.as_ref().is_none_or(|(id, standing)| {
            standing.borrow().duty(id, Instant::now().into_std()) == Duty::Act
        })
    }

    /// Lets what is around it go.
    pub(crate) fn forget(&self) {
        self.layers.cut();
    }
}
