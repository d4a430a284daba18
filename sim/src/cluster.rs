//! The nodes: begun, killed, frozen, cut off, and replaced by others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::database::Database;
use crate::dice::Dice;
use crate::features::Features;
use crate::ledger::Ledger;
use crate::link::{Condition, Link, Weather};
use crate::node::{Node, NodeClock};
use crate::process::Process;

/// How far the clock of a node is from the others' at most.
const SKEW_MAX: Duration = Duration::from_secs(2);
/// The same where nothing is to depend on it.
const LEASED_SKEW_MAX: Duration = Duration::from_secs(20);
/// How often the owner is looked for.
const ROUND: Duration = Duration::from_secs(1);
/// Most nodes that are turned to: nobody knows older ones any more.
const NODES_MAX: usize = 4;
/// How many processes there are that have leases.
const PROCESSES: usize = 3;
/// How soon a dead one is replaced at the latest.
const REPLACED_WITHIN: Duration = Duration::from_secs(3);

/// All nodes over one store.
pub(crate) struct Cluster {
    pub(crate) database: Arc<Database>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) features: Features,
    pub(crate) seed: u64,
    weather: Mutex<Weather>,
    dice: Mutex<Dice>,
    /// Those that clients know, the one that took over last at the end.
    nodes: Mutex<Vec<Arc<Node>>>,
    /// All that ever were.
    all: Mutex<Vec<Arc<Node>>>,
    processes: Mutex<Vec<Arc<Process>>>,
    /// How many links there were.
    named: AtomicU64,
}

impl Cluster {
    pub(crate) fn new(
        database: Arc<Database>,
        features: Features,
        weather: Weather,
        mut dice: Dice,
    ) -> Arc<Self> {
        Arc::new(Self {
            database,
            ledger: Arc::default(),
            features,
            seed: dice.throw(),
            weather: Mutex::new(weather),
            dice: Mutex::new(dice),
            nodes: Mutex::default(),
            all: Mutex::default(),
            processes: Mutex::default(),
            named: AtomicU64::new(0),
        })
    }

    /// Begins to work, and goes on until the simulation ends.
    pub(crate) async fn begin(self: &Arc<Self>) {
        if self.features.has_leases {
            for place in 0..PROCESSES {
                tokio::spawn(self.clone().keep(place));
            }
        } else {
            self.take_over().await;
            tokio::spawn(self.clone().supervise());
        }
    }

    /// Returns the node that took over last.
    pub(crate) fn owner(&self) -> Option<Arc<Node>> {
        lock(&self.nodes).last().cloned()
    }

    /// Returns the link that trouble is made on: that of the owner, or of any process.
    pub(crate) fn some_link(&self, dice: &mut Dice) -> Option<Arc<Link>> {
        let processes = lock(&self.processes);
        if !processes.is_empty() && dice.says(400) {
            return Some(dice.pick(&processes).link.clone());
        }
        drop(processes);
        self.owner().map(|owner| owner.link.clone())
    }

    /// Returns the node that a client turns to: mostly the owner, sometimes one that was.
    pub(crate) fn some_node(&self, dice: &mut Dice) -> Option<Arc<Node>> {
        let nodes = lock(&self.nodes);
        if dice.says(150) && !nodes.is_empty() {
            return Some(dice.pick(&nodes).clone());
        }
        nodes.last().cloned()
    }

    /// Has clients turn to a node from now on.
    pub(crate) fn announce(&self, node: Arc<Node>) {
        let mut nodes = lock(&self.nodes);
        nodes.push(node);
        let gone = nodes.len().saturating_sub(NODES_MAX);
        nodes.drain(..gone);
    }

    /// Has somebody else be the owner: another node that takes over, or one that gets it handed over.
    pub(crate) async fn change_owner(&self) {
        if self.features.has_leases {
            for process in lock(&self.processes).iter() {
                process.retire();
            }
        } else {
            self.take_over().await;
        }
    }

    /// Begins a node, which takes the store over, and tries until it has.
    async fn take_over(&self) -> Arc<Node> {
        loop {
            let (link, dice, ahead) = self.connect(false);
            let clock = Arc::new(NodeClock { database: self.database.clone(), ahead });
            if let Ok(node) = Node::begin(self, link, clock, None, dice).await {
                self.announce(node.clone());
                return node;
            }
            let pause = lock(&self.dice).up_to(Duration::from_millis(500));
            sleep(pause).await;
        }
    }

    /// Makes a link to the store, for a node whose clock is somewhat ahead.
    fn connect(&self, has_lease: bool) -> (Arc<Link>, Dice, Duration) {
        let most = if has_lease { LEASED_SKEW_MAX } else { SKEW_MAX };
        let (on_link, in_node, ahead) = {
            let mut dice = lock(&self.dice);
            (dice.fork(), dice.fork(), dice.up_to(most))
        };
        let name = self.named.fetch_add(1, Ordering::Relaxed);
        let identity = (name, has_lease.then_some(ahead));
        let link = Link::new(identity, self.database.clone(), *lock(&self.weather), on_link);
        (link, in_node, ahead)
    }

    /// Sees to it that there is an owner: replaces one that ends by itself or is dead.
    async fn supervise(self: Arc<Self>) {
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

    /// Sees to it that there is a process at a place: replaces one that is dead.
    async fn keep(self: Arc<Self>, place: usize) {
        loop {
            let (link, dice, _) = self.connect(true);
            let process = Arc::new(Process::new(link.clone(), place));
            {
                let mut processes = lock(&self.processes);
                match processes.get_mut(place) {
                    Some(there) => *there = process.clone(),
                    None => processes.push(process.clone()),
                }
            }
            tokio::select! {
                biased;
                () = link.died() => {}
                () = process.take_part(&self, dice) => {}
            }
            process.stop_acting(&self);
            let pause = lock(&self.dice).up_to(REPLACED_WITHIN);
            sleep(pause).await;
        }
    }

    /// Ends all trouble: no message is lost any more, and everybody hears again.
    pub(crate) fn calm(&self) {
        *lock(&self.weather) = Weather::default();
        self.database.fill(false);
        let mut links: Vec<_> = lock(&self.nodes).iter().map(|node| node.link.clone()).collect();
        links.extend(lock(&self.processes).iter().map(|process| process.link.clone()));
        for link in links {
            link.calm();
            link.set(Condition::Up);
        }
    }

    pub(crate) fn remember(&self, node: &Arc<Node>) {
        lock(&self.all).push(node.clone());
    }

    /// Lets all nodes go: what is above a runtime holds it.
    pub(crate) fn end(&self) {
        for node in lock(&self.all).drain(..) {
            node.forget();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock is a failed simulation already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
