//! Expressions and values as queries, for those who evaluate them outside of a run: triggers and
//! schedules.

use std::sync::Arc;

use compasso_expr::CompileError;
use compasso_expr::query::Query;
use compasso_jsonata::Reads;
use compasso_types::Json;

use super::{Expression, Piece, Value};

/// The member of the object that stands for a secret.
pub(crate) const SECRET: &str = "$secret";
/// How the names of secrets begin that a run is given.
pub(crate) const SECRET_PARAM: &str = "params.";

impl Expression {
    /// Compiles it over a document with the members that expressions name.
    ///
    /// # Errors
    /// Those of the expression, which were reported when it was read.
    pub fn query(&self) -> Result<Query, Vec<CompileError>> {
        Query::compile_over_document(&self.json())
    }

    /// Returns it as a string `{% … %}`.
    pub fn json(&self) -> Json {
        Json::from(format!("{{% {} %}}", self.text))
    }
}

impl Value {
    /// Compiles it over a document. A secret becomes the object `{"$secret": NAME}`.
    ///
    /// # Errors
    /// Those of its expressions, which were reported when they were read.
    pub fn query(&self) -> Result<Query, Vec<CompileError>> {
        Query::compile_over_document(&self.template())
    }

    /// Returns it with its expressions as strings `{% … %}`, and secrets as `{"$secret": NAME}`. Those
    /// that a run is given are data of the run, which are sealed there.
    pub fn template(&self) -> Json {
        let secret = |name: &Arc<str>| {
            if name.starts_with(SECRET_PARAM) {
                Json::from(format!("{{% {name} %}}"))
            } else {
                Json::object([(SECRET, Json::String(name.clone()))])
            }
        };
        self.json(&mut { secret })
    }

    /// Returns what its expressions read.
    pub(crate) fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        self.each_expression(&mut |found| reads.add(&found.program.document_reads()));
        reads
    }

    /// Whether a secret is in it.
    pub(crate) fn has_secret(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Expression(_) | Self::Text(_) => false,
            Self::Secret(_) => true,
            Self::List(items) => items.iter().any(Self::has_secret),
            Self::Map(members) => members.iter().any(|(_, value)| value.has_secret()),
        }
    }

    /// Shows all expressions in it.
    pub(crate) fn each_expression(&self, show: &mut dyn FnMut(&Expression)) {
        match self {
            Self::Literal(_) | Self::Secret(_) => {}
            Self::Expression(expression) => show(expression),
            Self::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Expression(expression) = piece {
                        show(expression);
                    }
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.each_expression(show)),
            Self::Map(members) => {
                for (_, value) in members {
                    value.each_expression(show);
                }
            }
        }
    }

    /// Returns the text of the expression that it is, be it one or a text with some in it.
    pub(crate) fn text_expression(&self) -> Option<String> {
        match self {
            Self::Expression(expression) => Some(expression.text.to_string()),
            Self::Text(pieces) => Some(joined(pieces)),
            Self::Literal(_) | Self::Secret(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns it with its expressions as strings `{% … %}`, and what stands for its secrets.
    pub(crate) fn json(&self, secret: &mut dyn FnMut(&Arc<str>) -> Json) -> Json {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Expression(expression) => expression.json(),
            Self::Text(pieces) => Json::from(format!("{{% {} %}}", joined(pieces))),
            Self::Secret(name) => secret(name),
            Self::List(items) => {
                Json::array(items.iter().map(|item| item.json(secret)).collect::<Vec<_>>())
            }
            Self::Map(members) => {
                let members =
                    members.iter().map(|(name, value)| (name.clone(), value.json(secret)));
                Json::object(members.collect::<Vec<_>>())
            }
        }
    }
}

/// Returns the expression that joins the pieces of a text: `&` turns each into text, and nothing
/// into an empty one.
fn joined(pieces: &[Piece]) -> String {
    match pieces {
        [] => "\"\"".to_owned(),
        [Piece::Literal(text)] => Json::String(text.clone()).to_string(),
        [Piece::Expression(expression)] => format!("({})", expression.text),
        // Halves, because trees of expressions have a largest height.
        pieces => {
            let (left, right) = pieces.split_at(pieces.len() / 2);
            format!("({} & {})", joined(left), joined(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use compasso_types::Json;

    use crate::parse;

    const TEXT: &str = "\
pipeline: p
params: {a: 1, b: '', c: {type: object, default: {}}}
on:
  webhook:
    path: /p
    if: trigger.body.n > 1
    auth: {bearer: '${{ secrets.TOKEN }}'}
    params: {a: '${{ trigger.body.n }}', b: 'n=${{ trigger.body.n }}!', c: {x: ['${{ trigger.path }}', 2]}}
tasks: {t: {run: 'true'}}
";

    #[test]
    fn values_are_compiled_with_their_types_and_secrets_by_name() {
        let parsed = parse(TEXT);
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let trigger = &parsed.pipelines[0].triggers.list[0];
        let shown: Vec<Json> =
            trigger.params.iter().map(|(_, value)| value.json(&mut |_| Json::Null)).collect();
        assert_eq!(shown[0], Json::from("{% trigger.body.n %}"));
        assert_eq!(shown[1], Json::from(r#"{% ("n=" & ((trigger.body.n) & "!")) %}"#));
        assert_eq!(shown[2].to_string(), r#"{"x":["{% trigger.path %}",2]}"#);
        let condition = trigger.condition.as_ref().unwrap().query().unwrap();
        assert_eq!(condition.expression(), Some("trigger.body.n > 1"));
        let secret = crate::Value::Secret("TOKEN".into()).query().unwrap();
        assert_eq!(secret.literal().unwrap().to_string(), r#"{"$secret":"TOKEN"}"#);
    }
}
