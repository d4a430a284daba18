//! Collects problems and puts them in document order.

use std::ops::Range;

use compasso_asl::source::LineCounter;
use compasso_asl::{Position, Severity};
use compasso_types::suggestion::nearest;

use crate::source::{self, Node, Scalar, Span, inside};
use crate::{Code, Diagnostic};

/// Most searches of one report, for a name that was meant or for the exact place of a problem:
/// each one may walk a large part of the text.
const SEARCHES_MAX: usize = 100;
/// Most problems of one report; more would only repeat what is already said many times.
const PROBLEMS_MAX: usize = 1_000;

/// A problem that somebody else found in what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is of.
    pub code: Code,
    /// Where it is.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// A way out, if there is one.
    pub hint: Option<String>,
}

/// Returns problems of the file `text` with their places, in document order.
pub fn located(text: &str, problems: Vec<Problem>) -> Vec<Diagnostic> {
    if problems.is_empty() {
        return Vec::new();
    }
    let mut report = Report::new(text);
    for Problem { code, span, message, hint } in problems {
        report.hinted(code, span, message, hint);
    }
    report.finish(&source::read(text).roots)
}

/// All problems found so far.
pub(crate) struct Report<'s> {
    text: &'s str,
    diagnostics: Vec<Diagnostic>,
    searches_left: usize,
    errors: usize,
    /// Whether the text was stored: what an earlier release took is taken.
    is_stored: bool,
}

impl<'s> Report<'s> {
    /// Makes an empty report on `text`.
    pub(crate) fn new(text: &'s str) -> Self {
        Self::of(text, false)
    }

    /// Makes an empty report on a text that may be stored.
    pub(crate) fn of(text: &'s str, is_stored: bool) -> Self {
        let searches_left = SEARCHES_MAX;
        Self { text, diagnostics: Vec::new(), searches_left, errors: 0, is_stored }
    }

    /// Says whether the text was stored, and runs as it did when it was.
    pub(crate) fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// Returns what is written at `span`.
    pub(crate) fn written(&self, span: Span) -> &'s str {
        &self.text[span.range()]
    }

    /// Returns how many errors were reported.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Searches unless that has been done too often.
    pub(crate) fn search<T>(&mut self, find: impl FnOnce() -> Option<T>) -> Option<T> {
        self.searches_left = self.searches_left.checked_sub(1)?;
        find()
    }

    /// Returns "did you mean …" with the name that is nearest to `word`, if one is near.
    pub(crate) fn nearest<'a>(
        &mut self,
        word: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Option<String> {
        self.search(|| nearest(word, names))
    }

    /// Returns the bytes that stand for byte `offset` of the value of `scalar`.
    pub(crate) fn inside(&mut self, scalar: Scalar, value: &str, offset: usize) -> Span {
        let text = self.text;
        self.search(|| Some(inside(text, scalar, value, offset))).unwrap_or(scalar.span)
    }

    /// Reports a problem.
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.hinted(code, span, message, None);
    }

    /// Reports a problem with a way out.
    pub(crate) fn hint(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.hinted(code, span, message, Some(hint.into()));
    }

    /// Reports a problem, with a way out if there is one.
    pub(crate) fn hinted(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.errors += usize::from(code.severity() == Severity::Error);
        if self.diagnostics.len() == PROBLEMS_MAX {
            return;
        }
        self.diagnostics.push(Diagnostic {
            severity: code.severity(),
            code,
            message: message.into(),
            location: None,
            position: Position { line: 0, column: 0, bytes: self.whole_characters(span) },
            suggestion,
        });
    }

    /// Returns the bytes of the characters that `span` touches.
    fn whole_characters(&self, span: Span) -> Range<usize> {
        let mut bytes = span.range();
        while !self.text.is_char_boundary(bytes.end) {
            bytes.end += 1;
        }
        bytes
    }

    /// Returns the problems in document order; places are filled in, with the way to them in the
    /// documents `roots`.
    pub(crate) fn finish(mut self, roots: &[Node]) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.position.bytes.start);
        let mut lines = LineCounter::new(self.text);
        for Diagnostic { position, location, .. } in &mut self.diagnostics {
            (position.line, position.column) = lines.advance(position.bytes.start);
            let offset = position.bytes.start as u32;
            *location = roots.iter().find(|root| covers(root.span, offset)).map(|root| {
                let mut way = String::new();
                lead(root, offset, &mut way);
                if way.is_empty() { "/".to_owned() } else { way }
            });
        }
        self.diagnostics
    }
}

fn covers(span: Span, offset: u32) -> bool {
    span.start <= offset && offset <= span.end
}

/// Writes the way from `node` to the value at `offset`: `/tasks/load/needs[0]`.
fn lead(node: &Node, offset: u32, way: &mut String) {
    for member in node.members() {
        let span = Span { start: member.key_span.start, end: member.value.span.end };
        if covers(span, offset) {
            way.push('/');
            way.push_str(&member.key);
            return lead(&member.value, offset, way);
        }
    }
    for (index, item) in node.items().iter().enumerate() {
        if covers(item.span, offset) {
            way.extend(["[", &index.to_string(), "]"]);
            return lead(item, offset, way);
        }
    }
}
