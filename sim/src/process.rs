//! A process that takes part in a cluster: it renews its lease, and works while it is the owner.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_cluster::{ACT_FOR, Member, Standing};
use compasso_store::NodeIdentity;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::debug;

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::ledger::Reign;
use crate::link::Link;
use crate::node::{Node, StoreClock};

/// After what time a node takes the store again that could not go on with it.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Process {
    pub(crate) link: Arc<Link>,
    /// Which of the machines it is on.
    place: usize,
    /// Told when it is to hand over.
    retires: Notify,
    /// What it does as the owner, if it is.
    acting: Mutex<Option<Acting>>,
}

/// How long a node acts.
struct Acting {
    from: Instant,
    /// When the last renewal was asked for after which it was still the owner.
    renewed: Instant,
}

/// Why a node works no longer.
#[derive(PartialEq, Eq)]
enum Ended {
    Lost,
    Failed,
    Asked,
}

impl Process {
    pub(crate) fn new(link: Arc<Link>, place: usize) -> Self {
        Self { link, place, retires: Notify::new(), acting: Mutex::default() }
    }

    /// Has it hand over, if it is the owner.
    pub(crate) fn retire(&self) {
        self.retires.notify_waiters();
    }

    /// Works whenever it is the owner.
    pub(crate) async fn take_part(&self, cluster: &Cluster, mut dice: Dice) {
        let id: Arc<str> = self.link.name().to_string().into();
        let host: Arc<str> = format!("machine-{}", self.place).into();
        let identity = NodeIdentity {
            id: id.clone(),
            address: format!("{host}:8400").into(),
            host,
            build: "1".into(),
        };
        let (member, part) = Member::join(self.link.clone(), identity);
        tokio::spawn(part);
        loop {
            // The sender lives as long as the part that was spawned.
            let _ = member.standing().wait_for(|standing| standing.owns).await;
            let ended = self.work(cluster, &member, dice.fork()).await;
            self.stop_acting(cluster);
            match ended {
                Ended::Lost => {}
                Ended::Failed | Ended::Asked => member.resign(Some(PAUSE)).await,
            }
        }
    }

    async fn work(&self, cluster: &Cluster, member: &Member, dice: Dice) -> Ended {
        let standing = member.standing();
        let clock = Arc::new(StoreClock(standing.clone()));
        let known = Some((member.id().clone(), standing.clone()));
        let begun = Node::begin(cluster, self.link.clone(), clock, known, dice);
        let node = tokio::select! {
            biased;
            () = lost(standing.clone()) => return Ended::Lost,
            begun = begun => match begun {
                Ok(node) => node,
                Err(_) => return Ended::Failed,
            },
        };
        let now = Instant::now();
        *self.acting() = Some(Acting { from: now, renewed: now });
        self.note(&standing.borrow());
        cluster.announce(node.clone());
        let ended = tokio::select! {
            biased;
            () = self.until_lost(standing.clone()) => Ended::Lost,
            _ = node.runtime.failed() => Ended::Failed,
            () = self.retires.notified() => Ended::Asked,
        };
        if ended == Ended::Lost {
            self.stop_acting(cluster);
        }
        node.runtime.shutdown().await;
        ended
    }

    /// Waits until it is the owner no longer, and notes meanwhile until when it acts.
    async fn until_lost(&self, mut standing: watch::Receiver<Standing>) {
        while standing.changed().await.is_ok() {
            let known = standing.borrow_and_update().clone();
            if !known.owns {
                return;
            }
            self.note(&known);
        }
    }

    /// Notes what it heard of its lease.
    fn note(&self, known: &Standing) {
        let is_owner = known.roll.owner.as_deref() == Some(&*self.link.name().to_string());
        if let (Some(acting), Some(asked), true) = (&mut *self.acting(), known.asked, is_owner) {
            acting.renewed = Instant::from_std(asked);
        }
    }

    /// Notes that it acts no longer, if it did.
    pub(crate) fn stop_acting(&self, cluster: &Cluster) {
        let Some(Acting { from, renewed }) = self.acting().take() else { return };
        let until = Instant::now().min(renewed + ACT_FOR);
        let node = self.link.name();
        debug!(node, ?from, ?until, "acted");
        // One that was ready only when its time was over never acted.
        if from < until {
            cluster.ledger.open().reigns.push(Reign { node, from, until });
        }
    }

    fn acting(&self) -> MutexGuard<'_, Option<Acting>> {
        // Nothing panics under the lock.
        self.acting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a node is the owner no longer.
async fn lost(mut standing: watch::Receiver<Standing>) {
    // The sender lives as long as the process.
    let _ = standing.wait_for(|standing| !standing.owns).await;
}
