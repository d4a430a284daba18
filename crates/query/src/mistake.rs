//! What is wrong with the text of a query, and where.

use std::error::Error;
use std::fmt;
use std::ops::Range;

/// Something that is wrong at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes of the text; empty at its end.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// What may help.
    pub hint: Option<String>,
}

/// All that is wrong with a text, in its order; at least one mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    text: String,
    /// The mistakes.
    pub list: Vec<Mistake>,
}

impl Mistake {
    pub(crate) fn new(span: &Range<usize>, message: impl Into<String>) -> Self {
        Self { span: span.clone(), message: message.into(), hint: None }
    }

    pub(crate) fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

impl Mistakes {
    pub(crate) fn new(text: &str, list: Vec<Mistake>) -> Self {
        Self { text: text.to_owned(), list }
    }
}

/// Writes each mistake with the line it is on and carets under its place.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&mistake.message)?;
            if let Some(hint) = &mistake.hint {
                write!(f, " ({hint})")?;
            }
            let (line, before, marked) = place(&self.text, &mistake.span);
            write!(f, "\n  {line}\n  {:before$}{:^>marked$}", "", "")?;
        }
        Ok(())
    }
}

impl Error for Mistakes {}

/// Returns the line that a span begins on, and how many characters stand before it and in it there.
fn place<'t>(text: &'t str, span: &Range<usize>) -> (&'t str, usize, usize) {
    let begin = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..].find('\n').map_or(text.len(), |at| span.start + at);
    let before = text[begin..span.start].chars().count();
    let marked = text[span.start..span.end.min(end).max(span.start)].chars().count();
    (&text[begin..end], before, marked.max(1))
}
