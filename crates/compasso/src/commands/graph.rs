//! `compasso graph`.

use std::path::Path;
use std::process::ExitCode;

use compasso_pipeline::Severity;

use super::push::read_definition;
use super::validate::EXIT_BROKEN;
use crate::{diagnostics, output};

/// Prints each pipeline of a file as a graph.
pub(crate) fn run(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let text = read_definition(file)?;
    let parsed = compasso_pipeline::parse(&text);
    let errors = parsed.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    for problem in errors {
        let colours = output::notes_have_colours();
        output::note(&diagnostics::show(file, &text, problem, colours));
    }
    if parsed.has_errors() {
        return Ok(ExitCode::from(EXIT_BROKEN));
    }
    for pipeline in &parsed.pipelines {
        let graph = serde_json::to_value(compasso_pipeline::graph(pipeline))?;
        if json {
            output::json(&graph);
        } else {
            output::line(&serde_json::to_string_pretty(&graph)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
