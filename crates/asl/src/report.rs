//! Collects problems and puts them in document order.

use std::ops::Range;

use crate::cursor::Cursor;
use crate::source::position::inside_string;
use crate::source::{LineCounter, Member, SyntaxError};
use crate::{Code, Diagnostic, Position, Severity};

/// Most searches of one report, for a name that was meant or for the exact place of a problem:
/// each one may walk a large part of the definition.
const SEARCHES_MAX: usize = 100;
/// Most problems of one report; more would only repeat what is already said many times.
const PROBLEMS_MAX: usize = 1_000;

/// What is being checked; problems of the first stage are reported first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The values of the fields, and what they name.
    Fields,
    /// How states are connected.
    Flow,
}

/// All problems found so far.
pub(crate) struct Report<'s> {
    text: &'s str,
    stage: Stage,
    diagnostics: Vec<(Stage, Diagnostic)>,
    failed: bool,
    searches_left: usize,
}

impl<'s> Report<'s> {
    /// Makes an empty report on `text`.
    pub(crate) fn new(text: &'s str) -> Self {
        Self {
            text,
            stage: Stage::Fields,
            diagnostics: Vec::new(),
            failed: false,
            searches_left: SEARCHES_MAX,
        }
    }

    /// Notes that the checks of `stage` begin.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// Returns whether an error was reported that keeps the definition from being run.
    pub(crate) fn has_errors(&self) -> bool {
        self.failed
    }

    /// Searches unless that has been done too often.
    pub(crate) fn search<T>(&mut self, find: impl FnOnce() -> Option<T>) -> Option<T> {
        self.searches_left = self.searches_left.checked_sub(1)?;
        find()
    }

    /// Reports a value the language does not allow.
    pub(crate) fn schema(&mut self, at: &Cursor<'_>, message: String) {
        self.add(Problem::schema(message), at.span(), || Some(at.location()));
    }

    /// Reports a value the language does not allow, with a way out.
    pub(crate) fn schema_hint(&mut self, at: &Cursor<'_>, message: String, hint: Option<String>) {
        self.add(Problem::schema(message).hint(hint), at.span(), || Some(at.location()));
    }

    /// Reports a problem of `owner` that is seen at one of its members.
    pub(crate) fn schema_at(&mut self, member: &Cursor<'_>, owner: &Cursor<'_>, message: String) {
        self.add(Problem::schema(message), member.span(), || Some(owner.location()));
    }

    /// Reports a problem of `owner` that is seen at the name of one of its members.
    pub(crate) fn schema_key(
        &mut self,
        member: &Cursor<'_>,
        owner: &Cursor<'_>,
        message: String,
        hint: Option<String>,
    ) {
        let problem = Problem::schema(message).hint(hint);
        self.add(problem, member.key_span(), || Some(owner.location()));
    }

    /// Reports a member that has no cursor.
    pub(crate) fn schema_member(
        &mut self,
        member: &Member,
        location: impl FnOnce() -> String,
        message: String,
    ) {
        let span = member.key_bytes.clone();
        self.add(Problem::schema(message), span, || Some(location()));
    }

    /// Reports a problem at byte `offset` of the value of the string at `node_bytes`.
    pub(crate) fn schema_inside(
        &mut self,
        at: &Cursor<'_>,
        string: &Range<usize>,
        offset: Option<usize>,
        message: String,
    ) {
        let span = self.inside(string, offset);
        self.add(Problem::schema(message), span, || Some(at.location()));
    }

    /// Returns the bytes at byte `offset` of the value of the string at `string`; all of them if
    /// the offset is not known.
    pub(crate) fn inside(&self, string: &Range<usize>, offset: Option<usize>) -> Range<usize> {
        offset.map_or_else(|| string.clone(), |o| inside_string(self.text, string, o))
    }

    /// Reports a problem at bytes inside a value.
    pub(crate) fn schema_bytes(
        &mut self,
        at: &Cursor<'_>,
        bytes: Range<usize>,
        message: String,
        hint: Option<String>,
    ) {
        self.add(Problem::schema(message).hint(hint), bytes, || Some(at.location()));
    }

    /// Reports any other problem at the name of a value.
    pub(crate) fn problem_of_name(&mut self, at: &Cursor<'_>, problem: Problem) {
        self.add(problem, at.key_span(), || Some(at.location()));
    }

    /// Reports any other problem at a value.
    pub(crate) fn problem(&mut self, at: &Cursor<'_>, problem: Problem) {
        self.add(problem, at.span(), || Some(at.location()));
    }

    /// Reports what is certain to fail when it is reached, but does not keep the definition from
    /// being run until then.
    pub(crate) fn failing_later(&mut self, at: &Cursor<'_>, bytes: Range<usize>, problem: Problem) {
        let failed = self.failed;
        self.add(problem, bytes, || Some(at.location()));
        self.failed = failed;
    }

    /// Reports a text that is not JSON.
    pub(crate) fn syntax(&mut self, error: &SyntaxError) {
        let len = self.text[error.offset..].chars().next().map_or(0, char::len_utf8);
        let problem = Problem::error(Code::InvalidJsonDescription, error.message.clone());
        self.add(problem, error.offset..error.offset + len, || Some(error.location()));
    }

    /// Reports a problem of the definition as a whole.
    pub(crate) fn whole(&mut self, problem: Problem) {
        let span = self.text.find('{').map_or(0..0, |start| start..start + 1);
        self.add(problem, span, || None);
    }

    /// Reports a problem at bytes of the text.
    pub(crate) fn add(
        &mut self,
        problem: Problem,
        bytes: Range<usize>,
        location: impl FnOnce() -> Option<String>,
    ) {
        let Problem { severity, code, message, suggestion } = problem;
        self.failed |= severity == Severity::Error;
        if self.diagnostics.len() == PROBLEMS_MAX {
            return;
        }
        let position = Position { line: 0, column: 0, bytes };
        let location = location();
        let diagnostic = Diagnostic { severity, code, message, location, position, suggestion };
        self.diagnostics.push((self.stage, diagnostic));
    }

    /// Returns the problems in the order of their stages and then of the document, those of the
    /// whole last, lines and columns filled in.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|(_, diagnostic)| diagnostic.position.bytes.start);
        let mut lines = LineCounter::new(self.text);
        for (_, Diagnostic { position, .. }) in &mut self.diagnostics {
            (position.line, position.column) = lines.advance(position.bytes.start);
        }
        self.diagnostics.sort_by_key(|(stage, diagnostic)| (*stage, diagnostic.location.is_none()));
        self.diagnostics.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}

/// What is wrong, without its place.
pub(crate) struct Problem {
    severity: Severity,
    code: Code,
    message: String,
    suggestion: Option<String>,
}

impl Problem {
    /// An error.
    pub(crate) fn error(code: Code, message: String) -> Self {
        Self { severity: Severity::Error, code, message, suggestion: None }
    }

    /// A warning.
    pub(crate) fn warning(code: Code, message: String) -> Self {
        Self { severity: Severity::Warning, code, message, suggestion: None }
    }

    /// Adds a way out.
    pub(crate) fn hint(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }

    fn schema(message: String) -> Self {
        Self::error(Code::SchemaValidationFailed, message)
    }
}
