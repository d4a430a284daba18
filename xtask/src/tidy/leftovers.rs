//! Nothing is left for later in the sources: what is missing is an issue, and a test that does not
//! run is no test.

use crate::source::code;
use crate::tree::Tree;

/// Marks that are wrong anywhere, comments included. Spelt in halves, since this file is checked too.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Code that stands for code that is missing, and tests that are switched off.
const STUBS: [&str; 3] = ["todo!(", "unimplemented!(", "#[ignore"];

/// Checks all Rust files, tests included.
pub(crate) fn check(tree: &Tree, problems: &mut Vec<String>) {
    for (path, text) in tree.rust("") {
        let code = code(text);
        for (index, (line, code)) in text.lines().zip(code.lines()).enumerate() {
            let mark = MARKS.iter().find(|mark| has_mark(line, mark));
            let stub = STUBS.iter().find(|stub| code.contains(*stub));
            if let Some(found) = mark.or(stub) {
                problems.push(format!("{path}:{}: {found} is left over", index + 1));
            }
        }
    }
}

/// Whether a mark stands in the line as a word.
fn has_mark(line: &str, mark: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric()).any(|word| word == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> usize {
        let mut problems = Vec::new();
        check(&Tree::from([("crates/a/tests/b.rs", text)]), &mut problems);
        problems.len()
    }

    #[test]
    fn a_mark_in_a_comment_is_a_problem() {
        for mark in MARKS {
            assert_eq!(problems(&format!("fn f() {{}} // {mark}: later")), 1, "{mark}");
        }
    }

    #[test]
    fn a_stub_or_a_test_that_is_switched_off_is_a_problem() {
        for stub in STUBS {
            assert_eq!(problems(&format!("    {stub}")), 1, "{stub}");
        }
    }

    #[test]
    fn a_stub_in_a_literal_and_a_longer_word_are_fine() {
        assert_eq!(problems("let x = \"todo!()\"; // methodTODOs"), 0);
    }
}
