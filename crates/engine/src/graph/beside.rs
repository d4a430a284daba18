//! What runs beside the outermost graph, and what is to be undone: the part of the image that
//! knows it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use compasso_ir::StateId;
use compasso_types::{Json, Payload};
use serde::{Deserialize, Serialize};

use super::record::BranchFailure;
use super::rules::BranchState;
use crate::ScopeId;

/// Asides, and what is to be undone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Beside {
    /// Those that are to begin, in order.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub(crate) told: VecDeque<Told>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) running: BTreeMap<ScopeId, Nature>,
    /// Timers that are to be dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stale: Vec<ScopeId>,
    /// What branches did, in the order in which they ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<Done>,
    /// The number of the next one.
    next_done: u32,
    /// Branches of the outermost graph whose work was, or is being, undone.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) undone: BTreeSet<u32>,
    /// Of these, in earlier generations: since which their work is done anew.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) anew: BTreeMap<u32, u32>,
    /// Whether somebody wants all to be undone, however the graph ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_undo_asked: bool,
    /// How the graph ended, once all its branches have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Outcome>,
}

/// An aside that is to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) start: StateId,
    pub(crate) input: Payload,
    pub(crate) nature: Nature,
}

/// What an aside is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nature {
    pub(crate) name: Arc<str>,
    /// The branch it is about, and the graph that one stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<(ScopeId, u32)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_timer: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) gives_up: bool,
    /// Whether it undoes what the branches did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) undoes: bool,
}

/// Work that can be undone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    number: u32,
    /// The branch of the outermost graph in which it was done.
    pub(crate) branch: u32,
    /// The name that whoever did it knows it by: `task`, `group/task/key`, or its own.
    pub(crate) key: Arc<str>,
    /// Where it was done: `task`, `group/task/key`.
    #[serde(default)]
    pub(crate) place: Arc<str>,
    /// The block that undoes it.
    name: Arc<str>,
    start: StateId,
    input: Payload,
}

/// How the outermost graph ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) state: BranchState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<BranchFailure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Payload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compensation: Option<Compensation>,
    /// Whether those were told of it who want to know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_told: bool,
}

/// How far a run is with undoing what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    /// It is at it.
    Running,
    /// All was undone.
    Complete,
    /// Something could not be undone.
    Incomplete,
}

impl Compensation {
    /// Returns the word pipelines have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Done {
    /// Makes the entry of work that was done in `branch` of the outermost graph.
    pub(crate) fn new(
        branch: u32,
        place: Arc<str>,
        key: Arc<str>,
        undo: &compasso_ir::Undo,
        input: Payload,
    ) -> Self {
        let (name, start) = (undo.name.clone(), undo.body.start);
        Self { number: 0, branch, place, key, name, start, input }
    }

    /// Returns it as an item of a Map.
    fn item(&self) -> Json {
        Json::object([
            (NUMBER, i64::from(self.number).into()),
            (KEY, self.key.clone().into()),
            (START, i64::from(self.start.0).into()),
            (INPUT, self.input.value().clone()),
        ])
    }
}

const NUMBER: &str = "number";
const KEY: &str = "key";
const START: &str = "start";
const INPUT: &str = "input";

/// An item of a Map that undoes.
pub(crate) struct UndoItem<'a>(pub(crate) &'a Json);

impl UndoItem<'_> {
    pub(crate) fn key(&self) -> Option<Arc<str>> {
        self.0.get(KEY)?.as_str().map(Into::into)
    }

    pub(crate) fn input(&self) -> Payload {
        self.0.get(INPUT).cloned().unwrap_or_default().into()
    }

    pub(crate) fn start(&self) -> Option<StateId> {
        let start = self.0.get(START)?.as_i64()?;
        u32::try_from(start).ok().map(StateId)
    }

    fn number(&self) -> Option<u32> {
        self.0.get(NUMBER)?.as_i64().and_then(|number| u32::try_from(number).ok())
    }
}

impl Beside {
    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
            && self.running.is_empty()
            && self.done.is_empty()
            && self.next_done == 0
            && self.undone.is_empty()
            && self.anew.is_empty()
            && self.outcome.is_none()
    }

    pub(crate) fn add_done(&mut self, done: Done) {
        self.done.push(Done { number: self.next_done, ..done });
        self.next_done += 1;
    }

    /// Returns what is to be undone, what was done last first.
    pub(crate) fn to_undo(&self, which: &compasso_ir::Undoes) -> Json {
        let is_meant = |done: &&Done| match which {
            compasso_ir::Undoes::All => true,
            compasso_ir::Undoes::Named(name) => done.name == *name,
        };
        Json::array(self.done.iter().rev().filter(is_meant).map(Done::item).collect::<Vec<_>>())
    }

    /// Forgets what was undone.
    pub(crate) fn is_undone(&mut self, item: &Json) {
        let number = UndoItem(item).number();
        self.done.retain(|done| Some(done.number) != number);
    }

    /// Forgets what ran beside the graph, because all that it did is to be undone. Returns the
    /// timers among it.
    pub(crate) fn reopen_to_undo(&mut self) -> Vec<ScopeId> {
        self.is_undo_asked = true;
        self.told.clear();
        self.stale.clear();
        let running = std::mem::take(&mut self.running);
        running.into_iter().filter(|(_, nature)| nature.is_timer).map(|(scope, _)| scope).collect()
    }

    /// Forgets how the run ended, what began beside it because of that, and what was done that is
    /// done again.
    pub(crate) fn reopen(&mut self, is_done_again: impl Fn(&Done) -> bool) {
        self.done.retain(|done| !is_done_again(done));
        self.outcome = None;
        self.is_undo_asked = false;
        self.told.retain(|told| told.nature.is_timer);
        self.running.retain(|_, nature| nature.is_timer);
        self.undone.clear();
    }
}
