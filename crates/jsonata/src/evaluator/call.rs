//! Calls: arguments, signatures, closures and tail calls.

use std::rc::Rc;

use super::{Evaluator, STACK};
use crate::ast::{CallNode, Expr, Kind, LambdaNode};
use crate::error::{Result, failed};
use crate::functions::{Arguments, next_match};
use crate::scope::Scope;
use crate::value::{Function, Lambda, Partial, Value};

/// What evaluating a function's body leads to.
enum Outcome {
    Value(Value),
    /// The body ends in a call, which replaces it.
    Call {
        function: Value,
        arguments: Vec<Value>,
        name: String,
    },
}

impl Evaluator<'_> {
    /// Evaluates a call; `applied` comes before the written arguments.
    pub(super) fn call(
        &self,
        call: &CallNode,
        applied: Option<Value>,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let (function, arguments) = self.prepare(call, applied, input, scope)?;
        self.apply(&function, arguments, input, &self.procedure_name(call))
    }

    /// Evaluates a call's function and arguments.
    fn prepare(
        &self,
        call: &CallNode,
        applied: Option<Value>,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<(Value, Vec<Value>)> {
        let function = self.evaluate(&call.procedure, input, scope)?;
        if function.is_undefined()
            && let Some(name) = first_member(&call.procedure)
            && self.variable_named(name, scope).is_some()
        {
            let message = format!("Attempted to invoke a non-function. Did you mean ${name}?");
            return Err(failed("T1005", message));
        }
        let mut arguments: Vec<Value> = applied.into_iter().collect();
        for argument in call.arguments.iter().flatten() {
            arguments.push(self.evaluate(argument, input, scope)?);
        }
        Ok((function, arguments))
    }

    pub(super) fn partial_call(
        &self,
        call: &CallNode,
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(match argument {
                Some(argument) => Some(self.evaluate(argument, input, scope)?),
                None => None,
            });
        }
        let function = self.evaluate(&call.procedure, input, scope)?;
        self.budget.items(arguments.len() + 2)?;
        match function {
            Value::Function(function) => Value::partial(function, arguments),
            other => {
                if other.is_undefined()
                    && let Some(name) = first_member(&call.procedure)
                    && self.variable_named(name, scope).is_some()
                {
                    let message = format!(
                        "Attempted to partially apply a non-function. Did you mean ${name}?"
                    );
                    return Err(failed("T1007", message));
                }
                Err(failed("T1008", "Attempted to partially apply a non-function"))
            }
        }
    }

    /// Evaluates `left ~> right`.
    pub(super) fn apply_operator(
        &self,
        pair: &(Expr, Expr),
        input: &Value,
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        let left = self.evaluate(&pair.0, input, scope)?;
        if let Kind::Call(call) = &pair.1.kind {
            let mut value = self.call(call, Some(left), input, scope)?;
            for predicate in &pair.1.predicates {
                value = self.filter(predicate, &value, scope)?;
            }
            return Ok(value);
        }
        let right = self.evaluate(&pair.1, input, scope)?;
        if !matches!(right, Value::Function(_)) {
            let message =
                "The right side of the function application operator ~> must be a function";
            return Err(failed("T2006", message));
        }
        if matches!(left, Value::Function(_)) {
            self.budget.items(2)?;
            return Value::composed(left, right);
        }
        self.apply(&right, vec![left], input, "")
    }

    /// Calls `function`, whose name is for messages.
    pub(crate) fn apply(
        &self,
        function: &Value,
        arguments: Vec<Value>,
        input: &Value,
        name: &str,
    ) -> Result<Value> {
        let _level = self.budget.call()?;
        stacker::maybe_grow(STACK.0, STACK.1, || {
            let mut outcome = self.apply_once(function, arguments, input, name)?;
            loop {
                match outcome {
                    Outcome::Value(value) => return Ok(value),
                    Outcome::Call { function, arguments, name } => {
                        self.budget.steps(1)?;
                        outcome = self.apply_once(&function, arguments, input, &name)?;
                    }
                }
            }
        })
    }

    /// Calls `function`; a call at the end of its body is left to the caller.
    fn apply_once(
        &self,
        function: &Value,
        arguments: Vec<Value>,
        input: &Value,
        name: &str,
    ) -> Result<Outcome> {
        let Value::Function(function) = function else {
            return Err(failed("T1006", "Attempted to invoke a non-function"));
        };
        match &**function {
            Function::Builtin(builtin) => {
                let arguments = match builtin.signature() {
                    Some(signature) => signature.check(arguments, input, name)?,
                    None => arguments,
                };
                (builtin.run)(&Arguments { evaluator: self, values: arguments, input, name })
                    .map(Outcome::Value)
            }
            Function::Lambda(lambda) => self.apply_lambda(lambda, arguments, input, name),
            Function::Partial(partial) => {
                let function = Value::Function(partial.function.clone());
                let arguments = filled(partial, arguments);
                let _frame = self.budget.frame()?;
                stacker::maybe_grow(STACK.0, STACK.1, || {
                    self.apply_once(&function, arguments, input, name)
                })
            }
            Function::Composed(first, second, _) => {
                let _frame = self.budget.frame()?;
                let value = self.apply(first, arguments, input, name)?;
                Ok(Outcome::Call {
                    function: second.clone(),
                    arguments: vec![value],
                    name: name.to_owned(),
                })
            }
            Function::Regex(pattern) => {
                let text = arguments.into_iter().next().unwrap_or_default();
                match text.as_str() {
                    Some(text) => next_match(self, pattern, text, 0).map(Outcome::Value),
                    None => Ok(Outcome::Value(Value::Undefined)),
                }
            }
            Function::NextMatch(next) => {
                next_match(self, &next.pattern, &next.text, next.start).map(Outcome::Value)
            }
            Function::Transform(transform) => {
                let input = arguments.into_iter().next().unwrap_or_default();
                self.transform(transform, &input).map(Outcome::Value)
            }
        }
    }

    fn apply_lambda(
        &self,
        lambda: &Lambda,
        arguments: Vec<Value>,
        input: &Value,
        name: &str,
    ) -> Result<Outcome> {
        let node: &LambdaNode = &lambda.node;
        let arguments = match &node.signature {
            Some(signature) => signature.check(arguments, input, name)?,
            None => arguments,
        };
        let mut arguments = arguments.into_iter();
        let bindings = node
            .parameters
            .iter()
            .map(|name| (*name, arguments.next().unwrap_or_default()))
            .collect();
        let scope = Scope::with(&lambda.scope, bindings);
        self.tail(&node.body, &lambda.input, &scope)
    }

    /// Evaluates an expression at the end of a function's body.
    fn tail(&self, expr: &Expr, input: &Value, scope: &Rc<Scope>) -> Result<Outcome> {
        let plain = expr.predicates.is_empty() && expr.group.is_none() && !expr.keep_array;
        match &expr.kind {
            Kind::Condition(parts) if plain => {
                self.budget.steps(1)?;
                match self.branch(parts, input, scope)? {
                    Some(branch) => self.tail(branch, input, scope),
                    None => Ok(Outcome::Value(Value::Undefined)),
                }
            }
            Kind::Block { expressions, binds } if plain && !expr.tuple => {
                self.budget.steps(1)?;
                let (last, scope) = self.enter_block(expressions, *binds, input, scope)?;
                match last {
                    Some(last) => self.tail(last, input, &scope),
                    None => Ok(Outcome::Value(Value::Undefined)),
                }
            }
            Kind::Call(call) if plain => {
                self.budget.steps(1)?;
                let (function, arguments) = self.prepare(call, None, input, scope)?;
                let name = self.procedure_name(call).into_owned();
                Ok(Outcome::Call { function, arguments, name })
            }
            _ => self.evaluate(expr, input, scope).map(Outcome::Value),
        }
    }

    /// Returns the function's name as messages give it.
    fn procedure_name(&self, call: &CallNode) -> std::borrow::Cow<'_, str> {
        match &call.procedure.kind {
            Kind::Variable(name) => (&**self.tree.names.text(*name)).into(),
            _ => first_member(&call.procedure).unwrap_or_default().to_owned().into(),
        }
    }
}

fn first_member(procedure: &Expr) -> Option<&str> {
    let Kind::Path { steps, .. } = &procedure.kind else {
        return None;
    };
    match &steps.first()?.kind {
        Kind::Member(name) => Some(name),
        _ => None,
    }
}

fn filled(partial: &Partial, arguments: Vec<Value>) -> Vec<Value> {
    let mut given = arguments.into_iter();
    partial
        .arguments
        .iter()
        .map(|fixed| fixed.clone().unwrap_or_else(|| given.next().unwrap_or_default()))
        .collect()
}
