//! `compasso compile`.

use std::path::Path;
use std::process::ExitCode;

use super::graph::{print, read_pipelines, tell};
use super::push::{machine_type, read_definition};
use super::validate::EXIT_BROKEN;
use crate::cli::Compile;
use crate::{diagnostics, output};

/// What the resources of tasks begin with that AWS does not have.
const OWN: &str = "\"arn:aws:states:::compasso:";

/// Prints what a file holds in another form.
pub(crate) fn run(order: &Compile, json: bool) -> anyhow::Result<ExitCode> {
    let file = &order.file;
    if !diagnostics::is_pipeline(file) {
        return definition(order, json);
    }
    if order.graph {
        return super::graph::run(file, json);
    }
    let Some(pipelines) = read_pipelines(file)? else { return Ok(ExitCode::from(EXIT_BROKEN)) };
    let text = read_definition(file)?;
    let (mut code, mut has_own) = (ExitCode::SUCCESS, false);
    for pipeline in &pipelines {
        match compasso_pipeline::plain_asl(&text, pipeline) {
            Ok(machine) => {
                has_own |= machine.to_string().contains(OWN);
                print(&machine, json)?;
            }
            Err(problems) => {
                tell(file, &text, problems.iter());
                code = ExitCode::from(EXIT_BROKEN);
            }
        }
    }
    if has_own {
        output::note("tasks of 'compasso:…' are Compasso's own: AWS does not have them");
    }
    Ok(code)
}

/// Prints a definition that is in the Amazon States Language already.
fn definition(order: &Compile, json: bool) -> anyhow::Result<ExitCode> {
    let file: &Path = &order.file;
    if order.graph {
        anyhow::bail!("graphs are of pipelines, and {} is a definition", file.display());
    }
    let text = read_definition(file)?;
    diagnostics::check(file, &text, machine_type(file).into())?;
    print(&compasso_types::Json::parse(&text)?, json)?;
    output::note("it was a plain definition before");
    Ok(ExitCode::SUCCESS)
}
