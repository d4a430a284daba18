//! Task tokens: they name an attempt of a task and carry a proof that the engine made them.

use std::sync::Arc;

use crate::{Execution, TaskId};

/// A parsed token; not yet proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskToken {
    /// The execution's ARN.
    pub execution: Arc<str>,
    /// The task.
    pub task: TaskId,
    text: String,
}

impl TaskToken {
    /// Reads a token; `None` if the text cannot be one.
    pub fn parse(_text: &str) -> Option<Self> {
        unimplemented!()
    }

    /// Returns whether `execution` made this token.
    pub fn is_from(&self, execution: &Execution) -> bool {
        execution.token(self.task) == self.text
    }
}
