//! Transformations: a copy of a document in which some objects are changed.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Evaluator;
use crate::error::{EvaluationError, Result, failed};
use crate::value::{NESTING_MAX, Record, Transform, Value, quoted};

/// Changed members of objects, by the object's address. The objects are kept alive by the copy.
type Changes = HashMap<*const Record, IndexMap<Arc<str>, Value>>;

impl Evaluator<'_> {
    /// Returns `input` with the transformation's changes.
    pub(super) fn transform(&self, transform: &Transform, input: &Value) -> Result<Value> {
        if input.is_undefined() {
            return Ok(Value::Undefined);
        }
        if !input.is_array() && !input.is_object() {
            return Err(failed(
                "T0410",
                "Argument 1 of function undefined does not match function signature",
            ));
        }
        let copy = self.copy(input)?;
        let matches = self.evaluate(&transform.node.pattern, &copy, &transform.scope)?;
        if matches.is_undefined() {
            return Ok(copy);
        }
        let mut changes = Changes::new();
        for matched in matches.items_or_self().iter() {
            self.change(transform, &matched, &mut changes)?;
        }
        if changes.is_empty() {
            return Ok(copy);
        }
        self.rebuild(&copy, &changes, &mut Vec::new())
    }

    /// Works out what becomes of one matched object.
    fn change(&self, transform: &Transform, matched: &Value, changes: &mut Changes) -> Result<()> {
        let node = &transform.node;
        let update = self.evaluate(&node.update, matched, &transform.scope)?;
        let Value::Record(record) = matched else {
            return check_update(&update);
        };
        check_update(&update)?;
        let address = Rc::as_ptr(record);
        let mut members = match changes.remove(&address) {
            Some(members) => members,
            None => record.members.clone(),
        };
        self.budget.items(members.len())?;
        if let Some(update) = update.members() {
            self.budget.steps(update.len())?;
            for (key, value) in update.iter() {
                members.insert(key, value);
            }
        }
        if let Some(delete) = &node.delete {
            let names = self.evaluate(delete, matched, &transform.scope)?;
            for name in if names.is_undefined() {
                Vec::new()
            } else {
                names.items_or_self().iter().collect()
            } {
                let Some(name) = name.as_str() else {
                    let message = format!(
                        "The delete clause of the transform expression must evaluate to a string or array of strings: {}",
                        quoted(&names)
                    );
                    return Err(failed("T2012", message));
                };
                self.budget.steps(members.len())?;
                members.shift_remove(&**name);
            }
        }
        changes.insert(address, members);
        Ok(())
    }

    /// Copies a value so that each of its objects has an address of its own.
    fn copy(&self, value: &Value) -> Result<Value> {
        self.budget.steps(1)?;
        if let Some(items) = value.items() {
            let items = items.iter().map(|item| self.copy(&item)).collect::<Result<Vec<_>>>()?;
            return self.list(items);
        }
        if let Some(members) = value.members() {
            let mut copied = IndexMap::with_capacity(members.len());
            for (key, value) in members.iter() {
                copied.insert(key, self.copy(&value)?);
            }
            return self.record(copied);
        }
        Ok(value.clone())
    }

    /// Puts changed members into a value. `above` has the objects in which it stands, and nothing for an
    /// array: an object that is put into itself is there as it was, as JSON has no circles.
    fn rebuild(
        &self,
        value: &Value,
        changes: &Changes,
        above: &mut Vec<Option<*const Record>>,
    ) -> Result<Value> {
        self.budget.steps(1)?;
        if above.len() > usize::from(NESTING_MAX) {
            return Err(EvaluationError::Depth);
        }
        match value {
            Value::List(list, marks) => {
                above.push(None);
                let mut items = Vec::with_capacity(list.items.len());
                for item in &list.items {
                    items.push(self.rebuild(item, changes, above)?);
                }
                above.pop();
                self.budget.items(items.len())?;
                Value::marked_list(items, *marks)
            }
            Value::Record(record) => {
                let address = Rc::as_ptr(record);
                if above.contains(&Some(address)) {
                    return Ok(value.clone());
                }
                let members = changes.get(&address).unwrap_or(&record.members);
                above.push(Some(address));
                let mut rebuilt = IndexMap::with_capacity(members.len());
                for (key, value) in members {
                    rebuilt.insert(key.clone(), self.rebuild(value, changes, above)?);
                }
                above.pop();
                self.record(rebuilt)
            }
            other => Ok(other.clone()),
        }
    }
}

fn check_update(update: &Value) -> Result<()> {
    if update.is_undefined() || update.is_object() {
        return Ok(());
    }
    let message = format!(
        "The insert/update clause of the transform expression must evaluate to an object: {}",
        quoted(update)
    );
    Err(failed("T2011", message))
}
