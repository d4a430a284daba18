//! Problems of a text, shown in its lines with carets under the place.

use std::fmt::{self, Display};
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use compasso_asl::{Diagnostic, Severity};
use compasso_ir::ExecutionType;
use serde_json::{Value, json};

use crate::output;

/// A text that cannot be used.
#[derive(Debug)]
pub(crate) struct Broken {
    /// All problems, for people.
    pub(crate) shown: String,
    /// The same as JSON, one a problem.
    pub(crate) problems: Vec<Value>,
}

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for Broken {}

impl Broken {
    /// Says whether nothing is wrong but that this version cannot run some parts.
    pub(crate) fn is_only_unsupported(&self) -> bool {
        let unsupported = compasso_pipeline::Code::NotSupported.name();
        let mut errors = self.problems.iter().filter(|problem| problem["severity"] == "error");
        errors.all(|problem| problem["code"] == unsupported)
    }

    /// Makes the error of a pipeline where a definition in Amazon States Language is asked for.
    fn pipeline(file: &Path) -> Self {
        let message = "this is a pipeline, and test cases are of definitions in Amazon States \
                       Language: `compasso validate` checks it, `compasso push` stores it";
        let file = file.display().to_string();
        let problem = json!({"file": file, "severity": "error", "message": message});
        Self { shown: format!("{file}: {message}"), problems: vec![problem] }
    }
}

/// What the extensions of files with pipelines are.
const PIPELINE_EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// Returns whether a file holds pipelines.
pub(crate) fn is_pipeline(file: &Path) -> bool {
    file.extension().is_some_and(|found| PIPELINE_EXTENSIONS.iter().any(|known| found == *known))
}

/// Demands that a definition has no error.
///
/// # Errors
/// It has: all its problems. Or the file holds a pipeline.
pub(crate) fn check(
    file: &Path,
    text: &str,
    kind: ExecutionType,
) -> Result<std::sync::Arc<compasso_ir::Definition>, Broken> {
    if is_pipeline(file) {
        return Err(Broken::pipeline(file));
    }
    let analysis = compasso_asl::compile(text, kind);
    let is_valid = analysis.is_valid();
    analysis.definition.filter(|_| is_valid).ok_or_else(|| {
        let colours = output::notes_have_colours();
        let shown = analysis.diagnostics.iter().map(|problem| show(file, text, problem, colours));
        Broken {
            shown: shown.collect::<Vec<_>>().join("\n"),
            problems: analysis.diagnostics.iter().map(|problem| as_json(file, problem)).collect(),
        }
    })
}

/// Demands that the pipelines of a file have no error.
///
/// # Errors
/// They have, or are what this version cannot run: all problems.
pub(crate) fn check_pipelines(
    file: &Path,
    text: &str,
) -> Result<Vec<compasso_pipeline::Pipeline>, Broken> {
    let compiled = compasso_pipeline::compile_all(text, compasso_triggers::check);
    if !compiled.has_errors() {
        return Ok(compiled.pipelines);
    }
    let problems = compiled.diagnostics;
    let colours = output::notes_have_colours();
    let shown: Vec<_> = problems.iter().map(|problem| show(file, text, problem, colours)).collect();
    Err(Broken {
        shown: shown.join("\n"),
        problems: problems.iter().map(|problem| as_json(file, problem)).collect(),
    })
}

/// Demands that a text is JSON.
///
/// # Errors
/// It is not; the error shows the place.
pub(crate) fn check_json(origin: &str, text: &str) -> Result<(), Broken> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Ok(()) };
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let message = format!("the input is not JSON: {reason}");
    let place = place(text, error.line(), error.column());
    let (line, before) = (error.line(), &text[..place.start]);
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    let snippet = Snippet::source(text).path(origin);
    let snippet = snippet.annotation(AnnotationKind::Primary.span(place));
    let group = Level::ERROR.primary_title(&message).element(snippet);
    let shown = renderer(output::notes_have_colours()).render(&[group]);
    let problem = json!({
        "file": origin, "severity": "error", "message": message, "line": line, "column": column,
    });
    Err(Broken { shown, problems: vec![problem] })
}

/// Writes a problem with its line of the text and carets under the place.
pub(crate) fn show<C: Display>(
    file: &Path,
    text: &str,
    problem: &Diagnostic<C>,
    colours: bool,
) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = match &problem.location {
        Some(location) => format!("{} (at {location})", problem.message),
        None => problem.message.clone(),
    };
    let snippet = Snippet::source(text)
        .path(file.display().to_string())
        .annotation(AnnotationKind::Primary.span(problem.position.bytes.clone()));
    let mut group = level.primary_title(title).id(problem.code.to_string()).element(snippet);
    if let Some(suggestion) = &problem.suggestion {
        group = group.element(Level::HELP.message(suggestion));
    }
    renderer(colours).render(&[group])
}

/// Returns a problem as JSON.
pub(crate) fn as_json<C: Display>(file: &Path, problem: &Diagnostic<C>) -> Value {
    json!({
        "file": file.display().to_string(),
        "severity": match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": problem.code.to_string(),
        "message": problem.message,
        "location": problem.location,
        "line": problem.position.line,
        "column": problem.position.column,
        "suggestion": problem.suggestion,
    })
}

fn renderer(colours: bool) -> Renderer {
    if colours { Renderer::styled() } else { Renderer::plain() }
}

/// Returns the bytes of the character at a line and a column in bytes, both from 1; a column of 0
/// is the end of the line before.
fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut start = (before + column).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of a rendering may be this long; a terminal breaks it at most once.
    const CHARS_MAX: usize = 180;

    fn shown(text: &str, colours: bool) -> String {
        let analysis = compasso_asl::compile(text, ExecutionType::Standard);
        let problems = analysis.diagnostics.iter();
        problems.map(|problem| show(Path::new("x.json"), text, problem, colours) + "\n").collect()
    }

    #[test]
    fn a_problem_stands_under_its_line_with_a_suggestion() {
        let text =
            "{\n \"StartAt\": \"A\",\n \"States\": {\n  \"A\": {\"Type\": \"Succed\"}\n }\n}";
        let shown = shown(text, false);
        for part in ["--> x.json:4:", "\"Succed\"", "^^^", "Succeed"] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(!shown.contains('\x1b'), "{shown}");
    }

    #[test]
    fn colours_are_for_terminals() {
        assert!(shown("{}", true).contains('\x1b'));
    }

    #[test]
    fn a_problem_in_a_very_long_line_is_shown_with_what_is_around_it() {
        let states: Vec<String> = (0..2_000)
            .map(|n| format!(r#""S{n}":{{"Type":"Pass","Next":"S{}"}}"#, n + 1))
            .collect();
        let states = states.join(",");
        let text = format!(
            r#"{{"StartAt":"S0","States":{{{states},"S2000":{{"Type":"Suceed"}},"S2001":{{"Type":"Pass","End":true}}}}}}"#
        );
        let shown = shown(&text, false);
        assert!(shown.contains("Suceed") && shown.contains('^'), "{shown}");
        let longest = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest <= CHARS_MAX, "{longest} characters in\n{shown}");
    }

    #[test]
    fn input_that_is_not_json_is_shown_where_it_breaks() {
        let broken = check_json("--input", "{\"a\": 1,\n \"ü\": x}").unwrap_err();
        assert!(broken.shown.contains("--> --input:2:7"), "{broken}");
        assert_eq!(broken.problems[0]["line"], 2);
        assert!(!broken.shown.contains("at line"), "{broken}");
        assert!(check_json("--input", "[1]").is_ok());
    }

    #[test]
    fn input_that_breaks_off_is_shown_at_its_end() {
        for text in ["", "{", "{\n", "\"ü", "[1,\n2", "nul"] {
            let broken = check_json("--input", text).unwrap_err();
            assert!(broken.shown.contains("--input:"), "{text}: {broken}");
        }
    }
}
