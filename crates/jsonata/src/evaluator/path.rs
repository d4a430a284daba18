//! Paths, predicates and wildcards.

use std::rc::Rc;

use super::Evaluator;
use crate::ast::{Expr, Kind, Stage};
use crate::error::Result;
use crate::scope::Scope;
use crate::value::{Items, Marks, Value};

/// What one step hands to the next.
pub(super) enum Flow {
    /// One item.
    One(Value),
    /// Any number of items.
    Many(Items),
    /// An array that is the path's result as it stands.
    Whole(Value),
}

impl Flow {
    fn is_empty(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(items) => items.len() == 0,
            Self::Whole(value) => value.items().is_some_and(|items| items.len() == 0),
        }
    }

    /// Returns the items, one if there is one.
    pub(super) fn items(&self) -> Items {
        match self {
            Self::One(value) => Items::one(value.clone()),
            Self::Many(items) => items.clone(),
            Self::Whole(value) => value.items_or_self(),
        }
    }

    fn into_value(self) -> Result<Value> {
        match self {
            Self::One(value) => Value::sequence(vec![value]),
            Self::Many(items) => Evaluator::as_sequence(items),
            Self::Whole(value) => Ok(value),
        }
    }
}

impl Evaluator<'_> {
    /// Evaluates a path to its value.
    pub(super) fn path(
        &self,
        expr: &Expr,
        steps: &[Expr],
        keep_singleton: bool,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        if steps.iter().any(|step| step.tuple) {
            let tuples = self.tuple_path(steps, input, scope)?;
            if let Some(group) = &expr.group {
                return self.group_tuples(group, &tuples, scope);
            }
            let values = tuples.into_iter().map(|tuple| tuple.value).collect();
            let marks = Marks { keep_singleton, ..Marks::SEQUENCE };
            return Value::marked_list(values, marks);
        }
        let mut flow = Self::first_flow(steps, input);
        for (index, step) in steps.iter().enumerate() {
            flow = self.plain_step(step, index, index + 1 == steps.len(), flow, scope)?;
            if flow.is_empty() {
                break;
            }
        }
        let mut value = match flow {
            Flow::One(value) if !keep_singleton && expr.group.is_none() && !value.is_sequence() => {
                return Ok(value);
            }
            flow => flow.into_value()?,
        };
        if keep_singleton {
            value = keep_array(value)?;
        }
        match &expr.group {
            Some(group) => self.group(group, &value, scope),
            None => Ok(value),
        }
    }

    /// Returns what the first step sees.
    pub(super) fn first_flow(steps: &[Expr], input: &Value) -> Flow {
        let is_variable = matches!(steps[0].kind, Kind::Variable(_) | Kind::Context | Kind::Root);
        match input.items() {
            Some(items) if !is_variable => Flow::Many(items),
            _ => Flow::One(input.clone()),
        }
    }

    /// Evaluates a step that binds nothing.
    pub(super) fn plain_step(
        &self,
        step: &Expr,
        index: usize,
        last: bool,
        flow: Flow,
        scope: &Rc<Scope>,
    ) -> Result<Flow> {
        if index == 0 && matches!(step.kind, Kind::Array { whole: true, .. }) {
            let input = match flow {
                Flow::One(value) | Flow::Whole(value) => value,
                Flow::Many(items) => Self::as_sequence(items)?,
            };
            let value = self.evaluate(step, &input, scope)?;
            // Only an array goes on: a predicate that picked one item leaves nothing to iterate.
            return Ok(match value.items() {
                Some(items) => Flow::Many(items),
                None => Flow::Many(Items::List(Rc::default())),
            });
        }
        if let Kind::Sort(terms) = &step.kind {
            let sorted = self.order_by(terms, &flow.items(), scope)?;
            let mut value = self.sequence(sorted)?;
            for stage in &step.stages {
                if let Stage::Filter(predicate) = stage {
                    value = self.filter(predicate, &value, scope)?;
                }
            }
            return Ok(Flow::Many(value.items_or_self()));
        }
        match flow {
            Flow::One(item) => {
                let value = self.step_value(step, &item, scope)?;
                Ok(single_result(value, last))
            }
            many => self.step_each(step, last, &many.items(), scope),
        }
    }

    /// Evaluates a step for one item.
    fn step_value(&self, step: &Expr, item: &Value, scope: &Rc<Scope>) -> Result<Value> {
        let mut value = self.evaluate(step, item, scope)?;
        for stage in &step.stages {
            if value.is_undefined() {
                break;
            }
            if let Stage::Filter(predicate) = stage {
                value = self.filter(predicate, &value, scope)?;
            }
        }
        Ok(value)
    }

    fn step_each(&self, step: &Expr, last: bool, items: &Items, scope: &Rc<Scope>) -> Result<Flow> {
        let mut results = Vec::new();
        let mut flat = true;
        for item in items.iter() {
            let value = self.step_value(step, &item, scope)?;
            if !value.is_undefined() {
                flat &= !spreads(&value);
                results.push(value);
            }
        }
        if results.len() == 1 {
            return Ok(single_result(results.remove(0), last));
        }
        if !flat {
            let mut spread = Vec::with_capacity(results.len());
            for value in results {
                match value.items() {
                    Some(items) if spreads(&value) => {
                        self.budget.items(items.len())?;
                        spread.extend(items.iter());
                    }
                    _ => spread.push(value),
                }
            }
            results = spread;
        }
        Ok(Flow::Many(self.sequence(results)?.items_or_self()))
    }

    /// Keeps what `predicate` selects of `input`.
    pub(super) fn filter(
        &self,
        predicate: &Expr,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let items = input.items_or_self();
        if let Kind::Number(number) = predicate.kind {
            let Some(index) = place(number, items.len()) else {
                return self.sequence(Vec::new());
            };
            let item = items.get(index);
            return if item.is_array() { Ok(item) } else { self.sequence(vec![item]) };
        }
        let mut kept = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let verdict = self.evaluate(predicate, &item, scope)?;
            if self.selects(&verdict, index, items.len())? {
                kept.push(item);
            }
        }
        self.sequence(kept)
    }

    /// Returns whether a predicate's value selects the item at `index` of `length`.
    pub(super) fn selects(&self, verdict: &Value, index: usize, length: usize) -> Result<bool> {
        if let Some(number) = verdict.as_f64() {
            return Ok(place(number, length) == Some(index));
        }
        if let Some(items) = verdict.items() {
            self.budget.steps(items.len())?;
            let mut numbers = items.iter().map(|item| item.as_f64());
            if numbers.all(|number| number.is_some()) {
                return Ok(items
                    .iter()
                    .filter_map(|item| item.as_f64())
                    .any(|number| place(number, length) == Some(index)));
            }
        }
        self.truth(verdict)
    }

    pub(super) fn wildcard(&self, input: &Value) -> Result<Value> {
        let mut results = Vec::new();
        let mut joined = false;
        let mut take = |value: Value| -> Result<()> {
            self.budget.steps(1)?;
            if value.is_array() {
                self.flatten(&value, &mut results)?;
                joined = true;
            } else {
                results.push(value);
            }
            Ok(())
        };
        if let Some(items) = input.items() {
            items.iter().try_for_each(&mut take)?;
        } else if let Some(members) = input.members() {
            members.iter().try_for_each(|(_, value)| take(value))?;
        }
        self.budget.items(results.len())?;
        // Joining with an array gives an array and no sequence, whose single item stays in it.
        if joined { Value::list(results) } else { Value::sequence(results) }
    }

    fn flatten(&self, value: &Value, into: &mut Vec<Value>) -> Result<()> {
        self.budget.steps(1)?;
        if let Some(items) = value.items() {
            items.iter().try_for_each(|item| self.flatten(&item, into))
        } else {
            self.budget.bytes(crate::budget::ITEM_BYTES)?;
            into.push(value.clone());
            Ok(())
        }
    }

    pub(super) fn descendants(&self, input: &Value) -> Result<Value> {
        if input.is_undefined() {
            return Ok(Value::Undefined);
        }
        let mut results = Vec::new();
        self.descend(input, &mut results)?;
        Value::sequence(results)
    }

    fn descend(&self, value: &Value, into: &mut Vec<Value>) -> Result<()> {
        self.budget.items(1)?;
        if let Some(items) = value.items() {
            return items.iter().try_for_each(|item| self.descend(&item, into));
        }
        into.push(value.clone());
        match value.members() {
            Some(members) => members.iter().try_for_each(|(_, value)| self.descend(&value, into)),
            None => Ok(()),
        }
    }
}

/// Returns whether a step's result gives its items rather than itself.
fn spreads(value: &Value) -> bool {
    match value {
        Value::List(_, marks) => !marks.whole,
        other => other.is_array(),
    }
}

fn single_result(value: Value, last: bool) -> Flow {
    match value.items() {
        _ if value.is_undefined() => Flow::Many(Items::List(Rc::default())),
        Some(_) if last && !value.is_sequence() => Flow::Whole(value),
        Some(items) if spreads(&value) => Flow::Many(items),
        _ => Flow::One(value),
    }
}

fn keep_array(value: Value) -> Result<Value> {
    Ok(match value {
        Value::List(list, marks) if marks.whole && !marks.sequence => Value::marked_list(
            vec![Value::List(list, marks)],
            Marks { keep_singleton: true, ..Marks::SEQUENCE },
        )?,
        Value::List(list, marks) => Value::List(list, Marks { keep_singleton: true, ..marks }),
        other => other,
    })
}

/// Returns the place an index stands for; negative ones count from the end.
fn place(number: f64, length: usize) -> Option<usize> {
    let mut index = number.floor();
    if index < 0.0 {
        index += length as f64;
    }
    (index >= 0.0 && index < length as f64).then_some(index as usize)
}
