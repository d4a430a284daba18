//! The journal of one execution, read without the runtime.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Closed, Event, EventKind, Execution, ScopeId, Start, Status, TaskId};
use compasso_ir::Definition;
use compasso_runtime::DefinitionRef;
use compasso_store::memory::MemoryStore;
use compasso_store::{Execution as Row, ExecutionKey, JournalEntry, Store as _};
use compasso_types::Payload;
use serde::Deserialize;
use serde_json::Value;

use super::rows::Rows;
use crate::library::{self, Library, Part};
use crate::work::RUNNER;

/// How late a timer is at most while nothing is wrong.
const LATE_MAX: Duration = Duration::from_millis(500);

/// What is read of the start of an execution.
#[derive(Deserialize)]
struct Begun {
    record: Defined,
}

#[derive(Deserialize)]
struct Defined {
    definition: DefinitionRef,
}

pub(super) struct History {
    row: Row,
    graph: Option<Arc<Definition>>,
    events: Vec<Event>,
    /// What the events make.
    folded: Execution,
    /// What the image says, with the turns since; `None` if it was dropped.
    stored: Option<Execution>,
    attempts: HashSet<TaskId>,
}

impl History {
    pub(super) async fn read(
        store: &MemoryStore,
        key: &ExecutionKey,
        rows: &mut Rows,
    ) -> Result<Self, String> {
        let unreadable = |error| format!("cannot be read: {error}");
        let row = store.execution(key).await.map_err(unreadable)?.ok_or("is gone")?;
        let journal = store.journal(key, 1, usize::MAX).await.map_err(unreadable)?;
        let tail = store.tail(key).await.map_err(unreadable)?;
        let events = unpack(&journal, rows)?;
        let Some(EventKind::ExecutionStarted { start }) = events.first().map(|first| &first.kind)
        else {
            return Err("does not begin with its start".into());
        };
        let start = start.clone();
        let (definition, part) = definition(&row)?;
        let graph = (part == Part::Graphs).then(|| definition.clone());
        let folded = fold(Execution::new(definition.clone()), &events)?;
        let stored = restored(definition, start, &row, &unpack(&tail, rows)?)?;
        let attempts = attempts(&events);
        Ok(Self { row, graph, events, folded, stored, attempts })
    }

    /// Every transition happened once and in order.
    pub(super) fn check(&self, note: &mut dyn FnMut(&str)) {
        let mut numbers = self.events.iter().map(|event| event.id).filter(|id| *id > 0);
        if !(1..).zip(&mut numbers).all(|(expected, id)| expected == id) {
            note("the numbers of its events have gaps or come twice");
        }
        if !self.events.is_sorted_by_key(|event| event.at) {
            note("its time goes back");
        }
        let starts = |event: &&Event| matches!(event.kind, EventKind::ExecutionStarted { .. });
        if self.events.iter().filter(starts).count() != 1 {
            note("it began more than once");
        }
        let end_count = self.events.iter().filter(|event| ends(&event.kind)).count();
        if end_count != 1 {
            note(&format!("it ended {end_count} times"));
        }
        if self.row.header.status.is_open() == self.closed().is_some() {
            note("its row and its events disagree about its end");
        }
        if self.stored.as_ref().is_some_and(|stored| stored.image() != self.folded.image()) {
            note("its image is not what its events make");
        }
        self.check_waits(note);
        self.check_results(note);
    }

    /// No timer fires early.
    fn check_waits(&self, note: &mut dyn FnMut(&str)) {
        let mut waits = HashMap::new();
        for event in &self.events {
            match &event.kind {
                EventKind::WaitStarted { until } => {
                    waits.insert(event.scope, *until);
                }
                EventKind::StateExited { .. }
                    if waits.remove(&event.scope).is_some_and(|until| event.at < until) =>
                {
                    note("a wait ended early");
                }
                _ => {}
            }
        }
    }

    /// No timer is late if nothing is wrong.
    pub(super) fn check_punctuality(&self, note: &mut dyn FnMut(&str)) {
        let mut waits = HashMap::new();
        for event in &self.events {
            match &event.kind {
                EventKind::WaitStarted { until } => {
                    waits.insert(event.scope, *until);
                }
                EventKind::StateExited { .. }
                    if waits
                        .remove(&event.scope)
                        .is_some_and(|until| event.at > until.after(LATE_MAX)) =>
                {
                    note("a wait ended late");
                }
                _ => {}
            }
        }
    }

    /// Returns the attempts whose results come from who runs tasks on a node.
    pub(super) fn run_here(&self) -> impl Iterator<Item = TaskId> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::TaskSucceeded { output, .. } => attempt_of(output, RUNNER),
            _ => None,
        })
    }

    /// A result is that of the attempt that was under way.
    fn check_results(&self, note: &mut dyn FnMut(&str)) {
        let mut under_way = HashMap::new();
        for event in &self.events {
            follow(&mut under_way, event);
            if let EventKind::TaskSucceeded { output, .. } = &event.kind
                && under_way.get(&event.scope).is_some_and(|task| !is_of(output, *task))
            {
                note("a result counted for another attempt");
            }
        }
    }

    /// Returns its definition if its tasks may want a place.
    pub(super) fn graph(&self) -> Option<Arc<Definition>> {
        self.graph.clone()
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(super) fn input(&self) -> Option<&Payload> {
        self.folded.start().map(|start| &start.input)
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        match self.folded.status() {
            Status::Closed(closed) => Some(closed.clone()),
            Status::Running => None,
        }
    }

    pub(super) fn end(&self) -> Option<&Event> {
        self.events.iter().find(|event| ends(&event.kind))
    }

    pub(super) fn has_attempt(&self, task: TaskId) -> bool {
        self.attempts.contains(&task)
    }
}

fn unpack(journal: &[JournalEntry], rows: &mut Rows) -> Result<Vec<Event>, String> {
    let unpacked: Result<Vec<_>, _> =
        journal.iter().map(|entry| rows.events(&entry.body)).collect();
    Ok(unpacked.map_err(|error| format!("its journal is no JSON: {error}"))?.concat())
}

fn definition(row: &Row) -> Result<(Arc<Definition>, Part), String> {
    let start: Begun =
        serde_json::from_slice(&row.start).map_err(|error| format!("its start: {error}"))?;
    let reference = start.record.definition;
    let found = Library::find(&reference).zip(library::part_of(&reference));
    found.ok_or_else(|| "its definition is not known".into())
}

/// Applies events. Those that do not fit each other make it panic.
fn fold(mut execution: Execution, events: &[Event]) -> Result<Execution, String> {
    let folded = catch_unwind(AssertUnwindSafe(move || {
        for event in events {
            execution.apply(event);
        }
        execution
    }));
    folded.map_err(|_| "its events do not fit each other".into())
}

fn restored(
    definition: Arc<Definition>,
    start: Arc<Start>,
    row: &Row,
    tail: &[Event],
) -> Result<Option<Execution>, String> {
    if row.image.is_empty() {
        return Ok(None);
    }
    let image = Execution::from_image(definition, start, &row.image);
    fold(image.map_err(|error| format!("its image: {error}"))?, tail).map(Some)
}

/// Says whether it is the end of an execution.
fn ends(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::ExecutionSucceeded { .. }
            | EventKind::ExecutionFailed { .. }
            | EventKind::ExecutionAborted { .. }
            | EventKind::ExecutionTimedOut { .. }
    )
}

/// Keeps account of which attempt is under way where.
fn follow(under_way: &mut HashMap<ScopeId, TaskId>, event: &Event) {
    match &event.kind {
        EventKind::StateEntered { .. } => {
            under_way.insert(event.scope, TaskId { entry: event.id, attempt: 0 });
        }
        EventKind::RetryScheduled { .. } => {
            if let Some(task) = under_way.get_mut(&event.scope) {
                task.attempt += 1;
            }
        }
        _ => {}
    }
}

fn attempts(events: &[Event]) -> HashSet<TaskId> {
    let mut under_way = HashMap::new();
    let mut attempts = HashSet::new();
    for event in events {
        follow(&mut under_way, event);
        if let EventKind::TaskScheduled { .. } = event.kind {
            attempts.extend(under_way.get(&event.scope));
        }
    }
    attempts
}

/// Says whether a result names this attempt. What is not a task's own names none.
fn is_of(output: &Payload, task: TaskId) -> bool {
    named(output).is_none_or(|(named, _)| named == task)
}

/// Returns the attempt whose result it is, if `by` gave it.
fn attempt_of(output: &Payload, by: &str) -> Option<TaskId> {
    named(output).filter(|(_, giver)| giver == by).map(|(task, _)| task)
}

fn named(output: &Payload) -> Option<(TaskId, String)> {
    let output: Value = serde_json::from_str(output.text()).ok()?;
    let attempt = u32::try_from(output["attempt"].as_u64()?).ok()?;
    let task = TaskId { entry: output["entry"].as_u64()?, attempt };
    Some((task, output["by"].as_str()?.to_owned()))
}
