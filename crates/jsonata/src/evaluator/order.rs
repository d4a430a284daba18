//! Sorting.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Evaluator;
use super::operators::compare_text;
use crate::ast::SortTerm;
use crate::error::{Result, failed};
use crate::scope::Scope;
use crate::value::{Items, Value, quoted};

impl Evaluator<'_> {
    /// Returns the items in the order of the terms of `^(…)`.
    pub(super) fn order_by(
        &self,
        terms: &[SortTerm],
        items: &Items,
        scope: &Rc<Scope>,
    ) -> Result<Vec<Value>> {
        let contexts = items.iter().map(|item| (item, scope.clone())).collect();
        Ok(self.order_of(terms, contexts)?.into_iter().map(|at| items.get(at)).collect())
    }

    /// Returns the places of the contexts in the order of the terms.
    pub(super) fn order_of(
        &self,
        terms: &[SortTerm],
        contexts: Vec<(Value, Rc<Scope>)>,
    ) -> Result<Vec<usize>> {
        let places: Vec<usize> = (0..contexts.len()).collect();
        if places.len() < 2 {
            return Ok(places);
        }
        self.budget.items(contexts.len().saturating_mul(terms.len() + 2))?;
        let mut keys = Vec::with_capacity(contexts.len());
        for (value, scope) in contexts {
            let mut row = Vec::with_capacity(terms.len());
            for term in terms {
                row.push(self.evaluate(&term.key, &value, &scope)?);
            }
            keys.push(row);
        }
        merge_sort(places, &mut |a, b| {
            self.budget.steps(1)?;
            comes_after(terms, &keys[*a], &keys[*b])
        })
    }
}

fn comes_after(terms: &[SortTerm], a: &[Value], b: &[Value]) -> Result<bool> {
    for ((term, a), b) in terms.iter().zip(a).zip(b) {
        match (a.is_undefined(), b.is_undefined()) {
            (true, true) => continue,
            // What has no key comes last, whatever the direction.
            (true, false) => return Ok(true),
            (false, true) => return Ok(false),
            (false, false) => {}
        }
        match compare_keys(a, b)? {
            Ordering::Equal => {}
            order => return Ok(order.is_gt() != term.descending),
        }
    }
    Ok(false)
}

fn compare_keys(a: &Value, b: &Value) -> Result<Ordering> {
    let sortable = |value: &Value| value.as_f64().is_some() || value.as_str().is_some();
    if !sortable(a) || !sortable(b) {
        let message =
            "The expressions within an order-by clause must evaluate to numeric or string values";
        return Err(failed("T2008", message));
    }
    match (a.as_f64(), b.as_f64(), a.as_str(), b.as_str()) {
        (Some(x), Some(y), ..) => Ok(x.partial_cmp(&y).unwrap_or(Ordering::Equal)),
        (_, _, Some(x), Some(y)) => Ok(compare_text(x, y)),
        _ => {
            let (a, b) = (quoted(a), quoted(b));
            let message =
                format!("Type mismatch when comparing values {a} and {b} in order-by clause");
            Err(failed("T2007", message))
        }
    }
}

/// Sorts stably; `after` says whether its first argument belongs behind its second.
pub(crate) fn merge_sort<T: Clone>(
    mut items: Vec<T>,
    after: &mut dyn FnMut(&T, &T) -> Result<bool>,
) -> Result<Vec<T>> {
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, after, &mut merged)?;
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

fn merge<T: Clone>(
    left: &[T],
    right: &[T],
    after: &mut dyn FnMut(&T, &T) -> Result<bool>,
    merged: &mut Vec<T>,
) -> Result<()> {
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if after(&left[i], &right[j])? {
            merged.push(right[j].clone());
            j += 1;
        } else {
            merged.push(left[i].clone());
            i += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    Ok(())
}
