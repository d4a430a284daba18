//! `compasso validate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use compasso_asl::{Diagnostic, Severity};
use serde_json::json;

use crate::cli::MachineType;
use crate::output;

/// Prints every problem of every file; the exit code tells whether one is an error.
pub(crate) fn run(files: &[PathBuf], kind: MachineType, json: bool) -> anyhow::Result<ExitCode> {
    let mut failed = false;
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let analysis = compasso_asl::compile(&text, kind.into());
        failed |= analysis.definition.is_none();
        for diagnostic in &analysis.diagnostics {
            if json {
                output::json(&as_json(file, diagnostic));
            } else {
                output::line(&render(file, &text, diagnostic));
            }
        }
        if !json && analysis.diagnostics.is_empty() {
            output::line(&format!("{}: no problems", file.display()));
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn as_json(file: &Path, diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "file": file.display().to_string(),
        "severity": severity(diagnostic),
        "code": diagnostic.code.name(),
        "message": diagnostic.message,
        "location": diagnostic.location,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
        "suggestion": diagnostic.suggestion,
    })
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Writes a problem with its line of the text and carets under the place.
pub(crate) fn render(file: &Path, text: &str, diagnostic: &Diagnostic) -> String {
    use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = match &diagnostic.location {
        Some(location) => format!("{} (at {location})", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let path = file.display().to_string();
    let bytes = diagnostic.position.bytes.clone();
    let place = Snippet::source(text)
        .path(path)
        .annotation(AnnotationKind::Primary.span(bytes));
    let mut group = level.primary_title(title).id(diagnostic.code.name()).element(place);
    if let Some(suggestion) = &diagnostic.suggestion {
        group = group.element(Level::HELP.message(suggestion));
    }
    Renderer::plain().render(&[group]).to_string()
}

impl From<MachineType> for compasso_ir::ExecutionType {
    fn from(kind: MachineType) -> Self {
        match kind {
            MachineType::Standard => Self::Standard,
            MachineType::Express => Self::Express,
        }
    }
}
