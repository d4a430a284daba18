//! The files that the tasks of a group kept, as what comes after the group brings them out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Object};

use super::fold::ARTIFACTS;
use crate::{Execution, ScopeId};

/// Which task of the group kept a file: `task`, `group.task`.
const TASK: &str = "task";
/// The keys of the instances in which it did, by the paths of the tasks that have these.
const KEYS: &str = "keys";

impl Execution {
    /// Returns the variable with the files of the branches of the graph in `scope`, if it gathers them.
    pub(super) fn files_of_branches(&self, scope: ScopeId) -> BTreeMap<Arc<str>, Json> {
        let fork = self.fork_of(scope);
        let gathers = fork.as_graph().is_some_and(|graph| graph.gathers_files);
        let Some(work) = self.graph(scope).filter(|_| gathers) else { return BTreeMap::new() };
        let mut files = Vec::new();
        for (branch, record) in work.slots.records() {
            let id = &fork.branches[branch as usize].id;
            let own = record.artifacts.as_ref();
            files.extend(items(own).iter().filter_map(|file| placed(file, id, None)));
            for instance in items(record.instances.as_ref().map(compasso_types::Payload::value)) {
                let kept = items(instance.get(ARTIFACTS));
                let key = instance.get("key");
                files.extend(kept.iter().filter_map(|file| placed(file, id, key)));
            }
        }
        BTreeMap::from([(ARTIFACTS.into(), Json::array(files))])
    }
}

fn items(list: Option<&Json>) -> &[Json] {
    list.and_then(Json::as_array).map_or(&[], |items| &items[..])
}

/// Describes a file of a task, or of one in that if it says so, as seen from the group around it.
fn placed(file: &Json, id: &str, key: Option<&Json>) -> Option<Json> {
    let mut members = Object::clone(file.as_object()?);
    let task = match file.get(TASK).and_then(Json::as_str) {
        Some(inner) => format!("{id}.{inner}"),
        None => id.to_owned(),
    };
    let mut keys = Object::new();
    keys.extend(key.map(|key| (id.into(), key.clone())));
    if let Some(inner) = file.get(KEYS).and_then(Json::as_object) {
        let inner = inner.iter().map(|(path, key)| (format!("{id}.{path}").into(), key.clone()));
        keys.extend(inner);
    }
    members.insert(TASK.into(), task.into());
    if !keys.is_empty() {
        members.insert(KEYS.into(), keys.into());
    }
    Some(members.into())
}
