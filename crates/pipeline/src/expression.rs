//! Expressions in values: bare JSONata, `${{ … }}` and `{% … %}`.

mod code;
mod habits;
mod instances;
pub(crate) mod jinja;
mod names;
mod needs;
mod outcomes;
mod outputs;
mod previous;
pub(crate) mod query;
mod read;
mod value;

use std::sync::Arc;

use compasso_jsonata::Program;

use crate::source::Span;

pub use value::{Piece, Setting, Value};

pub(crate) use habits::status_rule;
pub use names::link_mark;
pub(crate) use names::{LINKS, Name, Names, Needs};
pub(crate) use read::{Origin, Part, is_computed, parts};

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Its text as JSONata, habits of other languages translated.
    pub text: Arc<str>,
    /// What is evaluated.
    pub program: Program,
    /// The value it stands in.
    pub span: Span,
}

impl Expression {
    /// Returns the text that it is, if it is one in quotes and nothing else.
    pub(crate) fn constant_text(&self) -> Option<&str> {
        let quote = self.text.chars().next().filter(|c| "'\"".contains(*c))?;
        let inner = self.text[1..].strip_suffix(quote)?;
        (!inner.contains([quote, '\\'])).then_some(inner)
    }
}
