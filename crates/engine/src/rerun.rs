//! Reruns: a closed run of a graph goes on in another generation, in which chosen branches run again
//! from their beginning and all others keep their state and output.
//!
//! What runs again is decided once and is part of the event ([`Rerun`]), so that a later change of
//! these rules changes no run of the past. Branches are named by their paths: `task`, `group.task`.
//! **Invariant:** only an [`Execution::remembering`] can be rerun: one that was rebuilt from its
//! events and kept what others drop because nobody was to read it any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::{Json, Object, Payload};
use serde::{Deserialize, Serialize};

use crate::decide::Rejected;
use crate::graph::{GraphWork, ROOT};
use crate::redrive::NotRedrivable;
use crate::scope::{Position, Scope, Work};
use crate::turn::Turn;
use crate::{
    BranchState, Chosen, Closed, EventKind, Execution, Mark, NotMarkable, ScopeId, Status,
};

/// What of a closed run is to run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RerunOrder {
    /// Which branches.
    pub selection: Selection,
    /// The run's input from now on, if it changes. The variables of the outermost block are then
    /// computed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Payload>,
    /// Who wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// Which branches of a run are to run again. What was undone by a saga always is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those that did not end well, and those that did not run because of them. Instances that ended
    /// well keep their output.
    Failed,
    /// These, and all that come after them.
    From(Vec<Chosen>),
    /// These and no others.
    Only(Vec<Chosen>),
    /// All.
    All,
    /// What ended without having run because of these tasks, which are to have ended otherwise.
    Marks(Vec<Mark>),
    /// The same of one task, as an earlier release stored it of a run that waits to go on.
    Mark(Box<Mark>),
}

/// What runs again in a generation. Branches of the outermost graph are named by their paths from there,
/// those in an instance by their paths from its own graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rerun {
    /// Branches that begin anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cleared: Vec<Arc<str>>,
    /// Groups that go on, with some of their branches cleared, and branches some of whose instances do; a
    /// group stands after the one it is in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Arc<str>>,
    /// Instances that go on, of branches that do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<InstanceRerun>,
    /// Branches that had not ended and are not to go on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<Arc<str>>,
    /// Cleared branches whose instances that ended well are kept, all but those of these keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keeping: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// The run's input from now on, if it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Payload>,
    /// Who wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// What runs again in an instance of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRerun {
    /// The path of the group.
    pub task: Arc<str>,
    /// The place of its item.
    pub index: u32,
    /// Its name.
    pub key: Arc<str>,
    /// How it stood before.
    pub before: BranchState,
    /// What of it runs again.
    pub rerun: Rerun,
}

/// What stands still while the variables of the outermost block are computed again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Resting(BTreeMap<ScopeId, Arc<Scope>>);

/// The variable that counts generations in its member `attempt`.
const RUN: &str = "run";
const ATTEMPT: &str = "attempt";

impl Resting {
    pub(crate) fn scopes(&self) -> impl Iterator<Item = (&ScopeId, &Arc<Scope>)> {
        self.0.iter()
    }

    pub(crate) fn scopes_mut(&mut self) -> impl Iterator<Item = &mut Scope> {
        self.0.values_mut().map(Arc::make_mut)
    }
}

impl Turn<'_> {
    /// Opens a closed execution for another generation.
    pub(crate) fn rerun(
        &mut self,
        order: &RerunOrder,
        token: Option<Arc<str>>,
    ) -> Result<(), Rejected> {
        self.execution.check_rerun().map_err(Rejected::NotRedrivable)?;
        let rerun = self.execution.plan(order)?;
        let marked = self.execution.find_all_marked(order.selection.marks());
        let marked = marked.map_err(Rejected::NotMarkable)?;
        let count = self.execution.redriven().map_or(0, |redrive| redrive.count) + 1;
        let previous = self.execution.last_event();
        let rerun = Some(Box::new(rerun));
        self.record(ROOT, previous, EventKind::ExecutionRedriven { count, token, rerun });
        for (place, mark) in marked {
            self.record_mark(place, mark.clone(), Vec::new());
        }
        self.execution.forget();
        self.take_up_all();
        Ok(())
    }
}

impl Selection {
    pub(crate) fn marks(&self) -> &[Mark] {
        match self {
            Self::Marks(marks) => marks,
            Self::Mark(mark) => std::slice::from_ref(mark),
            Self::Failed | Self::From(_) | Self::Only(_) | Self::All => &[],
        }
    }
}

impl Rerun {
    /// Has each branch and each instance in it once, that several choices brought.
    pub(crate) fn merge(&mut self) {
        for paths in [&mut self.cleared, &mut self.resumed] {
            let mut known = BTreeSet::new();
            paths.retain(|path| known.insert(path.clone()));
        }
        let mut merged: Vec<InstanceRerun> = Vec::new();
        for instance in std::mem::take(&mut self.instances) {
            let is_same =
                |it: &&mut InstanceRerun| it.task == instance.task && it.index == instance.index;
            match merged.iter_mut().find(is_same) {
                Some(first) => first.rerun.extend(instance.rerun),
                None => merged.push(instance),
            }
        }
        for instance in &mut merged {
            instance.rerun.merge();
        }
        self.instances = merged;
    }

    fn extend(&mut self, other: Self) {
        self.cleared.extend(other.cleared);
        self.resumed.extend(other.resumed);
        self.instances.extend(other.instances);
    }
}

impl Execution {
    /// Returns what would run again if a closed execution went on so. Of one that is under way it is what
    /// would be looked at again because of a mark.
    ///
    /// # Errors
    /// It would be refused.
    pub fn plan(&self, order: &RerunOrder) -> Result<Rerun, Rejected> {
        let marks = order.selection.marks();
        let is_open = self.image.status == Status::Running;
        if !is_open || marks.is_empty() {
            self.check_rerun().map_err(Rejected::NotRedrivable)?;
        }
        if self.memory.is_none() {
            return Err(Rejected::NotRemembered);
        }
        self.find_all_marked(marks).map_err(Rejected::NotMarkable)?;
        if !marks.is_empty() && is_open && self.outcome().is_some() {
            return Err(Rejected::NotMarkable(NotMarkable::Ending));
        }
        let rerun = self.plan_rerun(order);
        let is_well = matches!(self.status(), Status::Closed(Closed::Succeeded { .. }));
        if is_well && marks.is_empty() && rerun.cleared.is_empty() && rerun.resumed.is_empty() {
            return Err(Rejected::NotRedrivable(NotRedrivable::NothingToRun));
        }
        Ok(rerun)
    }

    /// Computes the variables of the outermost block again, of this input, before anything goes on.
    pub(crate) fn begin_with(&mut self, event: u64, input: Payload) {
        let scopes = std::mem::take(&mut self.image.scopes);
        if scopes.get(&ROOT).is_some_and(|root| graph_of(root).is_some()) {
            self.image.resting = Some(Box::new(Resting(scopes)));
        }
        let position = Position::Ready { next: self.definition.root.start, data: input };
        self.image.scopes.insert(ROOT, Scope::new(None, 0, event, position).into());
    }

    /// Lets go on what stood still; its graph has this input now.
    pub(crate) fn wake_resting(&mut self, resting: Resting, input: Payload) {
        let Resting(mut scopes) = resting;
        let root = scopes.remove(&ROOT).map(Arc::unwrap_or_clone);
        let Some(Scope { position: Position::In(mut root), .. }) = root else {
            return;
        };
        if let Work::Graph(work) = &mut root.work {
            work.input = input;
        }
        self.active_mut(ROOT).work = root.work;
        self.image.scopes.extend(scopes);
        self.restore_asked();
    }

    /// Puts the scopes back as they were when the outermost graph was last at work.
    pub(super) fn bring_back(&mut self) {
        self.image.undoable = None;
        if let Some(resting) = self.image.resting.take() {
            self.image.scopes = resting.0;
        }
        if self.graph(ROOT).is_none()
            && let Some(root) = self.memory.as_ref().and_then(|memory| memory.graph(ROOT))
        {
            self.image.scopes = BTreeMap::from([(ROOT, Arc::new(root.clone()))]);
        }
    }

    /// Returns a scope that stands still, if one does.
    pub(crate) fn resting(&self, scope: ScopeId) -> Option<&Scope> {
        self.image.resting.as_ref()?.0.get(&scope).map(|resting| &**resting)
    }

    /// Says in the variables of the outermost block which generation it is.
    pub(crate) fn count_generation(&mut self) {
        let generation = i64::from(self.redriven().map_or(0, |redrive| redrive.count)) + 1;
        let Some(root) = self.image.scopes.get_mut(&ROOT).map(Arc::make_mut) else { return };
        if let Some(run) = root.variables.get_mut(RUN) {
            *run = with_attempt(run, generation);
        }
        if let Position::Ready { data, .. } = &mut root.position
            && let (Json::Object(members), Some(run)) = (data.value(), data.value().get(RUN))
        {
            let mut members = Object::clone(members);
            members.insert(RUN.into(), with_attempt(run, generation));
            *data = Json::from(members).into();
        }
    }

    fn check_rerun(&self) -> Result<(), NotRedrivable> {
        if self.image.status == Status::Running {
            return Err(NotRedrivable::Running);
        }
        self.record().check_room()
    }
}

fn with_attempt(run: &Json, generation: i64) -> Json {
    match run {
        Json::Object(members) if members.contains_key(ATTEMPT) => {
            let mut members = Object::clone(members);
            members.insert(ATTEMPT.into(), generation.into());
            members.into()
        }
        other => other.clone(),
    }
}

fn graph_of(scope: &Scope) -> Option<&GraphWork> {
    match &scope.active()?.work {
        Work::Graph(work) => Some(work),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_waits_with_the_single_mark_of_an_earlier_release_goes_on() {
        let stored = r#"{"selection": {"mark": {"task": "load", "state": "success"}}}"#;
        let order: RerunOrder = serde_json::from_str(stored).unwrap();
        let [mark] = order.selection.marks() else { panic!("{order:?}") };
        assert_eq!(&*mark.task, "load");
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<RerunOrder>(&text).unwrap(), order);
    }
}
