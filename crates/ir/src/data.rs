//! How data flows into, through and out of a state.

use compasso_expr::intrinsic::Intrinsic;
use compasso_expr::jsonpath::Path;
use compasso_expr::query::Query;
use compasso_expr::template::Template;

/// The data-flow fields of a state, in its query language.
#[derive(Clone, Debug)]
pub enum Dataflow {
    /// `InputPath` … `OutputPath`.
    JsonPath(Box<JsonPathFlow>),
    /// `Arguments`, `Output`.
    Jsonata(Box<JsonataFlow>),
}

/// Data flow of a JSONPath state; each field only where its state kind has it.
#[derive(Clone, Debug, Default)]
pub struct JsonPathFlow {
    /// `InputPath`.
    pub input_path: Selection,
    /// `Parameters` (a Map's old `Parameters` is its item selector, not this).
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
    /// `OutputPath`.
    pub output_path: Selection,
    /// `Assign`.
    pub assign: Option<Template>,
}

/// Data flow of a JSONata state.
#[derive(Clone, Debug, Default)]
pub struct JsonataFlow {
    /// `Arguments`.
    pub arguments: Option<Query>,
    /// `Output`.
    pub output: Option<Query>,
    /// `Assign`.
    pub assign: Option<Query>,
}

/// `InputPath` or `OutputPath`.
#[derive(Clone, Debug, Default)]
pub enum Selection {
    /// Absent or `$`: everything, untouched.
    #[default]
    Whole,
    /// `null`: an empty object instead.
    Nothing,
    /// What the path reads.
    Path(Path),
}

/// `ResultPath`.
#[derive(Clone, Debug, Default)]
pub enum ResultPath {
    /// Absent or `$`: the result is the output.
    #[default]
    Replace,
    /// `null`: the result is dropped, the raw input kept.
    Discard,
    /// The result goes into the raw input at a Reference Path.
    Insert(Path),
}

/// A JSON value with expressions, in either language.
#[derive(Clone, Debug)]
pub enum Value {
    /// A payload template.
    Template(Template),
    /// A value with `{% … %}` strings.
    Query(Query),
}

/// A scalar field that may be computed.
#[derive(Clone, Debug)]
pub enum Field<T> {
    /// Written in the definition.
    Literal(T),
    /// Its `…Path` twin.
    Path(Path),
    /// An intrinsic call, in `ErrorPath` and `CausePath`.
    Intrinsic(Intrinsic),
    /// A JSONata expression.
    Query(Query),
}
