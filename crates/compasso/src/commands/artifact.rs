//! `compasso artifact`.

use std::path::{Component, Path};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::beat::outside_of_a_task;
use crate::cli::Artifact;

/// Leaves a file where the task's artifacts are taken from.
pub(crate) fn run(order: &Artifact) -> anyhow::Result<ExitCode> {
    let Artifact::Put { file, name, directory } = order;
    let directory = directory.as_ref().with_context(|| outside_of_a_task("ARTIFACTS"))?;
    let name = name.as_deref().or_else(|| file.file_name().map(Path::new));
    let name = name.with_context(|| format!("{} is no file", file.display()))?;
    if !name.components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("'{}' is no name of an artifact: a relative path", name.display());
    }
    let target = directory.join(name);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    std::fs::copy(file, &target).with_context(|| format!("{} cannot be copied", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
