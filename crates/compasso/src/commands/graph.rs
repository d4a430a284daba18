//! `compasso graph`.

use std::path::Path;
use std::process::ExitCode;

use compasso_pipeline::{Diagnostic, Pipeline, Severity};
use compasso_types::Json;

use super::push::read_definition;
use super::validate::EXIT_BROKEN;
use crate::{diagnostics, output};

/// Prints each pipeline of a file as a graph.
pub(crate) fn run(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let Some(pipelines) = read_pipelines(file)? else {
        return Ok(ExitCode::from(EXIT_BROKEN));
    };
    for pipeline in &pipelines {
        print(&compasso_pipeline::graph(pipeline), json)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a document: in lines for people, in one line for programs.
pub(super) fn print(document: &Json, in_one_line: bool) -> anyhow::Result<()> {
    let text =
        if in_one_line { document.to_string() } else { serde_json::to_string_pretty(document)? };
    output::line(&text);
    Ok(())
}

/// Reads the pipelines of a file; `None`, after its errors were told, if it has any.
pub(super) fn read_pipelines(file: &Path) -> anyhow::Result<Option<Vec<Pipeline>>> {
    let text = read_definition(file)?;
    let parsed = compasso_pipeline::parse(&text);
    let errors = parsed.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    tell(file, &text, errors);
    let is_sound = !parsed.has_errors();
    Ok(is_sound.then_some(parsed.pipelines))
}

/// Tells people of problems of a file.
pub(super) fn tell<'a>(file: &Path, text: &str, problems: impl Iterator<Item = &'a Diagnostic>) {
    for problem in problems {
        let colours = output::notes_have_colours();
        output::note(&diagnostics::show(file, text, problem, colours));
    }
}
