//! What is known of a branch at a moment, as those beside the graph will read it.

use compasso_types::{Json, Object, Payload};

use super::record::value;
use super::tell::Place;
use crate::scope::{Scope, Work};
use crate::{Execution, ScopeId};

impl Execution {
    /// Returns what a branch, or an instance of it, is called.
    pub(crate) fn identity(&self, place: Place) -> Object {
        let mut task = Object::with_capacity(12);
        let id = self.fork_of(place.graph).branches[place.branch as usize].id.clone();
        let block = match place.instance {
            Some(instance) => Some(instance),
            None => self
                .graph(place.graph)
                .and_then(|work| work.running.get(&place.branch).map(|run| run.scope)),
        };
        let given = block.and_then(|block| self.scope(block).variables.get("idempotency_key"));
        let key = given.cloned().unwrap_or_else(|| match block {
            Some(block) => self.own_key(block, None).into(),
            None => self.own_key(place.graph, Some(id.clone())).into(),
        });
        task.insert("id".into(), id.into());
        task.insert("idempotency_key".into(), key);
        if let Some(Scope { parent: Some(map), index, .. }) =
            place.instance.map(|instance| self.scope(instance))
            && let Work::Map(work) = &self.active(*map).work
        {
            task.insert("index".into(), i64::from(*index).into());
            task.insert("key".into(), work.key(*index).into());
        }
        task
    }

    pub(super) fn input_of_aside(&self, place: Place, reads: &[u32], task: Object) -> Payload {
        let mut input = Object::with_capacity(5);
        input.insert("task".into(), task.into());
        input.insert("needs".into(), self.records(place.graph, reads));
        input.extend(self.items_around(place.instance.unwrap_or(place.graph)));
        Json::from(input).into()
    }

    /// Returns the records of branches, by id.
    pub(super) fn records(&self, graph: ScopeId, places: &[u32]) -> Json {
        let (fork, Some(work)) = (self.fork_of(graph), self.graph(graph)) else {
            return Json::empty_object();
        };
        let records = places.iter().map(|place| {
            let slot = work.slots.get(*place);
            (fork.branches[*place as usize].id.clone(), value(slot.state, slot.record.as_deref()))
        });
        Json::from(records.collect::<Object>())
    }

    /// Returns the items of the instances around a scope: `item` and `index`, and `matrix`.
    fn items_around(&self, scope: ScopeId) -> Object {
        let mut found = Object::new();
        let mut id = scope;
        while let Scope { parent: Some(parent), index, .. } = self.scope(id) {
            let active = self.active(*parent);
            if let Work::Map(work) = &active.work
                && let Some(item) = work.item(*index)
            {
                let each = self.map_of(active.state).each.as_ref();
                let is_matrix = each.is_some_and(|each| each.is_matrix);
                let name = if is_matrix { "matrix" } else { "item" };
                found.insert_if_absent(name.into(), || item);
                found.insert_if_absent("index".into(), || i64::from(*index).into());
            }
            id = *parent;
        }
        found
    }
}

/// Returns a task with its record.
pub(super) fn ended_task(identity: &Object, record: &Json) -> Object {
    let mut task = identity.clone();
    if let Json::Object(members) = record {
        task.extend(members.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    task
}
