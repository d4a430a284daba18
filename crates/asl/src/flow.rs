//! Where states lead: transitions within their block, reachability, ends.

use std::collections::{BTreeMap, BTreeSet};

use compasso_ir::StateId;
use compasso_types::suggestion;

use crate::Code;
use crate::cursor::Cursor;
use crate::outline::{BlockId, Outline};
use crate::report::{Problem, Report};

/// Transitions found while states are compiled.
pub(crate) struct Flow {
    targets: Vec<Vec<StateId>>,
    terminal: Vec<bool>,
    /// Blocks with a transition that could not be understood; what follows from it would only
    /// repeat the problem.
    doubtful: BTreeSet<BlockId>,
    /// Blocks with a transition to nowhere: whether they loop is not known.
    dangling: BTreeSet<BlockId>,
}

impl Flow {
    /// Makes an empty record for all states of `outline`.
    pub(crate) fn new(outline: &Outline<'_>) -> Self {
        let states = outline.state_ids().count();
        Self {
            targets: vec![Vec::new(); states],
            terminal: vec![false; states],
            doubtful: BTreeSet::new(),
            dangling: BTreeSet::new(),
        }
    }

    /// Notes that `state` leads to `target`.
    pub(crate) fn leads(&mut self, state: StateId, target: StateId) {
        self.targets[state.0 as usize].push(target);
    }

    /// Notes that `state` ends its block.
    pub(crate) fn ends(&mut self, state: StateId) {
        self.terminal[state.0 as usize] = true;
    }

    /// Notes that the transitions of `block` are not all known.
    pub(crate) fn doubt(&mut self, block: BlockId) {
        self.doubtful.insert(block);
    }

    /// Returns the state of `block` that the string at `at` names.
    pub(crate) fn resolve(
        &mut self,
        report: &mut Report<'_>,
        outline: &Outline<'_>,
        block: BlockId,
        at: &Cursor<'_>,
    ) -> Option<StateId> {
        let Some(name) = crate::fields::text(report, at) else {
            self.doubt(block);
            return None;
        };
        let names = &outline.block(block).names;
        let target = names.get(&*name).copied();
        if target.is_none() {
            self.dangling.insert(block);
            let hint = report.search(|| suggest(outline, block, &name));
            let message = format!("Missing 'Next' target: {name}");
            report.problem(at, Problem::error(Code::MissingTransitionTarget, message).hint(hint));
        }
        target
    }

    /// Checks every block: it ends, and all its states can be reached from its start, of which
    /// `starts` has one for each block.
    pub(crate) fn check(
        self,
        report: &mut Report<'_>,
        outline: &Outline<'_>,
        starts: &[Option<StateId>],
    ) {
        let mut sources = vec![Vec::new(); self.targets.len()];
        for (state, targets) in (0..).map(StateId).zip(&self.targets) {
            for target in targets {
                sources[target.0 as usize].push(state);
            }
        }
        let graph = Graph { flow: &self, sources, outline };
        for (block, start) in outline.block_ids().zip(starts) {
            if !self.doubtful.contains(&block) {
                graph.check(report, block, *start);
            }
        }
    }
}

/// Finds out what a transition of `block` to `name` was meant to be.
fn suggest(outline: &Outline<'_>, block: BlockId, name: &str) -> Option<String> {
    let states = outline.block(block).states.iter();
    let names = states.map(|id| &*outline.state(*id).member.key);
    suggestion::nearest(name, names).or_else(|| {
        let elsewhere = outline.state_ids().any(|id| &*outline.state(id).member.key == name);
        elsewhere.then(|| "a transition cannot leave or enter a block of states".to_owned())
    })
}

/// All transitions, to be walked both ways.
struct Graph<'f, 's> {
    flow: &'f Flow,
    sources: Vec<Vec<StateId>>,
    outline: &'f Outline<'s>,
}

impl Graph<'_, '_> {
    fn check(&self, report: &mut Report<'_>, block: BlockId, start: Option<StateId>) {
        let outline = self.outline.block(block);
        let is_terminal = |id: &StateId| self.flow.terminal[id.0 as usize];
        let ends: Vec<StateId> = outline.states.iter().copied().filter(is_terminal).collect();
        if ends.is_empty() {
            let message = "Workflow has no terminal state".to_owned();
            let problem = Problem::error(Code::MissingEndState, message);
            match outline.owner {
                None => report.whole(problem),
                Some(_) => report.problem(&Cursor::block(self.outline, block), problem),
            }
            return;
        }
        let reached = closure(start.into_iter().collect(), &self.flow.targets);
        for id in outline.states.iter().filter(|id| !reached.contains(id)) {
            let at = Cursor::state(self.outline, *id);
            let message = format!("State \"{}\" is not reachable.", at.name());
            report.problem(&at, Problem::error(Code::MissingTransitionTarget, message));
        }
        if self.flow.dangling.contains(&block) {
            return;
        }
        let ending = closure(ends, &self.sources);
        self.warn_of_endless_loops(report, reached.difference(&ending).copied());
    }

    /// Warns once for each loop among `states`, none of which leads to an end.
    fn warn_of_endless_loops(
        &self,
        report: &mut Report<'_>,
        states: impl Iterator<Item = StateId>,
    ) {
        let mut walks: BTreeMap<StateId, StateId> = BTreeMap::new();
        for first in states {
            if walks.contains_key(&first) {
                continue;
            }
            walks.insert(first, first);
            let mut joins_another = false;
            let mut pending = vec![first];
            while let Some(id) = pending.pop() {
                for target in &self.flow.targets[id.0 as usize] {
                    if let Some(walk) = walks.get(target) {
                        joins_another |= *walk != first;
                    } else {
                        walks.insert(*target, first);
                        pending.push(*target);
                    }
                }
            }
            if !joins_another {
                let at = Cursor::state(self.outline, first);
                let message =
                    format!("No terminal state can be reached from state \"{}\".", at.name());
                report.problem(&at, Problem::warning(Code::MissingEndState, message));
            }
        }
    }
}

/// Returns everything that `edges` lead to from `pending`, these included.
fn closure(mut pending: Vec<StateId>, edges: &[Vec<StateId>]) -> BTreeSet<StateId> {
    let mut found: BTreeSet<StateId> = pending.iter().copied().collect();
    while let Some(id) = pending.pop() {
        for target in &edges[id.0 as usize] {
            if found.insert(*target) {
                pending.push(*target);
            }
        }
    }
    found
}
