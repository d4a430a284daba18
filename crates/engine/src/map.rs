//! Map states.

use std::sync::Arc;

use compasso_ir::{Dataflow, Map, MapMode, State, Value};
use compasso_types::limits::{self, EACH_INSTANCES_MAX};
use compasso_types::{Array, Json, Payload};

use crate::context::{Item, Scene};
use crate::dataflow::shown;
use crate::graph::{DEGRADED, UndoItem};
use crate::problem::Problem;
use crate::scope::{MapWork, Work};
use crate::turn::Turn;
use crate::{EventId, EventKind, ScopeId};

impl Turn<'_> {
    /// Finds the items and starts as many iterations as may run at once.
    pub(crate) fn map(&mut self, scope: ScopeId, state: &State, map: &Map) {
        if let MapMode::Distributed(distributed) = &map.mode {
            return self.start_map_run(scope, state, map, distributed);
        }
        let scene = self.scene(scope);
        let prepared = scene.prepare_map(state, map);
        match prepared.and_then(|started| Ok((started, scene.source(state, map)?))) {
            Ok((started, source)) => {
                self.follow(scope, started);
                if let Some(source) = source {
                    self.follow(scope, EventKind::ItemsSourced { source });
                    self.effects.extend(self.execution.owed_reading(scope));
                }
                self.start_iterations(scope);
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Starts as many iterations as may run at once, all of them following from the same event.
    pub(crate) fn start_iterations(&mut self, scope: ScopeId) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let compasso_ir::Kind::Map(map) = &state.kind else { return };
        let previous = self.execution.scope(scope).last;
        while self.start_next_iteration(scope, state, map, previous) {}
        self.finish_map_if_complete(scope, state);
    }

    /// Starts the next iteration unless enough run, none is left, or the state failed. Returns
    /// whether it did.
    pub(crate) fn start_next_iteration(
        &mut self,
        scope: ScopeId,
        state: &State,
        map: &Map,
        previous: EventId,
    ) -> bool {
        let Work::Map(work) = &self.execution.active(scope).work else { return false };
        if work.running >= work.concurrency
            || work.next as usize >= work.outputs.len()
            || work.is_stopped(map)
            || self.execution.is_given_up(scope)
        {
            return false;
        }
        let index = work.next;
        let scene = self.scene(scope).with_item(Item::Held(index));
        let input = scene.item_input(map, work);
        let prepared = input.and_then(|input| {
            Ok((scene.within_limit(state, input)?, scene.instance_key(map, work)?))
        });
        match prepared {
            Ok((_, key)) if work.has_ended_before(key.as_ref()) => {
                let kept = EventKind::MapIterationKept { index, key };
                self.record(scope, previous, kept);
                true
            }
            Ok((input, key)) => {
                let id = ScopeId(self.execution.image.next_scope);
                let name = state.name.clone();
                let started = EventKind::MapIterationStarted { name, index, input, key };
                let was_owed = self.execution.reading(scope).is_some();
                self.record(scope, previous, started);
                if !was_owed {
                    self.effects.extend(self.execution.owed_reading(scope));
                }
                self.make_ready(id);
                true
            }
            Err(problem) => {
                let origin = self.note_evaluation_failure(scope, &problem);
                self.abort_iterations(scope, None, origin);
                self.fail_state(scope, origin, problem);
                false
            }
        }
    }

    /// Follows up the end of an iteration of the Map state that `scope` is in.
    pub(crate) fn iteration_ended(&mut self, scope: ScopeId, iteration: ScopeId) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let compasso_ir::Kind::Map(map) = &state.kind else { return };
        let ended = self.execution.scope(iteration);
        let (index, last) = (ended.index, ended.last);
        let degraded = ended.variables.get(DEGRADED).and_then(Json::as_bool);
        let is_degraded = degraded == Some(true) && map.each.is_some();
        let name = state.name.clone();
        self.follow(iteration, EventKind::MapIterationSucceeded { name, index, is_degraded });
        self.start_next_iteration(scope, state, map, last);
        self.finish_map_if_complete(scope, state);
    }

    pub(crate) fn finish_map_if_complete(&mut self, scope: ScopeId, state: &State) {
        let Some(running) = self.execution.image.scopes.get(&scope) else { return };
        let Some(Work::Map(work)) = running.active().map(|active| &active.work) else { return };
        let compasso_ir::Kind::Map(map) = &state.kind else { return };
        let is_left = ((work.next as usize) < work.outputs.len() || work.has_more())
            && !work.is_stopped(map)
            && !self.execution.is_given_up(scope);
        if work.running > 0 || is_left {
            return;
        }
        if map.each.is_some() {
            return self.finish_each(scope, state, map);
        }
        let Some(outputs) = work.outputs.complete() else { return };
        self.follow(scope, EventKind::MapStateSucceeded);
        self.finish(scope, state, &outputs);
    }

    /// Records that an iteration failed because of `origin` and that all others are given up.
    pub(crate) fn fail_iteration(&mut self, map: ScopeId, failed: ScopeId, origin: EventId) {
        let name = self.map_name(map);
        let index = self.execution.scope(failed).index;
        self.record(failed, origin, EventKind::MapIterationFailed { name, index, failure: None });
        self.abort_tasks(&[failed], origin);
        self.abort_iterations(map, Some(failed), origin);
    }

    /// Records that the iterations of `map` are given up because of `origin`, all but `failed`.
    pub(crate) fn abort_iterations(
        &mut self,
        map: ScopeId,
        failed: Option<ScopeId>,
        origin: EventId,
    ) {
        let name = self.map_name(map);
        let is_each = self.execution.map_of(self.execution.active(map).state).each.is_some();
        let iterations = self.execution.image.scopes.iter();
        let others: Vec<_> = iterations
            .filter(|(id, scope)| scope.parent == Some(map) && Some(**id) != failed)
            .map(|(id, scope)| (*id, scope.index))
            .collect();
        for (iteration, index) in others {
            let aborted = EventKind::MapIterationAborted { name: name.clone(), index };
            let mut inside = vec![iteration];
            inside.extend(self.execution.descendants(iteration));
            // An instance of a pipeline's task is gone once it is given up.
            if is_each {
                self.abort_tasks(&inside, origin);
                self.record(iteration, origin, aborted);
            } else {
                self.record(iteration, origin, aborted);
                self.abort_tasks(&inside, origin);
            }
        }
    }

    pub(crate) fn map_name(&self, map: ScopeId) -> Arc<str> {
        self.execution.state(self.execution.active(map).state).name.clone()
    }
}

impl Scene<'_> {
    /// Evaluates what a Map state needs before its first iteration.
    pub(crate) fn prepare_map(&self, state: &State, map: &Map) -> Result<EventKind, Problem> {
        let input = self.effective_input(state)?;
        let undoes = map.each.as_ref().and_then(|each| each.undoes.as_ref());
        let items = match (undoes, self.execution.beside()) {
            (Some(which), Some(beside)) => beside.to_undo(which),
            (Some(_), None) => Json::array([]),
            (None, _) if map.each.as_ref().is_some_and(|each| each.reader.is_some()) => {
                Json::array([])
            }
            (None, _) => self.items(state, map, &input)?,
        };
        let concurrency = self.concurrency(map, &input)?;
        Ok(EventKind::MapStateStarted { items, input, concurrency })
    }

    pub(crate) fn items(&self, state: &State, map: &Map, input: &Payload) -> Result<Json, Problem> {
        let fits = |items: &Json| match map.mode {
            MapMode::Inline => items.as_array().is_some(),
            MapMode::Distributed(_) => items.as_array().is_some() || items.as_object().is_some(),
        };
        match &state.data {
            Dataflow::JsonPath(_) => {
                let (items, text) = match &map.items_path {
                    Some(path) => {
                        let selection = compasso_ir::Selection::Path(path.clone());
                        (self.select(&selection, input)?.value().clone(), path.text())
                    }
                    None => (input.value().clone(), "$"),
                };
                if !fits(&items) {
                    let cause = format!("Reference path \"{text}\" must point to array.");
                    return Err(Problem::new("States.Runtime", cause));
                }
                self.note(|seen| seen.after_items_path = Some(items.clone()));
                Ok(items)
            }
            Dataflow::Jsonata(_) => {
                let items = match &map.items {
                    Some(query) if let Some(each) = &map.each => {
                        let found = self.query_any(query, &self.sight(input, None), "each")?;
                        Self::few_enough(batched(listed(found), each.batch))?
                    }
                    Some(query) => self.query(query, &self.sight(input, None), "Items")?,
                    None => input.value().clone(),
                };
                if let (false, Some(query)) = (fits(&items), &map.items)
                    && query.literal().is_none()
                {
                    return Err(self.unexpected_type("Items", shown(query), "array", &items));
                }
                if !fits(&items) {
                    let cause = format!("Map state input must be an array but was: {items}");
                    return Err(self.query_problem("Items", &cause));
                }
                Ok(items)
            }
        }
    }

    /// Refuses more instances of a pipeline's task than an execution keeps in view.
    fn few_enough(items: Json) -> Result<Json, Problem> {
        let count = items.as_array().map_or(0, Array::len);
        if count <= EACH_INSTANCES_MAX {
            return Ok(items);
        }
        Err(Problem::too_many_items(count, false))
    }

    /// Evaluates `MaxConcurrency`.
    pub(crate) fn max_concurrency(
        &self,
        map: &Map,
        input: &Payload,
    ) -> Result<Option<u64>, Problem> {
        let name = "MaxConcurrency";
        let Some(field) = &map.max_concurrency else { return Ok(None) };
        let Some(wanted) = self.whole(Some(field), name, input)? else { return Ok(None) };
        self.note(|seen| seen.max_concurrency = Some(wanted));
        let negative = |_| self.wrong_type(field, name, "integer", &wanted.into());
        u64::try_from(wanted).map(Some).map_err(negative)
    }

    /// Returns how many iterations may run at once: at least one, at most the inline limit.
    fn concurrency(&self, map: &Map, input: &Payload) -> Result<u32, Problem> {
        let wanted = self.max_concurrency(map, input)?;
        let most = match map.each {
            Some(_) => limits::EACH_CONCURRENCY_MAX,
            None => limits::INLINE_MAP_CONCURRENCY_MAX,
        };
        let wanted = usize::try_from(wanted.unwrap_or(0)).unwrap_or(most);
        let number = if wanted == 0 { most } else { wanted.min(most) };
        Ok(u32::try_from(number).expect("the limits are small"))
    }

    /// Returns the input of the iteration for the item at hand.
    pub(crate) fn item_input(&self, map: &Map, work: &MapWork) -> Result<Payload, Problem> {
        match &map.item_selector {
            None if map.each.as_ref().is_some_and(|each| each.undoes.is_some()) => {
                Ok(work.item(work.next).map(|item| UndoItem(&item).input()).unwrap_or_default())
            }
            None => Ok(work.item(work.next).unwrap_or_default().into()),
            Some(selector) => self.selected(selector),
        }
    }

    /// Evaluates `ItemSelector` with the item at hand.
    pub(crate) fn selected(&self, selector: &Value) -> Result<Payload, Problem> {
        let input = match &self.active().work {
            Work::Map(work) => &work.input,
            Work::MapRun(work) => &work.input,
            _ => unreachable!("a Map that selects items is at work"),
        };
        match selector {
            Value::Template(template) => Ok(self.template(template, input)?.into()),
            Value::Query(query) => {
                let sight = self.sight(&self.active().input, None);
                Ok(self.query(query, &sight, "ItemSelector")?.into())
            }
        }
    }
}

/// Returns the items of an `each`: what is no array is the only one, and nothing is none.
fn listed(items: Option<Json>) -> Json {
    match items {
        None => Json::array([]),
        Some(items) if items.as_array().is_some() => items,
        Some(item) => Json::array([item]),
    }
}

/// Returns arrays of so many items each, if items are to stand together.
fn batched(items: Json, batch: Option<u32>) -> Json {
    match (items.as_array(), batch) {
        (Some(list), Some(size)) => {
            let size = (size as usize).max(1);
            Json::array(list.chunks(size).map(|chunk| Json::array(chunk.iter().cloned())))
        }
        _ => items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_a_bounded_number_of_instances() {
        let items = |count| Json::array((0..count).map(|_| Json::Null));
        assert!(Scene::few_enough(items(EACH_INSTANCES_MAX)).is_ok());
        let refused = Scene::few_enough(items(2 * EACH_INSTANCES_MAX + 1)).unwrap_err();
        let failure = refused.branch_failure();
        assert_eq!(&*failure.name, "TooManyItems");
        assert!(failure.cause.contains("'batch: 3'"), "{}", failure.cause);
    }
}
