//! Files keep a size one can read in one go, a name that says what is in them, and say at their
//! head what they are for.

use super::Report;
use crate::source::{before_tests, is_test_file};
use crate::tree::Tree;

const LINES_AIM: usize = 400;
const LINES_MAX: usize = 600;

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

/// Checks sizes, names and heads of all Rust files.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    for (path, text) in tree.rust("") {
        check_name(path, &mut report.problems);
        if !is_test_file(path) && !is_data(path) {
            check_size(path, text, report);
            if !text.starts_with("//!") {
                report.problems.push(format!("{path}: does not begin with //! and what it is for"));
            }
        }
    }
}

fn check_name(path: &str, problems: &mut Vec<String>) {
    if path.ends_with("/mod.rs") {
        problems.push(format!("{path}: call it by the module's name, beside the directory"));
    }
    for part in path.split('/') {
        let stem = part.strip_suffix(".rs").unwrap_or(part);
        if EMPTY_NAMES.contains(&stem) {
            problems.push(format!("{path}: {stem} is no name; say what is in it"));
        }
    }
}

fn check_size(path: &str, text: &str, report: &mut Report) {
    let lines = before_tests(text).lines().count();
    if lines > LINES_MAX {
        report.problems.push(format!("{path}: {lines} lines, at most {LINES_MAX} are allowed"));
    } else if lines > LINES_AIM {
        report.warnings.push(format!("{path}: {lines} lines, aim for {LINES_AIM}"));
    }
}

/// Tables that are data in the form of code live in a directory of that name.
fn is_data(path: &str) -> bool {
    path.contains("/data/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(path: &str, text: &str) -> Report {
        let mut report = Report::default();
        check(&Tree::from([(path, text)]), &mut report);
        report
    }

    #[test]
    fn a_file_past_the_hard_limit_is_a_problem() {
        let text = format!("//! x\n{}", "\n".repeat(600));
        assert_eq!(report("crates/a/src/b.rs", &text).problems.len(), 1);
        assert_eq!(report("crates/a/tests/b.rs", &text).problems, [""; 0]);
        assert_eq!(report("crates/a/src/data/b.rs", &text).problems, [""; 0]);
    }

    #[test]
    fn a_file_past_the_aim_is_a_warning() {
        let found = report("crates/a/src/b.rs", &format!("//! x\n{}", "\n".repeat(400)));
        assert_eq!((found.problems.len(), found.warnings.len()), (0, 1));
    }

    #[test]
    fn inline_tests_do_not_count() {
        let text = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}", "\n".repeat(900));
        assert_eq!(report("crates/a/src/b.rs", &text).problems, [""; 0]);
    }

    #[test]
    fn a_name_that_says_nothing_is_a_problem() {
        for path in ["a/src/utils.rs", "a/src/common/x.rs", "a/src/b/mod.rs", "a/tests/helpers.rs"]
        {
            assert_eq!(report(path, "//! x").problems.len(), 1, "{path}");
        }
    }

    #[test]
    fn a_file_without_a_head_is_a_problem() {
        assert_eq!(report("crates/a/src/b.rs", "use x;").problems.len(), 1);
    }
}
