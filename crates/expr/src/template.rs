//! Payload templates of JSONPath states: JSON in which `"key.$"` members are computed.
//!
//! A template is compiled to a tree in which parts without computed members stay one shared
//! literal; evaluation builds only the objects and arrays above a computed member.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Object};

use crate::allowance::Allowance;
use crate::intrinsic::Intrinsic;
use crate::jsonpath::{Path, Root};
use crate::{CompileError, Environment, Failure, pointer};

/// A compiled payload template; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Template {
    root: Arc<Node>,
}

/// What computes one value of a JSONPath state: a path or an intrinsic call.
#[derive(Clone, Debug)]
pub enum Expression {
    /// `$.a`, `$$.a`, `$name.a`.
    Path(Path),
    /// `States.Format(…)`.
    Intrinsic(Intrinsic),
}

#[derive(Debug)]
enum Node {
    Literal(Json),
    Object(Vec<(Arc<str>, Node)>),
    Array(Vec<Node>),
    /// `field` is the key as written, with its suffix.
    Computed {
        field: Arc<str>,
        expression: Expression,
    },
}

/// What a template is evaluated in.
struct Scope<'s> {
    data: &'s Json,
    environment: &'s dyn Environment,
    allowance: Allowance,
}

impl Template {
    /// Compiles `value`. All problems are returned, in document order.
    pub fn compile(value: &Json) -> Result<Self, Vec<CompileError>> {
        let mut errors = Vec::new();
        let root = compile(value, &mut String::new(), &mut errors);
        if errors.is_empty() { Ok(Self { root: Arc::new(root) }) } else { Err(errors) }
    }

    /// Evaluates with `$` = `data`.
    pub fn evaluate(&self, data: &Json, environment: &dyn Environment) -> Result<Json, Failure> {
        let scope = Scope { data, environment, allowance: Allowance::default() };
        scope.evaluate(&self.root)
    }

    /// Returns the value if no part of it is computed.
    pub fn literal(&self) -> Option<&Json> {
        match &*self.root {
            Node::Literal(value) => Some(value),
            Node::Object(_) | Node::Array(_) | Node::Computed { .. } => None,
        }
    }

    /// Returns whether any part of it starts from the data.
    pub fn reads_data(&self) -> bool {
        self.expressions().into_iter().any(|expression| match expression {
            Expression::Path(path) => *path.root() == Root::Data,
            Expression::Intrinsic(call) => {
                call.paths().into_iter().any(|path| *path.root() == Root::Data)
            }
        })
    }

    /// Returns every path and call in it, in document order.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        let names: BTreeSet<String> =
            self.expressions().into_iter().flat_map(Expression::variables).collect();
        names.into_iter().collect()
    }
}

impl Expression {
    /// Compiles a path or a call, whichever `text` starts like.
    ///
    /// # Errors
    /// It is neither; the message says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CompileError> {
        if !text.starts_with('$') {
            return Intrinsic::parse(text).map(Self::Intrinsic);
        }
        Path::parse(text).map(Self::Path).map_err(|error| CompileError {
            message: error.message,
            offset: Some(error.offset),
            ..CompileError::default()
        })
    }

    /// Evaluates over `data`; `field` names the field in causes.
    ///
    /// # Errors
    /// A path leads nowhere, or a call fails.
    pub fn evaluate(
        &self,
        data: &Json,
        environment: &dyn Environment,
        field: &str,
    ) -> Result<Json, Failure> {
        let scope = Scope { data, environment, allowance: Allowance::default() };
        scope.compute(self, field)
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        match self {
            Self::Path(path) => path.variables(),
            Self::Intrinsic(call) => call.variables(),
        }
    }
}

fn compile(value: &Json, place: &mut String, errors: &mut Vec<CompileError>) -> Node {
    match value {
        Json::Object(members) => compile_object(value, members, place, errors),
        Json::Array(items) => {
            let nodes: Vec<Node> = (0..)
                .zip(items.iter())
                .map(|(index, item): (usize, _)| {
                    pointer::below(place, &index.to_string(), |place| compile(item, place, errors))
                })
                .collect();
            let is_literal = nodes.iter().all(|node| matches!(node, Node::Literal(_)));
            if is_literal { Node::Literal(value.clone()) } else { Node::Array(nodes) }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            Node::Literal(value.clone())
        }
    }
}

fn compile_object(
    value: &Json,
    members: &Object,
    place: &mut String,
    errors: &mut Vec<CompileError>,
) -> Node {
    let mut nodes = Vec::with_capacity(members.len());
    for (key, member) in members {
        pointer::below(place, key, |place| {
            let Some(name) = key.strip_suffix(".$") else {
                nodes.push((key.clone(), compile(member, place, errors)));
                return;
            };
            if members.contains_key(name) {
                errors.push(CompileError {
                    pointer: place.clone(),
                    message: format!("The fields '{name}' and '{key}' have the same name"),
                    ..CompileError::default()
                });
            }
            match computed(key, member) {
                Ok(node) => nodes.push((name.into(), node)),
                Err(error) => errors.push(CompileError { pointer: place.clone(), ..error }),
            }
        });
    }
    let is_literal = nodes.iter().all(|(_, node)| matches!(node, Node::Literal(_)));
    if is_literal { Node::Literal(value.clone()) } else { Node::Object(nodes) }
}

fn computed(key: &Arc<str>, value: &Json) -> Result<Node, CompileError> {
    let refused = |offset, reason: String| CompileError {
        message: format!(
            "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic \
             function call"
        ),
        offset,
        reason: Some(reason),
        ..CompileError::default()
    };
    let text =
        value.as_str().ok_or_else(|| refused(None, "the value is not a string".to_owned()))?;
    let expression =
        Expression::parse(text).map_err(|error| refused(error.offset, error.message))?;
    Ok(Node::Computed { field: key.clone(), expression })
}

impl Scope<'_> {
    fn evaluate(&self, node: &Node) -> Result<Json, Failure> {
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Computed { field, expression } => self.compute(expression, field),
            Node::Array(nodes) => {
                let items: Result<Vec<_>, _> =
                    nodes.iter().map(|node| self.evaluate(node)).collect();
                items.map(Json::from)
            }
            Node::Object(nodes) => {
                let mut members = Object::with_capacity(nodes.len());
                for (name, node) in nodes {
                    members.insert(name.clone(), self.evaluate(node)?);
                }
                Ok(Json::from(members))
            }
        }
    }

    fn compute(&self, expression: &Expression, field: &str) -> Result<Json, Failure> {
        let Self { data, environment, allowance } = self;
        let path = match expression {
            Expression::Intrinsic(call) => {
                return call.evaluate_within(data, *environment, allowance);
            }
            Expression::Path(path) => path,
        };
        let value = path.read(data, *environment).map_err(|_| {
            Failure::NotInInput(format!(
                "The JSONPath '{path}' specified for the field '{field}' could not be found in \
                 the input"
            ))
        })?;
        if path.makes_values() {
            allowance.pay(&value).map_err(Failure::Runtime)?;
        }
        Ok(value)
    }
}

fn collect<'n>(node: &'n Node, found: &mut Vec<&'n Expression>) {
    match node {
        Node::Literal(_) => {}
        Node::Computed { expression, .. } => found.push(expression),
        Node::Array(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        Node::Object(nodes) => nodes.iter().for_each(|(_, node)| collect(node, found)),
    }
}
