//! Mock files on the command line: which file, which test case.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_engine::MockFile;

/// Reads a mock file.
pub(crate) fn read(path: &Path) -> anyhow::Result<MockFile> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    MockFile::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}

/// Returns the name of the test case `wanted` of `machine`; without a name, of its only one.
pub(crate) fn choose(
    file: &MockFile,
    machine: &str,
    wanted: Option<&str>,
) -> anyhow::Result<Arc<str>> {
    if let Some(wanted) = wanted {
        return Ok(file.case(machine, wanted)?.case);
    }
    match &file.cases(machine)?[..] {
        [only] => Ok(only.clone()),
        cases => bail!("choose one of its test cases with --case: {}", cases.join(", ")),
    }
}
