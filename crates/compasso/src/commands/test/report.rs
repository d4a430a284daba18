//! What is said of test cases: a line each, and the sum.

use std::path::PathBuf;

use compasso_types::Payload;
use serde_json::{Value, json};

use super::virtual_run::Ended;
use crate::output;

/// A test case that was run and compared.
pub(super) struct Checked {
    pub(super) file: PathBuf,
    pub(super) machine: String,
    pub(super) case: String,
    pub(super) ended: Ended,
    /// What was not as expected; nothing if the case passed.
    pub(super) problems: Vec<String>,
}

/// Counts the test cases and shows them as they come.
pub(super) struct Summary {
    json: bool,
    passed: usize,
    failed: usize,
}

impl Summary {
    pub(super) fn new(json: bool) -> Self {
        Self { json, passed: 0, failed: 0 }
    }

    pub(super) fn add(&mut self, checked: &Checked) {
        let has_passed = checked.problems.is_empty();
        if has_passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        if self.json {
            output::json(&checked.as_json());
            return;
        }
        let word = if has_passed { "ok  " } else { "FAIL" };
        output::line(&format!("{word}  {}  {}", checked.machine, checked.case));
        for problem in &checked.problems {
            output::line(&format!("      {problem}"));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.passed + self.failed == 0
    }

    /// Shows the sum; returns whether all passed.
    pub(super) fn finish(&self) -> bool {
        if !self.json {
            output::line(&format!("{} passed, {} failed", self.passed, self.failed));
        }
        self.failed == 0
    }
}

impl Checked {
    fn as_json(&self) -> Value {
        let Ended { status, output, error, cause, path, .. } = &self.ended;
        json!({
            "file": self.file.display().to_string(),
            "stateMachine": self.machine,
            "testCase": self.case,
            "passed": self.problems.is_empty(),
            "problems": self.problems,
            "status": status,
            "output": output.as_ref().map(Payload::text),
            "error": error,
            "cause": cause,
            "path": path,
        })
    }
}
