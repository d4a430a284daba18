//! Payload templates of JSONPath states: JSON in which `"key.$"` members are computed.
//!
//! A template is compiled to a tree in which parts without computed members stay one shared
//! literal; evaluation builds only the objects and arrays above a computed member.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Object};

use crate::intrinsic::Intrinsic;
use crate::jsonpath::Path;
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

impl Template {
    /// Compiles `value`. All problems are returned, in document order.
    pub fn compile(value: &Json) -> Result<Self, Vec<CompileError>> {
        let mut errors = Vec::new();
        let root = compile(value, &mut String::new(), &mut errors);
        if errors.is_empty() {
            Ok(Self {
                root: Arc::new(root),
            })
        } else {
            Err(errors)
        }
    }

    /// Evaluates with `$` = `data`.
    pub fn evaluate(&self, data: &Json, environment: &dyn Environment) -> Result<Json, Failure> {
        evaluate(&self.root, data, environment)
    }

    /// Returns the value if no part of it is computed.
    pub fn literal(&self) -> Option<&Json> {
        match &*self.root {
            Node::Literal(value) => Some(value),
            Node::Object(_) | Node::Array(_) | Node::Computed { .. } => None,
        }
    }

    /// Returns every path and call in it, in document order.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        let names: BTreeSet<String> = self
            .expressions()
            .into_iter()
            .flat_map(Expression::variables)
            .collect();
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
        Path::parse(text)
            .map(Self::Path)
            .map_err(|error| CompileError {
                pointer: String::new(),
                message: error.message,
                offset: Some(error.offset),
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
        match self {
            Self::Path(path) => path.read(data, environment).map_err(|_| {
                Failure::Runtime(format!(
                    "The JSONPath '{path}' specified for the field '{field}' could not be found \
                     in the input '{data}'"
                ))
            }),
            Self::Intrinsic(call) => call.evaluate(data, environment, field),
        }
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
                    pointer::below(place, &index.to_string(), |place| {
                        compile(item, place, errors)
                    })
                })
                .collect();
            let is_literal = nodes.iter().all(|node| matches!(node, Node::Literal(_)));
            if is_literal {
                Node::Literal(value.clone())
            } else {
                Node::Array(nodes)
            }
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
                    offset: None,
                });
            }
            match computed(key, member) {
                Ok(node) => nodes.push((name.into(), node)),
                Err(error) => errors.push(CompileError {
                    pointer: place.clone(),
                    ..error
                }),
            }
        });
    }
    let is_literal = nodes
        .iter()
        .all(|(_, node)| matches!(node, Node::Literal(_)));
    if is_literal {
        Node::Literal(value.clone())
    } else {
        Node::Object(nodes)
    }
}

fn computed(key: &Arc<str>, value: &Json) -> Result<Node, CompileError> {
    let refused = |offset| CompileError {
        pointer: String::new(),
        message: format!(
            "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic \
             function call"
        ),
        offset,
    };
    let text = value.as_str().ok_or_else(|| refused(None))?;
    let expression = Expression::parse(text).map_err(|error| refused(error.offset))?;
    Ok(Node::Computed {
        field: key.clone(),
        expression,
    })
}

fn evaluate(node: &Node, data: &Json, environment: &dyn Environment) -> Result<Json, Failure> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Computed { field, expression } => expression.evaluate(data, environment, field),
        Node::Array(nodes) => {
            let items: Result<Vec<_>, _> = nodes
                .iter()
                .map(|node| evaluate(node, data, environment))
                .collect();
            items.map(Json::from)
        }
        Node::Object(nodes) => {
            let mut members = Object::with_capacity(nodes.len());
            for (name, node) in nodes {
                members.insert(name.clone(), evaluate(node, data, environment)?);
            }
            Ok(Json::from(members))
        }
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
