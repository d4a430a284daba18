//! The seam of a store that several processes share: who they are, and which of them owns it.
//!
//! A node has a lease, which it renews; the store judges leases by its own clock. The owner is named
//! beside the epoch. **Invariant:** leases keep two nodes from working at once, no more. What keeps
//! them from harm is the epoch alone: see [`crate::Store::acquire`].

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;

use crate::{Answer, Epoch};

/// A process that takes part, as it introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeIdentity {
    /// Unique to this start of the process.
    pub id: Arc<str>,
    /// Where the others reach it: `host:port`.
    pub address: Arc<str>,
    /// The name of its machine.
    pub host: Arc<str>,
    /// The release it runs.
    pub build: Arc<str>,
}

/// A process that takes part, as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it said of itself.
    pub identity: NodeIdentity,
    /// For how long it has taken part.
    pub age: Duration,
    /// How much of its lease was left; `None` once it has run out.
    pub lease: Option<Duration>,
    /// Why it takes no part although it is there.
    pub aside: Option<Arc<str>>,
}

/// Who takes part and who owns the store, at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    /// That instant, by the clock of the store.
    pub now: Timestamp,
    /// The epoch.
    pub epoch: Epoch,
    /// The number of the last commit; 0 if it may fall back.
    pub commits: u64,
    /// The id of the owner, which need not be alive.
    pub owner: Option<Arc<str>>,
    /// All that have not left, by id.
    pub nodes: Vec<Node>,
}

impl Roll {
    /// Says whether the store is now as it was before `seen` was read: somebody has put an old copy in
    /// its place, or acknowledged commits were lost.
    pub fn is_older_than(&self, seen: &Self) -> bool {
        self.epoch < seen.epoch || self.commits < seen.commits
    }

    /// Returns the owner if its lease is good.
    pub fn live_owner(&self) -> Option<&Node> {
        let owner = self.owner.as_ref()?;
        self.nodes.iter().find(|node| node.identity.id == *owner && node.lease.is_some())
    }
}

/// What nodes ask of the store that they share.
pub trait Nodes: Send + Sync + 'static {
    /// Enters a node. One of the same machine and address that came before is gone: its port was free.
    fn join<'a>(&'a self, node: &'a NodeIdentity) -> Answer<'a, ()>;

    /// Has a node's lease last for `lease` from now on, and reads the roll.
    fn renew<'a>(&'a self, node: &'a NodeIdentity, lease: Duration) -> Answer<'a, Roll>;

    /// Returns the number of the last commit that this process has acknowledged; 0 if it may fall back.
    fn acknowledged(&self) -> u64;

    /// Makes a node the owner and raises the epoch, unless another one with a good lease is. Returns
    /// the epoch if it is the owner now. Waits for a commit of the old owner that is under way. Says
    /// [`crate::ReadError::Newer`] if a later release made the tables.
    fn take<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Epoch>>;

    /// Has a node no longer be the owner, if it is, and raises the epoch.
    fn hand_over<'a>(&'a self, id: &'a str) -> Answer<'a, ()>;

    /// Has all know that a node takes no part, and why.
    fn stand_aside<'a>(&'a self, id: &'a str, why: &'a str) -> Answer<'a, ()>;

    /// Takes a node off the roll.
    fn leave<'a>(&'a self, id: &'a str) -> Answer<'a, ()>;

    /// Returns what the nodes have agreed on under a name: `value` if nobody has said anything yet.
    fn agree<'a>(&'a self, name: &'a str, value: &'a str) -> Answer<'a, String>;
}
