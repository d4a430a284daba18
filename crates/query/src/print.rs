//! A query back to text.

use std::fmt::{self, Display as _};

use compasso_types::Json;

use crate::{Condition, Query, Test, Value};

/// Writes it with no more parentheses than it takes.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " and ", |part| matches!(part, Self::Any(_))),
            Self::Any(parts) => joined(f, parts, " or ", |_| false),
            Self::Not(inner) => {
                f.write_str("not ")?;
                enclosed(f, inner, matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::Test(test) => test.fmt(f),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Query],
    between: &str,
    is_enclosed: impl Fn(&Query) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        enclosed(f, part, is_enclosed(part))?;
    }
    Ok(())
}

fn enclosed(f: &mut fmt::Formatter<'_>, query: &Query, is_enclosed: bool) -> fmt::Result {
    if is_enclosed { write!(f, "({query})") } else { query.fmt(f) }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match &self.condition {
            Condition::Compare(comparison, value) => {
                write!(f, "{field} {} {value}", comparison.sign())
            }
            Condition::In(values) => {
                write!(f, "{field} in (")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str(")")
            }
            Condition::Contains(text) => write!(f, "{field} contains {}", Quoted(text)),
            Condition::StartsWith(text) => write!(f, "{field} starts with {}", Quoted(text)),
            Condition::Exists => write!(f, "{field} exists"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => Quoted(text).fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => Json::Number(*number).fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Time(instant) => instant.fmt(f),
            Self::Duration(duration) => duration.fmt(f),
        }
    }
}

/// A text between quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
