//! From values of the tree to queries over the document of a run.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_expr::query::{Over, Query};
use compasso_jsonata::{Part, Reads};
use compasso_types::Json;

use super::Compiler;
use crate::Code;
use crate::expression::{Expression, Value};
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
        value.json(&mut |name| {
            self.unsupported(span, &format!("the secret '{name}'"));
            Json::Null
        })
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
}
