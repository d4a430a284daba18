//! `compasso graph`.

use std::path::Path;
use std::process::ExitCode;

use compasso_pipeline::{Pipeline, Severity};

use super::push::read_definition;
use super::validate::EXIT_BROKEN;
use crate::{diagnostics, output};

/// Prints each pipeline of a file as a graph.
pub(crate) fn run(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let Some(pipelines) = read_pipelines(file)? else { return Ok(ExitCode::from(EXIT_BROKEN)) };
    for pipeline in &pipelines {
        let graph = serde_json::to_value(compasso_pipeline::graph(pipeline))?;
        if json {
            output::json(&graph);
        } else {
            output::line(&serde_json::to_string_pretty(&graph)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the pipelines of a file; `None`, after its errors were told, if it has any.
pub(super) fn read_pipelines(file: &Path) -> anyhow::Result<Option<Vec<Pipeline>>> {
    let text = read_definition(file)?;
    let parsed = compasso_pipeline::parse(&text);
    let errors = parsed.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    for problem in errors {
        let colours = output::notes_have_colours();
        output::note(&diagnostics::show(file, &text, problem, colours));
    }
    let is_sound = !parsed.has_errors();
    Ok(is_sound.then_some(parsed.pipelines))
}
