//! Map states: inline ones, and what only distributed ones have.

use std::sync::Arc;

use compasso_expr::jsonpath::Path;
use compasso_expr::query::Query;
use compasso_types::Json;

use crate::{Block, ExecutionType, Field, Resource, Undoes, Value};

/// A Map state.
#[derive(Clone, Debug)]
pub struct Map {
    /// `ItemsPath` of a JSONPath state; absent: the effective input.
    pub items_path: Option<Path>,
    /// `Items` of a JSONata state; absent: the state's input.
    pub items: Option<Query>,
    /// `ItemSelector`, or the old `Parameters`.
    pub item_selector: Option<Value>,
    /// `MaxConcurrency` or its twin; 0 or absent: no limit of its own.
    pub max_concurrency: Option<Field<i64>>,
    /// The block run for each item.
    pub processor: Block,
    /// Where iterations run.
    pub mode: MapMode,
    /// What makes it the `each` of a pipeline; absent: a Map of the Amazon States Language, whose
    /// first failure ends it.
    pub each: Option<Box<Each>>,
}

/// What the `each` or `matrix` of a pipeline's task has beside a Map. Its items may be anything: what
/// is no array is the only item, and nothing is none. Its result is the outputs in the order of the
/// items, null where an instance failed. The record of the branch that is the Map's block begins
/// with has `instances`.
#[derive(Clone, Debug, Default)]
pub struct Each {
    /// Names an instance; evaluated with the item at hand. Absent: the item's place.
    pub key: Option<Query>,
    /// Whether expressions call the item `matrix`, not `item`.
    pub is_matrix: bool,
    /// How many may fail, and the Map still succeeds.
    pub tolerated: Tolerance,
    /// What becomes of the others when more failed.
    pub fail_fast: FailFast,
    /// Its items are what is to be undone, and each runs the block that undoes it instead of the
    /// Map's own. One that ended well is done with.
    pub undoes: Option<Undoes>,
    /// How many items an instance is given, as an array; absent: one, as it is.
    pub batch: Option<u32>,
    /// What reads its items, a few at a time; the Map's `items` then say from where. Absent: they are
    /// the items.
    pub reader: Option<Resource>,
    /// Whether the record of the branch is to have `instances`, because something reads them.
    pub has_readers: bool,
}

/// How many instances of an [`Each`] may fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// So many.
    Count(u32),
    /// So many of a hundred.
    Percent(f64),
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl Tolerance {
    /// Returns whether `failed` of `count` instances are more than may fail.
    pub fn is_exceeded(self, failed: usize, count: usize) -> bool {
        match self {
            Self::Count(most) => failed > most as usize,
            Self::Percent(most) => failed as f64 * 100.0 > most * count as f64,
        }
    }
}

/// What becomes of the other instances when more failed than may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailFast {
    /// Those that run are let finish, no other is started.
    #[default]
    Finish,
    /// Those that run are given up as well.
    Kill,
    /// All of them run.
    Off,
}

/// Where the iterations of a Map run.
#[derive(Clone, Debug)]
pub enum MapMode {
    /// In this execution.
    Inline,
    /// Each in a child execution.
    Distributed(Box<Distributed>),
}

/// What only a distributed Map has.
#[derive(Clone, Debug)]
pub struct Distributed {
    /// `ProcessorConfig.ExecutionType`.
    pub execution_type: ExecutionType,
    /// `Label`.
    pub label: Option<Arc<str>>,
    /// `ItemReader`: where the items come from; absent: from the state's input.
    pub reader: Option<ItemReader>,
    /// `ItemBatcher`: children get several items each.
    pub batcher: Option<ItemBatcher>,
    /// `ResultWriter`: what becomes of the results.
    pub writer: Option<ResultWriter>,
    /// `ToleratedFailureCount` or its twin.
    pub tolerated_count: Option<Field<i64>>,
    /// `ToleratedFailurePercentage` or its twin.
    pub tolerated_percentage: Option<Field<f64>>,
}

/// `ItemReader`.
#[derive(Clone, Debug)]
pub struct ItemReader {
    /// `Resource`.
    pub resource: Arc<str>,
    /// `Parameters` or `Arguments`.
    pub arguments: Option<Value>,
    /// The members of `ReaderConfig`.
    pub config: Config,
}

/// `ItemBatcher`.
#[derive(Clone, Debug)]
pub struct ItemBatcher {
    /// `MaxItemsPerBatch` or its twin.
    pub max_items: Option<Field<i64>>,
    /// `MaxInputBytesPerBatch` or its twin.
    pub max_bytes: Option<Field<i64>>,
    /// `BatchInput`.
    pub input: Option<Value>,
}

/// `ResultWriter`.
#[derive(Clone, Debug)]
pub struct ResultWriter {
    /// `Resource`; absent: the results stay in the state.
    pub resource: Option<Arc<str>>,
    /// `Parameters` or `Arguments`.
    pub arguments: Option<Value>,
    /// The members of `WriterConfig`.
    pub config: Config,
}

/// An object whose members are literals or computed, by name; a `…Path` twin has the plain name.
pub type Config = Vec<(&'static str, Field<Json>)>;
