//! Steps that bind variables: `@`, `#` and the parents `%` asks for.

use std::rc::Rc;

use indexmap::IndexMap;

use super::Evaluator;
use super::path::Flow;
use crate::ast::{Expr, Kind, Name, Stage};
use crate::error::{Result, failed};
use crate::scope::Scope;
use crate::value::{Value, quoted};

/// A value with the variables bound on the way to it.
#[derive(Clone)]
pub(super) struct Tuple {
    pub(super) value: Value,
    bindings: Vec<(Name, Value)>,
}

/// What evaluating a step of tuples gives.
enum Stream {
    Tuples(Vec<Tuple>),
    Value(Value),
}

impl Tuple {
    fn bind(&mut self, name: Name, value: Value) {
        match self.bindings.iter_mut().find(|(bound, _)| *bound == name) {
            Some((_, place)) => *place = value,
            None => self.bindings.push((name, value)),
        }
    }

    fn scope(&self, outer: &Rc<Scope>) -> Rc<Scope> {
        if self.bindings.is_empty() {
            return outer.clone();
        }
        Scope::with(outer, self.bindings.clone())
    }
}

impl Evaluator<'_> {
    /// Evaluates a path some step of which binds variables.
    pub(super) fn tuple_path(
        &self,
        steps: &[Expr],
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Vec<Tuple>> {
        let plain = steps.iter().position(|step| step.tuple).unwrap_or(steps.len());
        let mut flow = Self::first_flow(steps, input);
        for (index, step) in steps[..plain].iter().enumerate() {
            flow = self.plain_step(step, index, false, flow, scope)?;
        }
        let items = flow.items();
        drop::<Flow>(flow);
        let mut tuples: Vec<Tuple> =
            items.iter().map(|value| Tuple { value, bindings: Vec::new() }).collect();
        for step in &steps[plain..] {
            tuples = self.tuple_step(step, &tuples, scope)?;
        }
        Ok(tuples)
    }

    fn tuple_step(&self, step: &Expr, tuples: &[Tuple], scope: &Rc<Scope>) -> Result<Vec<Tuple>> {
        let mut results = if let Kind::Sort(terms) = &step.kind {
            let contexts = tuples.iter().map(|t| (t.value.clone(), t.scope(scope))).collect();
            let order = self.order_of(terms, contexts)?;
            let mut sorted: Vec<Tuple> = order.into_iter().map(|at| tuples[at].clone()).collect();
            if let Some(name) = step.index {
                bind_places(&mut sorted, name);
            }
            sorted
        } else {
            let mut results = Vec::new();
            for tuple in tuples {
                self.step_from(step, tuple, scope, &mut results)?;
            }
            results
        };
        for stage in &step.stages {
            match stage {
                Stage::Filter(predicate) => {
                    results = self.filter_tuples(predicate, results, scope)?;
                }
                Stage::Index(name) => bind_places(&mut results, *name),
            }
        }
        Ok(results)
    }

    /// Evaluates a step for one tuple.
    fn step_from(
        &self,
        step: &Expr,
        from: &Tuple,
        scope: &Rc<Scope>,
        results: &mut Vec<Tuple>,
    ) -> Result<()> {
        let value = match self.stream(step, &from.value, &from.scope(scope))? {
            Stream::Tuples(inner) => {
                self.charge(inner.len(), from)?;
                for tuple in inner {
                    let mut merged = Tuple { value: tuple.value, bindings: from.bindings.clone() };
                    tuple.bindings.into_iter().for_each(|(name, value)| merged.bind(name, value));
                    results.push(merged);
                }
                return Ok(());
            }
            Stream::Value(Value::Undefined) => return Ok(()),
            Stream::Value(value) => value,
        };
        let items = value.items_or_self();
        self.charge(items.len(), from)?;
        for (place, item) in items.iter().enumerate() {
            let mut tuple = Tuple { value: item, bindings: from.bindings.clone() };
            if let Some(name) = step.focus {
                let item = std::mem::replace(&mut tuple.value, from.value.clone());
                tuple.bind(name, item);
            }
            if let Some(name) = step.index {
                tuple.bind(name, Value::number(place as f64));
            }
            if let Some(slot) = step.ancestor {
                tuple.bind(self.tree.slots[slot], from.value.clone());
            }
            results.push(tuple);
        }
        Ok(())
    }

    fn charge(&self, count: usize, from: &Tuple) -> Result<()> {
        self.budget.items(count.saturating_mul(3 + 2 * from.bindings.len()))
    }

    /// Evaluates a step, keeping the tuples of a path inside a block.
    fn stream(&self, expr: &Expr, input: &Value, scope: &Rc<Scope>) -> Result<Stream> {
        match &expr.kind {
            Kind::Block { expressions, binds } if expr.tuple => {
                let _level = self.budget.frame()?;
                let (last, scope) = self.enter_block(expressions, *binds, input, scope)?;
                last.map_or(Ok(Stream::Value(Value::Undefined)), |last| {
                    self.stream(last, input, &scope)
                })
            }
            Kind::Path { steps, .. }
                if expr.tuple && expr.group.is_none() && steps.iter().any(|step| step.tuple) =>
            {
                let _level = self.budget.frame()?;
                self.tuple_path(steps, input, scope).map(Stream::Tuples)
            }
            _ => self.evaluate(expr, input, scope).map(Stream::Value),
        }
    }

    /// Evaluates a block whose predicates ask for parents inside it.
    pub(super) fn block_of_tuples(
        &self,
        expr: &Expr,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        match self.stream(expr, input, scope)? {
            Stream::Tuples(mut tuples) => {
                for predicate in &expr.predicates {
                    tuples = self.filter_tuples(predicate, tuples, scope)?;
                }
                Value::sequence(tuples.into_iter().map(|tuple| tuple.value).collect())
            }
            Stream::Value(mut value) => {
                for predicate in &expr.predicates {
                    value = self.filter(predicate, &value, scope)?;
                }
                Ok(value)
            }
        }
    }

    fn filter_tuples(
        &self,
        predicate: &Expr,
        tuples: Vec<Tuple>,
        scope: &Rc<Scope>,
    ) -> Result<Vec<Tuple>> {
        let length = tuples.len();
        let mut kept = Vec::new();
        for (index, tuple) in tuples.into_iter().enumerate() {
            let verdict = self.evaluate(predicate, &tuple.value, &tuple.scope(scope))?;
            if self.selects(&verdict, index, length)? {
                kept.push(tuple);
            }
        }
        Ok(kept)
    }

    /// Groups tuples by the keys of `{…}`.
    pub(super) fn group_tuples(
        &self,
        pairs: &[(Expr, Expr)],
        tuples: &[Tuple],
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let mut groups: IndexMap<_, (usize, Vec<Tuple>)> = IndexMap::new();
        for tuple in tuples {
            let inner = tuple.scope(scope);
            for (index, (key, _)) in pairs.iter().enumerate() {
                let Some(key) = self.key(key, &tuple.value, &inner)? else {
                    continue;
                };
                let group = groups.entry(key.clone()).or_insert_with(|| (index, Vec::new()));
                if group.0 != index {
                    return Err(repeated_key(&key));
                }
                self.charge(1, tuple)?;
                group.1.push(tuple.clone());
            }
        }
        let mut members = IndexMap::new();
        for (key, (index, tuples)) in groups {
            let tuple = self.reduce(tuples)?;
            let value = self.evaluate(&pairs[index].1, &tuple.value, &tuple.scope(scope))?;
            if !value.is_undefined() {
                members.insert(key, value);
            }
        }
        self.record(members)
    }

    /// Joins tuples into one whose values are arrays.
    fn reduce(&self, tuples: Vec<Tuple>) -> Result<Tuple> {
        let mut columns: Vec<(Option<Name>, Vec<Value>)> = vec![(None, Vec::new())];
        for tuple in tuples {
            columns[0].1.push(tuple.value);
            for (name, value) in tuple.bindings {
                match columns.iter_mut().find(|(bound, _)| *bound == Some(name)) {
                    Some((_, values)) => values.push(value),
                    None => columns.push((Some(name), vec![value])),
                }
            }
        }
        let mut joined = Tuple { value: Value::Undefined, bindings: Vec::new() };
        for (name, values) in columns {
            let value = self.join(values)?;
            match name {
                Some(name) => joined.bind(name, value),
                None => joined.value = value,
            }
        }
        Ok(joined)
    }
}

fn bind_places(tuples: &mut [Tuple], name: Name) {
    for (place, tuple) in tuples.iter_mut().enumerate() {
        tuple.bind(name, Value::number(place as f64));
    }
}

pub(super) fn repeated_key(key: &str) -> crate::EvaluationError {
    let key = quoted(&Value::string(key));
    failed("D1009", format!("Multiple key definitions evaluate to same key: {key}"))
}
