//! Walking the tree.
//!
//! **Invariant:** every node evaluated and every item touched is counted in the [`Budget`] before
//! the work is done, and every recursion goes through [`Evaluator::evaluate`] or
//! [`Evaluator::apply`], which bound it.

mod call;
mod construct;
mod operators;
mod order;
mod path;
mod transform;
mod tuple;

use std::cell::RefCell;
use std::rc::Rc;

use compasso_types::Json;

use crate::ast::{Expr, Kind, Name};
use crate::budget::Budget;
use crate::error::Result;
use crate::functions::{self, Builtin};
use crate::parser::Tree;
use crate::scope::Scope;
use crate::value::{Function, Items, Lambda, Marks, Transform, Value};
use crate::{Host, Limits};

use operators::bounded;
pub(crate) use operators::{compare_text, finite};
pub(crate) use order::merge_sort;

/// Stack to have left before a node is evaluated, and stack to add if there is less. What is left
/// also serves walking and dropping values, which is bounded but not checked.
const STACK: (usize, usize) = (512 * 1024, 4 * 1024 * 1024);
/// Bytes a captured scope is counted with.
const SCOPE_BYTES: usize = 160;

/// What an expression is evaluated over.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    /// No context, and `$states`.
    States(&'a Json),
    /// A document as the context.
    Document(&'a Json),
}

/// One evaluation.
pub(crate) struct Evaluator<'a> {
    tree: &'a Tree,
    pub(crate) host: &'a dyn Host,
    pub(crate) budget: Budget,
    data: Data<'a>,
    /// Whether all numbers must be such that JSON can hold.
    is_bounded: bool,
    /// Values of the free variables, filled when first read.
    globals: RefCell<Vec<Option<Value>>>,
    /// Scopes that functions hold on to, kept so that cycles can be broken at the end.
    captured: RefCell<Vec<Rc<Scope>>>,
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        self.globals.take();
        for scope in self.captured.borrow().iter() {
            scope.clear();
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(tree: &'a Tree, data: Data<'a>, host: &'a dyn Host, limits: &Limits) -> Self {
        let is_bounded = matches!(data, Data::Document(_)) && !host.keeps_infinity();
        Self {
            tree,
            host,
            budget: Budget::new(limits),
            data,
            is_bounded,
            globals: RefCell::new(vec![None; tree.names.0.len()]),
            captured: RefCell::default(),
        }
    }

    /// Evaluates the whole expression.
    pub(crate) fn run(&self) -> Result<Option<Json>> {
        let scope = Rc::new(Scope::default());
        self.captured.borrow_mut().push(scope.clone());
        let value = self.evaluate(&self.tree.root, &self.document(), &scope)?;
        value.into_result(&self.budget)
    }

    /// Returns the context of the whole expression.
    fn document(&self) -> Value {
        match self.data {
            Data::States(_) => Value::Undefined,
            Data::Document(document) => Value::Json(document.clone()),
        }
    }

    /// Returns how many steps of the budget were not taken.
    pub(crate) fn steps_left(&self) -> u64 {
        self.budget.steps_left()
    }

    /// Evaluates `expr` with `input` as the context.
    pub(crate) fn evaluate(&self, expr: &Expr, input: &Value, scope: &Rc<Scope>) -> Result<Value> {
        self.budget.steps(1)?;
        let value = match &expr.kind {
            Kind::Null => Value::Json(Json::Null),
            Kind::Bool(value) => Value::bool(*value),
            Kind::Number(number) => Value::number(*number),
            Kind::String(text) => Value::string(text.clone()),
            Kind::Member(name) => self.member(input, name)?,
            Kind::Variable(name) => self.variable(*name, scope),
            Kind::Context => input.clone(),
            Kind::Root => self.document(),
            Kind::Parent(slot) => self.variable(self.tree.slots[*slot], scope),
            Kind::Regex(pattern) => Value::function(Function::Regex(pattern.clone())),
            _ => {
                let _level = self.budget.frame()?;
                let value =
                    stacker::maybe_grow(STACK.0, STACK.1, || self.compound(expr, input, scope))?;
                if self.is_bounded {
                    bounded(&value)?;
                }
                value
            }
        };
        if expr.predicates.is_empty() && expr.group.is_none() && !value.is_sequence() {
            return Ok(value);
        }
        self.complete(expr, value, scope)
    }

    /// Evaluates the kinds of node that have parts.
    fn compound(&self, expr: &Expr, input: &Value, scope: &Rc<Scope>) -> Result<Value> {
        match &expr.kind {
            Kind::Path { steps, keep_singleton } => {
                self.path(expr, steps, *keep_singleton, input, scope)
            }
            Kind::Wildcard => self.wildcard(input),
            Kind::Descendants => self.descendants(input),
            Kind::Binary(operator, pair) => self.binary(*operator, pair, input, scope),
            Kind::Negate(inner) => self.negate(inner, input, scope),
            Kind::Array { items, whole } => self.array(items, *whole, input, scope),
            Kind::Object(members) => self.object(members, input, scope),
            Kind::Block { expressions, binds } => {
                if expr.tuple {
                    return self.block_of_tuples(expr, input, scope);
                }
                let (last, scope) = self.enter_block(expressions, *binds, input, scope)?;
                last.map_or(Ok(Value::Undefined), |last| self.evaluate(last, input, &scope))
            }
            Kind::Condition(parts) => match self.branch(parts, input, scope)? {
                Some(branch) => self.evaluate(branch, input, scope),
                None => Ok(Value::Undefined),
            },
            Kind::Bind(name, value) => {
                let value = self.evaluate(value, input, scope)?;
                self.budget.bytes(size_of::<(Name, Value)>())?;
                scope.bind(*name, value.clone());
                Ok(value)
            }
            Kind::Apply(pair) => self.apply_operator(pair, input, scope),
            Kind::Call(call) => self.call(call, None, input, scope),
            Kind::Partial(call) => self.partial_call(call, input, scope),
            Kind::Lambda(node) => {
                let scope = self.capture(scope)?;
                let lambda = Lambda::new(node.clone(), scope, input.clone())?;
                Ok(Value::function(Function::Lambda(lambda)))
            }
            Kind::Transform(node) => {
                let scope = self.capture(scope)?;
                Ok(Value::function(Function::Transform(Transform { node: node.clone(), scope })))
            }
            Kind::Sort(_) => unreachable!("a sort is a step and evaluated by its path"),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Member(_)
            | Kind::Variable(_)
            | Kind::Context
            | Kind::Root
            | Kind::Parent(_)
            | Kind::Regex(_) => unreachable!("evaluated without recursion"),
        }
    }

    /// Applies predicates and grouping, and lets a sequence of one stand for its item.
    fn complete(&self, expr: &Expr, mut value: Value, scope: &Rc<Scope>) -> Result<Value> {
        if !expr.tuple {
            for predicate in &expr.predicates {
                value = self.filter(predicate, &value, scope)?;
            }
        }
        if let Some(group) = &expr.group
            && !matches!(expr.kind, Kind::Path { .. })
        {
            value = self.group(group, &value, scope)?;
        }
        if let Value::List(list, marks) = &mut value
            && marks.sequence
        {
            marks.keep_singleton |= expr.keep_array;
            match list.items.as_slice() {
                [] => return Ok(Value::Undefined),
                [item] if !marks.keep_singleton => return Ok(item.clone()),
                _ => {}
            }
        }
        Ok(value)
    }

    /// Returns the member `name` of an object, or of every object in an array.
    pub(crate) fn member(&self, input: &Value, name: &str) -> Result<Value> {
        let Some(items) = input.items() else {
            return Ok(input.member(name));
        };
        let mut found = Vec::new();
        self.collect_members(&items, name, &mut found)?;
        self.budget.items(found.len())?;
        Value::sequence(found)
    }

    fn collect_members(&self, items: &Items, name: &str, found: &mut Vec<Value>) -> Result<()> {
        self.budget.steps(items.len())?;
        for item in items.iter() {
            if let Some(inner) = item.items() {
                self.collect_members(&inner, name, found)?;
                continue;
            }
            let value = item.member(name);
            match value.items() {
                Some(values) => {
                    self.budget.steps(values.len())?;
                    found.extend(values.iter());
                }
                None if value.is_undefined() => {}
                None => found.push(value),
            }
        }
        Ok(())
    }

    fn variable(&self, name: Name, scope: &Scope) -> Value {
        scope.get(name).unwrap_or_else(|| self.global(name))
    }

    fn global(&self, name: Name) -> Value {
        if let Some(value) = &self.globals.borrow()[name.0 as usize] {
            return value.clone();
        }
        let variable = &self.tree.names.0[name.0 as usize];
        let value = if let ("states", Data::States(states)) = (&*variable.text, self.data) {
            Value::Json(states.clone())
        } else if let Some(value) = self.host.variable(&variable.text) {
            Value::Json(value)
        } else if let Some(builtin) = variable.builtin.or_else(|| self.more(&variable.text)) {
            Value::function(Function::Builtin(builtin))
        } else {
            Value::Undefined
        };
        self.globals.borrow_mut()[name.0 as usize] = Some(value.clone());
        value
    }

    /// Returns the function of a name that there is over a document only.
    fn more(&self, name: &str) -> Option<&'static Builtin> {
        match self.data {
            Data::States(_) => None,
            Data::Document(_) => functions::find_over_document(name),
        }
    }

    /// Evaluates all but a block's last expression; returns that and the block's scope.
    fn enter_block<'e>(
        &self,
        expressions: &'e [Expr],
        binds: bool,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<(Option<&'e Expr>, Rc<Scope>)> {
        let scope = if binds { Scope::inside(scope) } else { scope.clone() };
        let Some((last, before)) = expressions.split_last() else {
            return Ok((None, scope));
        };
        for expression in before {
            self.evaluate(expression, input, &scope)?;
        }
        Ok((Some(last), scope))
    }

    /// Returns the branch of a condition to go on with.
    fn branch<'e>(
        &self,
        parts: &'e (Expr, Expr, Option<Expr>),
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Option<&'e Expr>> {
        let condition = self.evaluate(&parts.0, input, scope)?;
        Ok(if self.truth(&condition)? { Some(&parts.1) } else { parts.2.as_ref() })
    }

    /// Notes that a function holds on to `scope`.
    fn capture(&self, scope: &Rc<Scope>) -> Result<Rc<Scope>> {
        self.budget.bytes(SCOPE_BYTES)?;
        if !scope.captured.replace(true) {
            self.captured.borrow_mut().push(scope.clone());
        }
        Ok(scope.clone())
    }

    /// Returns whether a condition holds for `value`.
    pub(crate) fn truth(&self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::Undefined => false,
            // The reference implementation's conditions take functions for true, its `$boolean` not.
            Value::Function(_) => true,
            Value::Record(record) => !record.members.is_empty(),
            Value::Json(Json::Null) => false,
            Value::Json(Json::Bool(value)) => *value,
            Value::Json(Json::Number(number)) => number.as_f64() != 0.0,
            Value::Json(Json::String(text)) => !text.is_empty(),
            Value::Json(Json::Object(members)) => !members.is_empty(),
            Value::List(..) | Value::Json(Json::Array(_)) => {
                for item in value.items_or_self().iter() {
                    self.budget.steps(1)?;
                    if self.truth(&item)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    /// Appends as `$append` does: arrays are joined, nothing adds nothing.
    pub(crate) fn append(&self, first: Value, second: Value) -> Result<Value> {
        if first.is_undefined() {
            return Ok(second);
        }
        if second.is_undefined() {
            return Ok(first);
        }
        let (a, b) = (first.items_or_self(), second.items_or_self());
        self.budget.items(a.len() + b.len())?;
        Value::list(a.iter().chain(b.iter()).collect())
    }

    /// Returns a sequence, counting what it takes.
    pub(crate) fn sequence(&self, items: Vec<Value>) -> Result<Value> {
        self.budget.items(items.len())?;
        Value::sequence(items)
    }

    /// Returns a plain array, counting what it takes.
    pub(crate) fn list(&self, items: Vec<Value>) -> Result<Value> {
        self.budget.items(items.len())?;
        Value::list(items)
    }

    /// Returns a text, counting what it takes.
    pub(crate) fn text(&self, text: String) -> Result<Value> {
        self.budget.make_text(text.len())?;
        Ok(Value::string(text))
    }

    /// Returns the same array as a sequence.
    fn as_sequence(items: Items) -> Result<Value> {
        match items {
            Items::List(list) => Ok(Value::List(list, Marks::SEQUENCE)),
            items @ Items::Json(_) => Value::sequence(items.iter().collect()),
        }
    }

    /// Returns the variable a text names, if anything is bound to it.
    fn variable_named(&self, text: &str, scope: &Scope) -> Option<Value> {
        let position = self.tree.names.0.iter().position(|name| &*name.text == text);
        let value = match position {
            Some(index) => self.variable(Name(index as u32), scope),
            None => match functions::find(text).or_else(|| self.more(text)) {
                Some(builtin) => Value::function(Function::Builtin(builtin)),
                None => self.host.variable(text).map_or(Value::Undefined, Value::Json),
            },
        };
        (!value.is_undefined()).then_some(value)
    }
}
