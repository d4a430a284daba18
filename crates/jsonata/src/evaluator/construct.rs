//! Arrays, objects and groups.

use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Evaluator;
use super::tuple::repeated_key;
use crate::ast::{Expr, Kind};
use crate::budget::MEMBER_BYTES;
use crate::error::{Result, failed};
use crate::scope::Scope;
use crate::value::{Marks, Value, quoted};

impl Evaluator<'_> {
    pub(super) fn array(
        &self,
        items: &[Expr],
        whole: bool,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let mut built = Vec::with_capacity(items.len());
        for item in items {
            let value = self.evaluate(item, input, scope)?;
            match value.items() {
                _ if value.is_undefined() => {}
                Some(inner) if !matches!(item.kind, Kind::Array { .. }) => {
                    self.budget.items(inner.len())?;
                    // A range alone is taken over as it is.
                    built.extend(inner.iter());
                }
                _ => built.push(value),
            }
        }
        self.budget.items(built.len())?;
        Value::marked_list(built, Marks { whole, ..Marks::default() })
    }

    /// Evaluates `{…}` at the start of an expression.
    pub(super) fn object(
        &self,
        pairs: &[(Expr, Expr)],
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        if input.is_array() {
            return self.group(pairs, input, scope);
        }
        let mut keys: IndexMap<Arc<str>, usize> = IndexMap::with_capacity(pairs.len());
        for (index, (key, _)) in pairs.iter().enumerate() {
            if let Some(key) = self.key(key, input, scope)?
                && keys.insert(key.clone(), index).is_some()
            {
                return Err(repeated_key(&key));
            }
        }
        let mut members = IndexMap::with_capacity(keys.len());
        for (key, index) in keys {
            let value = self.evaluate(&pairs[index].1, input, scope)?;
            if !value.is_undefined() {
                members.insert(key, value);
            }
        }
        self.record(members)
    }

    /// Groups the items of `input` by the keys of `{…}`.
    pub(super) fn group(
        &self,
        pairs: &[(Expr, Expr)],
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let items = input.items_or_self();
        if items.len() == 0 {
            return self.object(pairs, &Value::Undefined, scope);
        }
        let mut groups: IndexMap<Arc<str>, (usize, Vec<Value>)> = IndexMap::new();
        for item in items.iter() {
            for (index, (key, _)) in pairs.iter().enumerate() {
                let Some(key) = self.key(key, &item, scope)? else {
                    continue;
                };
                self.budget.bytes(MEMBER_BYTES)?;
                let group = groups.entry(key.clone()).or_insert_with(|| (index, Vec::new()));
                if group.0 != index {
                    return Err(repeated_key(&key));
                }
                group.1.push(item.clone());
            }
        }
        let mut members = IndexMap::with_capacity(groups.len());
        for (key, (index, values)) in groups {
            let context = self.join(values)?;
            let value = self.evaluate(&pairs[index].1, &context, scope)?;
            if !value.is_undefined() {
                members.insert(key, value);
            }
        }
        self.record(members)
    }

    /// Evaluates a member's key; nothing stands for no member.
    pub(super) fn key(
        &self,
        key: &Expr,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Option<Arc<str>>> {
        let value = self.evaluate(key, input, scope)?;
        if value.is_undefined() {
            return Ok(None);
        }
        if let Some(text) = value.as_str() {
            Ok(Some(text.clone()))
        } else {
            let message = format!(
                "Key in object structure must evaluate to a string; got: {}",
                quoted(&value)
            );
            Err(failed("T1003", message))
        }
    }

    /// Appends values to each other; a single one stays as it is.
    pub(super) fn join(&self, mut values: Vec<Value>) -> Result<Value> {
        values.retain(|value| !value.is_undefined());
        if values.len() < 2 {
            return Ok(values.pop().unwrap_or_default());
        }
        let mut joined = Vec::with_capacity(values.len());
        for value in values {
            match value.items() {
                Some(items) => {
                    self.budget.items(items.len())?;
                    joined.extend(items.iter());
                }
                None => joined.push(value),
            }
        }
        self.list(joined)
    }

    /// Returns an object, counting what it takes.
    pub(crate) fn record(&self, members: IndexMap<Arc<str>, Value>) -> Result<Value> {
        self.budget.bytes((members.len() + 1) * MEMBER_BYTES)?;
        Value::record(members)
    }
}
