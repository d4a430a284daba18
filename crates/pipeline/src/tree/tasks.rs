//! The tasks of a pipeline or group, and when each one runs.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_ir::TriggerRule;
use compasso_types::Json;

use super::work::GROUPS_MAX;
use super::{Artifacts, Task, Work};
use crate::Code;
use crate::expression::{Names, Needs, Value};
use crate::fields::Reader;
use crate::source::Node;

/// Most tasks of a pipeline or group.
const TASKS_MAX: usize = 10_000;

/// The tasks of a pipeline or group, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    list: Vec<Task>,
    places: HashMap<Arc<str>, usize>,
}

/// The names that Airflow has for some rules.
const ALIASES: [(&str, TriggerRule); 3] = [
    ("one_success", TriggerRule::AnySuccess),
    ("one_failed", TriggerRule::AnyFailed),
    ("one_done", TriggerRule::AnyDone),
];

/// Reads `when`.
pub(super) fn read_rule(reader: &mut Reader<'_>, node: &Node) -> Option<TriggerRule> {
    reader.word(node, &[TriggerRule::NAMES.as_slice(), &ALIASES].concat())
}

impl Tasks {
    /// Makes tasks of these, whose ids differ.
    pub(crate) fn of(list: Vec<Task>) -> Self {
        let places = list.iter().enumerate().map(|(at, task)| (task.id.clone(), at)).collect();
        Self { list, places }
    }

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

    /// Returns whether any of them, also in groups, works on what the pipeline was pushed from.
    pub fn check_out_their_origin(&self) -> bool {
        self.iter().any(|task| match (&task.checkout, &task.work) {
            (Some(checkout), _) => checkout.is_of_origin(),
            (None, Some(Work::Group(tasks))) => tasks.check_out_their_origin(),
            (None, _) => false,
        })
    }

    /// Returns whether any brings files that another one's instances may have left.
    fn bring_files_of_instances(&self) -> bool {
        let has_instances = |id: &str| self.get(id).is_some_and(has_instances);
        self.iter().any(|task| {
            task.artifacts.inputs.iter().any(|input| match input {
                Value::Literal(Json::String(path)) => has_instances(Artifacts::brought_from(path)),
                _ => task.needs.iter().any(|need| has_instances(&need.id)),
            })
        })
    }

    /// Has groups give the files that others bring out of them.
    fn give_brought_files(&mut self) {
        let inputs = self.list.iter().flat_map(|task| &task.artifacts.inputs);
        let brought = inputs.filter_map(|input| match input {
            Value::Literal(Json::String(path)) => self.position(Artifacts::brought_from(path)),
            _ => None,
        });
        for at in brought.collect::<Vec<_>>() {
            self.list[at].give_files();
        }
    }

    /// Finds the task whose file this is: one of these, or one in a group; `None` if the path ends at a group.
    fn keeper(&self, path: &str) -> Option<&Task> {
        let id = Artifacts::brought_from(path);
        let task = self.get(id)?;
        let Some(Work::Group(inner)) = &task.work else { return Some(task) };
        let rest = &path[id.len()..];
        let inside =
            if rest.starts_with('[') { rest.split_once("].")?.1 } else { rest.strip_prefix('.')? };
        inner.keeper(inside)
    }

    /// Reports files that a task is to bring from one that keeps none: scripts alone do.
    fn check_brought(&self, reader: &mut Reader<'_>) {
        for task in self {
            for input in &task.artifacts.inputs {
                let Value::Literal(Json::String(path)) = input else { continue };
                let id = Artifacts::brought_from(path);
                let is_known = self.get(id).is_some_and(|of| of.work.is_some());
                if !is_known || !task.needs.iter().any(|need| &*need.id == id) {
                    continue;
                }
                let of = self.keeper(path);
                let (message, hint) = match of.map(|of| (&of.id, of.work.as_ref())) {
                    Some((_, None | Some(Work::Run { .. } | Work::Steps(_)))) => continue,
                    Some((id, Some(_))) => (
                        format!("there is no file '{path}': '{id}' is no script, and keeps none"),
                        "what a handler of a worker keeps is found by what it returns",
                    ),
                    None => (
                        format!("there is no file '{path}': no task of the group '{id}' is named"),
                        "write 'GROUP.TASK/NAME', or 'GROUP[KEY].TASK/NAME' of an instance of the group",
                    ),
                };
                reader.report.hint(Code::NotSupported, task.span, message, hint);
            }
        }
    }

    /// Lets nobody see the output of any.
    pub(super) fn make_sensitive(&mut self) {
        self.list.iter_mut().for_each(Task::make_sensitive);
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
        tasks.give_brought_files();
        reader.reads_instances |= tasks.bring_files_of_instances();
        if !reader.report.is_stored() {
            tasks.check_brought(reader);
        }
        Some(tasks)
    }
}

impl Task {
    fn give_files(&mut self) {
        if let Some(Work::Group(tasks)) = &mut self.work {
            self.gives_files = true;
            tasks.list.iter_mut().for_each(Self::give_files);
        }
    }
}

/// Returns whether a task has instances, or one in it.
fn has_instances(task: &Task) -> bool {
    let inside = match &task.work {
        Some(Work::Group(tasks)) => tasks.iter().any(has_instances),
        _ => false,
    };
    task.fan_out.is_some() || inside
}

impl<'t> IntoIterator for &'t Tasks {
    type Item = &'t Task;
    type IntoIter = std::slice::Iter<'t, Task>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
