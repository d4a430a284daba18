//! What an execution that is rebuilt from its events keeps although nobody is to read it any more:
//! graphs and instances that ended, so that branches of them can run again.
//!
//! It is no part of the image. **Invariant:** an execution that [remembers](Execution::remembering)
//! and then [forgets](Execution::forget) is what it would be if it had never remembered.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::{Definition, Fork, Graph, Kind, StateId};

use super::tell::ROOT;
use super::work::GraphWork;
use crate::scope::{MapWork, Position, Scope, Work};
use crate::{Execution, ScopeId};

/// Blocks that ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Scopes as they were when the graphs that they ran ended.
    graphs: BTreeMap<ScopeId, Scope>,
    /// The blocks that branches ran, by graph and branch.
    blocks: BTreeMap<(ScopeId, u32), ScopeId>,
    /// The instances of branches, by graph and branch.
    instances: BTreeMap<(ScopeId, u32), MapWork>,
}

/// A graph that is at work, or was.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) fork: &'a Fork,
    pub(super) graph: &'a Graph,
    pub(super) work: &'a GraphWork,
}

impl Memory {
    /// Returns a scope as it was when its graph ended.
    pub(crate) fn graph(&self, scope: ScopeId) -> Option<&Scope> {
        self.graphs.get(&scope)
    }

    /// Returns the block that a branch of the graph in `graph` ran.
    pub(super) fn block(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        self.blocks.get(&(graph, branch)).copied()
    }

    /// Returns the instances of a branch.
    pub(super) fn instances(&self, graph: ScopeId, branch: u32) -> Option<&MapWork> {
        self.instances.get(&(graph, branch))
    }

    /// Forgets how a branch ended that begins anew.
    pub(super) fn forget_branch(&mut self, graph: ScopeId, branch: u32) {
        self.blocks.remove(&(graph, branch));
        self.instances.remove(&(graph, branch));
    }

    fn keep(&mut self, id: ScopeId, scope: &Scope) {
        let Position::In(active) = &scope.position else { return };
        match (&active.work, scope.parent) {
            (Work::Graph(_), _) => {
                self.graphs.insert(id, scope.clone());
            }
            (Work::Map(work), Some(parent)) if work.instances.is_some() => {
                self.instances.insert((parent, scope.index), MapWork::clone(work));
            }
            _ => {}
        }
    }
}

impl Execution {
    /// Returns an execution that has not started and will keep all that a rerun may ask for.
    pub fn remembering(definition: Arc<Definition>) -> Self {
        Self { memory: Some(Box::default()), ..Self::new(definition) }
    }

    /// Drops all that only a rerun may ask for.
    pub fn forget(&mut self) {
        if self.memory.take().is_none() {
            return;
        }
        for work in self.image.scopes.values_mut().map(Arc::make_mut).filter_map(Scope::graph_mut) {
            work.drop_unread();
        }
        if let Some(work) = self.image.undoable.as_deref_mut().and_then(Scope::graph_mut) {
            work.drop_unread();
        }
        if let Some(resting) = &mut self.image.resting {
            resting.scopes_mut().filter_map(Scope::graph_mut).for_each(GraphWork::drop_unread);
        }
    }

    /// Takes note that a graph begins in `scope`; says whether its records are to be kept.
    pub(crate) fn begin_remembering(&mut self, scope: ScopeId) -> bool {
        let Some(memory) = &mut self.memory else { return false };
        memory.graphs.remove(&scope);
        true
    }

    /// Keeps the graph or the instances of a state that is about to be left.
    pub(crate) fn remember(&mut self, scope: ScopeId) {
        if let Some(memory) = &mut self.memory
            && let Some(found) = self.image.scopes.get(&scope)
        {
            memory.keep(scope, found);
        }
    }

    /// Keeps the block of a branch that ends.
    pub(super) fn remember_block(&mut self, graph: ScopeId, branch: u32, block: ScopeId) {
        if let Some(memory) = &mut self.memory {
            memory.blocks.insert((graph, branch), block);
        }
        self.remember(block);
    }

    /// Returns the graph that `scope` runs, or ran when it ended last.
    pub(super) fn known_graph(&self, scope: ScopeId) -> Option<Known<'_>> {
        let open =
            self.graph(scope).and_then(|_| self.image.scopes.get(&scope).map(|open| &**open));
        let remembered = || self.memory.as_ref()?.graph(scope);
        let found = self.resting_graph(scope).or(open).or_else(remembered)?;
        let Position::In(active) = &found.position else { return None };
        let Work::Graph(work) = &active.work else { return None };
        let fork = self.fork_at(active.state)?;
        Some(Known { fork, graph: fork.as_graph()?, work })
    }

    /// Returns the scope of the graph that a branch runs, or ran when it ended last.
    pub(super) fn graph_in(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        let running = self.known_graph(graph)?.work.running.get(&branch).map(|run| run.scope);
        let block = running.or_else(|| self.memory.as_ref()?.block(graph, branch))?;
        self.known_graph(block).map(|_| block)
    }

    /// Returns the branches of the outermost graph whose work was undone.
    pub(super) fn undone(&self, graph: ScopeId) -> Vec<u32> {
        let work = self.known_graph(graph).filter(|_| graph == ROOT);
        let beside = work.and_then(|known| known.work.beside.as_deref());
        beside.map(|beside| beside.undone.iter().copied().collect()).unwrap_or_default()
    }

    fn fork_at(&self, state: StateId) -> Option<&Fork> {
        match &self.state(state).kind {
            Kind::Fork(fork) => Some(fork),
            _ => None,
        }
    }
}
