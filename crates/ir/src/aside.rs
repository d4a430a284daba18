//! What runs beside the branches of graphs: hooks, timers, and what undoes a run.
//!
//! Such a block is an *aside*. It runs beside the outermost graph, whatever graph the branch it is
//! about stands in, so that nobody waits for it but the end of the run; and how it ends changes
//! nothing of the branches. Its input is what is known at the moment that it is told of:
//!
//! | member | content |
//! |---|---|
//! | `task` | of an aside about a branch: its record as far as there is one, with `id`, `idempotency_key` and, of an instance, `key` and `index` |
//! | `needs` | the records of the branches that the aside reads |
//! | `item`, `index`, `matrix` | of the instances around the branch, or of the instance itself |
//! | `run` | of an aside about the end of the outermost graph: `state`, `error`, `failed_tasks`, `output`, and `compensation` (`complete` or `incomplete`) if what was done was undone |
//!
//! In an aside the variables of its own block hide the members of the document that have the same
//! name. So its first state assigns the members of its input, and its expressions read them like
//! those of a task.

use std::sync::Arc;

use crate::Block;

/// A block that runs beside the outermost graph.
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own")]
#[derive(Clone, Debug)]
pub struct Aside {
    /// What history calls it.
    pub name: Arc<str>,
    /// When it is told.
    pub on: Occasion,
    /// What it runs.
    pub body: Block,
    /// The branches whose records it reads, by their place.
    pub reads: Vec<u32>,
    /// Whether it is told of each instance of the branch instead of the branch; of those that ended well.
    pub of_instances: bool,
    /// Whether it is not told of a failure that counts as a success.
    pub of_done: bool,
    /// Whether it is dropped if it still waits in a Wait state when what it is about has ended.
    pub is_timer: bool,
    /// Whether the run is given up with the error that the block ends with.
    pub gives_up: bool,
}

/// An occasion in the life of a branch, or of the outermost graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The graph begins.
    Opened,
    /// The branch is entered.
    Started,
    /// An attempt failed, and another one follows.
    Retried,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// It was skipped.
    Skipped,
    /// It was given up.
    Cancelled,
    /// It ended, however, also because of what it needs.
    Ended,
}

/// How a branch is undone.
#[derive(Clone, Debug)]
pub struct Undo {
    /// What history calls it.
    pub name: Arc<str>,
    /// What it runs; its input is that of an aside.
    pub body: Block,
    /// The branches whose records it reads, by their place.
    pub reads: Vec<u32>,
    /// Whether each instance of the branch is undone by itself.
    pub of_instances: bool,
    /// The errors after which nobody knows whether the work was done, so that it is undone as well.
    /// The same holds of work that was given up.
    pub unsure: Vec<Arc<str>>,
}

/// Undoes what the branches of a run did.
#[derive(Clone, Debug)]
pub struct Saga {
    /// After which ends of the outermost graph.
    pub after: Vec<Ending>,
    /// What runs then: a Map whose items are what is to be undone ([`crate::Each::undoes`]).
    pub body: Block,
}

/// How a graph ends that does not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By its verdict.
    Failed,
    /// On somebody's order.
    Cancelled,
    /// By its limit.
    TimedOut,
}

/// What a Map undoes.
#[derive(Clone, Debug)]
pub enum Undoes {
    /// All that is to be undone, what was done last first.
    All,
    /// What the branches did that are undone by the block of this name.
    Named(Arc<str>),
}
