//! Items of an `each` that are read as they are needed.
//!
//! A reading is offered to the outside like a task of the Map's own entry, and its result is the next
//! few items. The next reading is owed as soon as few of them have not been started, so that only a
//! window of the items is kept, however many there are.

use std::sync::Arc;

use compasso_ir::{Map, State};
use compasso_types::limits::{EACH_INSTANCES_MAX, RUN_VALUE_BYTES_MAX};
use compasso_types::{Array, Json, Payload};
use serde::{Deserialize, Serialize};

use super::items::List;
use crate::context::Scene;
use crate::decide::Rejected;
use crate::problem::Problem;
use crate::scope::{Active, MapWork, Work};
use crate::turn::Turn;
use crate::{Effect, EventKind, Execution, Offer, ScopeId, TaskError, TaskId, TaskResult};

/// With fewer items that are not started, the next ones are read.
const AHEAD: usize = 1_000;
/// Readings that an attempt of a Map may need; the number of the attempt stands above theirs.
const READING_BITS: u32 = 20;

/// Where the items of a Map come from, and how far they are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Source {
    /// What the reader is told, besides where to go on.
    parameters: Json,
    /// How many items of the source were read; batches count each.
    read: u64,
    readings: u32,
    is_over: bool,
    /// Which file it is; it must stay that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<Arc<str>>,
}

/// What a reading gave: `{items, read, last, tag}`.
struct Given {
    items: Json,
    read: u64,
    is_last: bool,
    tag: Option<Arc<str>>,
}

impl MapWork {
    /// Begins to take items from a source.
    pub(crate) fn take_from(&mut self, parameters: Json) {
        self.items = super::Items::Texts(List::default());
        let source = Source { parameters, read: 0, readings: 0, is_over: false, tag: None };
        self.source = Some(Box::new(source));
    }

    /// Adds what a reading gave.
    pub(crate) fn take_items(
        &mut self,
        items: &Json,
        (read, is_last): (u64, bool),
        tag: Option<&Arc<str>>,
    ) {
        let Some(source) = &mut self.source else { return };
        source.tag = tag.cloned();
        source.read += read;
        source.readings += 1;
        source.is_over = is_last;
        self.items.extend(items);
        self.outputs.grow(items.as_array().map_or(0, Array::len));
    }

    /// Forgets the item of an instance that ended well, if it would be read again.
    pub(crate) fn release(&mut self, index: u32) {
        if self.source.is_some() {
            self.items.release(index);
        }
    }

    /// Returns whether there may be items that are not read.
    pub(crate) fn has_more(&self) -> bool {
        self.source.as_ref().is_some_and(|source| !source.is_over)
    }

    fn reading(&self, map: &Map, active: &Active) -> Option<TaskId> {
        let source = self.source.as_ref().filter(|_| self.has_more() && !self.is_stopped(map))?;
        let ahead = self.outputs.len() - self.next as usize;
        let attempt = (active.attempt << READING_BITS) | source.readings;
        (ahead < AHEAD).then_some(TaskId { entry: active.entry, attempt })
    }
}

impl Execution {
    /// Returns the reading that the Map in `scope` waits for.
    pub(crate) fn reading(&self, scope: ScopeId) -> Option<TaskId> {
        let active = self.image.scopes.get(&scope)?.active()?;
        let Work::Map(work) = &active.work else { return None };
        if work.source.is_none() || self.is_given_up(scope) {
            return None;
        }
        work.reading(self.map_of(active.state), active)
    }

    /// Makes the order for the reading that the Map in `scope` waits for.
    pub(crate) fn owed_reading(&self, scope: ScopeId) -> Option<Effect> {
        let task = self.reading(scope)?;
        let active = self.active(scope);
        let Work::Map(work) = &active.work else { return None };
        let (map, source) = (self.map_of(active.state), work.source.as_ref()?);
        let mut parameters = (**source.parameters.as_object()?).clone();
        parameters.insert("from".into(), i64::try_from(source.read).unwrap_or(i64::MAX).into());
        parameters.extend(source.tag.iter().map(|tag| ("tag".into(), tag.clone().into())));
        Some(Effect::OfferTask(Box::new(Offer {
            task,
            state: self.state(active.state).name.clone(),
            instance: None,
            resource: map.each.as_ref()?.reader.clone()?,
            parameters: Json::from(parameters).into(),
            credentials: None,
            placement: None,
            is_started: false,
            started_by: None,
            timeout: None,
            heartbeat: None,
            result_bytes_max: RUN_VALUE_BYTES_MAX,
            submitted: None,
            rules: self.start().map_or(0, |start| start.rules),
        })))
    }
}

impl Scene<'_> {
    /// Evaluates where the items of a Map are read, if they are.
    pub(crate) fn source(&self, state: &State, map: &Map) -> Result<Option<Json>, Problem> {
        let reads = map.each.as_ref().is_some_and(|each| each.reader.is_some());
        let Some(query) = map.items.as_ref().filter(|_| reads) else { return Ok(None) };
        let input = self.effective_input(state)?;
        self.query(query, &self.sight(&input, None), "each").map(Some)
    }
}

impl Turn<'_> {
    /// Takes what a reading gave, if `task` is one that is waited for; returns whether it is.
    pub(crate) fn reading_finished(
        &mut self,
        task: TaskId,
        result: &TaskResult,
    ) -> Option<Result<(), Rejected>> {
        let scopes = self.execution.image.scopes.keys();
        let scope = scopes.copied().find(|scope| self.execution.reading(*scope) == Some(task))?;
        match given(result) {
            Ok(given) => self.take_items(scope, given),
            Err(error) => self.reading_failed(scope, Problem::of_task(&error)),
        }
        Some(Ok(()))
    }

    fn take_items(&mut self, scope: ScopeId, given: Given) {
        let Given { items, read, is_last, tag } = given;
        let previous = self.execution.scope(scope).last;
        self.record(scope, previous, EventKind::ItemsRead { items, read, is_last, tag });
        let Work::Map(work) = &self.execution.active(scope).work else { return };
        if work.outputs.len() > EACH_INSTANCES_MAX {
            let problem = Problem::too_many_items(work.outputs.len(), work.has_more());
            return self.reading_failed(scope, problem);
        }
        self.effects.extend(self.execution.owed_reading(scope));
        self.start_iterations(scope);
    }

    fn reading_failed(&mut self, scope: ScopeId, problem: Problem) {
        let origin = self.execution.scope(scope).last;
        self.abort_iterations(scope, None, origin);
        self.fail_state(scope, origin, problem);
    }
}

fn given(result: &TaskResult) -> Result<Given, TaskError> {
    let output: &Payload = result.as_ref().map_err(Clone::clone)?;
    let value = output.value();
    let read = value.get("read").and_then(Json::as_i64).and_then(|read| u64::try_from(read).ok());
    let items = value.get("items").filter(|items| items.as_array().is_some());
    let is_last = value.get("last").and_then(Json::as_bool);
    let (Some(items), Some(read), Some(is_last)) = (items, read, is_last) else {
        let cause = "the reader of items gave something else";
        return Err(TaskError::new("States.ItemReaderFailed", cause));
    };
    let tag = value.get("tag").and_then(Json::as_str).map(Arc::from);
    Ok(Given { items: items.clone(), read, is_last, tag })
}
