//! Testing items against the conditions of filters.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::mem::discriminant;
use std::sync::Arc;

use compasso_types::{Json, Number};
use regex::Regex;

use super::read::Reader;
use super::segment::{Condition, Operator, Term};

impl Reader<'_> {
    /// Returns whether `item` meets `condition`.
    pub(super) fn accepts(&self, condition: &Condition, item: &Json) -> bool {
        self.charge(1);
        if self.is_exhausted() {
            return false;
        }
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.accepts(part, item)),
            Condition::Any(parts) => parts.iter().any(|part| self.accepts(part, item)),
            Condition::Not(inner) => !self.accepts(inner, item),
            Condition::Exists(operand) => self.exists(operand, item),
            Condition::Compare(left, operator, right) => {
                self.compare_terms(left, *operator, right, item)
            }
        }
    }

    fn compare_terms(&self, left: &Term, operator: Operator, right: &Term, item: &Json) -> bool {
        match (left, right) {
            (Term::Pattern(_), Term::Pattern(_)) => false,
            (Term::Pattern(pattern), other) | (other, Term::Pattern(pattern)) => {
                self.matches(pattern, &self.value(other, item))
            }
            (left, right) => {
                self.compare(&self.value(left, item), operator, &self.value(right, item))
            }
        }
    }

    fn value<'v>(&'v self, term: &'v Term, item: &'v Json) -> Cow<'v, Json> {
        match term {
            Term::Operand(operand) => self.operand(operand, item),
            Term::Literal(literal) => Cow::Borrowed(literal),
            // Patterns were told apart before.
            Term::Pattern(_) => Cow::Owned(Json::Null),
        }
    }

    fn matches(&self, pattern: &Regex, value: &Json) -> bool {
        let text = match value {
            Json::String(text) => text.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Bool(value) => value.to_string(),
            Json::Array(items) => return items.iter().any(|item| self.matches(pattern, item)),
            Json::Null | Json::Object(_) => String::new(),
        };
        self.charge(1 + text.len() as u64 / 16);
        pattern.is_match(&text)
    }

    fn compare(&self, left: &Json, operator: Operator, right: &Json) -> bool {
        match operator {
            Operator::Equal => self.equals(left, right),
            Operator::NotEqual => !self.equals(left, right),
            Operator::SameTypeEqual => self.same_type_equals(left, right),
            Operator::NotSameTypeEqual => !self.same_type_equals(left, right),
            Operator::Less => self.order(left, right).is_some_and(Ordering::is_lt),
            Operator::LessOrEqual => self.order(left, right).is_some_and(Ordering::is_le),
            Operator::Greater => self.order(left, right).is_some_and(Ordering::is_gt),
            Operator::GreaterOrEqual => self.order(left, right).is_some_and(Ordering::is_ge),
            // Without a pattern nothing matches.
            Operator::Matches => false,
            Operator::In => self.is_in(left, right),
            Operator::NotIn => !self.is_in(left, right),
            Operator::SubsetOf => both_arrays(left, right)
                .is_some_and(|(items, _)| items.iter().all(|item| self.is_in(item, right))),
            Operator::AnyOf => both_arrays(left, right)
                .is_some_and(|(items, _)| items.iter().any(|item| self.is_in(item, right))),
            Operator::NoneOf => both_arrays(left, right)
                .is_some_and(|(items, _)| !items.iter().any(|item| self.is_in(item, right))),
            Operator::All => both_arrays(left, right)
                .is_some_and(|(_, items)| items.iter().all(|item| self.is_in(item, left))),
            Operator::Contains => self.contains(left, right),
            Operator::Size => {
                right.as_i64().is_some_and(|size| size_of(left).is_some_and(|n| n as i64 == size))
            }
            Operator::Empty => right
                .as_bool()
                .is_some_and(|empty| size_of(left).is_some_and(|n| (n == 0) == empty)),
        }
    }

    /// Equality as Jayway has it: numbers and strings are equal when they read the same.
    fn equals(&self, left: &Json, right: &Json) -> bool {
        match (left, right) {
            (Json::Number(number), Json::String(text)) => {
                numeric(text).is_some_and(|other| other == *number)
            }
            (Json::String(text), Json::Number(number)) => **text == number.to_string(),
            (left, right) => self.is_same(left, right),
        }
    }

    /// Structural equality that pays for what it looks at.
    fn is_same(&self, left: &Json, right: &Json) -> bool {
        self.charge(1);
        if self.is_exhausted() {
            return false;
        }
        match (left, right) {
            (Json::Array(left), Json::Array(right)) => {
                let mut pairs = left.iter().zip(right.iter());
                left.len() == right.len() && pairs.all(|(left, right)| self.is_same(left, right))
            }
            (Json::Object(left), Json::Object(right)) => {
                let same = |(name, value): (&Arc<str>, &Json)| {
                    right.get(name).is_some_and(|other| self.is_same(value, other))
                };
                left.len() == right.len() && left.iter().all(same)
            }
            (Json::String(left), Json::String(right)) => {
                self.charge(left.len().min(right.len()) as u64 / 256);
                left == right
            }
            (left, right) => left == right,
        }
    }

    fn same_type_equals(&self, left: &Json, right: &Json) -> bool {
        discriminant(left) == discriminant(right) && self.equals(left, right)
    }

    fn order(&self, left: &Json, right: &Json) -> Option<Ordering> {
        match (left, right) {
            (Json::Number(left), Json::Number(right)) => Some(left.compare(*right)),
            (Json::String(left), Json::String(right)) => {
                self.charge(left.len().min(right.len()) as u64 / 256);
                Some(left.encode_utf16().cmp(right.encode_utf16()))
            }
            _ => None,
        }
    }

    fn is_in(&self, value: &Json, list: &Json) -> bool {
        list.as_array().is_some_and(|items| {
            items.iter().any(|item| {
                self.charge(1);
                self.equals(value, item)
            })
        })
    }

    fn contains(&self, left: &Json, right: &Json) -> bool {
        match (left, right) {
            (Json::String(text), Json::String(part)) => {
                self.charge(text.len() as u64 / 64);
                text.contains(&**part)
            }
            (list, value) => self.is_in(value, list),
        }
    }
}

fn both_arrays<'v>(left: &'v Json, right: &'v Json) -> Option<(&'v [Json], &'v [Json])> {
    Some((left.as_array()?, right.as_array()?))
}

fn size_of(value: &Json) -> Option<usize> {
    match value {
        Json::String(text) => Some(text.encode_utf16().count()),
        Json::Array(items) => Some(items.len()),
        Json::Object(members) => Some(members.len()),
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

/// Reads a text as a number, as strictly as Java's decimals do.
fn numeric(text: &str) -> Option<Number> {
    if let Ok(integer) = text.parse() {
        return Some(Number::Int(integer));
    }
    let is_numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    let float: f64 = text.parse().ok().filter(|_| is_numeric)?;
    float.is_finite().then_some(Number::Float(float))
}
