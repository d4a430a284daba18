//! `compasso output`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_types::Json;

use super::beat::outside_of_a_task;
use crate::cli::Output;

/// How the line begins that ends a value of several lines.
const END: &str = "COMPASSO_END";

/// Adds outputs to those of the task.
pub(crate) fn run(order: &Output) -> anyhow::Result<ExitCode> {
    let lines: Vec<String> =
        order.values.iter().map(|value| lines_of(value)).collect::<Result<_, _>>()?;
    let path = order.file.as_ref().with_context(|| outside_of_a_task("OUTPUT"))?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    let mut file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
    file.write_all(lines.concat().as_bytes()).context("the outputs cannot be written")?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the lines that stand for a value in the file.
fn lines_of(argument: &str) -> anyhow::Result<String> {
    let Some((name, value)) = argument.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        bail!("'{argument}' is neither NAME=VALUE nor NAME:=JSON");
    };
    if name.contains("<<") || name.contains('\n') {
        bail!("'{name}' cannot be the name of an output");
    }
    if let Some(name) = name.strip_suffix(':') {
        let value =
            Json::parse(value).with_context(|| format!("the value of '{name}' is no JSON"))?;
        return Ok(format!("{name}:={value}\n"));
    }
    if !value.contains('\n') {
        return Ok(format!("{name}={value}\n"));
    }
    let mut end = END.to_owned();
    while value.lines().any(|line| line == end) {
        end.push('_');
    }
    Ok(format!("{name}<<{end}\n{value}\n{end}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_file_has_them() {
        assert_eq!(lines_of("rows=4=2").unwrap(), "rows=4=2\n");
        assert_eq!(lines_of("list:=[1, 2]").unwrap(), "list:=[1,2]\n");
        let lines = "note<<COMPASSO_END_\na\nCOMPASSO_END\nCOMPASSO_END_\n";
        assert_eq!(lines_of("note=a\nCOMPASSO_END").unwrap(), lines);
    }

    #[test]
    fn what_is_no_output_is_refused() {
        for argument in ["rows", "=1", "list:=[", "a<<b=1"] {
            assert!(lines_of(argument).is_err(), "{argument}");
        }
    }
}
