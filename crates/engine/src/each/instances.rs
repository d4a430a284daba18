//! What became of the instances of an `each`, in a few bytes each.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::Json;
use compasso_types::error_names::SKIPPED;
use serde::{Deserialize, Serialize};

use crate::chunks::{Chunks, Texts};
use crate::{BranchFailure, BranchState};

/// How many chunks the hashes of keys are spread over, so that copies share all but one.
const BUCKETS: u64 = 512;

/// The instances that were started, by the place of their items.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Stored", from = "Stored")]
pub(crate) struct Instances {
    /// How many were started: the first ones.
    count: u32,
    parts: Chunks<Part>,
    /// The hashes of all keys, each in the chunk that it says.
    keys: Chunks<Vec<u64>>,
    failed: usize,
    /// The first failure.
    failure: Option<BranchFailure>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    instances: Vec<Instance>,
    keys: Texts,
    rest: BTreeMap<usize, Rest>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Instance {
    state: BranchState,
    /// Tasks that its own block has offered.
    attempts: u32,
}

/// What few instances have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<BranchFailure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifacts: Option<Json>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_degraded: bool,
}

impl Instances {
    pub(crate) fn start(&mut self, index: u32, key: Option<&Arc<str>>) {
        if let Some(key) = key.filter(|key| self.key(index) != Some(&***key)) {
            let hash = hash(key);
            self.keys.chunk_mut(bucket(hash)).push(hash);
            let (part, at) = self.parts.get_mut(index);
            part.keys.set(at, key);
        }
        self.count = self.count.max(index + 1);
        let (part, at) = self.parts.get_mut(index);
        let begun = Instance { state: BranchState::Running, attempts: 0 };
        let gap = Instance { state: BranchState::Blocked, attempts: 0 };
        part.instances.resize(part.instances.len().max(at + 1), gap);
        part.instances[at] = begun;
        part.rest.remove(&at);
    }

    /// Adds an instance that ended well in an earlier generation.
    pub(crate) fn keep(&mut self, index: u32, key: Option<&Arc<str>>, attempts: u32) {
        self.put(index, key, Instance { state: BranchState::Success, attempts });
    }

    /// Keeps the files that an instance leaves.
    pub(crate) fn keep_artifacts(&mut self, index: u32, artifacts: Option<&Json>) {
        if let Some(artifacts) = artifacts {
            let (part, at) = self.parts.get_mut(index);
            part.rest.entry(at).or_default().artifacts = Some(artifacts.clone());
        }
    }

    /// Notes whether an instance used its fallback.
    pub(crate) fn note_degraded(&mut self, index: u32, is_degraded: bool) {
        if is_degraded {
            let (part, at) = self.parts.get_mut(index);
            part.rest.entry(at).or_default().is_degraded = true;
        }
    }

    /// Says whether one of them used its fallback, by what is known of it now.
    pub(crate) fn has_degraded(&self) -> bool {
        (0..self.count).any(|index| self.rest(index).is_some_and(|rest| rest.is_degraded))
    }

    pub(crate) fn count_attempt(&mut self, index: u32) {
        let (part, at) = self.parts.get_mut(index);
        if let Some(instance) = part.instances.get_mut(at) {
            instance.attempts += 1;
        }
    }

    pub(crate) fn end(&mut self, index: u32, state: BranchState, failure: Option<&BranchFailure>) {
        let (part, at) = self.parts.get_mut(index);
        let Some(instance) = part.instances.get_mut(at) else { return };
        let is_skipped = failure.is_some_and(|failure| &*failure.name == SKIPPED);
        instance.state = if is_skipped { BranchState::Skipped } else { state };
        if let Some(failure) = failure {
            part.rest.entry(at).or_default().failure = Some(failure.clone());
        }
        if instance.state == BranchState::Failed {
            self.failed += 1;
            self.failure = self.failure.take().or_else(|| failure.cloned());
        }
    }

    /// Puts an instance that was started into another state.
    pub(super) fn set(&mut self, index: u32, state: BranchState, failure: Option<BranchFailure>) {
        let (part, at) = self.parts.get_mut(index);
        let Some(instance) = part.instances.get_mut(at) else { return };
        instance.state = state;
        part.rest.remove(&at);
        if failure.is_some() {
            part.rest.insert(at, Rest { failure, ..Rest::default() });
        }
    }

    /// Says how many failed, and what the first one that did so failed with.
    pub(super) fn set_failures(&mut self, failed: usize, failure: Option<BranchFailure>) {
        (self.failed, self.failure) = (failed, failure);
    }

    /// Returns how many were started.
    pub(super) fn started(&self) -> u32 {
        self.count
    }

    /// Returns how many failed.
    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    /// Returns what the first one that failed did so with.
    pub(crate) fn failure(&self) -> Option<&BranchFailure> {
        self.failure.as_ref()
    }

    /// Returns what became of an instance, if it was started.
    pub(crate) fn state(&self, index: u32) -> Option<BranchState> {
        Some(self.instance(index)?.state)
    }

    /// Returns how many tasks its own block has offered.
    pub(crate) fn attempts(&self, index: u32) -> u32 {
        self.instance(index).map_or(0, |instance| instance.attempts)
    }

    pub(crate) fn rest(&self, index: u32) -> Option<&Rest> {
        let (part, at) = self.parts.get(index)?;
        part.rest.get(&at)
    }

    /// Returns the name of an instance, if it was given one.
    pub(crate) fn key(&self, index: u32) -> Option<&str> {
        let (part, at) = self.parts.get(index)?;
        part.keys.get(at)
    }

    /// Returns whether an instance that was started has this name.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        let hash = hash(key);
        let bucket = self.keys.chunk(bucket(hash));
        bucket.is_some_and(|hashes| hashes.contains(&hash))
            && (0..self.count).any(|index| self.key(index) == Some(key))
    }

    fn instance(&self, index: u32) -> Option<Instance> {
        let (part, at) = self.parts.get(index)?;
        part.instances.get(at).copied().filter(|instance| instance.state != BranchState::Blocked)
    }
}

/// Returns the same on every machine, as an index is part of what is decided by.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn bucket(hash: u64) -> usize {
    usize::try_from(hash % BUCKETS).expect("there are few buckets")
}

/// How instances are stored: neighbours that are alike together.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// As earlier versions stored each instance.
    #[serde(default, skip_serializing)]
    started: BTreeMap<u32, Earlier>,
    /// How many, their state, and their attempts.
    #[serde(default)]
    runs: Vec<(u32, BranchState, u32)>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    keys: BTreeMap<u32, Arc<str>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rest: BTreeMap<u32, Rest>,
    failed: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<BranchFailure>,
}

#[derive(Deserialize)]
struct Earlier {
    #[serde(default)]
    key: Option<Arc<str>>,
    state: BranchState,
    attempts: u32,
    #[serde(flatten)]
    rest: Rest,
}

impl From<Instances> for Stored {
    fn from(instances: Instances) -> Self {
        let mut runs: Vec<(u32, BranchState, u32)> = Vec::new();
        let (mut keys, mut rest) = (BTreeMap::new(), BTreeMap::new());
        let gap = Instance { state: BranchState::Blocked, attempts: 0 };
        for index in 0..instances.count {
            let Instance { state, attempts } = instances.instance(index).unwrap_or(gap);
            match runs.last_mut() {
                Some((count, like, tried)) if (*like, *tried) == (state, attempts) => *count += 1,
                _ => runs.push((1, state, attempts)),
            }
            keys.extend(instances.key(index).map(|key| (index, key.into())));
            rest.extend(instances.rest(index).map(|rest| (index, rest.clone())));
        }
        let Instances { failed, failure, .. } = instances;
        Self { started: BTreeMap::new(), runs, keys, rest, failed, failure }
    }
}

impl From<Stored> for Instances {
    fn from(stored: Stored) -> Self {
        let Stored { started, runs, keys, rest, failed, failure } = stored;
        let mut instances = Self { failed, failure, ..Self::default() };
        let mut index = 0;
        for (count, state, attempts) in runs {
            for _ in 0..count {
                instances.put(index, keys.get(&index), Instance { state, attempts });
                index += 1;
            }
        }
        for (index, rest) in rest {
            let (part, at) = instances.parts.get_mut(index);
            part.rest.insert(at, rest);
        }
        for (index, Earlier { key, state, attempts, rest }) in started {
            instances.put(index, key.as_ref(), Instance { state, attempts });
            if rest.failure.is_some() || rest.artifacts.is_some() {
                let (part, at) = instances.parts.get_mut(index);
                part.rest.insert(at, rest);
            }
        }
        instances
    }
}

impl Instances {
    fn put(&mut self, index: u32, key: Option<&Arc<str>>, instance: Instance) {
        self.start(index, key);
        let (part, at) = self.parts.get_mut(index);
        part.instances[at] = instance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_that_are_alike_are_stored_together() {
        let mut instances = Instances::default();
        for index in 0..2_000 {
            instances.start(index, None);
            instances.count_attempt(index);
            if index != 1_500 {
                instances.end(index, BranchState::Success, None);
            }
        }
        let text = serde_json::to_string(&instances).unwrap();
        let stored =
            r#"{"runs":[[1500,"success",1],[1,"running",1],[499,"success",1]],"failed":0}"#;
        assert_eq!(text, stored);
        let read: Instances = serde_json::from_str(&text).unwrap();
        assert_eq!(read.state(1_500), Some(BranchState::Running));
        assert_eq!((read.state(1_999), read.state(2_000)), (Some(BranchState::Success), None));
    }

    #[test]
    fn keys_are_known_again_after_storing() {
        let mut instances = Instances::default();
        instances.start(0, Some(&"a".into()));
        instances.start(1, Some(&"b".into()));
        let text = serde_json::to_string(&instances).unwrap();
        let read: Instances = serde_json::from_str(&text).unwrap();
        assert!(read.has_key("a") && read.has_key("b") && !read.has_key("c"));
        assert_eq!(read.key(1), Some("b"));
    }

    #[test]
    fn instances_of_earlier_versions_are_read() {
        let text = r#"{"started":{"0":{"key":"a","state":"failed","attempts":2,
            "failure":{"name":"Boom"}},"1":{"state":"running","attempts":1}},"failed":1,
            "failure":{"name":"Boom"}}"#;
        let read: Instances = serde_json::from_str(text).unwrap();
        assert_eq!((read.state(0), read.attempts(0)), (Some(BranchState::Failed), 2));
        assert_eq!(read.rest(0).and_then(|rest| rest.failure.clone()), read.failure().cloned());
        assert!(read.has_key("a"));
        assert_eq!((read.state(1), read.failed()), (Some(BranchState::Running), 1));
    }
}
