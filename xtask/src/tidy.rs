//! The rules of the workspace that neither the compiler nor clippy checks, one file each.

mod changelog;
mod files;
mod layers;
mod leftovers;
mod manifest;
pub(crate) mod packages;
mod purity;

use crate::tree::Tree;

/// What the checks found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Rules that are broken; one is enough to fail.
    pub(crate) problems: Vec<String>,
    /// What is not wrong yet.
    pub(crate) warnings: Vec<String>,
    /// How many files were looked at.
    pub(crate) files: usize,
}

/// Checks every rule and returns all that is wrong. `packages` are what [`packages::built`] gives.
pub(crate) fn check(tree: &Tree, packages: &str) -> anyhow::Result<Report> {
    let manifests = manifest::read_all(tree)?;
    let mut report = Report { files: tree.len(), ..Report::default() };
    layers::check(&manifests, &mut report.problems);
    purity::check(tree, &manifests, &mut report.problems);
    files::check(tree, &mut report);
    leftovers::check(tree, &mut report.problems);
    manifest::check(&manifests, &mut report.problems);
    packages::check(packages, &mut report.problems);
    changelog::check(tree, &mut report.problems);
    Ok(report)
}
