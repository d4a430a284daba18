//! Forks: branches that run side by side.
//!
//! A `Parallel` state of the Amazon States Language is a Fork of branches that all start at once and
//! stand or fall together ([`Join::Together`]). A pipeline, or a group of its tasks, is a Fork whose
//! branches wait for one another and end each for itself ([`Join::Graph`]): a task is a branch.
//!
//! # What expressions of a graph see
//!
//! Queries that are compiled over a document ([`compasso_expr::query::Query::compile_over_document`])
//! name its members without a `$`:
//!
//! | name | content |
//! |---|---|
//! | any variable | as assigned by a state of this block or of one around it |
//! | `needs` | the records of the branch's needs, by id; in [`Graph::output`] and [`Verdict::Holds`], those of all branches |
//! | `task` | of the branch: `id`, `attempt` (from 1), `idempotency_key` (the variable of that name, if the block assigned one); inside a Map also `key` and `index`; where a token is waited for, `callback_url`, a path on this server |
//! | `input` | the input of the state |
//! | `result` | what the state's work gave, in its `Output` and `Assign`; in a Pass, a variable of that name, or else its input |
//! | `output` | the same; in a Choice, the state's input, which is the output of the state before |
//! | `error` | in a catcher, and in [`Branch::allow_failure`]: `name` and `cause` |
//! | `item`, `index` | inside a Map: the item, and its place from 0 |
//! | `matrix` | inside a Map whose [`crate::Each`] is a matrix: the item, which is then not `item` |
//!
//! A record has `state` (`success`, `failed`, `skipped`, `upstream_failed`, `cancelled`), `outcome`
//! (`failed` under a tolerated failure, else as the state), `output` and `outputs` (the same),
//! `error.name`, `error.cause`, `started_at`, `ended_at`, `attempts`, `degraded`, `cached`, and
//! `instances` of a branch whose block is a Map with [`crate::Each`]. `degraded` and `cached` are true
//! if the branch assigned `true` to a variable of that name in its own block; `artifacts` is what it
//! assigned to that variable. A branch that fails with `Skipped` is skipped, and so is an instance.
//!
//! # How a run's variables get in
//!
//! An execution starts with one object as its input. The first state of a compiled pipeline is a
//! Pass whose `Assign` makes variables of its members (`{"params": "{% input.params %}", "run":
//! "{% input.run %}", …}`) and whose `Output` is `null`, so that the input is not carried along with
//! every branch. Constants that build on one another (`vars`) are assigned by one Pass each, as the
//! expressions of one `Assign` all see the variables as they were before it. The second state is the
//! outermost Fork.
//!
//! # Loops
//!
//! A branch's block is a block like any other, so a task that is repeated is a loop of states: the
//! task, whose `Assign` counts (`$exists(rounds) ? rounds + 1 : 1`); a Choice that reads `output`; a
//! Wait; and the task again. A Pass that the Choice leads to ends the block with its input.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;
use compasso_types::limits;

use crate::{Aside, Block, Field, Saga, Task, Undo};

/// Branches that run side by side.
#[derive(Clone, Debug)]
pub struct Fork {
    /// In document order; results stand in this order.
    pub branches: Vec<Branch>,
    /// How they come together.
    pub join: Join,
}

/// A branch of a [`Fork`].
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name among its siblings; empty in a `Parallel`.
    pub id: Arc<str>,
    /// What it runs.
    pub body: Block,
    /// The branches it waits for, by their place.
    pub needs: Vec<u32>,
    /// Those of its needs whose records expressions of its guard and its body read. Of others only
    /// the state is kept, so that a run of many branches stays small; whoever is not sure lists all.
    pub reads: Vec<u32>,
    /// What the states of its needs must be.
    pub rule: TriggerRule,
    /// `if`: evaluated once the rule lets it run; false or nothing skips it.
    pub guard: Option<Query>,
    /// `allow_failure`: evaluated when it has failed; true makes it a success whose `outcome` is
    /// `failed`.
    pub allow_failure: Option<Query>,
    /// The branches it cleans up after. It runs once all its needs ended, if one of those succeeded,
    /// also when the graph is cancelled, and its own failure is nobody's. The front end makes the
    /// branches it cleans up after, and all that is downstream of them, its needs.
    pub teardown_of: Vec<u32>,
    /// What runs beside it, told of its moments.
    pub asides: Vec<Aside>,
    /// How it is undone.
    pub undo: Option<Box<Undo>>,
}

/// What the states of its needs must be for a branch to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it; the engine's rules say it exactly")]
pub enum TriggerRule {
    #[default]
    AllSuccess,
    AllDone,
    AllFailed,
    AnySuccess,
    AnyFailed,
    AnyDone,
    NoneFailed,
    NoneFailedMinOneSuccess,
    NoneSkipped,
    AllSkipped,
    AllDoneMinOneSuccess,
    Always,
}

impl TriggerRule {
    /// All rules, with the names that pipelines have for them.
    pub const NAMES: [(&str, Self); 12] = [
        ("all_success", Self::AllSuccess),
        ("all_done", Self::AllDone),
        ("all_failed", Self::AllFailed),
        ("any_success", Self::AnySuccess),
        ("any_failed", Self::AnyFailed),
        ("any_done", Self::AnyDone),
        ("none_failed", Self::NoneFailed),
        ("none_failed_min_one_success", Self::NoneFailedMinOneSuccess),
        ("none_skipped", Self::NoneSkipped),
        ("all_skipped", Self::AllSkipped),
        ("all_done_min_one_success", Self::AllDoneMinOneSuccess),
        ("always", Self::Always),
    ];

    /// Returns the rule that pipelines call `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule)
    }

    /// Returns the name that pipelines have for it.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, rule)| *rule == self);
        found.map(|(name, _)| *name).expect("every rule has a name")
    }
}

/// How the branches of a Fork come together.
#[derive(Clone, Debug)]
pub enum Join {
    /// All start at once. The first that fails ends the others and fails the state; the result is
    /// the array of their outputs.
    Together,
    /// Each runs when its needs let it, and ends for itself; when all have, there is a verdict.
    Graph(Box<Graph>),
}

/// What a [`Join::Graph`] knows beside its branches.
#[derive(Clone, Debug)]
pub struct Graph {
    /// For each branch, those that wait for it.
    dependents: Vec<Vec<u32>>,
    /// Whose records `output` and `verdict` read; kept until the end.
    pub reads: Vec<u32>,
    /// The result: evaluated when all branches ended. Absent: an object of the outputs of all
    /// branches that succeeded, whose records must then be among `reads`.
    pub output: Option<Query>,
    /// Whether the state succeeds.
    pub verdict: Verdict,
    /// Limit of the whole, from when it has what it holds. At it, running branches are cancelled,
    /// teardowns run, and the state fails with `Timeout`, the outermost graph with `RunTimeout`. One
    /// that is computed is a number of seconds, or a text such as `1h30m`.
    pub timeout: Option<Field<Duration>>,
    /// Whether that error says how long the limit was. Those of pipelines all do; graphs of journals that
    /// were frozen before errors said so do not, and go on byte for byte as they were.
    pub tells_limit: bool,
    /// Never of the outermost graph: a task with a placement that is out as long as the graph runs, so
    /// that the graph holds what the task wants, such as a mutex. No branch begins before somebody took
    /// it; whoever did keeps it until it is cancelled, and does nothing.
    pub hold: Option<Box<Task>>,
    /// Never of the outermost graph: whether the block that runs it is to have the files that its branches kept,
    /// for what comes after it.
    pub gathers_files: bool,
    /// Of the outermost graph: what runs beside it, told of its own moments.
    pub asides: Vec<Aside>,
    /// Of the outermost graph: how what its branches did is undone.
    pub saga: Option<Box<Saga>>,
}

/// When a graph whose branches all ended has succeeded. Teardowns do not count.
#[derive(Clone, Debug, Default)]
pub enum Verdict {
    /// No branch failed.
    #[default]
    NoneFailed,
    /// No branch failed that none waits for.
    LeavesSucceeded,
    /// The expression gives true.
    Holds(Query),
}

/// Branches do not make a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// There are too many.
    #[error("a graph has at most {} branches", limits::GRAPH_BRANCHES_MAX)]
    TooMany,
    /// Two have one id.
    #[error("two branches are called '{0}'")]
    SameId(Arc<str>),
    /// A branch names one that is not there.
    #[error("branch '{0}' names a branch that does not exist")]
    Unknown(Arc<str>),
    /// A branch can never run: what it waits for waits for itself.
    #[error("branch '{0}' waits for branches that wait for one another")]
    Cycle(Arc<str>),
}

impl Branch {
    /// Makes a branch that waits for nothing.
    pub fn new(id: impl Into<Arc<str>>, body: Block) -> Self {
        Self {
            id: id.into(),
            body,
            needs: Vec::new(),
            reads: Vec::new(),
            rule: TriggerRule::default(),
            guard: None,
            allow_failure: None,
            teardown_of: Vec::new(),
            asides: Vec::new(),
            undo: None,
        }
    }
}

impl Fork {
    /// Makes a `Parallel`.
    pub fn together(blocks: impl IntoIterator<Item = Block>) -> Self {
        let branches = blocks.into_iter().map(|block| Branch::new("", block)).collect();
        Self { branches, join: Join::Together }
    }

    /// Makes a graph that succeeds if no branch failed; its result is an object of all outputs.
    ///
    /// # Errors
    /// The branches do not make a graph.
    pub fn graph(mut branches: Vec<Branch>) -> Result<Self, GraphError> {
        for branch in &mut branches {
            for places in [&mut branch.needs, &mut branch.reads] {
                places.sort_unstable();
                places.dedup();
            }
        }
        let dependents = dependents(&branches)?;
        let graph = Graph {
            reads: (0..).zip(&branches).map(|(place, _)| place).collect(),
            dependents,
            output: None,
            verdict: Verdict::default(),
            timeout: None,
            tells_limit: false,
            gathers_files: false,
            hold: None,
            asides: Vec::new(),
            saga: None,
        };
        Ok(Self { branches, join: Join::Graph(Box::new(graph)) })
    }

    /// Returns what makes it a graph, if it is one.
    pub fn as_graph(&self) -> Option<&Graph> {
        match &self.join {
            Join::Graph(graph) => Some(graph),
            Join::Together => None,
        }
    }
}

impl Graph {
    /// Returns the branches that wait for the one at `branch`.
    pub fn dependents(&self, branch: u32) -> &[u32] {
        &self.dependents[branch as usize]
    }
}

/// Turns the needs round, and checks that branches can be run in some order.
fn dependents(branches: &[Branch]) -> Result<Vec<Vec<u32>>, GraphError> {
    if branches.len() > limits::GRAPH_BRANCHES_MAX {
        return Err(GraphError::TooMany);
    }
    let mut ids = BTreeSet::new();
    let mut dependents = vec![Vec::new(); branches.len()];
    for (place, branch) in (0..).zip(branches) {
        if !ids.insert(&branch.id) {
            return Err(GraphError::SameId(branch.id.clone()));
        }
        let known = |needed: &u32| (*needed as usize) < branches.len();
        if !branch.needs.iter().chain(&branch.reads).chain(&branch.teardown_of).all(known) {
            return Err(GraphError::Unknown(branch.id.clone()));
        }
        for needed in &branch.needs {
            dependents[*needed as usize].push(place);
        }
    }
    match waits_for_itself(branches, &dependents) {
        Some(branch) => Err(GraphError::Cycle(branch.id.clone())),
        None => Ok(dependents),
    }
}

/// Returns a branch that no order of running reaches.
fn waits_for_itself<'a>(branches: &'a [Branch], dependents: &[Vec<u32>]) -> Option<&'a Branch> {
    let mut open: Vec<_> = branches.iter().map(|branch| branch.needs.len()).collect();
    let mut free: Vec<_> = (0..branches.len()).filter(|place| open[*place] == 0).collect();
    while let Some(place) = free.pop() {
        for dependent in &dependents[place] {
            let dependent = *dependent as usize;
            open[dependent] -= 1;
            if open[dependent] == 0 {
                free.push(dependent);
            }
        }
    }
    open.iter().position(|open| *open > 0).map(|place| &branches[place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StateId;

    fn branch(id: &str, needs: &[u32]) -> Branch {
        Branch { needs: needs.to_vec(), ..Branch::new(id, Block { start: StateId(0) }) }
    }

    #[test]
    fn needs_are_turned_round() {
        let branches = vec![branch("a", &[]), branch("b", &[0, 0]), branch("c", &[0, 1])];
        let fork = Fork::graph(branches).unwrap();
        let graph = fork.as_graph().unwrap();
        assert_eq!(graph.dependents(0), [1, 2]);
        assert_eq!(graph.dependents(1), [2]);
        assert!(graph.dependents(2).is_empty());
    }

    #[test]
    fn branches_that_make_no_graph_are_refused() {
        let error = |branches| Fork::graph(branches).unwrap_err().to_string();
        assert_eq!(
            error(vec![branch("a", &[1]), branch("b", &[2]), branch("c", &[1])]),
            "branch 'a' waits for branches that wait for one another"
        );
        assert_eq!(error(vec![branch("a", &[7])]), "branch 'a' names a branch that does not exist");
        assert_eq!(error(vec![branch("a", &[]), branch("a", &[])]), "two branches are called 'a'");
    }
}
