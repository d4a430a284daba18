//! Whether an expression may read what became of the instances of a task.
//!
//! Records of instances are made only where somebody reads them: of a million they would take more
//! room than all else. So the answer may be yes too often, never no too often.

use compasso_jsonata::{Part, Program};

/// What tasks and their needs call the records.
const INSTANCES: &str = "instances";

/// Returns whether the expression of `text` may read `needs.ID.instances` or `task.instances`.
pub(super) fn may_read_instances(program: &Program, text: &str) -> bool {
    if text.contains(INSTANCES) {
        return true;
    }
    let reads = program.document_reads();
    // '%' may lead back from a member to the record.
    let is_plain = |name, members| !text.contains('%') && is_followed(text, name, members);
    let needs = match reads.of("needs") {
        None => false,
        Some(Part::Whole) => true,
        Some(Part::Members(_)) => !is_plain("needs", 2),
    };
    needs || (reads.of("task").is_some() && !is_plain("task", 1))
}

/// Returns whether so many members follow `name` wherever it stands.
fn is_followed(text: &str, name: &str, members: usize) -> bool {
    text.match_indices(name).all(|(at, _)| {
        let mut rest = Some(&text[at + name.len()..]);
        for _ in 0..members {
            rest = rest.and_then(after_member);
        }
        rest.is_some()
    })
}

/// Returns what follows `.name` or ``.`name` ``.
fn after_member(text: &str) -> Option<&str> {
    let member = text.trim_start().strip_prefix('.')?.trim_start();
    if let Some(quoted) = member.strip_prefix('`') {
        return quoted.split_once('`').map(|(_, after)| after);
    }
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let end = member.find(|c| !is_letter(c)).unwrap_or(member.len());
    (end > 0).then(|| &member[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let program = Program::compile(text).expect("an expression");
        assert_eq!(may_read_instances(&program, text), expected, "{text}");
    }

    #[test]
    fn only_named_members_of_needs_are_known_not_to_be_instances() {
        for text in
            ["1", "needs.a.output", "needs.a.output.x + needs.`b`.attempts", "task.id", "item"]
        {
            check(text, false);
        }
        for text in [
            "needs.a.instances",
            "needs.a.`instances`[0]",
            "needs.a",
            "$string(needs)",
            "needs.*",
            "needs.a.*",
            "$lookup(needs.a, 'inst' & 'ances')",
            "task",
            "($x := needs; $x.a)",
            "$$",
            "needs.a.output.%",
        ] {
            check(text, true);
        }
    }
}
