//! Who takes part and who owns the store, as the store keeps it: the lease of each node, and the owner
//! beside the epoch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::{Epoch, Node, NodeIdentity, Roll};
use compasso_types::Timestamp;

#[derive(Default)]
pub(crate) struct Roster {
    nodes: BTreeMap<Arc<str>, Entry>,
    owner: Option<Arc<str>>,
}

struct Entry {
    identity: NodeIdentity,
    joined: Timestamp,
    lease_until: Timestamp,
}

impl Roster {
    pub(crate) fn join(&mut self, node: &NodeIdentity, now: Timestamp) {
        // One that comes again to where it was takes the place of what it was.
        self.nodes.retain(|_, entry| entry.identity.address != node.address);
        let entry = Entry { identity: node.clone(), joined: now, lease_until: now };
        self.nodes.insert(node.id.clone(), entry);
    }

    /// Renews a lease and reads the roll. `clock` is what leases are judged by.
    pub(crate) fn renew(
        &mut self,
        node: &NodeIdentity,
        lease: Duration,
        (now, clock, epoch): (Timestamp, Timestamp, Epoch),
    ) -> Roll {
        if let Some(entry) = self.nodes.get_mut(&node.id) {
            entry.lease_until = clock.after(lease);
        }
        let nodes = self.nodes.values().map(|entry| Node {
            identity: entry.identity.clone(),
            age: now.since(entry.joined),
            lease: (entry.lease_until >= clock).then(|| entry.lease_until.since(clock)),
            // This database loses nothing.
            aside: None,
        });
        let (owner, nodes) = (self.owner.clone(), nodes.collect());
        Roll { now, epoch, commits: 0, owner, nodes }
    }

    /// Makes a node the owner unless another one with a good lease is; returns whether it is.
    pub(crate) fn take(&mut self, id: &str, clock: Timestamp) -> bool {
        let is_good = |owner: &Arc<str>| {
            let entry = self.nodes.get(owner);
            entry.is_some_and(|entry| entry.lease_until >= clock)
        };
        let is_taken = self.owner.as_ref().is_some_and(|owner| &**owner != id && is_good(owner));
        if !is_taken {
            self.owner = Some(id.into());
        }
        !is_taken
    }

    /// Has a node no longer be the owner; returns whether it was.
    pub(crate) fn hand_over(&mut self, id: &str) -> bool {
        let was_owner = self.is_owner(id);
        if was_owner {
            self.owner = None;
        }
        was_owner
    }

    pub(crate) fn leave(&mut self, id: &str) {
        self.nodes.remove(id);
    }

    pub(crate) fn is_owner(&self, id: &str) -> bool {
        self.owner.as_deref() == Some(id)
    }
}
