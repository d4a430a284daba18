//! The nodes: begun, killed, frozen, cut off, and replaced by others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_runtime::{Clock, Entropy, Runtime, Settings};
use compasso_types::Timestamp;
use tokio::time::{Instant, sleep};

use crate::database::Database;
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::library::Library;
use crate::link::{Condition, Link, Weather};
use crate::mutant::{self, Decide};
use crate::work::{NoMapRuns, Runner};

/// How long a client waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How far the clock of a node is from the others' at most.
const SKEW_MAX: Duration = Duration::from_secs(2);
/// The instant at which every simulation begins.
const DAWN: Timestamp = Timestamp(1_700_000_000_000);
/// How often the owner is looked for.
const ROUND: Duration = Duration::from_secs(1);
/// Most nodes that are remembered: older ones hear of nobody any more.
const NODES_MAX: usize = 4;

/// All nodes over one store.
pub(crate) struct Cluster {
    pub(crate) database: Arc<Database>,
    pub(crate) ledger: Arc<Ledger>,
    weather: Mutex<Weather>,
    seed: u64,
    decide: Decide,
    began: Instant,
    dice: Mutex<Dice>,
    nodes: Mutex<Vec<Arc<Node>>>,
    /// How many nodes there were.
    named: AtomicU64,
}

/// One process.
pub(crate) struct Node {
    pub(crate) link: Arc<Link>,
    pub(crate) runtime: Runtime,
}

struct NodeClock {
    began: Instant,
    ahead: Duration,
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        DAWN.after(self.began.elapsed() + self.ahead)
    }
}

struct Seeds(AtomicU64);

impl Entropy for Seeds {
    fn seed(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed)).to_le_bytes()
    }
}

impl Cluster {
    pub(crate) fn new(database: Arc<Database>, weather: Weather, mut dice: Dice) -> Arc<Self> {
        let decide = mutant::decide(database.mutant());
        Arc::new(Self {
            database,
            ledger: Arc::default(),
            weather: Mutex::new(weather),
            seed: dice.throw(),
            decide,
            began: Instant::now(),
            dice: Mutex::new(dice),
            nodes: Mutex::default(),
            named: AtomicU64::new(0),
        })
    }

    /// Returns the node that took over last.
    pub(crate) fn owner(&self) -> Option<Arc<Node>> {
        lock(&self.nodes).last().cloned()
    }

    /// Returns the node that a client turns to: mostly the owner, sometimes one that was.
    pub(crate) fn some_node(&self, dice: &mut Dice) -> Option<Arc<Node>> {
        let nodes = lock(&self.nodes);
        if dice.says(150) && !nodes.is_empty() {
            return Some(dice.pick(&nodes).clone());
        }
        nodes.last().cloned()
    }

    /// Begins a node, which takes the store over, and tries until it has.
    pub(crate) async fn take_over(&self) -> Arc<Node> {
        loop {
            if let Some(node) = self.try_take_over().await {
                let mut nodes = lock(&self.nodes);
                nodes.push(node.clone());
                let gone = nodes.len().saturating_sub(NODES_MAX);
                nodes.drain(..gone);
                return node;
            }
            let pause = lock(&self.dice).up_to(Duration::from_millis(500));
            sleep(pause).await;
        }
    }

    async fn try_take_over(&self) -> Option<Arc<Node>> {
        let (dice, ahead, seed) = {
            let mut dice = lock(&self.dice);
            (dice.fork(), dice.up_to(SKEW_MAX), dice.throw())
        };
        let name = self.named.fetch_add(1, Ordering::Relaxed);
        let link = Link::new(name, self.database.clone(), *lock(&self.weather), dice);
        let clock = Arc::new(NodeClock { began: self.began, ahead });
        let settings = Settings {
            turn_threads: 0,
            cached_executions_max: 3,
            running_tasks_max: 3,
            waiting_tasks_max: 3,
            transitions: None,
            traces: false,
        };
        let entropy = Arc::new(Seeds(AtomicU64::new(seed)));
        let opened =
            Runtime::open_deciding(link.clone(), clock, entropy, settings, self.decide).await;
        let runtime = opened.ok()?;
        let runner = Arc::new(Runner { seed: self.seed, ledger: self.ledger.clone() });
        runtime.begin(Arc::new(Library), runner, Arc::new(NoMapRuns)).await.ok()?;
        Some(Arc::new(Node { link, runtime }))
    }

    /// Sees to it that there is an owner: replaces one that ends by itself or is dead.
    pub(crate) async fn supervise(self: Arc<Self>) {
        loop {
            let Some(owner) = self.owner() else {
                self.take_over().await;
                continue;
            };
            tokio::select! {
                biased;
                _ = owner.runtime.failed() => {}
                () = owner.link.died() => {}
                // Another one may have taken over, of which an idle node hears nothing.
                () = sleep(ROUND) => continue,
            }
            let is_owner = |now: Arc<Node>| Arc::ptr_eq(&now, &owner);
            let notices = lock(&self.dice).up_to(Duration::from_secs(3));
            sleep(notices).await;
            if self.owner().is_none_or(is_owner) {
                self.take_over().await;
            }
        }
    }

    /// Ends all trouble: no message is lost any more, and everybody hears again.
    pub(crate) fn calm(&self) {
        *lock(&self.weather) = Weather::default();
        for node in lock(&self.nodes).iter() {
            node.link.calm();
            node.link.set(Condition::Up);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock is a failed simulation already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
