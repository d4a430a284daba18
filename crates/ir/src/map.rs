//! Map states: inline ones, and what only distributed ones have.

use std::sync::Arc;

use compasso_expr::jsonpath::Path;
use compasso_expr::query::Query;
use compasso_types::Json;

use crate::{Block, ExecutionType, Field, Value};

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
