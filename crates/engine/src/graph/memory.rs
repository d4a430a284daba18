//! What an execution that is rebuilt from its events keeps although nobody is to read it any more:
//! graphs and instances that ended, so that branches of them can run again.
//!
//! It is no part of the image. **Invariant:** an execution that [remembers](Execution::remembering)
//! and then [forgets](Execution::forget) is what it would be if it had never remembered.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Scopes as they were when the instances of branches that they ran ended.
    maps: BTreeMap<ScopeId, Scope>,
    /// The blocks that branches ran, by graph and branch.
    blocks: BTreeMap<(ScopeId, u32), ScopeId>,
    /// The blocks that instances ran and that were graphs, by the block of the branch and their place.
    iterations: BTreeMap<(ScopeId, u32), ScopeId>,
    /// Items that are kept although their instances ended, by the same.
    items: BTreeSet<(ScopeId, u32)>,
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

    /// Returns a scope as it was when the graph or the instances that it ran ended.
    pub(super) fn scope(&self, scope: ScopeId) -> Option<&Scope> {
        self.graphs.get(&scope).or_else(|| self.maps.get(&scope))
    }

    /// Returns the block that a branch of the graph in `graph` ran.
    pub(super) fn block(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        self.blocks.get(&(graph, branch)).copied()
    }

    /// Returns the block of an instance, if that ran a graph.
    pub(super) fn iteration(&self, map: ScopeId, index: u32) -> Option<ScopeId> {
        self.iterations.get(&(map, index)).copied()
    }

    /// Forgets how a branch ended that begins anew.
    pub(super) fn forget_branch(&mut self, graph: ScopeId, branch: u32) {
        if let Some(block) = self.blocks.remove(&(graph, branch)) {
            self.maps.remove(&block);
        }
    }

    /// Forgets how an instance ended that somebody marks.
    pub(super) fn forget_iteration(&mut self, map: ScopeId, index: u32) {
        self.iterations.remove(&(map, index));
    }

    /// Keeps the item of an instance that ended.
    pub(crate) fn keep_item(&mut self, map: ScopeId, index: u32) {
        self.items.insert((map, index));
    }

    fn keep(&mut self, id: ScopeId, scope: &Scope) {
        let Position::In(active) = &scope.position else { return };
        match &active.work {
            Work::Graph(_) => {
                self.graphs.insert(id, scope.clone());
            }
            Work::Map(work) if work.instances.is_some() => {
                self.maps.insert(id, scope.clone());
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
        let Some(memory) = self.memory.take() else { return };
        for (map, index) in memory.items {
            let scope = self.image.scopes.get_mut(&map).map(Arc::make_mut);
            if let Some(work) = scope.and_then(Scope::map_mut) {
                work.release_ended(index);
            }
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

    /// Keeps the block of an instance that ends, if it runs a graph.
    pub(crate) fn remember_iteration(&mut self, block: ScopeId) {
        let Some(memory) = &mut self.memory else { return };
        if let Some(found) = self.image.scopes.get(&block)
            && let Some(map) = found.parent
            && memory.graphs.contains_key(&block)
        {
            memory.iterations.insert((map, found.index), block);
        }
    }

    /// Returns the graph that `scope` runs, or ran when it ended last.
    pub(super) fn known_graph(&self, scope: ScopeId) -> Option<Known<'_>> {
        let is_graph = |scope: &&Scope| {
            scope.active().is_some_and(|active| matches!(active.work, Work::Graph(_)))
        };
        let Position::In(active) = &self.known_scope(scope, is_graph)?.position else {
            return None;
        };
        let Work::Graph(work) = &active.work else { return None };
        let fork = self.fork_at(active.state)?;
        Some(Known { fork, graph: fork.as_graph()?, work })
    }

    /// Returns the instances that `scope` runs, or ran when they ended last.
    pub(super) fn known_map(&self, scope: ScopeId) -> Option<&MapWork> {
        let has_instances = |scope: &&Scope| scope.map().is_some_and(|map| map.instances.is_some());
        self.known_scope(scope, has_instances)?.map()
    }

    fn known_scope(&self, scope: ScopeId, is_meant: impl Fn(&&Scope) -> bool) -> Option<&Scope> {
        let resting = self.resting(scope).filter(&is_meant);
        let open = || self.image.scopes.get(&scope).map(|open| &**open).filter(&is_meant);
        let remembered = || self.memory.as_ref()?.scope(scope).filter(&is_meant);
        resting.or_else(open).or_else(remembered)
    }

    /// Returns the block that a branch runs, or ran when it ended last.
    fn block_of(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        let running = self.known_graph(graph)?.work.running.get(&branch).map(|run| run.scope);
        running.or_else(|| self.memory.as_ref()?.block(graph, branch))
    }

    /// Returns the scope of the graph that a branch runs, or ran when it ended last.
    pub(super) fn graph_in(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        let block = self.block_of(graph, branch)?;
        self.known_graph(block).map(|_| block)
    }

    /// Returns the scope of the instances of a branch.
    pub(super) fn map_in(&self, graph: ScopeId, branch: u32) -> Option<ScopeId> {
        let block = self.block_of(graph, branch)?;
        self.known_map(block).map(|_| block)
    }

    /// Returns the place of the instance of this name that was started, and the scope of all of them.
    pub(super) fn instance_of(
        &self,
        (graph, branch): (ScopeId, u32),
        key: &str,
    ) -> Option<(ScopeId, u32)> {
        let map = self.map_in(graph, branch)?;
        let work = self.known_map(map)?;
        let place = (0..work.next).find(|index| *work.key(*index) == *key)?;
        Some((map, place))
    }

    /// Returns the scope of the graph that an instance runs, or ran when it ended last.
    pub(super) fn graph_of_instance(&self, map: ScopeId, index: u32) -> Option<ScopeId> {
        let open = self.open_instance(map, index);
        let block = open.or_else(|| self.memory.as_ref()?.iteration(map, index))?;
        self.known_graph(block).map(|_| block)
    }

    /// Returns the scope of an instance that runs.
    pub(super) fn open_instance(&self, map: ScopeId, index: u32) -> Option<ScopeId> {
        let is_it = |scope: &Scope| scope.parent == Some(map) && scope.index == index;
        let resting = self.image.resting.iter().flat_map(|resting| resting.scopes());
        let scopes = self.image.scopes.iter().chain(resting);
        scopes.into_iter().find(|(_, scope)| is_it(scope)).map(|(id, _)| *id)
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
