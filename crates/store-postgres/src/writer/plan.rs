//! Decides what of a batch conflicts, and how the rows are afterwards.
//!
//! It is told how the rows are that a batch is about; nobody else changes them meanwhile. Writes follow
//! each other: a later one sees what an earlier one did, and nothing of one that conflicts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::vec;

use bytes::Bytes;
use compasso_store::seal::{Link, Seal};
use compasso_store::{
    Attributes, DocumentChange, ExecutionKey, Expected, JournalEntry, Part, Redriven, Removal,
    Revision, Status, Turn, Write,
};
use compasso_types::Timestamp;

/// A document's place: kind and key.
pub(super) type Place<'a> = (&'a str, &'a str);

/// How the rows are before.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    /// The executions that exist.
    pub(super) executions: HashMap<&'a str, Found>,
    /// Revisions of documents that exist.
    pub(super) documents: HashMap<Place<'a>, u64>,
    /// An id for each write that may create an execution, in their order.
    pub(super) ids: vec::IntoIter<i64>,
}

/// What is known of an execution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) revision: Revision,
    pub(super) is_open: bool,
    /// The seal of the last row of its journal.
    pub(super) seal: Option<Seal>,
}

/// How the rows are afterwards.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    pub(super) conflicts: Vec<usize>,
    /// In the order of their ids.
    pub(super) created: BTreeMap<i64, Created<'a>>,
    pub(super) changed: BTreeMap<i64, State<'a>>,
    pub(super) journal: Vec<Appended<'a>>,
    /// New content and revision; `None` if it is to be removed.
    pub(super) documents: BTreeMap<Place<'a>, Option<(u64, &'a Bytes)>>,
    /// The ids of executions that go with all that is kept of them; they go first.
    pub(super) removed: Vec<i64>,
    /// The ids of executions whose logs go.
    pub(super) unlogged: Vec<i64>,
}

/// A new row of a journal.
#[derive(Debug)]
pub(super) struct Appended<'a> {
    pub(super) execution: i64,
    pub(super) revision: Revision,
    pub(super) entry: &'a JournalEntry,
    pub(super) link: Link,
}

/// A new execution.
#[derive(Debug)]
pub(super) struct Created<'a> {
    pub(super) key: &'a ExecutionKey,
    pub(super) workflow: &'a Arc<str>,
    pub(super) version: Option<&'a Arc<str>>,
    pub(super) alias: Option<&'a Arc<str>>,
    pub(super) start: &'a [u8],
    pub(super) attributes: &'a Attributes,
    pub(super) state: State<'a>,
}

/// What turns change.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    pub(super) revision: Revision,
    pub(super) status: Status,
    pub(super) started: Timestamp,
    pub(super) stopped: Option<Timestamp>,
    pub(super) redriven: Option<Redriven>,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) owes: bool,
    /// The last image that came, and the revision that it came with.
    pub(super) image: Option<(&'a Bytes, Revision)>,
    /// The seal of the last row of its journal.
    pub(super) seal: Option<Seal>,
    pub(super) outcome: Option<&'a Bytes>,
}

/// Plans a batch.
pub(super) fn plan<'a>(writes: &[&'a Write], known: Known<'a>) -> Plan<'a> {
    let mut plan = Planner { known, plan: Plan::default() };
    for (index, write) in writes.iter().copied().enumerate() {
        let fits = match write {
            Write::Turn(turn) => plan.turn(turn),
            Write::Documents(changes) => {
                plan.documents(changes).map(|changed| plan.put(changed)).is_some()
            }
            Write::Removal(removal) => plan.remove(removal),
        };
        if !fits {
            plan.plan.conflicts.push(index);
        }
    }
    plan.plan
}

type Changed<'a> = BTreeMap<Place<'a>, Option<(u64, &'a Bytes)>>;

struct Planner<'a> {
    known: Known<'a>,
    plan: Plan<'a>,
}

impl<'a> Planner<'a> {
    /// Returns whether a turn fits, which is done then.
    fn turn(&mut self, turn: &'a Turn) -> bool {
        let fresh = if turn.base.is_none() { self.known.ids.next() } else { None };
        let found = self.known.executions.get(&*turn.key.0).copied();
        if found.map(|found| found.revision) != turn.base {
            return false;
        }
        let Some(id) = found.map(|found| found.id).or(fresh) else { return false };
        let Some(changed) = self.documents(&turn.documents) else { return false };
        self.put(changed);
        let revision = Revision(turn.base.map_or(1, |base| base.0 + 1));
        if found.is_none() {
            self.create(turn, id);
        }
        let seal = self.append(turn, id, revision, found.and_then(|found| found.seal));
        let now = Found { id, revision, is_open: turn.status.is_open(), seal };
        self.known.executions.insert(&turn.key.0, now);
        let state = State::of(turn, revision, seal);
        if let Some(created) = self.plan.created.get_mut(&id) {
            created.state.become_next(state);
        } else {
            let changed = self.plan.changed.entry(id);
            changed.and_modify(|before| before.become_next(state)).or_insert(state);
        }
        true
    }

    /// Appends the row of a turn after the one with the seal `last`; returns the seal of the last row then.
    fn append(
        &mut self,
        turn: &'a Turn,
        execution: i64,
        revision: Revision,
        last: Option<Seal>,
    ) -> Option<Seal> {
        let Some(entry) = &turn.journal else { return last };
        let link = Link::new(last.unwrap_or(Seal::NONE), entry);
        self.plan.journal.push(Appended { execution, revision, entry, link });
        Some(link.seal)
    }

    /// Returns whether a removal fits, which is done then.
    fn remove(&mut self, removal: &'a Removal) -> bool {
        let found = self.known.executions.get(&*removal.key.0).copied();
        let closed = found.filter(|found| found.revision == removal.base && !found.is_open);
        let Some(Found { id, .. }) = closed else { return false };
        let Some(changed) = self.documents(&removal.documents) else { return false };
        self.put(changed);
        match removal.part {
            Part::Whole => {
                self.known.executions.remove(&*removal.key.0);
                self.plan.created.remove(&id);
                self.plan.changed.remove(&id);
                self.plan.journal.retain(|row| row.execution != id);
                self.plan.removed.push(id);
            }
            Part::Log => self.plan.unlogged.push(id),
        }
        true
    }

    fn create(&mut self, turn: &'a Turn, id: i64) {
        let created = Created {
            key: &turn.key,
            workflow: &turn.workflow,
            version: turn.version.as_ref(),
            alias: turn.alias.as_ref(),
            start: turn.start.as_deref().unwrap_or_default(),
            attributes: &turn.attributes,
            state: State::of(turn, Revision(1), None),
        };
        self.plan.created.insert(id, created);
    }

    /// Returns what changes of documents come to, in their order; nothing if one conflicts.
    fn documents(&self, changes: &'a [DocumentChange]) -> Option<Changed<'a>> {
        let mut changed = Changed::new();
        for DocumentChange { kind, key, expected, body } in changes {
            let place: Place<'a> = (kind, key);
            let revision = match changed.get(&place) {
                Some(now) => now.map(|(revision, _)| revision),
                None => self.known.documents.get(&place).copied(),
            };
            let fits = match expected {
                Expected::Any => true,
                Expected::Absent => revision.is_none(),
                Expected::Revision(expected) => revision == Some(expected.0),
            };
            if !fits {
                return None;
            }
            changed.insert(place, body.as_ref().map(|body| (revision.unwrap_or(0) + 1, body)));
        }
        Some(changed)
    }

    fn put(&mut self, changed: Changed<'a>) {
        for (place, now) in changed {
            match now {
                Some((revision, _)) => self.known.documents.insert(place, revision),
                None => self.known.documents.remove(&place),
            };
            self.plan.documents.insert(place, now);
        }
    }
}

impl<'a> State<'a> {
    fn of(turn: &'a Turn, revision: Revision, seal: Option<Seal>) -> Self {
        let open = turn.status.is_open();
        Self {
            revision,
            status: turn.status,
            started: turn.started,
            stopped: turn.stopped,
            redriven: turn.redriven,
            wake_at: turn.wake_at.filter(|_| open),
            owes: turn.owes && open,
            image: turn.image.as_ref().map(|image| (image, revision)),
            seal,
            outcome: turn.outcome.as_ref(),
        }
    }

    /// Becomes the state after the next turn, which may leave the image as it is.
    fn become_next(&mut self, next: Self) {
        *self = Self { image: next.image.or(self.image), ..next };
    }

    /// When it closed, or when an open one was started or redriven.
    pub(super) fn changed(&self) -> Timestamp {
        self.stopped.or(self.redriven.map(|redriven| redriven.at)).unwrap_or(self.started)
    }
}
