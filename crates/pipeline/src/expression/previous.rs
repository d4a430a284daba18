//! Whether an expression may read what became of the run before: `run.previous`.
//!
//! It is looked for only where somebody reads it, as it holds an output. So the answer may be yes too
//! often, never no too often.

use compasso_jsonata::{Part, Program};

/// What runs call the one before.
const PREVIOUS: &str = "previous";

/// Returns whether the expression of `text` may read `run.previous`.
pub(super) fn may_read_previous(program: &Program, text: &str) -> bool {
    match program.document_reads().of("run") {
        None => false,
        Some(Part::Whole) => true,
        // '%' may lead back from a member to the run.
        Some(Part::Members(members)) => members.contains(PREVIOUS) || text.contains('%'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_members_of_the_run_are_known_not_to_be_the_run_before() {
        let check = |text: &str, expected: bool| {
            let program = Program::compile(text).expect("an expression");
            assert_eq!(may_read_previous(&program, text), expected, "{text}");
        };
        for text in ["run.id", "$uppercase(run.date) & run.interval.start", "needs.a.output", "1"] {
            check(text, false);
        }
        for text in [
            "run.previous.output",
            "run.`previous`.state",
            "run",
            "$$",
            "$lookup(run, 'prev' & 'ious')",
            "run.id.%.*",
            "run.*",
            "($r := run; $r.previous)",
        ] {
            check(text, true);
        }
    }
}
