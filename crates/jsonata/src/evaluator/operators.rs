//! Operators between values.

use std::rc::Rc;

use compasso_types::Json;

use super::Evaluator;
use crate::ast::{Expr, Operator};
use crate::error::{Result, failed};
use crate::scope::Scope;
use crate::value::{Value, equal, quoted, stringify};

/// Most items of a range, as the reference implementation has it.
const RANGE_ITEMS_MAX: f64 = 1e7;

impl Evaluator<'_> {
    pub(super) fn binary(
        &self,
        operator: Operator,
        pair: &(Expr, Expr),
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let left = self.evaluate(&pair.0, input, scope)?;
        match operator {
            Operator::And => {
                let both = self.truth(&left)? && {
                    let right = self.evaluate(&pair.1, input, scope)?;
                    self.truth(&right)?
                };
                return Ok(Value::bool(both));
            }
            Operator::Or => {
                let either = self.truth(&left)? || {
                    let right = self.evaluate(&pair.1, input, scope)?;
                    self.truth(&right)?
                };
                return Ok(Value::bool(either));
            }
            _ => {}
        }
        let right = self.evaluate(&pair.1, input, scope)?;
        match operator {
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => arithmetic(operator, &left, &right),
            Operator::Equal | Operator::NotEqual => {
                if left.is_undefined() || right.is_undefined() {
                    return Ok(Value::bool(false));
                }
                let same = equal(&self.budget, &left, &right)?;
                Ok(Value::bool(same == (operator == Operator::Equal)))
            }
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => compare(operator, &left, &right),
            Operator::Concatenate => self.concatenate(&left, &right),
            Operator::In => self.includes(&left, &right),
            Operator::Range => self.range(&left, &right),
            Operator::And | Operator::Or => unreachable!("decided above"),
        }
    }

    pub(super) fn negate(&self, inner: &Expr, input: &Value, scope: &Rc<Scope>) -> Result<Value> {
        let value = self.evaluate(inner, input, scope)?;
        match value.as_f64() {
            _ if value.is_undefined() => Ok(value),
            Some(number) => Ok(Value::number(-finite(number)?)),
            None => {
                let message = format!("Cannot negate a non-numeric value: {}", quoted(&value));
                Err(failed("D1002", message))
            }
        }
    }

    fn concatenate(&self, left: &Value, right: &Value) -> Result<Value> {
        let mut text = match left.as_str() {
            Some(text) => text.to_string(),
            None => stringify(&self.budget, left, false)?,
        };
        if let Some(right) = right.as_str() {
            self.budget.make_text(text.len() + right.len())?;
            text.push_str(right);
            Ok(Value::string(text))
        } else {
            text.push_str(&stringify(&self.budget, right, false)?);
            self.text(text)
        }
    }

    fn includes(&self, left: &Value, right: &Value) -> Result<Value> {
        if left.is_undefined() || right.is_undefined() {
            return Ok(Value::bool(false));
        }
        let items = right.items_or_self();
        self.budget.steps(items.len())?;
        let found = items.iter().any(|item| identical(left, &item));
        Ok(Value::bool(found))
    }

    fn range(&self, left: &Value, right: &Value) -> Result<Value> {
        let integer = |value: &Value, code, side| match value.as_f64() {
            Some(number) if number.fract() == 0.0 => Ok(Some(number)),
            _ if value.is_undefined() => Ok(None),
            _ => {
                let message = format!(
                    "The {side} side of the range operator (..) must evaluate to an integer"
                );
                Err(failed(code, message))
            }
        };
        let first = integer(left, "T2003", "left")?;
        let last = integer(right, "T2004", "right")?;
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Value::Undefined);
        };
        if first > last {
            return Ok(Value::Undefined);
        }
        let count = last - first + 1.0;
        if count > RANGE_ITEMS_MAX {
            let message = format!(
                "The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate {}.",
                crate::value::number_text(count)
            );
            return Err(failed("D2014", message));
        }
        self.budget.items(count as usize)?;
        Value::sequence((0..count as usize).map(|at| Value::number(first + at as f64)).collect())
    }
}

/// Returns a number that JSON can hold.
pub(crate) fn finite(number: f64) -> Result<f64> {
    if number.is_finite() {
        return Ok(number);
    }
    Err(failed("D1001", "Number out of range: null"))
}

/// Demands that a value is no number that JSON cannot hold.
pub(super) fn bounded(value: &Value) -> Result<()> {
    match value.as_f64() {
        Some(number) if number.is_nan() => Err(failed("D1001", "Number out of range: NaN")),
        Some(number) if number.is_infinite() => {
            let sign = if number < 0.0 { "-" } else { "" };
            Err(failed("D1001", format!("Number out of range: {sign}Infinity")))
        }
        _ => Ok(()),
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value> {
    let operand = |value: &Value, code, side| match value.as_f64() {
        Some(number) => finite(number).map(Some),
        None if value.is_undefined() => Ok(None),
        None => {
            let sign = sign(operator);
            let message =
                format!("The {side} side of the \"{sign}\" operator must evaluate to a number");
            Err(failed(code, message))
        }
    };
    let left = operand(left, "T2001", "left")?;
    let right = operand(right, "T2002", "right")?;
    let (Some(a), Some(b)) = (left, right) else {
        return Ok(Value::Undefined);
    };
    Ok(Value::number(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => a % b,
    }))
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Concatenate => "&",
        Operator::And => "and",
        Operator::Or => "or",
        Operator::In => "in",
        Operator::Range => "..",
    }
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<Value> {
    let comparable = |value: &Value| {
        value.is_undefined() || value.as_f64().is_some() || value.as_str().is_some()
    };
    let sign = sign(operator);
    if !comparable(left) || !comparable(right) {
        let message = format!(
            "The expressions either side of operator \"{sign}\" must evaluate to numeric or string values"
        );
        return Err(failed("T2010", message));
    }
    if left.is_undefined() || right.is_undefined() {
        return Ok(Value::Undefined);
    }
    let order = match (left.as_f64(), right.as_f64(), left.as_str(), right.as_str()) {
        (Some(a), Some(b), ..) => a.partial_cmp(&b),
        (_, _, Some(a), Some(b)) => Some(compare_text(a, b)),
        _ => {
            let message = format!(
                "The values {} and {} either side of operator \"{sign}\" must be of the same data type",
                quoted(left),
                quoted(right)
            );
            return Err(failed("T2009", message));
        }
    };
    Ok(Value::bool(order.is_some_and(|order| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    })))
}

/// Compares as JavaScript does, by UTF-16 units.
pub(crate) fn compare_text(a: &str, b: &str) -> std::cmp::Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// Returns whether two values are the same scalar; arrays and objects never are.
fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Json(a), Value::Json(b)) => match (a, b) {
            (Json::Array(_) | Json::Object(_), _) => false,
            (Json::Number(a), Json::Number(b)) => {
                a.as_f64().partial_cmp(&b.as_f64()).is_some_and(std::cmp::Ordering::is_eq)
            }
            (a, b) => a == b,
        },
        (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
