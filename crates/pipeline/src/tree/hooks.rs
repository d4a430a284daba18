//! What is told of runs and tasks.

use super::Action;
use crate::expression::Names;
use crate::fields::Reader;
use crate::near;
use crate::source::{self, Node};

/// Actions that run after the fact and change nothing of it.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    /// When it starts.
    pub on_start: Vec<Action>,
    /// When it has succeeded.
    pub on_success: Vec<Action>,
    /// When it has failed.
    pub on_failure: Vec<Action>,
    /// When a task is tried again.
    pub on_retry: Vec<Action>,
    /// When it was skipped.
    pub on_skip: Vec<Action>,
    /// When it was cancelled.
    pub on_cancel: Vec<Action>,
    /// When it has ended, however.
    pub on_finish: Vec<Action>,
}

impl Hooks {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        Self::read_with(reader, node, names, names)
    }

    /// Reads hooks; those of the start see `at_start`.
    pub(super) fn read_with(
        reader: &mut Reader<'_>,
        node: &Node,
        names: Names<'_>,
        at_start: Names<'_>,
    ) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let mut actions = |reader: &mut Reader<'_>, name: &'static str| {
            let names = if name == "on_start" { at_start } else { names };
            let found = fields.read(reader, name, |r, n| match n.value {
                source::Value::Map(_) => {
                    let hint = near::listed(&r.report, n);
                    r.refuse(n, "this must be a list, and is a map", &hint)
                }
                _ => r.list(n, |r, item| Action::read(r, item, names)),
            });
            found.unwrap_or_default()
        };
        let hooks = Self {
            on_start: actions(reader, "on_start"),
            on_success: actions(reader, "on_success"),
            on_failure: actions(reader, "on_failure"),
            on_retry: actions(reader, "on_retry"),
            on_skip: actions(reader, "on_skip"),
            on_cancel: actions(reader, "on_cancel"),
            on_finish: actions(reader, "on_finish"),
        };
        fields.finish(reader);
        Some(hooks)
    }

    /// Returns all actions.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        let Self { on_start, on_success, on_failure, on_retry, on_skip, on_cancel, on_finish } =
            self;
        [on_start, on_success, on_failure, on_retry, on_skip, on_cancel, on_finish]
            .into_iter()
            .flatten()
    }
}
