//! The core is pure: no waiting, clock, randomness, environment, threads or I/O, so that the same
//! input gives the same bytes on every machine.

use super::manifest::Manifest;
use crate::source::{before_tests, code, is_test_file};
use crate::tree::Tree;

/// The crates this rule holds for, without the `compasso-` in front.
const PURE: [&str; 12] = [
    "types",
    "sigv4",
    "schedule",
    "query",
    "integrations",
    "jsonata",
    "expr",
    "ir",
    "asl",
    "pipeline",
    "engine",
    "history",
];

/// Packages that wait, draw, look at the machine or do I/O; a `*` stands for any ending.
const IMPURE_PACKAGES: [&str; 21] = [
    "async-*",
    "axum",
    "crossbeam*",
    "fastrand",
    "futures*",
    "getrandom",
    "hyper*",
    "libc",
    "log",
    "mio",
    "num_cpus",
    "rand*",
    "rayon",
    "reqwest",
    "rusqlite",
    "rustls",
    "tempfile",
    "tokio*",
    "tracing*",
    "uuid",
    "walkdir",
];

/// Paths of the standard library and of jiff that do the same.
const IMPURE_CODE: [&str; 13] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "async fn",
    "async move",
];

/// Maps whose order differs from run to run; the engine iterates over ordered ones.
const UNORDERED: [&str; 2] = ["HashMap", "HashSet"];

/// Checks manifests and sources of the pure crates; their tests may do what they like.
pub(crate) fn check(tree: &Tree, manifests: &[Manifest], problems: &mut Vec<String>) {
    for name in PURE {
        let package = format!("compasso-{name}");
        for manifest in manifests.iter().filter(|manifest| manifest.name == package) {
            check_manifest(manifest, problems);
        }
        for (path, text) in tree.rust(&format!("crates/{name}/src/")) {
            if !is_test_file(path) {
                check_source(path, text, IMPURE_CODE.as_slice(), problems);
                if name == "engine" {
                    check_source(path, text, UNORDERED.as_slice(), problems);
                }
            }
        }
    }
}

fn check_manifest(manifest: &Manifest, problems: &mut Vec<String>) {
    for dependency in &manifest.dependencies {
        if IMPURE_PACKAGES.iter().any(|pattern| matches(pattern, dependency)) {
            problems.push(format!(
                "{}/Cargo.toml: {} is pure and cannot use {dependency}",
                manifest.directory, manifest.name
            ));
        }
    }
}

fn check_source(path: &str, text: &str, banned: &[&str], problems: &mut Vec<String>) {
    for (index, line) in code(before_tests(text)).lines().enumerate() {
        for word in banned.iter().filter(|word| has_word(line, word)) {
            problems.push(format!("{path}:{}: {word} has no place in a pure crate", index + 1));
        }
    }
}

fn matches(pattern: &str, package: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => package.starts_with(start),
        None => package == pattern,
    }
}

/// Whether `word` stands in `line` on its own and not inside a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_name) && !line[at + word.len()..].starts_with(part_of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::manifest::read_all;

    fn problems(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::from([(path, text)]);
        let mut problems = Vec::new();
        check(&tree, &read_all(&tree).unwrap(), &mut problems);
        problems
    }

    #[test]
    fn a_clock_in_the_core_is_a_problem() {
        let found = problems("crates/ir/src/a.rs", "//! x\nuse std::time::Instant;\n");
        assert_eq!(found, ["crates/ir/src/a.rs:2: Instant has no place in a pure crate"]);
    }

    #[test]
    fn each_banned_word_is_found() {
        for word in IMPURE_CODE {
            let found = problems("crates/asl/src/a.rs", &format!("x {word} (\n"));
            assert_eq!(found.len(), 1, "{word}: {found:?}");
        }
    }

    #[test]
    fn a_runtime_in_a_pure_manifest_is_a_problem() {
        let text = "package.name = 'compasso-engine'\ndependencies.tokio = '1'";
        let found = problems("crates/engine/Cargo.toml", text);
        assert_eq!(
            found,
            ["crates/engine/Cargo.toml: compasso-engine is pure and cannot use tokio"]
        );
    }

    #[test]
    fn only_the_engine_has_no_hash_map() {
        assert_eq!(problems("crates/engine/src/a.rs", "HashMap").len(), 1);
        assert_eq!(problems("crates/expr/src/a.rs", "HashMap"), [""; 0]);
    }

    #[test]
    fn words_in_comments_names_tests_and_other_crates_are_fine() {
        assert_eq!(problems("crates/ir/src/a.rs", "// std::fs\nstruct Instantly;"), [""; 0]);
        assert_eq!(problems("crates/ir/src/a.rs", "#[cfg(test)]\nmod tests {\nstd::fs"), [""; 0]);
        assert_eq!(problems("crates/ir/tests/a.rs", "std::fs"), [""; 0]);
        assert_eq!(problems("crates/runtime/src/a.rs", "async fn x"), [""; 0]);
    }
}
