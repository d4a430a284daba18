//! The rules of a Choice state.

use std::sync::Arc;

use compasso_expr::jsonpath::Path;
use compasso_expr::query::Query;
use compasso_types::{Number, Timestamp};

use crate::{StateId, Value};

/// A Choice state.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Tested in order; the first that holds wins.
    pub rules: Vec<Rule>,
    /// `Default`.
    pub default: Option<StateId>,
}

/// One element of `Choices`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// When the rule holds.
    pub condition: Condition,
    /// `Next`.
    pub next: StateId,
    /// `Assign`, replacing the state's.
    pub assign: Option<Value>,
    /// `Output` of a JSONata rule, replacing the state's.
    pub output: Option<Query>,
}

/// When a rule holds.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A JSONata `Condition` given as a boolean literal.
    Literal(bool),
    /// A JSONata `Condition`.
    Query(Query),
    /// `And`.
    And(Vec<Condition>),
    /// `Or`.
    Or(Vec<Condition>),
    /// `Not`.
    Not(Box<Condition>),
    /// `Variable` with one operator.
    Test {
        /// `Variable`.
        variable: Path,
        /// The operator and its operand.
        test: Test,
    },
}

/// A comparison operator with its operand.
#[derive(Clone, Debug)]
pub enum Test {
    /// `IsPresent`.
    IsPresent(bool),
    /// `IsNull`, `IsString`, `IsNumeric`, `IsBoolean`, `IsTimestamp`.
    IsType(ValueType, bool),
    /// `BooleanEquals`.
    Boolean(Operand<bool>),
    /// `StringEquals`, `StringLessThan`, …
    String(Comparison, Operand<Arc<str>>),
    /// `StringMatches`.
    StringMatches(Pattern),
    /// `NumericEquals`, …
    Numeric(Comparison, Operand<Number>),
    /// `TimestampEquals`, …
    Timestamp(Comparison, Operand<Timestamp>),
}

/// A literal operand, or the path of a `…Path` operator.
#[derive(Clone, Debug)]
pub enum Operand<T> {
    /// Written in the definition.
    Literal(T),
    /// Read at run time.
    Path(Path),
}

/// How two values must stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `…Equals`.
    Equals,
    /// `…LessThan`.
    LessThan,
    /// `…GreaterThan`.
    GreaterThan,
    /// `…LessThanEquals`.
    LessThanEquals,
    /// `…GreaterThanEquals`.
    GreaterThanEquals,
}

/// The type a type test asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `IsNull`.
    Null,
    /// `IsString`.
    String,
    /// `IsNumeric`.
    Numeric,
    /// `IsBoolean`.
    Boolean,
    /// `IsTimestamp`.
    Timestamp,
}

/// The pattern of `StringMatches`: literal pieces with any run of characters between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<String>,
}

/// A `\` in a pattern stands before something other than `*` or `\`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DanglingEscape;

impl Pattern {
    /// Compiles a pattern in which `*` matches any run, `\*` a star and `\\` a backslash.
    ///
    /// # Errors
    /// Any other use of `\`.
    pub fn parse(text: &str) -> Result<Self, DanglingEscape> {
        let mut pieces = vec![String::new()];
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let piece = pieces.last_mut().expect("there is always a last piece");
            match c {
                '*' => pieces.push(String::new()),
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '\\')) => piece.push(escaped),
                    _ => return Err(DanglingEscape),
                },
                _ => piece.push(c),
            }
        }
        Ok(Self { pieces })
    }

    /// Returns whether the whole of `text` matches; time is linear in practice and never worse
    /// than the product of both lengths.
    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return text == self.pieces[0];
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            let Some(at) = rest.find(piece.as_str()) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_run_and_escapes_match_themselves() {
        for (pattern, text, expected) in [
            ("log-*.txt", "log-1.txt", true),
            ("log-*.txt", "log-.txt.gz", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("*ab*ab", "xabab", true),
            (r"\*\\", r"*\", true),
            ("plain", "plain!", false),
        ] {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(text),
                expected,
                "{pattern} {text}"
            );
        }
        assert_eq!(Pattern::parse(r"a\b"), Err(DanglingEscape));
    }
}
