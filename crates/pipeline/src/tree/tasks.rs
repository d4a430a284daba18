//! The tasks of a pipeline or group, and when each one runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Task;
use super::work::GROUPS_MAX;
use crate::Code;
use crate::expression::{Names, Needs};
use crate::fields::Reader;
use crate::source::Node;

/// Most tasks of a pipeline or group.
const TASKS_MAX: usize = 10_000;

/// The tasks of a pipeline or group, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    list: Vec<Task>,
    places: BTreeMap<Arc<str>, usize>,
}

/// When a task runs, given how its needs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rule {
    /// When all succeeded.
    #[default]
    AllSuccess,
    /// However they ended.
    AllDone,
    /// When all failed.
    AllFailed,
    /// As soon as one succeeded.
    AnySuccess,
    /// As soon as one failed.
    AnyFailed,
    /// As soon as one succeeded or failed.
    AnyDone,
    /// When none failed.
    NoneFailed,
    /// When none failed and one succeeded.
    NoneFailedMinOneSuccess,
    /// When none was skipped.
    NoneSkipped,
    /// When all were skipped.
    AllSkipped,
    /// When all ended and one succeeded.
    AllDoneMinOneSuccess,
    /// At once.
    Always,
}

/// The names of the rules; the last three are Airflow's.
const RULES: [(&str, Rule); 15] = [
    ("all_success", Rule::AllSuccess),
    ("all_done", Rule::AllDone),
    ("all_failed", Rule::AllFailed),
    ("any_success", Rule::AnySuccess),
    ("any_failed", Rule::AnyFailed),
    ("any_done", Rule::AnyDone),
    ("none_failed", Rule::NoneFailed),
    ("none_failed_min_one_success", Rule::NoneFailedMinOneSuccess),
    ("none_skipped", Rule::NoneSkipped),
    ("all_skipped", Rule::AllSkipped),
    ("all_done_min_one_success", Rule::AllDoneMinOneSuccess),
    ("always", Rule::Always),
    ("one_success", Rule::AnySuccess),
    ("one_failed", Rule::AnyFailed),
    ("one_done", Rule::AnyDone),
];

impl Rule {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        reader.word(node, &RULES)
    }

    /// Returns our name of the rule.
    pub fn name(self) -> &'static str {
        RULES.iter().find(|(_, rule)| *rule == self).map_or("", |(name, _)| name)
    }

    /// Whether a task runs although a need was skipped.
    pub(crate) fn runs_after_skipped(self) -> bool {
        !matches!(self, Self::AllSuccess | Self::NoneSkipped)
    }
}

impl Tasks {
    /// Returns the tasks in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Task> {
        self.list.iter()
    }

    /// Returns how many tasks there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether there is no task.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the task `id`.
    pub fn get(&self, id: &str) -> Option<&Task> {
        self.position(id).map(|at| &self.list[at])
    }

    /// Returns where in the order of the file the task `id` is.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Reads the tasks of a pipeline.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        Self::read_group(reader, node, Names::with(Needs::Declared(&[])), 0)
    }

    /// Reads the tasks of a group; `names` are those of the group.
    pub(super) fn read_group(
        reader: &mut Reader<'_>,
        node: &Node,
        names: Names<'_>,
        depth: usize,
    ) -> Option<Self> {
        let members = reader.members(node)?;
        if members.is_empty() {
            return reader.refuse(node, "there is no task", "add a task");
        }
        if members.len() > TASKS_MAX || depth > GROUPS_MAX {
            let message = format!(
                "there are at most {TASKS_MAX} tasks, and groups nest at most {GROUPS_MAX} deep"
            );
            reader.report.add(Code::TooLarge, node.mark(), message);
            return None;
        }
        let mut tasks = Self::default();
        for member in members {
            reader.check_id(&member.key, member.key_span);
            if let Some(task) = Task::read(reader, member, names, depth) {
                tasks.places.insert(task.id.clone(), tasks.list.len());
                tasks.list.push(task);
            }
        }
        Some(tasks)
    }
}

impl<'t> IntoIterator for &'t Tasks {
    type Item = &'t Task;
    type IntoIter = std::slice::Iter<'t, Task>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
