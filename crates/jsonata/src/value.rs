//! Values while an expression is evaluated.
//!
//! Documents stay the shared [`Json`] they came as; only what an expression makes itself is held in
//! forms of our own, because it may contain functions and needs the marks of a sequence.
//!
//! **Invariant:** what an expression makes nests at most [`NESTING_MAX`] levels above the documents
//! in it, so walking and dropping values by recursion is safe.

mod compare;
mod convert;
mod text;

use std::rc::Rc;
use std::sync::Arc;

use compasso_types::{Array, Json, Number};
use indexmap::IndexMap;

pub(crate) use compare::{Distinct, equal};
pub(crate) use text::{number_text, quoted, stringify, write_json_string};

use crate::ast::{LambdaNode, TransformNode};
use crate::error::{EvaluationError, Result};
use crate::functions::Builtin;
use crate::pattern::Pattern;
use crate::scope::Scope;

/// Most levels of values made by an expression.
pub(crate) const NESTING_MAX: u16 = 200;

/// A value, or the absence of one.
#[derive(Clone, Debug, Default)]
pub(crate) enum Value {
    #[default]
    Undefined,
    /// Anything JSON holds.
    Json(Json),
    /// An array made by the expression.
    List(Rc<List>, Marks),
    /// An object made by the expression.
    Record(Rc<Record>),
    Function(Rc<Function>),
}

/// What distinguishes the arrays of JSONata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// A sequence: one item stands for itself, none for nothing.
    pub(crate) sequence: bool,
    /// A sequence of one item stays an array.
    pub(crate) keep_singleton: bool,
    /// An array constructor's result that is not flattened into a sequence.
    pub(crate) whole: bool,
}

impl Marks {
    /// The marks of a plain sequence.
    pub(crate) const SEQUENCE: Self = Self { sequence: true, keep_singleton: false, whole: false };
}

/// The items of an array made by the expression.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    nesting: u16,
}

/// The members of an object made by the expression.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) members: IndexMap<Arc<str>, Value>,
    nesting: u16,
}

/// A function value.
#[derive(Debug)]
pub(crate) enum Function {
    Builtin(&'static Builtin),
    Lambda(Lambda),
    Partial(Partial),
    /// Calls the first, then the second with its result.
    Composed(Value, Value, u16),
    Regex(Arc<Pattern>),
    NextMatch(NextMatch),
    Transform(Transform),
}

/// A function definition with the place it was made at.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub(crate) node: Arc<LambdaNode>,
    pub(crate) scope: Rc<Scope>,
    pub(crate) input: Value,
    nesting: u16,
}

impl Lambda {
    pub(crate) fn new(node: Arc<LambdaNode>, scope: Rc<Scope>, input: Value) -> Result<Self> {
        let nesting = level_above([&input].into_iter())?;
        Ok(Self { node, scope, input, nesting })
    }
}

/// A function some of whose arguments are fixed.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) function: Rc<Function>,
    pub(crate) arguments: Vec<Option<Value>>,
    pub(crate) nesting: u16,
}

/// What finds the match behind another one.
#[derive(Debug)]
pub(crate) struct NextMatch {
    pub(crate) pattern: Arc<Pattern>,
    pub(crate) text: Arc<str>,
    pub(crate) start: usize,
}

/// A transformation with the place it was made at.
#[derive(Debug)]
pub(crate) struct Transform {
    pub(crate) node: Arc<TransformNode>,
    pub(crate) scope: Rc<Scope>,
}

/// The items of an array, however it is held; keeps them alive.
#[derive(Clone, Debug)]
pub(crate) enum Items {
    Json(Array),
    List(Rc<List>),
}

impl Items {
    /// Returns one item, even if it is itself an array.
    pub(crate) fn one(item: Value) -> Self {
        let nesting = item.nesting();
        Self::List(Rc::new(List { items: vec![item], nesting }))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::List(list) => list.items.len(),
        }
    }

    /// Returns the item at `index`, or nothing.
    pub(crate) fn get(&self, index: usize) -> Value {
        match self {
            Self::Json(items) => items.item(index).map_or(Value::Undefined, Value::Json),
            Self::List(list) => list.items.get(index).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// A borrowed member list of an object, however it is held.
#[derive(Clone, Debug)]
pub(crate) enum Members {
    Json(Arc<compasso_types::Object>),
    Record(Rc<Record>),
}

impl Members {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(members) => members.len(),
            Self::Record(record) => record.members.len(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Arc<str>, Value)> + '_ {
        (0..self.len()).filter_map(|index| match self {
            Self::Json(members) => members
                .get_index(index)
                .map(|(key, value)| (key.clone(), Value::Json(value.clone()))),
            Self::Record(record) => {
                record.members.get_index(index).map(|(key, value)| (key.clone(), value.clone()))
            }
        })
    }
}

impl Value {
    /// Returns a number; what JSON cannot hold is kept and found out when it is used.
    pub(crate) fn number(number: f64) -> Self {
        let number = Number::from_f64(number).unwrap_or(Number::Float(number));
        Self::Json(Json::Number(number))
    }

    pub(crate) fn string(text: impl Into<Arc<str>>) -> Self {
        Self::Json(Json::String(text.into()))
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self::Json(Json::Bool(value))
    }

    /// Returns a plain array.
    pub(crate) fn list(items: Vec<Self>) -> Result<Self> {
        Self::marked_list(items, Marks::default())
    }

    /// Returns a sequence.
    pub(crate) fn sequence(items: Vec<Self>) -> Result<Self> {
        Self::marked_list(items, Marks::SEQUENCE)
    }

    pub(crate) fn marked_list(items: Vec<Self>, marks: Marks) -> Result<Self> {
        let nesting = level_above(items.iter())?;
        Ok(Self::List(Rc::new(List { items, nesting }), marks))
    }

    pub(crate) fn record(members: IndexMap<Arc<str>, Self>) -> Result<Self> {
        let nesting = level_above(members.values())?;
        Ok(Self::Record(Rc::new(Record { members, nesting })))
    }

    pub(crate) fn function(function: Function) -> Self {
        Self::Function(Rc::new(function))
    }

    /// Returns a composition of two functions.
    pub(crate) fn composed(first: Self, second: Self) -> Result<Self> {
        let nesting = level_above([&first, &second].into_iter())?;
        Ok(Self::function(Function::Composed(first, second, nesting)))
    }

    /// Returns a function with some arguments fixed.
    pub(crate) fn partial(function: Rc<Function>, arguments: Vec<Option<Self>>) -> Result<Self> {
        let inner = Self::Function(function.clone());
        let nesting = level_above(arguments.iter().flatten().chain([&inner]))?;
        Ok(Self::function(Function::Partial(Partial { function, arguments, nesting })))
    }

    /// Returns how many levels of values made by the expression this one has.
    pub(crate) fn nesting(&self) -> u16 {
        match self {
            Self::Undefined | Self::Json(_) => 0,
            Self::List(list, _) => list.nesting,
            Self::Record(record) => record.nesting,
            Self::Function(function) => match &**function {
                Function::Builtin(_)
                | Function::Regex(_)
                | Function::NextMatch(_)
                | Function::Transform(_) => 0,
                Function::Lambda(lambda) => lambda.nesting,
                Function::Partial(partial) => partial.nesting,
                Function::Composed(.., nesting) => *nesting,
            },
        }
    }

    pub(crate) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(crate) fn is_sequence(&self) -> bool {
        matches!(self, Self::List(_, marks) if marks.sequence)
    }

    pub(crate) fn items(&self) -> Option<Items> {
        match self {
            Self::Json(Json::Array(items)) => Some(Items::Json(items.clone())),
            Self::List(list, _) => Some(Items::List(list.clone())),
            _ => None,
        }
    }

    /// Returns the items of an array, and any other value as the only item.
    pub(crate) fn items_or_self(&self) -> Items {
        self.items().unwrap_or_else(|| Items::one(self.clone()))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Json(Json::Array(_)) | Self::List(..))
    }

    pub(crate) fn members(&self) -> Option<Members> {
        match self {
            Self::Json(Json::Object(members)) => Some(Members::Json(members.clone())),
            Self::Record(record) => Some(Members::Record(record.clone())),
            _ => None,
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Json(Json::Object(_)) | Self::Record(_))
    }

    pub(crate) fn as_str(&self) -> Option<&Arc<str>> {
        match self {
            Self::Json(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Json(Json::Number(number)) => Some(number.as_f64()),
            _ => None,
        }
    }

    /// Returns the member `name` of an object, or of each object in an array.
    pub(crate) fn member(&self, name: &str) -> Self {
        match self {
            Self::Json(Json::Object(members)) => {
                members.get(name).map_or(Self::Undefined, |value| Self::Json(value.clone()))
            }
            Self::Record(record) => record.members.get(name).cloned().unwrap_or_default(),
            _ => Self::Undefined,
        }
    }

    /// Returns the letter signatures use for the value's type.
    pub(crate) fn type_letter(&self) -> char {
        match self {
            Self::Undefined => 'm',
            Self::Function(_) => 'f',
            Self::List(..) | Self::Json(Json::Array(_)) => 'a',
            Self::Record(_) | Self::Json(Json::Object(_)) => 'o',
            Self::Json(Json::Null) => 'l',
            Self::Json(Json::Bool(_)) => 'b',
            Self::Json(Json::Number(_)) => 'n',
            Self::Json(Json::String(_)) => 's',
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        Self::Json(json)
    }
}

fn level_above<'v>(values: impl Iterator<Item = &'v Value>) -> Result<u16> {
    let nesting = values.map(Value::nesting).max().unwrap_or(0) + 1;
    if nesting > NESTING_MAX {
        return Err(EvaluationError::Depth);
    }
    Ok(nesting)
}
