//! Direction of dependencies: arrows point down only. The table is the picture of the layers in
//! `ARCHITECTURE.md`; a new edge is a decision, and is made here.

use super::manifest::Manifest;

const PREFIX: &str = "compasso-";

/// The binary wires everything together, and nothing depends on it.
const BINARY: &str = "compasso";

/// The simulated world for tests: only tests and the other tools use it.
const TESTKIT: &str = "testkit";

/// Tools for tests and measurements: they may use every crate but the binary.
const TOOLS: [&str; 4] = [TESTKIT, "fuzz", "sim", "bench"];

/// Each crate and the crates of ours it may be built with.
const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("sigv4", &[]),
    ("schedule", &["types"]),
    ("query", &["types"]),
    ("integrations", &["types"]),
    ("jsonata", &["types", "schedule"]),
    ("expr", &["types", "jsonata"]),
    ("ir", &["types", "jsonata", "expr"]),
    ("asl", &["types", "integrations", "jsonata", "expr", "ir"]),
    ("pipeline", &["types", "integrations", "schedule", "jsonata", "expr", "ir", "asl"]),
    ("engine", &["types", "integrations", "jsonata", "expr", "ir"]),
    ("history", &["types", "engine"]),
    ("sql", &["types"]),
    ("store", &["types"]),
    ("store-sqlite", &["types", "store"]),
    ("store-postgres", &["types", "store", "sql"]),
    ("cluster", &["types", "store"]),
    ("runtime", &["types", "ir", "engine", "store"]),
    ("aws", &["types", "sigv4", "integrations"]),
    ("artifacts", &[]),
    ("executor", &["types", "jsonata", "expr", "store"]),
    ("worker", &["types", "store", "executor"]),
    (
        "connectors",
        &["types", "sigv4", "ir", "engine", "store", "runtime", "executor", "aws", "integrations"],
    ),
    (
        "actions",
        &[
            "types",
            "integrations",
            "jsonata",
            "expr",
            "ir",
            "engine",
            "store",
            "runtime",
            "aws",
            "connectors",
            "sql",
            "items",
        ],
    ),
    ("items", &["types", "sigv4", "aws"]),
    ("mapruns", &["types", "ir", "engine", "store", "runtime", "items"]),
    ("dispatch", &["types", "artifacts", "ir", "engine", "store", "runtime", "executor"]),
    ("triggers", &["types", "sigv4", "expr", "pipeline", "store", "runtime", "items", "sql"]),
    ("scheduler", &["types", "expr", "engine", "schedule", "store", "runtime"]),
    (
        "service",
        &[
            "types",
            "triggers",
            "query",
            "expr",
            "ir",
            "asl",
            "pipeline",
            "engine",
            "store",
            "runtime",
            "connectors",
            "dispatch",
            "mapruns",
            "schedule",
            "scheduler",
            "integrations",
        ],
    ),
    ("console", &[]),
    ("api", &["console", "types", "sigv4", "history", "service"]),
    ("telemetry", &["types", "integrations", "ir", "engine", "history", "runtime", "aws"]),
];

/// Checks every edge between two crates of ours.
pub(crate) fn check(manifests: &[Manifest], problems: &mut Vec<String>) {
    for manifest in manifests {
        for dependency in manifest.dependencies.iter().filter_map(|name| ours(name)) {
            if let Some(why) = refusal(&manifest.name, dependency) {
                problems.push(format!(
                    "{}/Cargo.toml: {} must not depend on {dependency}: {why}",
                    manifest.directory, manifest.name
                ));
            }
        }
        if manifest.directory.starts_with("crates/") && !is_known(&manifest.name) {
            problems.push(format!(
                "{}/Cargo.toml: {} has no place in the table of layers; give it one",
                manifest.directory, manifest.name
            ));
        }
    }
}

fn ours(package: &str) -> Option<&str> {
    if package == BINARY { Some(BINARY) } else { package.strip_prefix(PREFIX) }
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    ALLOWED.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, below)| *below)
}

fn is_known(package: &str) -> bool {
    ours(package)
        .is_some_and(|name| name == BINARY || TOOLS.contains(&name) || allowed(name).is_some())
}

fn refusal(package: &str, dependency: &str) -> Option<&'static str> {
    if dependency == BINARY {
        return Some("nothing depends on the binary");
    }
    if dependency == TESTKIT && !ours(package).is_some_and(|name| TOOLS.contains(&name)) {
        return Some("the test kit is for dev-dependencies");
    }
    match ours(package) {
        None => Some("tools use no product crate"),
        Some(name) if name == BINARY || TOOLS.contains(&name) => None,
        Some(name) => {
            let below = allowed(name).unwrap_or(&[]);
            (!below.contains(&dependency)).then_some("it is not below it in the layers")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::manifest::read_all;
    use crate::tree::Tree;

    fn problems(package: &str, dependency: &str) -> Vec<String> {
        let text =
            format!("package.name = '{package}'\ndependencies.{dependency}.workspace = true");
        let path = format!("crates/{package}/Cargo.toml");
        let manifests = read_all(&Tree::from([(path.as_str(), text.as_str())])).unwrap();
        let mut problems = Vec::new();
        check(&manifests, &mut problems);
        problems
    }

    #[test]
    fn an_arrow_that_points_down_is_fine() {
        assert_eq!(problems("compasso-engine", "compasso-ir"), [""; 0]);
        assert_eq!(problems("compasso", "compasso-api"), [""; 0]);
        assert_eq!(problems("compasso-testkit", "compasso-runtime"), [""; 0]);
        assert_eq!(problems("compasso-fuzz", "compasso-asl"), [""; 0]);
    }

    #[test]
    fn an_arrow_that_points_up_is_a_problem() {
        let found = problems("compasso-ir", "compasso-engine");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("compasso-ir must not depend on engine"));
    }

    #[test]
    fn a_store_knows_no_engine() {
        assert_eq!(problems("compasso-store", "compasso-engine").len(), 1);
    }

    #[test]
    fn nothing_depends_on_the_binary_and_only_tests_on_the_test_kit() {
        assert!(problems("compasso-api", "compasso")[0].contains("nothing depends on the binary"));
        assert!(problems("compasso-api", "compasso-testkit")[0].contains("dev-dependencies"));
        assert_eq!(problems("compasso-bench", "compasso-testkit"), [""; 0]);
    }

    #[test]
    fn a_tool_uses_no_product_crate() {
        assert!(problems("xtask", "compasso-types")[0].contains("tools use no product crate"));
    }

    #[test]
    fn a_crate_without_a_place_in_the_layers_is_a_problem() {
        let found = problems("compasso-novelty", "serde");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("no place in the table of layers"));
    }
}
