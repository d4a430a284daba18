//! `compasso validate`.

use std::fmt::Display;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use compasso_asl::Diagnostic;
use compasso_pipeline::compile_all;

use super::dev::{PIPELINE_SUFFIXES, SUFFIX, all_below};
use super::push::{machine_type, read_definition};
use crate::cli::MachineType;
use crate::{diagnostics, output};

/// The exit code when a definition has an error.
pub(super) const EXIT_BROKEN: u8 = 1;

/// Prints every problem of every file; the exit code tells whether one is an error, or nothing was checked
/// where something is meant to be.
pub(crate) fn run(files: &[PathBuf], kind: Option<MachineType>, json: bool) -> ExitCode {
    let mut code = 0;
    for path in files {
        let (found, unusable) = definitions(path);
        for error in &unusable {
            output::error(error, json);
            code = output::EXIT_USAGE;
        }
        for file in &found {
            code = code.max(check_file(file, kind, json));
        }
    }
    ExitCode::from(code)
}

/// Returns the definitions below a directory, or what is named itself; and why there may be others.
fn definitions(path: &Path) -> (Vec<PathBuf>, Vec<anyhow::Error>) {
    if !path.is_dir() {
        return (vec![path.to_owned()], Vec::new());
    }
    let mut unusable = Vec::new();
    let found = all_below(path, &mut |directory, error| {
        unusable.push(anyhow!("{} cannot be read: {error}", directory.display()));
    });
    if found.is_empty() && unusable.is_empty() {
        let suffixes = PIPELINE_SUFFIXES.join(" or ");
        unusable.push(anyhow!("{}: no file ends in {SUFFIX}, {suffixes}", path.display()));
    }
    (found, unusable)
}

/// Prints all problems of a file that may not be readable; returns what to exit with.
fn check_file(file: &Path, kind: Option<MachineType>, json: bool) -> u8 {
    match read_definition(file) {
        Ok(text) if check(file, &text, kind, json) => 0,
        Ok(_) => EXIT_BROKEN,
        Err(error) => {
            output::error(&error, json);
            output::EXIT_USAGE
        }
    }
}

/// Prints all problems of a file; returns whether none is an error.
fn check(file: &Path, text: &str, kind: Option<MachineType>, json: bool) -> bool {
    if diagnostics::is_pipeline(file) {
        // The command ends soon, and all is given back at once then: piece by piece takes a seventh of its time.
        let compiled = ManuallyDrop::new(compile_all(text, compasso_triggers::check));
        print(file, text, &compiled.diagnostics, json);
        return !compiled.has_errors();
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
