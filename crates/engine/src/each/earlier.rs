//! Instances that ended well in an earlier generation of a run: their outputs are used again.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Payload};
use serde::{Deserialize, Serialize};

use crate::scope::{MapWork, Scope, Work};
use crate::{BranchState, Event, Execution, ScopeId};

/// Instances by their keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Earlier(BTreeMap<Arc<str>, Finished>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Finished {
    output: Payload,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifacts: Option<Json>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_degraded: bool,
    /// Of one whose key is only its place: what it was about, as another item may stand there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<Json>,
}

impl Earlier {
    /// Returns the instances that ended well, but for those of some keys.
    pub(crate) fn of(work: &MapWork, but: &[Arc<str>]) -> Self {
        let Some(instances) = &work.instances else { return Self::default() };
        let finished = (0..work.next).filter_map(|index| {
            let is_success = instances.state(index) == Some(BranchState::Success);
            let key = is_success.then(|| work.key(index)).filter(|key| !but.contains(key))?;
            let output = work.outputs.get(index)?;
            let rest = instances.rest(index);
            let artifacts = rest.and_then(|rest| rest.artifacts.clone());
            let is_degraded = rest.is_some_and(|rest| rest.is_degraded);
            let item = if instances.key(index).is_none() { work.item(index) } else { None };
            let attempts = instances.attempts(index);
            Some((key, Finished { output, attempts, artifacts, is_degraded, item }))
        });
        Self(finished.collect())
    }

    /// Returns whether an instance is among them, of which `path` is the key and what follows it.
    pub(crate) fn contains(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().any(|end| self.0.contains_key(&path[..end]))
    }

    fn find(&self, work: &MapWork, index: u32, key: Option<&Arc<str>>) -> Option<&Finished> {
        let at_place = || self.0.get(&*index.to_string());
        let found = match key {
            // It may have had none when it ran.
            Some(key) => {
                self.0.get(key).or_else(|| at_place().filter(|found| found.item.is_some()))?
            }
            None => at_place()?,
        };
        let is_same = found.item.is_none() || found.item == work.item(index);
        is_same.then_some(found)
    }
}

impl MapWork {
    /// Returns whether the next instance, of this key, has ended well before.
    pub(crate) fn has_ended_before(&self, key: Option<&Arc<str>>) -> bool {
        self.earlier.as_ref().is_some_and(|earlier| earlier.find(self, self.next, key).is_some())
    }
}

impl Execution {
    /// Takes the instances that an earlier generation has left of the branch whose block is in
    /// `scope`.
    pub(crate) fn take_earlier(&mut self, scope: ScopeId) -> Option<Arc<Earlier>> {
        let Scope { parent: Some(parent), index, is_aside: false, .. } = *self.scope(scope) else {
            return None;
        };
        Arc::make_mut(self.image.scopes.get_mut(&parent)?).graph_mut()?.earlier.remove(&index)
    }

    /// Uses the output of an earlier generation for an instance.
    pub(crate) fn keep_instance(&mut self, event: &Event, index: u32, key: Option<&Arc<str>>) {
        let Work::Map(work) = &mut self.active_mut(event.scope).work else { return };
        let earlier = work.earlier.clone().unwrap_or_default();
        work.next = index + 1;
        let Some(finished) = earlier.find(work, index, key).cloned() else { return };
        let Finished { output, attempts, artifacts, is_degraded, .. } = finished;
        work.outputs.set(index, &output);
        if let Some(instances) = &mut work.instances {
            instances.keep(index, key, attempts);
            instances.keep_artifacts(index, artifacts.as_ref());
            instances.note_degraded(index, is_degraded);
        }
        self.note_degraded(event.scope, is_degraded);
    }
}
