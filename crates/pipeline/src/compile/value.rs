//! From values of the tree to queries over the document of a run.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_expr::query::{Over, Query};
use compasso_jsonata::{Part, Reads};
use compasso_types::Json;

use super::Compiler;
use crate::Code;
use crate::expression::{Expression, Piece, Value};
use crate::source::Span;

/// The needs that expressions read.
#[derive(Default)]
pub(super) struct Read {
    all: bool,
    ids: BTreeSet<Arc<str>>,
}

impl Read {
    /// Whether the record of `id` is read.
    pub(super) fn has(&self, id: &Arc<str>) -> bool {
        self.all || self.ids.contains(id)
    }

    fn add(&mut self, reads: &Reads) {
        match reads.of("needs") {
            Some(Part::Whole) => self.all = true,
            Some(Part::Members(ids)) => self.ids.extend(ids.iter().cloned()),
            None => {}
        }
    }
}

impl Compiler<'_, '_> {
    /// Compiles a value in which strings `{% … %}` are expressions.
    pub(super) fn query(&mut self, value: &Json, span: Span) -> Option<Query> {
        match Query::compile_over_document(value) {
            Ok(query) => {
                if let Over::Document(reads) = query.over() {
                    self.read.add(reads);
                }
                Some(query)
            }
            Err(errors) => {
                for error in errors {
                    self.report.add(Code::BadExpression, span, error.message);
                }
                None
            }
        }
    }

    /// Compiles an expression.
    pub(super) fn expression(&mut self, expression: &Expression) -> Option<Query> {
        let text = &expression.text;
        self.query(&Json::from(format!("{{% {text} %}}")), expression.span)
    }

    /// Compiles a value of the tree.
    pub(super) fn value(&mut self, value: &Value, span: Span) -> Option<Query> {
        let json = self.json(value, span);
        self.query(&json, span)
    }

    /// Returns a value with its expressions as strings `{% … %}`.
    pub(super) fn json(&mut self, value: &Value, span: Span) -> Json {
        match value {
            Value::Literal(value) => value.clone(),
            Value::Expression(expression) => Json::from(format!("{{% {} %}}", expression.text)),
            Value::Text(pieces) => Json::from(format!("{{% {} %}}", Self::joined(pieces))),
            Value::Secret(name) => {
                self.unsupported(span, &format!("the secret '{name}'"));
                Json::Null
            }
            Value::List(items) => {
                Json::array(items.iter().map(|item| self.json(item, span)).collect::<Vec<_>>())
            }
            Value::Map(members) => Json::object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), self.json(value, span)))
                    .collect::<Vec<_>>(),
            ),
        }
    }

    /// Returns a map whose values are texts, those without a value left out.
    pub(super) fn texts(&mut self, members: &[(Arc<str>, Value)], span: Span) -> Json {
        let text = |(name, value): &(Arc<str>, Value)| {
            let json = match value {
                Value::Expression(expression) => {
                    Json::from(format!("{{% $string({}) %}}", expression.text))
                }
                value => self.json(value, span),
            };
            (name.clone(), json)
        };
        Json::object(members.iter().map(text).collect::<Vec<_>>())
    }

    /// Returns the expression that joins the pieces of a text: `&` turns each into text, and
    /// nothing into an empty one.
    fn joined(pieces: &[Piece]) -> String {
        match pieces {
            [] => "\"\"".to_owned(),
            [Piece::Literal(text)] => Json::String(text.clone()).to_string(),
            [Piece::Expression(expression)] => format!("({})", expression.text),
            // Halves, because trees of expressions have a largest height.
            pieces => {
                let (left, right) = pieces.split_at(pieces.len() / 2);
                format!("({} & {})", Self::joined(left), Self::joined(right))
            }
        }
    }
}
