//! Equality by structure, and finding what was seen before.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use compasso_types::Json;

use super::Value;
use crate::budget::{Budget, ITEM_BYTES};
use crate::error::Result;

/// Returns whether two values are equal by structure; functions only to themselves.
pub(crate) fn equal(budget: &Budget, a: &Value, b: &Value) -> Result<bool> {
    budget.steps(1)?;
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        budget.read_text(a.len().min(b.len()))?;
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return Ok(a.partial_cmp(&b).is_some_and(Ordering::is_eq));
    }
    if let (Some(a), Some(b)) = (a.items(), b.items()) {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b.iter()) {
            if !equal(budget, &a, &b)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let (Some(members), Some(others)) = (a.members(), b.members()) {
        if members.len() != others.len() {
            return Ok(false);
        }
        for (key, value) in members.iter() {
            let other = b.member(&key);
            if other.is_undefined() || !equal(budget, &value, &other)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    Ok(match (a, b) {
        (Value::Json(Json::Null), Value::Json(Json::Null)) => true,
        (Value::Json(Json::Bool(a)), Value::Json(Json::Bool(b))) => a == b,
        (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
        _ => false,
    })
}

/// Values seen so far.
#[derive(Default)]
pub(crate) struct Distinct {
    seen: HashMap<u64, Vec<Value>>,
}

impl Distinct {
    /// Remembers `value`; returns whether it is new.
    pub(crate) fn insert(&mut self, budget: &Budget, value: &Value) -> Result<bool> {
        let candidates = self.seen.entry(hash(budget, value)?).or_default();
        for candidate in candidates.iter() {
            if equal(budget, candidate, value)? {
                return Ok(false);
            }
        }
        budget.bytes(2 * ITEM_BYTES)?;
        candidates.push(value.clone());
        Ok(true)
    }
}

/// Returns a hash that equal values share, whatever the order of members.
fn hash(budget: &Budget, value: &Value) -> Result<u64> {
    budget.steps(1)?;
    let mut hasher = DefaultHasher::new();
    value.type_letter().hash(&mut hasher);
    if let Some(text) = value.as_str() {
        budget.read_text(text.len())?;
        text.hash(&mut hasher);
    } else if let Some(number) = value.as_f64() {
        // Both zeros are equal.
        (number + 0.0).to_bits().hash(&mut hasher);
    } else if let Some(items) = value.items() {
        for item in items.iter() {
            hash(budget, &item)?.hash(&mut hasher);
        }
    } else if let Some(members) = value.members() {
        let mut sum = 0_u64;
        for (key, value) in members.iter() {
            let mut member = DefaultHasher::new();
            key.hash(&mut member);
            hash(budget, &value)?.hash(&mut member);
            sum = sum.wrapping_add(member.finish());
        }
        sum.hash(&mut hasher);
    } else if let Value::Json(Json::Bool(value)) = value {
        value.hash(&mut hasher);
    }
    Ok(hasher.finish())
}
