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

    /// Adds what another one has.
    pub(super) fn extend(&mut self, other: &Self) {
        self.all |= other.all;
        self.ids.extend(other.ids.iter().cloned());
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
        match Query::compile_with(value, &mut self.programs) {
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
        self.programs.keep(text, &expression.program);
        self.query(&Json::from(format!("{{% {text} %}}")), expression.span)
    }

    /// Compiles a value of the tree.
    pub(super) fn value(&mut self, value: &Value, span: Span) -> Option<Query> {
        value.each_expression(&mut |expression| {
            self.programs.keep(&expression.text, &expression.program);
        });
        self.query(&value.template(), span)
    }
}

/// Returns a map whose values are texts, those without a value left out.
pub(super) fn texts(members: &[(Arc<str>, Value)]) -> Vec<(Arc<str>, Json)> {
    members.iter().map(|(name, value)| (name.clone(), in_words(value))).collect()
}

/// Returns a value as a text.
pub(super) fn in_words(value: &Value) -> Json {
    match value {
        Value::Expression(expression) => {
            Json::from(format!("{{% $string({}) %}}", expression.text))
        }
        value => value.template(),
    }
}

/// Returns a value as a text; an expression that comes to nothing fails, and says that `what` does.
pub(super) fn needed_words(value: &Value, what: &str) -> Json {
    match value {
        Value::Expression(expression) => {
            let text = &expression.text;
            let missing = format!("$error(\"{what} comes to nothing\")");
            let words = format!("$exists($words) ? $string($words) : {missing}");
            Json::from(format!("{{% ($words := ({text}); {words}) %}}"))
        }
        value => value.template(),
    }
}

/// What an expression may read that reads its document as a whole.
const DOCUMENT: [&str; 9] =
    ["params", "vars", "env", "run", "trigger", "task", "item", "index", "matrix"];

/// Returns all that is read, as members with their expressions, but for the members `without`: for
/// whoever evaluates an expression elsewhere and later.
pub(super) fn context(reads: &Reads, without: &[&str]) -> Vec<(Arc<str>, Json)> {
    let all = DOCUMENT.into_iter().filter(|_| reads.whole()).map(Arc::from);
    let read = reads.members().map(|(name, _)| name.clone());
    let names: BTreeSet<Arc<str>> = all.chain(read).collect();
    let member = |name: Arc<str>| {
        let value = match reads.of(&name) {
            Some(Part::Members(members)) if &*name == "needs" => {
                Json::object(members.iter().map(|id| (id.clone(), of(&["needs", id]))))
            }
            _ => of(&[&name]),
        };
        (name, value)
    };
    names.into_iter().filter(|name| !without.contains(&&**name)).map(member).collect()
}

/// Returns the expression of a path.
pub(super) fn of(path: &[&str]) -> Json {
    let steps: Vec<String> = path.iter().map(|step| format!("`{step}`")).collect();
    Json::from(format!("{{% {} %}}", steps.join(".")))
}
