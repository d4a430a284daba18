//! The manifests: what each package is called and depends on, and what all must have in common.

use anyhow::Context;
use toml::{Table, Value};

use crate::tree::Tree;

/// What the checks need of one `Cargo.toml`.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Directory of the package, relative to the root.
    pub(crate) directory: String,
    /// Name of the package.
    pub(crate) name: String,
    /// Packages the product is built with, build scripts included.
    pub(crate) dependencies: Vec<String>,
    /// Whether the package takes the lints of the workspace.
    inherits_lints: bool,
}

/// Reads the manifests of all packages of the workspace.
pub(crate) fn read_all(tree: &Tree) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for (path, text) in tree.below("") {
        let Some(directory) = path.strip_suffix("/Cargo.toml") else {
            continue;
        };
        let table: Table = text.parse().with_context(|| format!("parsing {path}"))?;
        let Some(package) = table.get("package").and_then(Value::as_table) else {
            continue;
        };
        let name = package.get("name").and_then(Value::as_str);
        manifests.push(Manifest {
            directory: directory.to_owned(),
            name: name.with_context(|| format!("{path} names no package"))?.to_owned(),
            dependencies: dependencies(&table),
            inherits_lints: inherits_lints(&table),
        });
    }
    Ok(manifests)
}

/// Checks what every manifest must say.
pub(crate) fn check(manifests: &[Manifest], problems: &mut Vec<String>) {
    for manifest in manifests.iter().filter(|manifest| !manifest.inherits_lints) {
        problems.push(format!(
            "{}/Cargo.toml: does not inherit the lints; add [lints] workspace = true",
            manifest.directory
        ));
    }
}

fn dependencies(table: &Table) -> Vec<String> {
    let targets = table.get("target").and_then(Value::as_table);
    let per_target = targets.into_iter().flat_map(|t| t.values()).filter_map(Value::as_table);
    std::iter::once(table)
        .chain(per_target)
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .filter_map(Value::as_table)
        .flat_map(|dependencies| dependencies.iter().map(|(name, value)| real_name(name, value)))
        .collect()
}

/// The package behind a dependency that was renamed with `package = "…"`.
fn real_name(name: &str, value: &Value) -> String {
    value.get("package").and_then(Value::as_str).unwrap_or(name).to_owned()
}

fn inherits_lints(table: &Table) -> bool {
    let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
    lints.and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_the_workspace_lints_is_a_problem() {
        let manifests = read_all(&Tree::from([("a/Cargo.toml", "package.name = 'a'")])).unwrap();
        let mut problems = Vec::new();
        check(&manifests, &mut problems);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("a/Cargo.toml: does not inherit the lints"));
    }

    #[test]
    fn build_target_and_renamed_dependencies_count() {
        let text = "package.name = 'a'\n[build-dependencies]\ncc = '1'\n[dependencies]\nx = { package = 'y' }\n\
                    [target.'cfg(unix)'.dependencies]\nlibc = '1'\n[dev-dependencies]\nproptest = '1'";
        let manifests = read_all(&Tree::from([("a/Cargo.toml", text)])).unwrap();
        assert_eq!(manifests[0].dependencies, ["y", "cc", "libc"]);
    }
}
