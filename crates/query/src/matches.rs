//! Whether a row is found.

use std::cmp::Ordering;

use compasso_types::{Number, Timestamp};

use crate::{Comparison, Condition, Duration, Query, Test, Value};

/// What is searched.
pub trait Row {
    /// Returns what the row has in a field.
    fn value(&self, field: &str) -> Option<Found<'_>>;
}

/// What a row has in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// A text, or a word of the field's own.
    Text(&'a str),
    /// A number.
    Number(Number),
    /// True or false.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// Several words of the field's own: it is each of them.
    Words(&'a [&'static str]),
}

impl Query {
    /// Says whether `row` is found at `now`.
    pub fn matches(&self, row: &impl Row, now: Timestamp) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row, now)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row, now)),
            Self::Not(inner) => !inner.matches(row, now),
            Self::Test(test) => test.matches(row, now),
        }
    }
}

impl Test {
    fn matches(&self, row: &impl Row, now: Timestamp) -> bool {
        let Some(found) = row.value(&self.field) else { return false };
        if let Found::Words(words) = found {
            return self.condition.holds_for(words);
        }
        let in_text = |test: &dyn Fn(&str) -> bool| match found {
            Found::Text(text) => test(text),
            Found::Number(_)
            | Found::Bool(_)
            | Found::Time(_)
            | Found::Duration(_)
            | Found::Words(_) => false,
        };
        match &self.condition {
            Condition::Compare(comparison, value) => {
                found.order(value, now).is_some_and(|order| comparison.holds(order))
            }
            Condition::In(values) => {
                values.iter().any(|value| found.order(value, now) == Some(Ordering::Equal))
            }
            Condition::Contains(part) => in_text(&|text| text.contains(&**part)),
            Condition::StartsWith(start) => in_text(&|text| text.starts_with(&**start)),
            Condition::Exists => true,
        }
    }
}

impl Condition {
    /// Says whether it holds for something that is each of these words.
    fn holds_for(&self, words: &[&'static str]) -> bool {
        let is = |value: &Value| matches!(value, Value::Word(word) if words.contains(word));
        match self {
            Self::Compare(Comparison::Equal, value) => is(value),
            Self::Compare(Comparison::NotEqual, value) => !is(value),
            Self::In(values) => values.iter().any(is),
            Self::Exists => true,
            Self::Compare(..) | Self::Contains(_) | Self::StartsWith(_) => false,
        }
    }
}

impl Found<'_> {
    /// Returns how it compares with a value, if both are of one kind.
    fn order(self, value: &Value, now: Timestamp) -> Option<Ordering> {
        Some(match (self, value) {
            (Self::Text(found), Value::Text(value)) => found.cmp(value),
            (Self::Text(found), Value::Word(value)) => found.cmp(value),
            (Self::Number(found), Value::Number(value)) => found.compare(*value),
            (Self::Bool(found), Value::Bool(value)) => found.cmp(value),
            (Self::Time(found), Value::Time(value)) => found.cmp(&value.at(now)),
            (Self::Duration(found), Value::Duration(value)) => found.cmp(value),
            _ => return None,
        })
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
