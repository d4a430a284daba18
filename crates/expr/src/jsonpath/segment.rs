//! The parts of a compiled path.

use std::fmt;

use compasso_types::Json;
use regex::Regex;

/// Segments from a starting node, perhaps with a function over what they find.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) segments: Vec<Segment>,
    pub(super) call: Option<Call>,
}

/// One step of a route.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// `.name`, `['name']`.
    Name(Box<str>),
    /// `['a','b']`.
    Names(Vec<Box<str>>),
    /// `[1]`; negative counts from the end.
    Index(i64),
    /// `[0,-1]`.
    Indexes(Vec<i64>),
    /// `[1:]`, `[:2]`, `[1:2]`.
    Slice(Slice),
    /// `.*`, `[*]`.
    Wildcard,
    /// `..`: the next segment is applied to every object and array below, this one included.
    Descent,
    /// `[?(…)]`.
    Filter(Condition),
}

/// The bounds of a slice; one of them at least is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

/// A function at the end of a path, such as `.length()`.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Argument>,
    /// Whether the function gets all matches as one array: the path starts with a descent.
    pub(super) gathers: bool,
}

/// The functions Jayway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Average,
    StandardDeviation,
    Sum,
    Minimum,
    Maximum,
    Concatenate,
    Length,
    Append,
    Keys,
    First,
    Last,
    Index,
}

/// An argument of a function.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    Literal(Json),
    Operand(Operand),
}

/// The condition of a filter.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Operand),
    Compare(Box<Term>, Operator, Box<Term>),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Operand(Operand),
    Literal(Json),
    Pattern(Box<Regex>),
}

/// A path inside a filter or an argument.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) start: Start,
    pub(super) route: Route,
}

/// Where an operand starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// `@`: the item under test.
    Item,
    /// `$`: the document; the number tells document operands of one path apart.
    Document(usize),
}

/// The comparisons Jayway documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    SameTypeEqual,
    NotSameTypeEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    All,
    Contains,
    Size,
    Empty,
}

impl Route {
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.call.is_none()
    }

    pub(super) fn is_definite(&self) -> bool {
        match &self.call {
            Some(call) => call.gathers || self.definite_length() == self.segments.len(),
            None => self.definite_length() == self.segments.len(),
        }
    }

    pub(super) fn is_reference(&self) -> bool {
        self.call.is_none() && self.segments.iter().all(Segment::is_single)
    }

    /// Returns how many segments from the start name one node each.
    pub(super) fn definite_length(&self) -> usize {
        let single = self.segments.iter().take_while(|segment| segment.is_single()).count();
        let merges = single + 1 == self.segments.len()
            && self.call.is_none()
            && matches!(self.segments[single], Segment::Names(_));
        single + usize::from(merges)
    }
}

impl Segment {
    fn is_single(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Index(_))
    }
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "avg" => Self::Average,
            "stddev" => Self::StandardDeviation,
            "sum" => Self::Sum,
            "min" => Self::Minimum,
            "max" => Self::Maximum,
            "concat" => Self::Concatenate,
            "length" | "size" => Self::Length,
            "append" => Self::Append,
            "keys" => Self::Keys,
            "first" => Self::First,
            "last" => Self::Last,
            "index" => Self::Index,
            _ => return None,
        })
    }
}

impl Operator {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "===" => Self::SameTypeEqual,
            "!==" => Self::NotSameTypeEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=~" => Self::Matches,
            "in" => Self::In,
            "nin" => Self::NotIn,
            "subsetof" => Self::SubsetOf,
            "anyof" => Self::AnyOf,
            "noneof" => Self::NoneOf,
            "all" => Self::All,
            "contains" => Self::Contains,
            "size" => Self::Size,
            "empty" => Self::Empty,
            _ => return None,
        })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "['{name}']"),
            Self::Names(names) => {
                let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
                write!(f, "[{}]", names.join(","))
            }
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Indexes(indexes) => {
                let indexes: Vec<_> = indexes.iter().map(i64::to_string).collect();
                write!(f, "[{}]", indexes.join(","))
            }
            Self::Slice(Slice { from, to }) => {
                let bound = |bound: &Option<i64>| bound.map(|n| n.to_string()).unwrap_or_default();
                write!(f, "[{}:{}]", bound(from), bound(to))
            }
            Self::Wildcard => f.write_str("[*]"),
            Self::Descent => f.write_str(".."),
            Self::Filter(_) => f.write_str("[?]"),
        }
    }
}
