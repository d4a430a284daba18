//! `compasso validate`.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use compasso_asl::{Diagnostic, Severity};

use super::dev::{PIPELINE_SUFFIXES, SUFFIX, definitions_below, pipelines_below};
use super::push::{machine_type, read_definition};
use crate::cli::MachineType;
use crate::{diagnostics, output};

/// The exit code when a definition has an error.
pub(super) const EXIT_BROKEN: u8 = 1;

/// Prints every problem of every file; the exit code tells whether one is an error.
pub(crate) fn run(files: &[PathBuf], kind: Option<MachineType>, json: bool) -> ExitCode {
    let mut code = 0;
    for file in files.iter().flat_map(|path| definitions(path)) {
        let file = &file;
        let found = match read_definition(file) {
            Ok(text) if check(file, &text, kind, json) => 0,
            Ok(_) => EXIT_BROKEN,
            Err(error) => {
                output::error(&error, json);
                output::EXIT_USAGE
            }
        };
        code = code.max(found);
    }
    ExitCode::from(code)
}

/// Returns the definitions below a directory, or what is named itself.
fn definitions(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut found = definitions_below(path);
    found.extend(pipelines_below(path));
    if found.is_empty() {
        let suffixes = PIPELINE_SUFFIXES.join(" or ");
        output::note(&format!("{}: no file ends in {SUFFIX}, {suffixes}", path.display()));
    }
    found
}

/// Prints all problems of a file; returns whether none is an error.
fn check(file: &Path, text: &str, kind: Option<MachineType>, json: bool) -> bool {
    if diagnostics::is_pipeline(file) {
        let (_, problems) = diagnostics::pipelines(text);
        print(file, text, &problems, json);
        return !problems.iter().any(|problem| problem.severity == Severity::Error);
    }
    let kind = kind.unwrap_or_else(|| machine_type(file));
    let analysis = compasso_asl::compile(text, kind.into());
    print(file, text, &analysis.diagnostics, json);
    analysis.is_valid()
}

fn print<C: Display>(file: &Path, text: &str, problems: &[Diagnostic<C>], json: bool) {
    for problem in problems {
        if json {
            output::json(&diagnostics::as_json(file, problem));
        } else {
            output::line(&diagnostics::show(file, text, problem, output::has_colours()));
        }
    }
    if !json && problems.is_empty() {
        output::line(&format!("{}: no problems", file.display()));
    }
}

impl From<MachineType> for compasso_ir::ExecutionType {
    fn from(kind: MachineType) -> Self {
        match kind {
            MachineType::Standard => Self::Standard,
            MachineType::Express => Self::Express,
        }
    }
}
