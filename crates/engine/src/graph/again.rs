//! Another generation of a graph begins: chosen branches are as if they had never been looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::{Fork, Graph};
use compasso_types::Timestamp;

use super::record::{BranchFailure, Record};
use super::rules::BranchState;
use super::tell::ROOT;
use super::work::{GraphWork, Run};
use crate::each::Earlier;
use crate::{Execution, InstanceRerun, Rerun, ScopeId};

/// What a branch ends with that had not ended and does not go on.
const GIVEN_UP: &str = "Cancelled";
const GIVEN_UP_CAUSE: &str = "It had not ended, and is not among what runs again.";

impl Execution {
    /// Makes the graphs ready for another generation.
    pub(crate) fn bring_back_for(&mut self, rerun: &Rerun, generation: u32, at: Timestamp) {
        self.bring_back();
        self.note_anew(generation);
        let mut again = BTreeMap::new();
        self.bring_back_in((ROOT, ""), rerun, at, &mut again);
        self.restore_asked();
        if let Some(beside) = self.beside_mut() {
            beside.reopen(|done| is_done_again(&done.place, &again));
        }
    }

    /// Makes a graph ready for another generation, and those inside it. `again`: the places of what runs
    /// again, and the instances there that are kept.
    fn bring_back_in(
        &mut self,
        (base, prefix): (ScopeId, &str),
        rerun: &Rerun,
        at: Timestamp,
        again: &mut BTreeMap<String, Option<Arc<Earlier>>>,
    ) {
        for path in &rerun.resumed {
            for (graph, branch, _) in self.places(base, std::slice::from_ref(path)) {
                self.resume_branch(graph, branch, at);
            }
        }
        for InstanceRerun { task, index, key, rerun, before: _ } in &rerun.instances {
            if let Some(instance) = self.resume_instance(base, task, *index) {
                let prefix = format!("{prefix}{}/{key}/", task.replace('.', "/"));
                self.bring_back_in((instance, &prefix), rerun, at, again);
            }
        }
        for (graph, branch, _) in self.places(base, &rerun.given_up) {
            self.give_branch_up(graph, branch, at);
        }
        for (graph, branch, path) in self.places(base, &rerun.cleared) {
            let keeps = rerun.keeping.get(path).map(Vec::as_slice);
            let place = format!("{prefix}{}", path.replace('.', "/"));
            again.insert(place, self.clear_branch(graph, branch, keeps));
        }
    }

    /// Finds branches by their paths from the graph in `base`.
    fn places<'p>(
        &self,
        base: ScopeId,
        paths: &'p [Arc<str>],
    ) -> Vec<(ScopeId, u32, &'p Arc<str>)> {
        let mut by_group: BTreeMap<&str, Vec<(&str, &Arc<str>)>> = BTreeMap::new();
        for path in paths {
            let (group, id) = path.rsplit_once('.').unwrap_or(("", path));
            by_group.entry(group).or_default().push((id, path));
        }
        let mut found = Vec::with_capacity(paths.len());
        for (group, wanted) in by_group {
            let Some(scope) = self.group(base, group) else { continue };
            let branches = &self.fork_of(scope).branches;
            let ids: BTreeMap<&str, u32> = branches.iter().map(|it| &*it.id).zip(0..).collect();
            let places = wanted.into_iter();
            found.extend(places.filter_map(|(id, path)| Some((scope, *ids.get(id)?, path))));
        }
        found
    }

    /// Returns the scope of a group that is open.
    fn group(&self, base: ScopeId, path: &str) -> Option<ScopeId> {
        let mut scope = base;
        self.graph(scope)?;
        for id in path.split('.').filter(|id| !id.is_empty()) {
            let branches = &self.fork_of(scope).branches;
            let branch = u32::try_from(branches.iter().position(|it| *it.id == *id)?).ok()?;
            scope = self.graph(scope)?.running.get(&branch)?.scope;
            self.graph(scope)?;
        }
        Some(scope)
    }

    /// Lets a group go on that had ended, or a branch with instances.
    fn resume_branch(&mut self, graph: ScopeId, branch: u32, at: Timestamp) {
        let Some(work) = self.graph(graph) else { return };
        let memory = self.memory.as_ref();
        let Some(block) = memory.and_then(|memory| memory.block(graph, branch)) else { return };
        let Some(mut kept) = memory.and_then(|memory| memory.scope(block)).cloned() else { return };
        if work.running.contains_key(&branch) {
            return;
        }
        if let Some(work) = kept.map_mut() {
            work.go_on();
        } else if let Some(work) = kept.graph_mut() {
            work.reset_running();
        }
        let record = work.slots.get(branch).record.clone();
        let run = Run {
            scope: block,
            started: record.as_ref().and_then(|record| record.started).unwrap_or(at),
            attempts: record.as_ref().map_or(0, |record| record.attempts),
            instances: None,
        };
        self.image.scopes.insert(block, kept.into());
        let work = self.graph_mut(graph);
        work.running.insert(branch, run);
        work.reset(branch, BranchState::Running);
    }

    /// Lets the graph of an instance go on that had ended; returns its scope.
    fn resume_instance(&mut self, base: ScopeId, task: &Arc<str>, index: u32) -> Option<ScopeId> {
        let (graph, branch, _) = *self.places(base, std::slice::from_ref(task)).first()?;
        let map = self.graph(graph)?.running.get(&branch)?.scope;
        if let Some(open) = self.open_instance(map, index) {
            return Some(open);
        }
        let memory = self.memory.as_ref()?;
        let block = memory.iteration(map, index)?;
        let mut kept = memory.graph(block)?.clone();
        kept.graph_mut()?.reset_running();
        let work = Arc::make_mut(self.image.scopes.get_mut(&map)?).map_mut()?;
        work.begin_again(index);
        self.settle_degraded(map);
        self.image.scopes.insert(block, kept.into());
        Some(block)
    }

    /// Lets a branch begin anew; returns the instances of it that are kept, if any are.
    fn clear_branch(
        &mut self,
        graph: ScopeId,
        branch: u32,
        but: Option<&[Arc<str>]>,
    ) -> Option<Arc<Earlier>> {
        let instances = self.map_in(graph, branch).and_then(|map| self.known_map(map));
        let earlier = but.zip(instances).map(|(but, work)| Arc::new(Earlier::of(work, but)));
        self.drop_branch(graph, branch);
        if let Some(memory) = &mut self.memory {
            memory.forget_branch(graph, branch);
        }
        let work = self.graph_mut(graph);
        work.earlier.remove(&branch);
        work.earlier.extend(earlier.clone().map(|earlier| (branch, earlier)));
        work.reset(branch, BranchState::Blocked);
        earlier
    }

    fn give_branch_up(&mut self, graph: ScopeId, branch: u32, at: Timestamp) {
        self.drop_branch(graph, branch);
        let failure = BranchFailure { name: GIVEN_UP.into(), cause: GIVEN_UP_CAUSE.into() };
        let work = self.graph_mut(graph);
        work.reset(branch, BranchState::Cancelled);
        let slot = work.slots.get_mut(branch);
        slot.record = Some(Arc::new(Record::unstarted(Some(failure), at)));
    }

    pub(super) fn drop_branch(&mut self, graph: ScopeId, branch: u32) {
        if let Some(run) = self.graph_mut(graph).running.remove(&branch) {
            self.remove_block(run.scope);
        }
    }
}

/// Returns whether what was done at `place` is done again, if these branches run again, some of whose
/// instances are kept.
pub(super) fn is_done_again(place: &str, again: &BTreeMap<String, Option<Arc<Earlier>>>) -> bool {
    let ends = place.match_indices('/').map(|(at, _)| at).chain([place.len()]);
    ends.into_iter().any(|end| match again.get(&place[..end]) {
        Some(Some(earlier)) => !earlier.contains(place.get(end + 1..).unwrap_or_default()),
        Some(None) => true,
        None => false,
    })
}

impl GraphWork {
    /// Puts a branch into a state, and forgets how it ended.
    pub(super) fn reset(&mut self, branch: u32, state: BranchState) {
        self.marked.remove(&branch);
        self.kept.remove(&branch);
        if let Some(failures) = &mut self.failures {
            failures.forget(branch);
        }
        let slot = self.slots.get_mut(branch);
        slot.state = state;
        slot.record = None;
    }

    /// Lets branches begin anew that were under way when the graph failed because of what it holds.
    fn reset_running(&mut self) {
        for (branch, _) in std::mem::take(&mut self.running) {
            self.reset(branch, BranchState::Blocked);
        }
    }

    /// Goes on, after branches were put into other states. What runs again waits through what is kept, if
    /// it `waits`.
    pub(crate) fn go_on(&mut self, fork: &Fork, graph: &Graph, waits: bool, at: Timestamp) {
        self.cancelled = None;
        self.wait_for_hold_again(at);
        self.start_clock(graph, at);
        self.find_failures(fork);
        if waits {
            self.keep_between(fork, graph);
        }
        self.recount(fork, graph);
    }

    /// Counts anew, after branches were put into other states, and looks at those that wait.
    pub(super) fn recount(&mut self, fork: &Fork, graph: &Graph) {
        self.open = self.slots.iter().filter(|(_, slot)| !slot.state.is_final()).count();
        self.due.clear();
        self.slots.forget_counts();
        self.forget_lost();
        self.count(fork, graph);
        self.recount_kept(fork, graph);
        for (branch, _) in (0..).zip(&fork.branches) {
            self.make_due_if_answered(fork, branch);
        }
    }

    /// Drops the records that nobody is to read.
    pub(super) fn drop_unread(&mut self) {
        self.keeps_all = false;
        let unread =
            self.slots.iter().filter(|(_, slot)| slot.readers == 0 && slot.record.is_some());
        for branch in unread.map(|(branch, _)| branch).collect::<Vec<_>>() {
            self.slots.get_mut(branch).record = None;
        }
    }
}
