//! What a rerun clears: decided before anything changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_ir::Graph;

use super::memory::Known;
use super::rules::BranchState;
use super::tell::ROOT;
use crate::{Chosen, Execution, InstanceRerun, Rerun, RerunOrder, ScopeId, Selection};

/// What is chosen in one graph.
#[derive(Default)]
struct Choice<'a> {
    /// Branches that begin anew.
    whole: BTreeSet<u32>,
    /// Of these, those of which only the instances of these keys do.
    keys: BTreeMap<u32, Vec<Arc<str>>>,
    /// Groups of which only these branches do.
    inside: BTreeMap<u32, Vec<&'a Chosen>>,
    /// Groups with instances of which only these branches do, by instance.
    instances: BTreeMap<u32, BTreeMap<(ScopeId, u32), Vec<&'a Chosen>>>,
}

/// What is chosen beside what was named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// All that comes after it.
    Downstream,
    /// What cleans up after it, and what prepares that.
    Teardowns,
}

impl Execution {
    /// Decides what runs again.
    pub(crate) fn plan_rerun(&self, order: &RerunOrder) -> Rerun {
        let (input, by) = (order.input.clone(), order.by.clone());
        let mut plan = Rerun { input, by, ..Rerun::default() };
        match &order.selection {
            Selection::Failed => self.choose_failed(ROOT, "", &mut plan),
            Selection::From(chosen) => {
                let chosen: Vec<_> = chosen.iter().collect();
                self.choose(ROOT, "", &chosen, 0, Reach::Downstream, &mut plan);
            }
            Selection::Only(chosen) => {
                let chosen: Vec<_> = chosen.iter().collect();
                self.choose(ROOT, "", &chosen, 0, Reach::Teardowns, &mut plan);
            }
            Selection::All => {
                let branches = self.known_graph(ROOT).map(|known| &known.fork.branches);
                plan.cleared = branches.into_iter().flatten().map(|it| it.id.clone()).collect();
            }
            selection @ (Selection::Marks(_) | Selection::Mark(_)) => {
                for mark in selection.marks() {
                    self.choose_affected(ROOT, "", (&Chosen::parse(&mark.task), 0), &mut plan);
                }
                plan.merge();
            }
        }
        plan
    }

    /// Chooses what did not end well. Of groups that ended with an error it is what failed in them;
    /// branches that are under way go on by themselves. What comes after something that runs again begins
    /// anew as a whole.
    fn choose_failed(&self, scope: ScopeId, prefix: &str, plan: &mut Rerun) {
        let Some(Known { fork, graph, work }) = self.known_graph(scope) else { return };
        let (again, undone) = (work.to_run_again(fork, graph), self.undone(scope));
        let behind = behind(graph, &again);
        for (branch, slot) in work.slots.iter() {
            let state = slot.state;
            let is_under_way = matches!(state, BranchState::Ready | BranchState::Running);
            let (is_behind, is_undone) = (behind.contains(&branch), undone.contains(&branch));
            let failed = again.contains(&branch) || (is_behind && is_under_way);
            let has_failed = matches!(state, BranchState::Failed | BranchState::Cancelled);
            let goes_on =
                if failed { has_failed && !is_undone && !is_behind } else { !state.is_final() };
            let path: Arc<str> = format!("{prefix}{}", fork.branches[branch as usize].id).into();
            match self.graph_in(scope, branch).filter(|_| goes_on) {
                Some(inner) => {
                    plan.resumed.push(path.clone());
                    self.choose_failed(inner, &format!("{path}."), plan);
                }
                None if failed => {
                    if !is_undone && self.has_instances(scope, branch) {
                        plan.keeping.insert(path.clone(), Vec::new());
                    }
                    plan.cleared.push(path);
                }
                None => {}
            }
        }
    }

    /// Chooses what is to be looked at again because a task, of whose path so many ids lead to the graph
    /// in `scope`, is to have ended otherwise. What had not ended goes on by itself.
    fn choose_affected(
        &self,
        scope: ScopeId,
        prefix: &str,
        (task, depth): (&Chosen, usize),
        plan: &mut Rerun,
    ) {
        let Some(Known { fork, .. }) = self.known_graph(scope) else { return };
        let Some(id) = task.path.get(depth) else { return };
        let mut ids = (0..).zip(&fork.branches);
        let Some((marked, _)) = ids.find(|(_, branch)| *branch.id == **id) else { return };
        let again = self.affected_by(scope, marked).into_iter();
        let paths = again.map(|place| format!("{prefix}{}", fork.branches[place as usize].id));
        plan.cleared.extend(paths.map(Arc::from));
        let path: Arc<str> = format!("{prefix}{id}").into();
        if let Some(key) = task.key_at(depth) {
            let Some((map, index)) = self.instance_of((scope, marked), key) else { return };
            plan.resumed.push(path.clone());
            if let Some(inner) = self.graph_of_instance(map, index)
                && depth + 1 < task.path.len()
            {
                let mut rerun = Rerun::default();
                self.choose_affected(inner, "", (task, depth + 1), &mut rerun);
                plan.instances.extend(self.instance_rerun(path, (map, index), rerun));
            }
        } else if let Some(inner) = self.graph_in(scope, marked)
            && depth + 1 < task.path.len()
        {
            plan.resumed.push(path.clone());
            self.choose_affected(inner, &format!("{path}."), (task, depth + 1), plan);
        }
    }

    /// Returns what is to be looked at again because a branch is to have ended otherwise.
    pub(super) fn affected_by(&self, scope: ScopeId, branch: u32) -> BTreeSet<u32> {
        let known = self.known_graph(scope);
        known.map(|it| it.work.affected_by(it.fork, it.graph, branch)).unwrap_or_default()
    }

    /// Chooses what is named, of which the first `depth` ids lead to the graph in `scope`.
    fn choose(
        &self,
        scope: ScopeId,
        prefix: &str,
        chosen: &[&Chosen],
        depth: usize,
        reach: Reach,
        plan: &mut Rerun,
    ) {
        let Some(known) = self.known_graph(scope) else { return };
        let mut choice = self.named(scope, known, chosen, depth);
        known.extend(&mut choice, &self.undone(scope), reach);
        for (branch, slot) in known.work.slots.iter() {
            let id = &known.fork.branches[branch as usize].id;
            let path: Arc<str> = format!("{prefix}{id}").into();
            if choice.whole.contains(&branch) {
                if let Some(keys) = choice.keys.remove(&branch) {
                    plan.keeping.insert(path.clone(), keys);
                }
                plan.cleared.push(path);
            } else if let Some(inside) = choice.inside.get(&branch)
                && let Some(inner) = self.graph_in(scope, branch)
            {
                plan.resumed.push(path.clone());
                self.choose(inner, &format!("{path}."), inside, depth + 1, reach, plan);
            } else if let Some(instances) = choice.instances.get(&branch) {
                plan.resumed.push(path.clone());
                for ((map, index), inside) in instances {
                    let Some(inner) = self.graph_of_instance(*map, *index) else { continue };
                    let mut rerun = Rerun::default();
                    self.choose(inner, "", inside, depth + 1, reach, &mut rerun);
                    let inside = self.instance_rerun(path.clone(), (*map, *index), rerun);
                    plan.instances.extend(inside);
                }
            } else if !slot.state.is_final() {
                plan.given_up.push(path);
            }
        }
    }

    fn instance_rerun(
        &self,
        task: Arc<str>,
        (map, index): (ScopeId, u32),
        rerun: Rerun,
    ) -> Option<InstanceRerun> {
        let work = self.known_map(map)?;
        let before = work.instances.as_ref()?.state(index)?;
        Some(InstanceRerun { task, index, key: work.key(index), before, rerun })
    }

    /// Finds what is named in the graph in `scope`. A group that did not run begins anew as a whole.
    fn named<'a>(
        &self,
        scope: ScopeId,
        known: Known<'_>,
        chosen: &[&'a Chosen],
        depth: usize,
    ) -> Choice<'a> {
        let ids: BTreeMap<&str, u32> =
            known.fork.branches.iter().map(|branch| &*branch.id).zip(0..).collect();
        let mut choice = Choice::default();
        let mut without_key = BTreeSet::new();
        for chosen in chosen {
            let id = chosen.path.get(depth);
            let Some(branch) = id.and_then(|id| ids.get(&**id)).copied() else { continue };
            let (is_deeper, key) = (chosen.path.len() > depth + 1, chosen.key_at(depth));
            if is_deeper && key.is_none() && self.graph_in(scope, branch).is_some() {
                choice.inside.entry(branch).or_default().push(chosen);
                continue;
            }
            let instance = key.filter(|_| is_deeper);
            let instance = instance.and_then(|key| self.instance_of((scope, branch), key));
            if let Some((map, index)) = instance
                && self.graph_of_instance(map, index).is_some()
            {
                let instances = choice.instances.entry(branch).or_default();
                instances.entry((map, index)).or_default().push(chosen);
                continue;
            }
            choice.whole.insert(branch);
            match key.filter(|_| self.has_instances(scope, branch)) {
                Some(key) => choice.keys.entry(branch).or_default().push(key.clone()),
                None => {
                    without_key.insert(branch);
                }
            }
        }
        choice.keys.retain(|branch, _| !without_key.contains(branch));
        self.widen(&mut choice);
        choice
    }

    /// Has instances begin anew as a whole whose branch does.
    fn widen(&self, choice: &mut Choice<'_>) {
        let Choice { whole, keys, instances, .. } = choice;
        instances.retain(|branch, inside| {
            let is_whole = whole.contains(branch);
            if let Some(keys) = keys.get_mut(branch).filter(|_| is_whole) {
                let places = inside.keys();
                keys.extend(places.filter_map(|(map, at)| Some(self.known_map(*map)?.key(*at))));
            }
            !is_whole
        });
    }

    pub(super) fn has_instances(&self, graph: ScopeId, branch: u32) -> bool {
        self.map_in(graph, branch).is_some()
    }
}

impl Choice<'_> {
    /// Has a group begin anew as a whole of which only a part was named, if it comes after what runs again.
    fn take_behind(&mut self, graph: &Graph) -> Option<u32> {
        let inside = self.inside.keys().chain(self.instances.keys());
        let mut inside = inside.copied().peekable();
        inside.peek()?;
        let behind = behind(graph, &self.whole);
        let taken = inside.find(|branch| behind.contains(branch))?;
        self.inside.remove(&taken);
        self.instances.remove(&taken);
        self.whole.insert(taken);
        Some(taken)
    }
}

/// Returns all that comes after these branches.
fn behind(graph: &Graph, branches: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut open: Vec<u32> = branches.iter().copied().collect();
    let mut behind = BTreeSet::new();
    while let Some(branch) = open.pop() {
        let dependents = graph.dependents(branch).iter().copied();
        open.extend(dependents.filter(|dependent| behind.insert(*dependent)));
    }
    behind
}

impl Known<'_> {
    /// Adds what was undone, and what has to run because of what is chosen: nothing may run where it
    /// was cleaned up already.
    fn extend(self, choice: &mut Choice<'_>, undone: &[u32], reach: Reach) {
        let Self { fork, graph, .. } = self;
        let teardown_of = |branch: u32| fork.branches[branch as usize].teardown_of.as_slice();
        choice.whole.extend(undone);
        let inside = choice.inside.keys().chain(choice.instances.keys());
        let mut open: Vec<u32> = choice.whole.iter().chain(inside).copied().collect();
        while let Some(branch) = open.pop().or_else(|| choice.take_behind(graph)) {
            let dependents = graph.dependents(branch).iter().copied();
            let reached = dependents.filter(|dependent| {
                reach == Reach::Downstream || !teardown_of(*dependent).is_empty()
            });
            for reached in reached.chain(teardown_of(branch).iter().copied()) {
                // It begins anew as a whole, whatever part of it was named.
                choice.keys.remove(&reached);
                choice.inside.remove(&reached);
                choice.instances.remove(&reached);
                if choice.whole.insert(reached) {
                    open.push(reached);
                }
            }
        }
    }
}
