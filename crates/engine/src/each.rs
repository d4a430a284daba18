//! The `each` of a pipeline's task: a Map whose instances have names and end each for itself.

mod again;
mod earlier;
mod instances;
mod items;
mod source;

use std::sync::Arc;

use compasso_ir::{Each, FailFast, Map, State, Tolerance};
use compasso_types::limits::RUN_VALUE_BYTES_MAX;
use compasso_types::{Json, Object, Payload};

pub(crate) use self::earlier::Earlier;
pub(crate) use self::instances::Instances;
pub(crate) use self::items::Items;
pub(crate) use self::source::Source;
use crate::context::{Item, Scene};
use crate::graph::{ARTIFACTS, DEGRADED, GraphWork, Run, UndoItem};
use crate::problem::Problem;
use crate::scope::{MapWork, Scope, Work};
use crate::turn::Turn;
use crate::{BranchFailure, BranchState, Event, EventId, EventKind, Execution, ScopeId};

/// Longest key that is a list, as JSON text in bytes: whatever has a longer one is named by its place.
const LIST_KEY_BYTES_MAX: usize = 100;

/// The variable of an instance that ends well although it failed.
const ALLOWED: &str = "allowed";

/// The instance that expressions are about.
pub(crate) struct AtHand {
    pub(crate) index: u32,
    pub(crate) key: Arc<str>,
    pub(crate) item: Json,
}

impl MapWork {
    /// Returns the name of the instance at `index`.
    pub(crate) fn key(&self, index: u32) -> Arc<str> {
        let key = self.instances.as_ref().and_then(|all| all.key(index));
        key.map_or_else(|| index.to_string().into(), Into::into)
    }

    /// Returns whether no other item is to be started although some are left.
    pub(crate) fn is_stopped(&self, map: &Map) -> bool {
        let Some(each) = &map.each else { return false };
        self.is_too_large() || each.fail_fast != FailFast::Off && self.has_failed(each)
    }

    /// Returns whether the outputs are too much for a value already.
    fn is_too_large(&self) -> bool {
        self.outputs.bytes() > RUN_VALUE_BYTES_MAX
    }

    /// Returns whether more instances failed than may.
    fn has_failed(&self, each: &Each) -> bool {
        if matches!(each.tolerated, Tolerance::Percent(_)) && self.has_more() {
            // So many of how many nobody knows yet.
            return false;
        }
        let failed = self.instances.as_ref().map_or(0, |instances| instances.failed());
        each.tolerated.is_exceeded(failed, self.outputs.len())
    }

    /// Returns what the Map fails with, if too many instances failed or their outputs are too much.
    pub(crate) fn failure(&self, map: &Map) -> Option<Problem> {
        if self.is_too_large() {
            return Some(Problem::outputs_too_large(self.outputs.ended()));
        }
        let each = map.each.as_ref().filter(|each| self.has_failed(each))?;
        let instances = self.instances.as_ref()?;
        let BranchFailure { name, cause } = instances.failure()?.clone();
        let most = each.tolerated;
        let cause: Arc<str> = match most {
            Tolerance::Count(0) => cause,
            _ => format!("{} instances failed; the first: {cause}", instances.failed()).into(),
        };
        Some(Problem::new(&name, cause))
    }

    /// Returns the records of all instances, in the order of their items. There may be a million:
    /// as a text they take the least room.
    fn records(&self, instances: &Instances) -> Payload {
        let mut text = String::from("[");
        for index in 0..u32::try_from(self.outputs.len()).unwrap_or(u32::MAX) {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&self.record(instances, index).to_string());
        }
        text.push(']');
        Payload::known(text)
    }

    fn record(&self, instances: &Instances, index: u32) -> Json {
        let state = instances.state(index).unwrap_or(BranchState::Cancelled);
        let mut members = Object::with_capacity(8);
        members.insert("index".into(), i64::from(index).into());
        members.insert("key".into(), self.key(index).into());
        members.insert("state".into(), state.name().into());
        if let Some(output) = self.outputs.get(index) {
            members.insert("output".into(), output.value().clone());
        }
        let rest = instances.rest(index);
        if let Some(artifacts) = rest.and_then(|rest| rest.artifacts.as_ref()) {
            members.insert(ARTIFACTS.into(), artifacts.clone());
        }
        if let Some(failure) = rest.and_then(|rest| rest.failure.as_ref()) {
            members.insert("error".into(), failure.value());
        }
        members.insert("attempts".into(), i64::from(instances.attempts(index)).into());
        if rest.is_some_and(|rest| rest.is_degraded) {
            members.insert(DEGRADED.into(), true.into());
        }
        Json::from(members)
    }
}

impl Scene<'_> {
    /// Evaluates the name of the instance for the item at hand.
    pub(crate) fn instance_key(
        &self,
        map: &Map,
        work: &MapWork,
    ) -> Result<Option<Arc<str>>, Problem> {
        if map.each.as_ref().is_some_and(|each| each.undoes.is_some()) {
            return Ok(work.item(work.next).and_then(|item| UndoItem(&item).key()));
        }
        let Some(query) = map.each.as_ref().and_then(|each| each.key.as_ref()) else {
            return Ok(None);
        };
        let value = self.query(query, &self.sight(&self.active().input, None), "key")?;
        let is_list = matches!(value, Json::Array(_));
        let key: Arc<str> = match value {
            Json::String(text) => text,
            other => other.to_string().into(),
        };
        if is_list && key.len() > LIST_KEY_BYTES_MAX && self.execution.goes_by(2) {
            return Ok(None);
        }
        if work.instances.as_deref().is_some_and(|instances| instances.has_key(&key)) {
            let cause = format!("Two instances have the key '{key}'.");
            return Err(Problem::new("DuplicateKey", cause));
        }
        Ok(Some(key))
    }

    /// Returns the instance of the nearest Map around that is `wanted`.
    pub(crate) fn instance_at_hand(&self, wanted: impl Fn(&Map) -> bool) -> Option<AtHand> {
        let held = match self.item {
            Some(Item::Held(index)) => Some((self.scope, index)),
            Some(Item::Read(_)) | None => None,
        };
        let mut id = Some(self.scope);
        let around = std::iter::from_fn(|| {
            let scope = self.execution.scope(id?);
            id = scope.parent;
            Some((scope.parent?, scope.index))
        });
        held.into_iter().chain(around).find_map(|(scope, index)| {
            let active = self.execution.active(scope);
            let Work::Map(work) = &active.work else { return None };
            if !wanted(self.execution.map_of(active.state)) {
                return None;
            }
            Some(AtHand { index, key: work.key(index), item: work.item(index)? })
        })
    }
}

impl Turn<'_> {
    /// Ends the instance that `failed` runs with an error, in the Map of `scope`.
    pub(crate) fn instance_failed(
        &mut self,
        scope: ScopeId,
        failed: ScopeId,
        origin: EventId,
        problem: &Problem,
    ) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let compasso_ir::Kind::Map(map) = &state.kind else { return };
        let Some(each) = &map.each else { return };
        let (name, index) = (state.name.clone(), self.execution.scope(failed).index);
        let failure = Some(problem.branch_failure());
        self.record(failed, origin, EventKind::MapIterationFailed { name, index, failure });
        let Work::Map(work) = &self.execution.active(scope).work else { return };
        if each.fail_fast == FailFast::Kill && work.is_stopped(map) {
            self.abort_iterations(scope, None, origin);
        }
        let last = self.execution.scope(scope).last;
        self.start_next_iteration(scope, state, map, last);
        self.finish_map_if_complete(scope, state);
    }

    /// Leaves a Map whose instances all ended.
    pub(crate) fn finish_each(&mut self, scope: ScopeId, state: &State, map: &Map) {
        let Work::Map(work) = &self.execution.active(scope).work else { return };
        if let Some(problem) = work.failure(map) {
            let origin = self.execution.scope(scope).last;
            return self.fail_state(scope, origin, problem);
        }
        let result = work.outputs.or_null();
        self.follow(scope, EventKind::MapStateSucceeded);
        self.finish(scope, state, &result);
    }
}

impl Execution {
    /// Ends an instance, if the iteration is one.
    pub(crate) fn end_instance(
        &mut self,
        event: &Event,
        index: u32,
        state: BranchState,
        failure: Option<&BranchFailure>,
    ) {
        let found = self.image.scopes.get(&event.scope);
        let Some(map) = found.and_then(|found| found.parent) else { return };
        let owner = self.owner(event.scope);
        self.remember_iteration(event.scope);
        let Work::Map(work) = &mut self.active_mut(map).work else { return };
        let Some(instances) = &mut work.instances else { return };
        instances.end(index, state, failure);
        work.running -= 1;
        if let Some(place) = owner {
            self.tell_instance_ended(place, state, None, failure);
        }
        self.remove_block(event.scope);
        self.scope_mut(map).last = event.id;
    }

    /// Returns what an instance failed with that ends well because that is allowed; earlier runs did not tell these
    /// from others.
    pub(crate) fn allowed_failure(&self, instance: &Scope) -> Option<BranchFailure> {
        let is_allowed = instance.variables.get(ALLOWED).and_then(Json::as_bool) == Some(true);
        let error = instance.variables.get("error").filter(|_| is_allowed && self.goes_by(2))?;
        let text = |name| error.get(name).and_then(Json::as_str).unwrap_or_default().into();
        Some(BranchFailure { name: text("name"), cause: text("cause") })
    }

    /// Has the task of `scope` be degraded because one of its instances is.
    pub(crate) fn note_degraded(&mut self, scope: ScopeId, is_degraded: bool) {
        if is_degraded {
            self.scope_mut(scope).variables.insert(DEGRADED.into(), true.into());
        }
    }

    /// Has the task of `scope` no longer be degraded once none of its instances is.
    pub(crate) fn settle_degraded(&mut self, scope: ScopeId) {
        if !self.goes_by(1) || !self.scope(scope).variables.contains_key(DEGRADED) {
            return;
        }
        let instances = self.scope(scope).map().and_then(|work| work.instances.as_ref());
        if !instances.is_some_and(|instances| instances.has_degraded()) {
            self.scope_mut(scope).variables.remove(DEGRADED);
        }
    }

    /// Keeps what became of the instances of a Map for the record of the branch it stands in.
    pub(crate) fn keep_instances(&mut self, scope: ScopeId) {
        let Scope { parent: Some(parent), index, is_aside: false, .. } = *self.scope(scope) else {
            return;
        };
        let Work::Map(work) = &self.active(scope).work else { return };
        let Some(instances) = &work.instances else { return };
        if !self.map_of(self.active(scope).state).each.as_ref().is_some_and(|each| each.has_readers)
        {
            return;
        }
        let records = work.records(instances);
        if let Work::Graph(graph) = &mut self.active_mut(parent).work {
            let GraphWork { running, .. } = &mut **graph;
            if let Some(Run { instances, .. }) = running.get_mut(&index) {
                *instances = Some(records);
            }
        }
    }
}
