//! What expressions compare the ends of tasks, steps and runs with, and these never are.

use compasso_jsonata::Program;

use super::names::Wrong;
use crate::Code;
use crate::fields::Reader;

/// How a task may end.
const OF_TASK: [&str; 5] = ["success", "failed", "skipped", "upstream_failed", "cancelled"];
/// How a task may stand that has not ended, to those who look at it meanwhile.
const UNDER_WAY: [&str; 3] = ["blocked", "ready", "running"];
/// How a step may end.
const OF_STEP: [&str; 3] = ["success", "failed", "skipped"];
/// How a run may end.
const OF_RUN: [&str; 3] = ["success", "failed", "cancelled"];

impl Reader<'_> {
    /// Returns the comparisons with texts that are no end of what is compared.
    pub(super) fn never_so(&mut self, program: &Program) -> Vec<Wrong> {
        if self.report.is_stored() {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        for (path, text) in program.compared_texts() {
            let path: Vec<&str> = path.iter().map(|name| &**name).collect();
            let known: &[&str] = match path.as_slice() {
                ["needs", _, "state" | "outcome"] | ["task", "state" | "outcome"] => &OF_TASK,
                ["steps", _, "outcome"] => &OF_STEP,
                ["run", "state"] => &OF_RUN,
                _ => continue,
            };
            if known.contains(&&*text) || UNDER_WAY.contains(&&*text) {
                continue;
            }
            let meant = of_other_languages(&text).filter(|meant| known.contains(meant));
            let hint = match meant {
                Some(meant) => format!("did you mean '{meant}'?"),
                None => format!("it is one of {}", known.join(", ")),
            };
            let message = format!("'{}' is never '{text}'", path.join("."));
            let (code, written) = (Code::NeverSo, text.to_string());
            wrong.push(Wrong { code, written, message, hint: Some(hint) });
        }
        wrong
    }
}

/// Returns what other formats call an end by `text`.
fn of_other_languages(text: &str) -> Option<&'static str> {
    Some(match &*text.to_lowercase() {
        "success" | "succeeded" | "successful" | "ok" | "passed" => "success",
        "failed" | "failure" | "fail" | "error" => "failed",
        "skipped" | "skip" => "skipped",
        "cancelled" | "canceled" | "aborted" => "cancelled",
        _ => return None,
    })
}
