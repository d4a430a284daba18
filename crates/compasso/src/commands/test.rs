//! `compasso test`: the test cases of definitions, without a server and without waiting.

mod pipeline;
mod report;
mod virtual_run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_engine::{Expectation, MockFile};
use compasso_ir::Definition;
use compasso_types::Json;

use super::dev::{definitions_below, pipelines_below};
use super::push::{machine_type, read_definition, workflow_name};
use crate::cli::Test;
use crate::{diagnostics, mocks};
use report::{Checked, Summary};
use virtual_run::Ended;

/// The exit code when a test case does not come to what it must.
const EXIT_FAILED: u8 = 1;
/// The mock file beside definitions, if none is named for a definition alone.
const SHARED_FILE: &str = "MockConfigFile.json";

/// Runs every test case of every definition; the exit code tells whether all passed.
pub(crate) fn run(order: &Test, json: bool) -> anyhow::Result<ExitCode> {
    if order.run {
        bail!(
            "test cases run no task: 'mocks' says what stands in for each; 'compasso run FILE' runs a \
             pipeline for real, without a server"
        );
    }
    let mut summary = Summary::new(json);
    let mut there = Vec::new();
    for path in &order.paths {
        if path.is_dir() {
            for file in definitions_below(path).into_iter().chain(pipelines_below(path)) {
                there.extend(test_file(&file, order, false, &mut summary)?);
            }
        } else {
            there.extend(test_file(path, order, true, &mut summary)?);
        }
    }
    if summary.is_empty() {
        bail!("{}", none(order, &there));
    }
    Ok(if summary.finish() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) })
}

/// Says that nothing was tested: which test cases there are, if none of them has the name asked for.
fn none(order: &Test, there: &[String]) -> String {
    match &order.case {
        Some(case) if !there.is_empty() => {
            format!("there is no test case '{case}'; there are: {}", there.join(", "))
        }
        _ => "there are no test cases".to_owned(),
    }
}

/// Runs the test cases of one definition, of which it must have some if it was `asked` for. Returns
/// the names of all it has.
fn test_file(
    file: &Path,
    order: &Test,
    asked: bool,
    summary: &mut Summary,
) -> anyhow::Result<Vec<String>> {
    if diagnostics::is_pipeline(file) {
        return pipeline::test_file(file, order, summary);
    }
    let machine = workflow_name(file)?;
    let Some(path) = order.mocks.clone().or_else(|| beside(file, &machine)) else {
        if asked {
            // That it is not there, if it is not, says more.
            read_definition(file)?;
            bail!("{} has no mock file beside it; name one with --mocks", file.display());
        }
        return Ok(Vec::new());
    };
    let mocks = mocks::read(&path)?;
    let cases = match mocks.cases(&machine) {
        Ok(cases) => cases,
        Err(_) if !asked => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be used", path.display()));
        }
    };
    let definition = diagnostics::check(file, &read_definition(file)?, machine_type(file).into())?;
    let wanted = |case: &&Arc<str>| order.case.as_ref().is_none_or(|wanted| **wanted == ***case);
    for case in cases.iter().filter(wanted) {
        let test = Case { file, machine: &machine, name: case, mocks: &mocks };
        summary.add(&test.check(&definition)?);
    }
    Ok(cases.iter().map(|case| format!("{machine} {case}")).collect())
}

/// Finds the mock file of a definition: its own, or one that is shared.
fn beside(definition: &Path, machine: &str) -> Option<PathBuf> {
    let directory = definition.parent().unwrap_or(Path::new(""));
    let own = directory.join(format!("{machine}.mocks.json"));
    [own, directory.join(SHARED_FILE)].into_iter().find(|path| path.is_file())
}

/// A test case of a definition.
struct Case<'a> {
    file: &'a Path,
    machine: &'a str,
    name: &'a str,
    mocks: &'a MockFile,
}

impl Case<'_> {
    fn check(&self, definition: &Arc<Definition>) -> anyhow::Result<Checked> {
        let mocks = self.mocks.case(self.machine, self.name)?;
        let expected = self.mocks.expectation(self.machine, self.name);
        let input = expected.input.clone().unwrap_or_else(Json::empty_object);
        let mut problems = unknown_states(definition, mocks.states.keys());
        let ended = virtual_run::run(definition.clone(), self.machine, input.into(), mocks);
        problems.extend(differences(&expected, &ended));
        let (file, machine, case) = (self.file.to_owned(), self.machine, self.name);
        Ok(Checked { file, machine: machine.to_owned(), case: case.to_owned(), ended, problems })
    }
}

/// A misspelled name of a state would mock nothing.
fn unknown_states<'a>(
    definition: &Definition,
    names: impl Iterator<Item = &'a Arc<str>>,
) -> Vec<String> {
    let unknown = names.filter(|name| definition.find(name).is_none());
    unknown.map(|name| format!("the definition has no state '{name}' to mock")).collect()
}

/// Compares how an execution ended with what was expected. Without a word about it, it must succeed.
fn differences(expected: &Expectation, ended: &Ended) -> Vec<String> {
    if let Some(stuck) = &ended.stuck {
        return vec![stuck.clone()];
    }
    let mut differences = Vec::new();
    let fails = expected.error.is_some() || expected.cause.is_some();
    let default = if fails { "FAILED" } else { "SUCCEEDED" };
    let status = expected.status.as_deref().unwrap_or(default);
    if status != ended.status {
        let said = [&ended.error, &ended.cause].into_iter().flatten();
        let said: Vec<&str> = said.map(|text| &**text).collect();
        let because =
            if said.is_empty() { String::new() } else { format!(" ({})", said.join(": ")) };
        differences.push(format!("status: expected {status}, was {}{because}", ended.status));
    }
    let mut compare = |what: &str, expected: Option<String>, was: String| {
        if let Some(expected) = expected
            && expected != was
        {
            differences.push(format!("{what}: expected {expected}, was {was}"));
        }
    };
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    compare("error", expected.error.clone(), text(&ended.error));
    compare("cause", expected.cause.clone(), text(&ended.cause));
    compare("path", expected.path.as_ref().map(|path| path.join(" → ")), ended.path.join(" → "));
    if let Some(output) = &expected.output
        && ended.output.as_ref().is_none_or(|was| was.value() != output)
    {
        let was = ended.output.as_ref().map_or("nothing", |was| was.text());
        differences.push(format!("output: expected {output}, was {was}"));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Ended {
        Ended {
            status: "FAILED",
            error: Some("Boom".into()),
            cause: Some("no".into()),
            path: vec!["A".into(), "B".into()],
            ..Ended::default()
        }
    }

    fn check(expected: &str, differences_expected: &[&str]) {
        let expected: Expectation = serde_json::from_str(expected).unwrap();
        assert_eq!(differences(&expected, &failed()), differences_expected);
    }

    #[test]
    fn only_what_is_said_is_compared() {
        check(r#"{"Status":"FAILED"}"#, &[]);
        check(r#"{"Error":"Boom","Path":["A","B"]}"#, &[]);
        check("{}", &["status: expected SUCCEEDED, was FAILED (Boom: no)"]);
        check(
            r#"{"Error":"Bang","Cause":"yes","Path":["A"],"Output":1}"#,
            &[
                "error: expected Bang, was Boom",
                "cause: expected yes, was no",
                "path: expected A, was A → B",
                "output: expected 1, was nothing",
            ],
        );
    }
}
