//! How a graph that is under way is stored.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use compasso_types::{Payload, Timestamp, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::beside::Beside;
use super::failures::Failures;
use super::kept::Kept;
use super::record::{BranchFailure, Record};
use super::slots::Slots;
use super::work::{Cancelled, GraphWork, Run};
use crate::each::Earlier;
use crate::scope::TaskWork;

/// How a graph is stored.
#[derive(Deserialize)]
struct Stored {
    input: Payload,
    states: String,
    #[serde(default)]
    records: BTreeMap<u32, Arc<Record>>,
    #[serde(default)]
    due: VecDeque<u32>,
    #[serde(default)]
    running: BTreeMap<u32, Run>,
    #[serde(default)]
    failure: Option<BranchFailure>,
    #[serde(default)]
    failures: Option<Failures>,
    #[serde(default)]
    deadline: Option<Timestamp>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    hold: Option<Box<TaskWork>>,
    #[serde(default)]
    cancelled: Option<Cancelled>,
    #[serde(default)]
    beside: Option<Box<Beside>>,
    #[serde(default)]
    earlier: BTreeMap<u32, Arc<Earlier>>,
    #[serde(default)]
    marked: BTreeSet<u32>,
    #[serde(default)]
    kept: BTreeMap<u32, Kept>,
}

#[derive(Serialize)]
struct StoredRef<'a> {
    input: &'a Payload,
    states: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    records: BTreeMap<u32, &'a Record>,
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    due: &'a VecDeque<u32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    running: &'a BTreeMap<u32, Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: &'a Option<BranchFailure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: &'a Option<Failures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: &'a Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: &'a Option<Box<TaskWork>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: &'a Option<Cancelled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<&'a Beside>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    earlier: &'a BTreeMap<u32, Arc<Earlier>>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    marked: &'a BTreeSet<u32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    kept: &'a BTreeMap<u32, Kept>,
}

impl<'de> Deserialize<'de> for GraphWork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

impl Serialize for GraphWork {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredRef {
            input: &self.input,
            states: self.slots.text(),
            records: self.slots.records().collect(),
            due: &self.due,
            running: &self.running,
            failure: &self.failure,
            failures: &self.failures,
            deadline: &self.deadline,
            timeout_ms: self.timeout_ms,
            hold: &self.hold,
            cancelled: &self.cancelled,
            beside: self.beside.as_deref().filter(|beside| !beside.is_empty()),
            earlier: &self.earlier,
            marked: &self.marked,
            kept: &self.kept,
        }
        .serialize(serializer)
    }
}

impl TryFrom<Stored> for GraphWork {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored {
            input,
            states,
            records,
            due,
            running,
            failure,
            failures,
            deadline,
            timeout_ms,
            hold,
            cancelled,
            beside,
            earlier,
            marked,
            kept,
        } = stored;
        let slots = Slots::parse(&states, limits::GRAPH_BRANCHES_MAX);
        let mut slots = slots.ok_or("states of branches cannot be read")?;
        let named = records.keys().chain(&due).chain(running.keys()).chain(kept.keys());
        if named.copied().any(|branch| branch as usize >= slots.len()) {
            return Err("a branch is named that is not there");
        }
        for (branch, record) in records {
            slots.get_mut(branch).record = Some(record);
        }
        for branch in &due {
            slots.get_mut(*branch).is_due = true;
        }
        let open = slots.iter().filter(|(_, slot)| !slot.state.is_final()).count();
        Ok(Self {
            input,
            slots,
            due,
            running,
            open,
            failure,
            failures,
            deadline,
            timeout_ms,
            hold,
            cancelled,
            beside,
            earlier,
            marked,
            kept,
            keeps_all: false,
        })
    }
}
