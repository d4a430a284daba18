//! A pipeline as nodes, edges and groups, for those who draw it.

use std::sync::Arc;

use compasso_ir::TriggerRule;
use compasso_types::{Json, Object};

use crate::tree::{Pipeline, Task, Tasks, Work};

/// Returns `{nodes, edges, groups}`. A task inside of a group is called `group.task`; a group is
/// listed among the groups and is an end of edges like a node.
pub fn graph(pipeline: &Pipeline) -> Json {
    let mut drawing = Drawing { has_saga: pipeline.saga.is_some(), ..Drawing::default() };
    drawing.draw(&pipeline.tasks, None);
    Json::object([
        ("pipeline", Json::String(pipeline.name.clone())),
        ("nodes", Json::array(drawing.nodes)),
        ("edges", Json::array(drawing.edges)),
        ("groups", Json::array(drawing.groups)),
    ])
}

#[derive(Default)]
struct Drawing {
    nodes: Vec<Json>,
    edges: Vec<Json>,
    groups: Vec<Json>,
    /// Whether what compensates is ever run.
    has_saga: bool,
}

impl Drawing {
    fn draw(&mut self, tasks: &Tasks, group: Option<&str>) {
        let path = |id: &str| match group {
            Some(group) => format!("{group}.{id}"),
            None => id.to_owned(),
        };
        for task in tasks {
            let id = path(&task.id);
            let mut drawn = drawn(task, &id, group);
            if self.has_saga && task.compensate.is_some() {
                drawn.insert("compensates".into(), Json::from(true));
            }
            let drawn = Json::from(drawn);
            if let Some(Work::Group(inner)) = &task.work {
                self.groups.push(drawn);
                self.draw(inner, Some(&id));
            } else {
                self.nodes.push(drawn);
            }
            for (needs, kind) in [(&task.needs, "needs"), (&task.teardown, "teardown")] {
                self.edges.extend(needs.iter().map(|need| {
                    Json::object([
                        ("from", Json::from(path(&need.id))),
                        ("to", Json::from(id.clone())),
                        ("kind", Json::from(kind)),
                    ])
                }));
            }
        }
    }
}

/// Returns a node or group.
fn drawn(task: &Task, id: &str, group: Option<&str>) -> Object {
    let mut object = Object::new();
    let mut set = |name: &str, value: Json| object.insert(Arc::from(name), value);
    set("id", Json::from(id));
    set("label", Json::String(task.name.clone().unwrap_or_else(|| task.id.clone())));
    set("kind", Json::from(kind(task)));
    set("group", group.map_or(Json::Null, Json::from));
    set("when", Json::from(rule(task.rule)));
    if let Some(condition) = &task.condition {
        set("if", Json::String(condition.text.clone()));
    }
    if let Some(Work::Uses(uses)) = &task.work {
        set("uses", Json::String(uses.action.clone()));
    }
    set("each", Json::from(task.fan_out.is_some()));
    object
}

fn rule(rule: TriggerRule) -> &'static str {
    TriggerRule::NAMES.iter().find(|(_, known)| *known == rule).map_or("", |(name, _)| name)
}

/// Returns the field that says what a task does.
pub(crate) fn kind(task: &Task) -> &'static str {
    match &task.work {
        Some(Work::Run { .. }) => "run",
        Some(Work::Steps(_)) => "steps",
        Some(Work::Uses(_)) => "uses",
        Some(Work::Pipeline(_)) => "pipeline",
        Some(Work::Machine(_)) => "machine",
        Some(Work::Approve(_)) => "approve",
        Some(Work::Wait(_)) => "wait",
        Some(Work::Group(_)) => "tasks",
        Some(Work::Noop) | None => "noop",
    }
}
