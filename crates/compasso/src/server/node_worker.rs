//! The worker of a node: it runs scripts for the cluster, whichever node is the owner.
//!
//! It calls its own node as a remote worker does, and the node sends its calls on. So all nodes share
//! the work of scripts, and what runs goes on while owners come and go.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use compasso_cluster::{Member, Standing};
use compasso_dispatch::Dispatcher;
use compasso_store::NodeIdentity;
use compasso_worker::{Stopper, Worker};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::front::StopRequests;

/// What names of nodes' workers begin with.
const PREFIX: &str = "node:";
/// How long a worker that ends at once has to end its scripts and to take its leave.
const LEAVE_MAX: Duration = Duration::from_secs(1);
/// How often it is looked whether waiting still makes sense.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Returns the name of the worker of a node, which ends with the node's id.
pub(super) fn name(node: &NodeIdentity) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let address = node.address.chars().filter(|c| is_allowed(*c)).collect::<String>();
    format!("{PREFIX}{address}@{}", node.id)
}

/// Returns the id of the node whose worker has this name.
fn node_of(worker: &str) -> Option<&str> {
    Some(worker.strip_prefix(PREFIX)?.rsplit_once('@')?.1)
}

/// A worker at work.
pub(super) struct NodeWorker {
    stopper: Stopper,
    working: JoinHandle<()>,
    drain: Duration,
}

impl NodeWorker {
    /// Has a worker begin; a stop will wait for its scripts for as long as `drain`.
    pub(super) fn begin((worker, stopper): (Worker, Stopper), drain: Duration) -> Self {
        let working = tokio::spawn(async move {
            if let Err(denied) = worker.run().await {
                tracing::error!(%denied, "this node runs no scripts");
            }
        });
        Self { stopper, working, drain }
    }

    /// Takes no more scripts, and ends those that run if they take too long or a second stop is asked.
    pub(super) async fn end(mut self, member: &Member, requests: &mut StopRequests) {
        tracing::info!("this node takes no more scripts");
        self.stopper.ask();
        let (needless, drained) = (self.needless(member), sleep(self.drain));
        tokio::select! {
            // A panic was logged.
            _ = &mut self.working => return,
            () = needless => {}
            () = drained => {}
            () = requests.next() => {}
        }
        self.stopper.ask();
        let unheard = self.unheard(member);
        tokio::select! {
            _ = &mut self.working => return,
            () = unheard => {}
            () = sleep(LEAVE_MAX) => {}
        }
        self.working.abort();
    }

    /// Waits until it makes no sense to wait for scripts: there are none, or nobody would hear of their ends.
    fn needless(&self, member: &Member) -> impl Future<Output = ()> + use<> {
        let (stopper, member) = (self.stopper.clone(), member.clone());
        looking(move || {
            let standing = member.standing().borrow().clone();
            let (me, now) = (member.id(), Instant::now());
            let is_heard = standing.is_fresh(now) && standing.owner_elsewhere(me).is_some();
            !is_heard && (stopper.is_idle() || !standing.has_owner_or_heir(me, now))
        })
    }

    /// Waits until scripts have ended and nobody would hear that their worker leaves: whoever is the owner next
    /// misses it with its node.
    fn unheard(&self, member: &Member) -> impl Future<Output = ()> + use<> {
        let (stopper, member) = (self.stopper.clone(), member.clone());
        looking(move || {
            let standing = member.standing().borrow().clone();
            let is_heard = standing.is_fresh(Instant::now())
                && standing.owner_elsewhere(member.id()).is_some();
            !is_heard && stopper.is_idle()
        })
    }
}

/// Looks again and again, until something is so.
async fn looking(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(LOOK_EVERY).await;
    }
}

/// Gives up the workers of nodes that are gone, for as long as the calling runtime lives.
pub(super) fn watch(dispatcher: Dispatcher, member: &Member) {
    let mut standing = member.standing();
    tokio::spawn(async move {
        loop {
            let alive = alive(&standing.borrow_and_update());
            let is_gone = |worker: &str| node_of(worker).is_some_and(|node| !alive.contains(node));
            dispatcher.miss_workers(is_gone);
            if standing.changed().await.is_err() {
                return;
            }
        }
    });
}

fn alive(standing: &Standing) -> BTreeSet<String> {
    let alive = standing.roll.nodes.iter().filter(|node| node.lease.is_some());
    alive.map(|node| node.identity.id.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_worker_tells_its_node() {
        let identity = |address: &str| NodeIdentity {
            id: "5c1f09aa".into(),
            address: address.into(),
            host: "one".into(),
            build: "1".into(),
        };
        assert_eq!(name(&identity("node-1:8400")), "node:node-1:8400@5c1f09aa");
        assert_eq!(name(&identity("[::1]:8400")), "node:::1:8400@5c1f09aa");
        assert_eq!(node_of("node:node-1:8400@5c1f09aa"), Some("5c1f09aa"));
        assert_eq!(node_of("build-1@5c1f09aa"), None);
    }
}
