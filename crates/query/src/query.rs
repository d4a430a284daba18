//! What a query says, once it is checked.

use std::sync::Arc;

use compasso_types::Number;

use crate::{Duration, Time};

/// A condition that rows are searched by. There are no lists of one, and no list stands directly in
/// one of its own kind: see [`Query::all`] and [`Query::any`].
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Every one of them holds; none: everything is found.
    All(Vec<Query>),
    /// One of them holds.
    Any(Vec<Query>),
    /// It does not hold.
    Not(Box<Query>),
    /// A field is as it should be.
    Test(Test),
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The field's name.
    pub field: Arc<str>,
    /// What it must be. A field that a row does not have is nothing of all this.
    pub condition: Condition,
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`: it has a value of this kind that compares so.
    Compare(Comparison, Value),
    /// `in`: it has one of these values.
    In(Vec<Value>),
    /// `contains`: it is a text that this is a part of.
    Contains(Arc<str>),
    /// `starts with`: it is a text that begins so.
    StartsWith(Arc<str>),
    /// `exists`: it has a value.
    Exists,
}

/// How a field compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(Arc<str>),
    /// A word of the field's own, as its schema has it.
    Word(&'static str),
    /// A number.
    Number(Number),
    /// True or false.
    Bool(bool),
    /// An instant.
    Time(Time),
    /// A length of time.
    Duration(Duration),
}

impl Query {
    /// Makes a query that holds where all of `queries` do.
    pub fn all(queries: impl IntoIterator<Item = Query>) -> Self {
        let flat = queries.into_iter().flat_map(|query| match query {
            Self::All(inner) => inner,
            other => vec![other],
        });
        Self::alone(flat.collect()).unwrap_or_else(Self::All)
    }

    /// Makes a query that holds where one of `queries` does, of which there is at least one.
    pub fn any(queries: impl IntoIterator<Item = Query>) -> Self {
        let flat = queries.into_iter().flat_map(|query| match query {
            Self::Any(inner) => inner,
            other => vec![other],
        });
        Self::alone(flat.collect()).unwrap_or_else(Self::Any)
    }

    /// Returns the only one of a list.
    fn alone(mut list: Vec<Self>) -> Result<Self, Vec<Self>> {
        if list.len() == 1 { Ok(list.remove(0)) } else { Err(list) }
    }

    /// Returns the names of the fields it asks about.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(inner) => inner.fields(),
            Self::Test(test) => vec![&*test.field],
        }
    }

    /// Returns the tests that must hold wherever the query does.
    pub fn required(&self) -> impl Iterator<Item = &Test> {
        let parts = match self {
            Self::All(parts) => parts.as_slice(),
            Self::Any(_) | Self::Not(_) | Self::Test(_) => std::slice::from_ref(self),
        };
        parts.iter().filter_map(|part| match part {
            Self::Test(test) => Some(test),
            Self::All(_) | Self::Any(_) | Self::Not(_) => None,
        })
    }
}

impl Comparison {
    /// Returns how it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Says whether it only asks whether two values are the same.
    pub(crate) fn is_of_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}
