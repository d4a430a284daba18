//! What a node is to do, by what the store last said and how long ago. Pure: time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant};

use compasso_store::{Epoch, Node, Roll};
use compasso_types::Timestamp;

/// How long a lease is good after its renewal, by the clock of the store.
pub const LEASE: Duration = Duration::from_secs(3);
/// How long the owner acts after it sent its last renewal that was answered, by its own clock. What is
/// left of the lease is for clocks that run at other speeds.
pub const ACT_FOR: Duration = Duration::from_millis(2_250);

/// What a node is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Send requests on to the owner; wait if nobody knows who that is.
    StandBy,
    /// Try to become the owner: nobody with a good lease is.
    Take,
    /// Be the owner.
    Act,
    /// Answer nobody, and keep what is under way: the lease may be over, but there is no other node that
    /// could have taken over.
    Pause,
    /// End what is under way: another node is the owner, or may be.
    End,
}

/// Returns the duty of the node `me`, which `owns` the store if it has taken it and not ended since.
/// `age` is how long ago it asked for the roll.
pub fn duty(me: &str, owns: bool, roll: &Roll, age: Duration) -> Duty {
    let is_owner = roll.owner.as_deref() == Some(me);
    if owns {
        let has_others =
            || roll.nodes.iter().any(|node| &*node.identity.id != me && node.lease.is_some());
        return match () {
            () if !is_owner => Duty::End,
            () if age < ACT_FOR => Duty::Act,
            () if has_others() => Duty::End,
            () => Duty::Pause,
        };
    }
    let is_taken = !is_owner && roll.live_owner().is_some();
    if is_taken || age >= LEASE { Duty::StandBy } else { Duty::Take }
}

/// What a node knows of the cluster.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What the store said last.
    pub roll: Arc<Roll>,
    /// When it was asked for that; absent: it has never answered.
    pub asked: Option<Instant>,
    /// When it had answered.
    pub answered: Option<Instant>,
    /// Whether this node has taken the store and not ended since.
    pub owns: bool,
    /// Whether the store was found to be older than this node had seen it. It takes part no more then.
    pub is_ahead: bool,
    /// When this node let go of the store that it owned.
    pub let_go: Option<Instant>,
    /// Why the store could not be taken when that was tried last.
    pub hindrance: Option<Arc<str>>,
}

impl Standing {
    /// Returns what is known before the store has said anything.
    pub(crate) fn unknown() -> Self {
        let roll =
            Roll { now: Timestamp(0), epoch: Epoch(0), commits: 0, owner: None, nodes: Vec::new() };
        Self {
            roll: Arc::new(roll),
            asked: None,
            answered: None,
            owns: false,
            is_ahead: false,
            let_go: None,
            hindrance: None,
        }
    }

    /// Returns how old it is at `now`.
    pub fn age(&self, now: Instant) -> Duration {
        self.asked.map_or(Duration::MAX, |asked| now.saturating_duration_since(asked))
    }

    /// Returns what the clock of the store shows at `now`, or a little less; absent: nobody knows yet.
    pub fn store_time(&self, now: Instant) -> Option<Timestamp> {
        let since = now.saturating_duration_since(self.answered?);
        Some(self.roll.now.after(since))
    }

    /// Returns what the node `me` is to do at `now`.
    pub fn duty(&self, me: &str, now: Instant) -> Duty {
        match (self.is_ahead, self.owns) {
            (true, true) => Duty::End,
            (true, false) => Duty::StandBy,
            (false, owns) => duty(me, owns, &self.roll, self.age(now)),
        }
    }

    /// Says whether no other node than `me` has a good lease.
    pub fn is_alone(&self, me: &str) -> bool {
        self.roll.nodes.iter().all(|node| &*node.identity.id == me || node.lease.is_none())
    }

    /// Says whether another node than `me` is the owner, or could become it, for all that is known at `now`.
    pub fn has_owner_or_heir(&self, me: &str, now: Instant) -> bool {
        let is_heir =
            |node: &Node| &*node.identity.id != me && node.lease.is_some() && node.aside.is_none();
        self.is_fresh(now)
            && (self.owner_elsewhere(me).is_some() || self.roll.nodes.iter().any(is_heir))
    }

    /// Says whether the store was heard of so lately that what is known may still be so.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.age(now) < ACT_FOR
    }

    /// Says whether all can know that the node `id` takes no part.
    pub fn is_known_aside(&self, id: &str) -> bool {
        self.roll.nodes.iter().any(|node| &*node.identity.id == id && node.aside.is_some())
    }

    /// Says whether the node `id` has a good lease.
    pub fn is_alive(&self, id: &str) -> bool {
        self.roll.nodes.iter().any(|node| &*node.identity.id == id && node.lease.is_some())
    }

    /// Returns the owner, if it is alive and another node than `me`. What is known may be old: the owner
    /// knows best whether it still is.
    pub fn owner_elsewhere(&self, me: &str) -> Option<&Node> {
        self.roll.live_owner().filter(|node| &*node.identity.id != me)
    }
}

#[cfg(test)]
mod tests {
    use compasso_store::NodeIdentity;

    use super::*;

    const FRESH: Duration = Duration::from_millis(10);

    fn node(id: &str, is_alive: bool) -> Node {
        let identity = NodeIdentity {
            id: id.into(),
            address: format!("{id}:8400").into(),
            host: "host".into(),
            build: "1".into(),
        };
        Node { identity, age: Duration::ZERO, lease: is_alive.then_some(LEASE), aside: None }
    }

    fn roll(owner: Option<&str>, nodes: &[(&str, bool)]) -> Roll {
        let nodes = nodes.iter().map(|(id, is_alive)| node(id, *is_alive)).collect();
        Roll { now: Timestamp(0), epoch: Epoch(7), commits: 9, owner: owner.map(Into::into), nodes }
    }

    #[test]
    fn a_node_takes_what_nobody_alive_has() {
        let both = [("a", true), ("b", true)];
        assert_eq!(duty("a", false, &roll(None, &both), FRESH), Duty::Take);
        assert_eq!(duty("a", false, &roll(Some("b"), &both), FRESH), Duty::StandBy);
        let silent = [("a", true), ("b", false)];
        assert_eq!(duty("a", false, &roll(Some("b"), &silent), FRESH), Duty::Take);
        // It was the owner, ended, and could not say so.
        assert_eq!(duty("a", false, &roll(Some("a"), &both), FRESH), Duty::Take);
    }

    #[test]
    fn who_has_not_heard_of_the_store_for_a_lease_takes_nothing() {
        let roll = roll(None, &[("a", true)]);
        assert_eq!(duty("a", false, &roll, LEASE), Duty::StandBy);
    }

    #[test]
    fn an_owner_stops_before_its_lease_is_over_if_another_node_could_take_over() {
        let both = roll(Some("a"), &[("a", true), ("b", true)]);
        assert_eq!(duty("a", true, &both, FRESH), Duty::Act);
        assert_eq!(duty("a", true, &both, ACT_FOR), Duty::End);
        assert!(ACT_FOR < LEASE);
    }

    #[test]
    fn a_store_is_older_if_its_epoch_or_its_commits_are() {
        let seen = roll(None, &[]);
        assert!(!seen.is_older_than(&seen));
        assert!(Roll { commits: 8, ..seen.clone() }.is_older_than(&seen));
        assert!(Roll { epoch: Epoch(6), commits: 10, ..seen.clone() }.is_older_than(&seen));
        assert!(!Roll { epoch: Epoch(8), ..seen.clone() }.is_older_than(&seen));
    }

    #[test]
    fn an_owner_that_is_alone_keeps_what_is_under_way_until_it_hears_of_another() {
        let alone = roll(Some("a"), &[("a", true), ("b", false)]);
        assert_eq!(duty("a", true, &alone, 100 * LEASE), Duty::Pause);
        assert_eq!(duty("a", true, &alone, FRESH), Duty::Act);
        let lost = roll(Some("b"), &[("a", true), ("b", true)]);
        assert_eq!(duty("a", true, &lost, FRESH), Duty::End);
        assert_eq!(duty("a", true, &roll(None, &[("a", true)]), FRESH), Duty::End);
    }
}
