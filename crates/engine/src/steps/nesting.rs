//! Which scopes began which: found, and forgotten, without going through all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{EventId, ScopeId};

/// The scopes inside each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Nesting {
    /// The scope that each inner one was begun by.
    outer: BTreeMap<ScopeId, ScopeId>,
    /// The same, seen from there.
    inner: BTreeMap<ScopeId, BTreeSet<ScopeId>>,
    /// The events that began inner scopes.
    beginnings: BTreeMap<EventId, ScopeId>,
    /// The same, by the scope that they are of.
    begun: BTreeMap<ScopeId, Vec<EventId>>,
}

impl Nesting {
    /// Notes that `event` begins scopes inside `scope`.
    pub(super) fn begin(&mut self, event: EventId, scope: ScopeId) {
        if self.beginnings.insert(event, scope).is_none() {
            self.begun.entry(scope).or_default().push(event);
        }
    }

    /// Notes that a state of `scope` was entered after the event `previous`.
    pub(super) fn enter(&mut self, scope: ScopeId, previous: EventId) {
        if let Some(outer) = self.beginnings.get(&previous)
            && !self.outer.contains_key(&scope)
        {
            self.outer.insert(scope, *outer);
            self.inner.entry(*outer).or_default().insert(scope);
        }
    }

    /// Returns the scope that `scope` is inside.
    pub(super) fn outer(&self, scope: ScopeId) -> Option<ScopeId> {
        self.outer.get(&scope).copied()
    }

    /// Returns the scopes inside the state that `block` is in, at any depth, in order.
    pub(super) fn inside(&self, block: ScopeId) -> Vec<ScopeId> {
        let (mut found, mut next) = (Vec::new(), vec![block]);
        while let Some(scope) = next.pop() {
            let inner = self.inner.get(&scope).into_iter().flatten();
            next.extend(inner.clone());
            found.extend(inner);
        }
        found.sort_unstable();
        found
    }

    /// Forgets where `scope` is.
    pub(super) fn leave(&mut self, scope: ScopeId) {
        let Some(outer) = self.outer.remove(&scope) else { return };
        if let Some(inner) = self.inner.get_mut(&outer) {
            inner.remove(&scope);
            if inner.is_empty() {
                self.inner.remove(&outer);
            }
        }
    }

    /// Forgets what began inside `scope`: nothing more follows from it.
    pub(super) fn close(&mut self, scope: ScopeId) {
        for event in self.begun.remove(&scope).unwrap_or_default() {
            self.beginnings.remove(&event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_found_at_any_depth_until_they_are_left() {
        let mut nesting = Nesting::default();
        nesting.begin(2, ScopeId(0));
        nesting.enter(ScopeId(1), 2);
        nesting.enter(ScopeId(2), 2);
        nesting.begin(5, ScopeId(1));
        nesting.enter(ScopeId(3), 5);
        nesting.enter(ScopeId(4), 5);
        assert_eq!(nesting.inside(ScopeId(0)), [1, 2, 3, 4].map(ScopeId));
        assert_eq!(nesting.inside(ScopeId(1)), [3, 4].map(ScopeId));
        nesting.leave(ScopeId(3));
        assert_eq!(nesting.inside(ScopeId(0)), [1, 2, 4].map(ScopeId));
        nesting.leave(ScopeId(1));
        assert_eq!(nesting.inside(ScopeId(0)), [2].map(ScopeId));
    }

    #[test]
    fn nothing_follows_from_a_scope_that_is_closed() {
        let mut nesting = Nesting::default();
        nesting.begin(2, ScopeId(0));
        nesting.begin(3, ScopeId(7));
        nesting.close(ScopeId(0));
        nesting.enter(ScopeId(1), 2);
        nesting.enter(ScopeId(2), 3);
        assert_eq!(nesting.outer(ScopeId(1)), None);
        assert_eq!(nesting.outer(ScopeId(2)), Some(ScopeId(7)));
    }
}
