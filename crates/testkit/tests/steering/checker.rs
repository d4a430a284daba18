//! Reads a journal and demands a reason for whatever became of a branch.

use std::collections::{BTreeMap, BTreeSet};

use compasso_engine::{
    BranchState, Event, EventId, EventKind, Orders, Rerun, ScopeId, SteerOrder, WHOLE_RUN,
};

use crate::plan::Plan;
use crate::table::table;

const ROOT: ScopeId = ScopeId(0);

/// What is known of a run after some events.
pub(crate) struct Checker<'p> {
    plans: &'p [Plan],
    orders: Orders<()>,
    /// The task that a block, or that of an instance, is at work for.
    tasks: BTreeMap<ScopeId, String>,
    begun: BTreeMap<EventId, String>,
    /// The block of each branch, and of each instance of it.
    blocks: BTreeMap<(ScopeId, String), ScopeId>,
    instances: BTreeMap<(ScopeId, u32), ScopeId>,
    /// The graph that a block stands in, and the events that begin blocks.
    around: BTreeMap<ScopeId, ScopeId>,
    beginnings: BTreeMap<EventId, (ScopeId, Option<u32>)>,
    states: BTreeMap<(ScopeId, String), BranchState>,
    /// Graphs that are given up.
    cancelled: BTreeSet<ScopeId>,
    /// Blocks in which a worker has begun.
    started: BTreeSet<ScopeId>,
    /// Graphs that hold what they want.
    holding: BTreeSet<ScopeId>,
}

impl<'p> Checker<'p> {
    pub(crate) fn new(plans: &'p [Plan], is_held: bool) -> Self {
        let mut orders = Orders::default();
        if is_held {
            orders.take(&WHOLE_RUN.into(), SteerOrder::Hold, ());
        }
        Self {
            plans,
            orders,
            tasks: BTreeMap::new(),
            begun: BTreeMap::new(),
            blocks: BTreeMap::new(),
            instances: BTreeMap::new(),
            around: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            states: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            started: BTreeSet::new(),
            holding: BTreeSet::new(),
        }
    }

    /// Returns the branches of the outermost graph that have not ended.
    pub(crate) fn open(&self) -> Vec<String> {
        let ids = (0..self.plans.len()).map(|place| format!("t{place}"));
        ids.filter(|id| !self.state(ROOT, id).is_final()).collect()
    }

    /// Takes note of an event; says what is wrong with it.
    pub(crate) fn check(&mut self, event: &Event) -> Result<(), String> {
        let scope = event.scope;
        match &event.kind {
            EventKind::StateEntered { .. } => self.enter(event),
            EventKind::BranchReady { branch, .. } => {
                self.expect(scope, branch, BranchState::Blocked)?;
                self.check_answer(scope, branch, Some(BranchState::Success))?;
                self.check_free(scope, branch)?;
                self.set(scope, branch, BranchState::Ready);
            }
            EventKind::BranchEntered { branch, .. } => {
                self.expect(scope, branch, BranchState::Ready)?;
                self.check_free(scope, branch)?;
                self.check_holding(scope)?;
                self.set(scope, branch, BranchState::Running);
                self.begun.insert(event.id, self.path(scope, branch));
                self.beginnings.insert(event.id, (scope, None));
            }
            EventKind::BranchSkipped { branch, state, .. } => {
                self.expect(scope, branch, BranchState::Blocked)?;
                self.check_skipped(scope, branch, *state)?;
                self.set(scope, branch, *state);
            }
            EventKind::BranchExited { branch, state, .. } => {
                let graph = self.around[&scope];
                self.expect(graph, branch, BranchState::Running)?;
                if *state == BranchState::Cancelled && !self.cancelled.contains(&graph) {
                    return Err(format!("{branch} is cancelled by nobody"));
                }
                self.set(graph, branch, *state);
            }
            EventKind::BranchWithdrawn { branch, .. } => {
                let graph = self.around[&scope];
                self.expect(graph, branch, BranchState::Running)?;
                if self.started.contains(&scope) {
                    return Err(format!("{branch} had begun"));
                }
                self.set(graph, branch, BranchState::Blocked);
            }
            EventKind::BranchSteered { task, order, .. } => {
                self.orders.take(task, *order, ());
                self.hold_ready();
            }
            EventKind::BranchMarked { mark, again, .. } => {
                let id = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
                self.set(scope, &id(&mark.task), mark.state.into());
                for path in again {
                    self.set(scope, &id(path), BranchState::Blocked);
                }
            }
            EventKind::MapIterationStarted { index, .. } => {
                self.begun.insert(event.id, self.tasks[&scope].clone());
                self.beginnings.insert(event.id, (scope, Some(*index)));
            }
            EventKind::GraphCancelled { .. } => {
                self.cancelled.insert(scope);
                self.cancel_waiting(scope);
            }
            EventKind::ExecutionRedriven { rerun: Some(rerun), .. } => self.rerun(rerun),
            _ => self.check_work(event)?,
        }
        Ok(())
    }

    fn check_work(&mut self, event: &Event) -> Result<(), String> {
        let scope = event.scope;
        match &event.kind {
            EventKind::TaskScheduled { .. } => {
                let graph = self.around.get(&scope);
                graph.map_or(Ok(()), |graph| self.check_holding(*graph))?;
            }
            EventKind::TaskStarted { .. } => {
                if self.plan_of(scope).is_some_and(Plan::holds) {
                    self.holding.insert(scope);
                } else {
                    let mut block = Some(scope);
                    while let Some(scope) = block {
                        self.started.insert(scope);
                        block = self.around.get(&scope).copied();
                    }
                }
            }
            EventKind::ParallelStateSucceeded | EventKind::ParallelStateFailed => {
                self.holding.remove(&scope);
            }
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, event: &Event) {
        if let Some(task) = self.begun.remove(&event.previous) {
            self.tasks.insert(event.scope, task);
        }
        if let Some((around, index)) = self.beginnings.remove(&event.previous) {
            self.around.insert(event.scope, around);
            if let Some(index) = index {
                self.instances.insert((around, index), event.scope);
            } else {
                let task = &self.tasks[&event.scope];
                let id = task.rsplit('.').next().unwrap_or_default().to_owned();
                self.blocks.insert((around, id), event.scope);
            }
        }
    }

    /// A branch ends without having run because of its rule, of its guard, or of an order.
    fn check_skipped(
        &self,
        graph: ScopeId,
        branch: &str,
        state: BranchState,
    ) -> Result<(), String> {
        if state == BranchState::Skipped
            && self.check_answer(graph, branch, Some(BranchState::Success)).is_ok()
        {
            let path = self.path(graph, branch);
            let is_asked =
                self.orders.of(&path).is_some_and(|(order, ())| order == SteerOrder::Skip);
            let is_guarded = self.plan(graph, branch).is_some_and(|(plan, ..)| plan.is_guarded);
            let has_reason = is_asked || is_guarded;
            return if has_reason { Ok(()) } else { Err(format!("{branch} is skipped by nobody")) };
        }
        self.check_answer(graph, branch, Some(state))
    }

    /// The rule of a branch answers so by now.
    fn check_answer(
        &self,
        graph: ScopeId,
        branch: &str,
        expected: Option<BranchState>,
    ) -> Result<(), String> {
        let Some((plan, letter, place)) = self.plan(graph, branch) else { return Ok(()) };
        let needs: Vec<_> = plan
            .needs(letter, place)
            .iter()
            .map(|need| {
                // What was given up counts as failed.
                match self.state(graph, need) {
                    BranchState::Cancelled => Some(BranchState::Failed),
                    state => Some(state).filter(|state| state.is_final()),
                }
            })
            .collect();
        let answer =
            if needs.is_empty() { Some(BranchState::Success) } else { table(plan.rule(), &needs) };
        if answer == expected {
            Ok(())
        } else {
            Err(format!("the rule of {branch} answers {answer:?}, not {expected:?}"))
        }
    }

    /// Nobody holds a branch that runs, unless its graph is given up.
    fn check_free(&self, graph: ScopeId, branch: &str) -> Result<(), String> {
        let asked = self.orders.of(&self.path(graph, branch)).map(|(order, ())| order);
        match asked {
            Some(_) if !self.cancelled.contains(&graph) => {
                Err(format!("{branch} is asked to {asked:?}"))
            }
            _ => Ok(()),
        }
    }

    /// A group holds what it wants while it runs, and so do those around it.
    fn check_holding(&self, graph: ScopeId) -> Result<(), String> {
        let mut around = Some(graph);
        while let Some(scope) = around {
            if self.plan_of(scope).is_some_and(Plan::holds) && !self.holding.contains(&scope) {
                return Err(format!("{} does not hold what it wants", self.tasks[&scope]));
            }
            around = self.around.get(&scope).copied();
        }
        Ok(())
    }

    fn rerun(&mut self, rerun: &Rerun) {
        self.orders.forget_skips();
        self.cancelled.clear();
        self.holding.clear();
        self.started.clear();
        self.rerun_in(ROOT, rerun);
    }

    fn rerun_in(&mut self, base: ScopeId, rerun: &Rerun) {
        let lists = [
            (&rerun.resumed, BranchState::Running),
            (&rerun.given_up, BranchState::Cancelled),
            (&rerun.cleared, BranchState::Blocked),
        ];
        for (paths, state) in lists {
            for path in paths {
                let (graph, id) = self.find(base, path);
                self.set(graph, &id, state);
            }
        }
        for inside in &rerun.instances {
            let place = self.find(base, &inside.task);
            let map = self.blocks[&place];
            self.rerun_in(self.instances[&(map, inside.index)], &inside.rerun);
        }
    }

    /// Finds a branch by its path from a graph.
    fn find(&self, base: ScopeId, path: &str) -> (ScopeId, String) {
        match path.split_once('.') {
            Some((group, id)) => (self.blocks[&(base, group.to_owned())], id.to_owned()),
            None => (base, path.to_owned()),
        }
    }

    /// What waited for its turn does so no longer if it is asked to do something else.
    fn hold_ready(&mut self) {
        let ready = self.states.iter().filter(|(_, state)| **state == BranchState::Ready);
        let ready: Vec<_> = ready.map(|(place, _)| place.clone()).collect();
        for (graph, id) in ready {
            if self.orders.of(&self.path(graph, &id)).is_some() {
                self.set(graph, &id, BranchState::Blocked);
            }
        }
    }

    fn cancel_waiting(&mut self, graph: ScopeId) {
        let (letter, count) = match self.plan_of(graph) {
            Some(plan) => ('u', plan.inside().len()),
            None => ('t', self.plans.len()),
        };
        for id in (0..count).map(|place| format!("{letter}{place}")) {
            if matches!(self.state(graph, &id), BranchState::Blocked | BranchState::Ready) {
                self.set(graph, &id, BranchState::Cancelled);
            }
        }
    }

    fn plan_of(&self, scope: ScopeId) -> Option<&'p Plan> {
        let task = self.tasks.get(&scope)?;
        let (outer, inner) = task.split_once('.').map_or((&**task, None), |(o, i)| (o, Some(i)));
        let outer = self.plans.get(outer[1..].parse::<usize>().ok()?)?;
        match inner {
            Some(inner) => outer.inside().get(inner[1..].parse::<usize>().ok()?),
            None => Some(outer),
        }
    }

    fn plan(&self, graph: ScopeId, branch: &str) -> Option<(&'p Plan, char, usize)> {
        let place = branch[1..].parse::<usize>().ok()?;
        match self.plan_of(graph) {
            Some(group) => Some((group.inside().get(place)?, 'u', place)),
            None => Some((self.plans.get(place)?, 't', place)),
        }
    }

    fn path(&self, graph: ScopeId, branch: &str) -> String {
        match self.tasks.get(&graph) {
            Some(group) => format!("{group}.{branch}"),
            None => branch.to_owned(),
        }
    }

    fn state(&self, graph: ScopeId, branch: &str) -> BranchState {
        self.states.get(&(graph, branch.to_owned())).copied().unwrap_or(BranchState::Blocked)
    }

    fn set(&mut self, graph: ScopeId, branch: &str, state: BranchState) {
        self.states.insert((graph, branch.to_owned()), state);
    }

    fn expect(&self, graph: ScopeId, branch: &str, state: BranchState) -> Result<(), String> {
        let found = self.state(graph, branch);
        if found == state { Ok(()) } else { Err(format!("{branch} is {found:?}, not {state:?}")) }
    }
}
