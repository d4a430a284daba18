//! A pipeline that ends with one of its tasks, so that it can be tried out up to there.

use std::collections::BTreeSet;

use compasso_types::{Json, Object};

use crate::source;
use crate::tree::{Task, Tasks, Work};
use crate::{Pipeline, parse};

/// What the whole says of tasks that may be left out, or of its own end.
const OF_THE_END: [&str; 6] = ["outputs", "result", "hooks", "deadline", "tests", "on"];

/// Returns the pipeline of `text` with the task of this path, those that it needs and what puts
/// their things away; nothing if there is no such task. Of groups around it the same is left.
///
/// What becomes of the run is told to nobody, so hooks and deadlines go.
pub fn up_to(text: &str, path: &str) -> Option<String> {
    let pipelines = parse(text).pipelines;
    let [pipeline]: &[Pipeline; 1] = pipelines.as_slice().try_into().ok()?;
    let root = source::read(text).roots.first()?.to_json();
    let mut cut = tasks_up_to(&root, &pipeline.tasks, path)?;
    cut.retain(|name, _| !OF_THE_END.contains(&&**name));
    serde_json::to_string_pretty(&Json::from(cut)).ok()
}

/// Returns a pipeline or group, as `node` has it, with the tasks that belong to the one at `path`.
fn tasks_up_to(node: &Json, tasks: &Tasks, path: &str) -> Option<Object> {
    let (id, inner) = path.split_once('.').map_or((path, None), |(id, rest)| (id, Some(rest)));
    let task = tasks.get(id)?;
    let kept = belonging(tasks, task);
    let mut whole = Object::clone(node.as_object()?);
    for name in ["tasks", "jobs"] {
        let Some(Json::Object(all)) = whole.get(name).cloned() else { continue };
        let mut left = Object::default();
        for (own, written) in &*all {
            let Some(task) = tasks.get(own).filter(|task| kept.contains(&*task.id)) else {
                continue;
            };
            let written = match (inner, &task.work) {
                (Some(rest), Some(Work::Group(tasks))) if **own == *id => {
                    let mut group = tasks_up_to(written, tasks, rest)?;
                    group.shift_remove("outputs");
                    Json::from(group)
                }
                (Some(_), _) if **own == *id => return None,
                _ => written.clone(),
            };
            left.insert(own.clone(), with_needs(written, task, &kept));
        }
        whole.insert(name.into(), Json::from(left));
    }
    Some(whole)
}

/// Returns the ids of a task, of those it needs, and of those that put away what these set up.
fn belonging<'t>(tasks: &'t Tasks, last: &'t Task) -> BTreeSet<&'t str> {
    let mut kept = BTreeSet::new();
    let mut open = vec![last];
    while let Some(task) = open.pop() {
        if kept.insert(&*task.id) {
            open.extend(task.needs.iter().filter_map(|need| tasks.get(&need.id)));
        }
    }
    let tidies = |task: &&Task| {
        !task.teardown.is_empty() && task.teardown.iter().all(|need| kept.contains(&*need.id))
    };
    let tidying: Vec<&str> = tasks.iter().filter(tidies).map(|task| &*task.id).collect();
    kept.extend(tidying);
    kept
}

/// Leaves out the needs of a task that are not there any more.
fn with_needs(written: Json, task: &Task, kept: &BTreeSet<&str>) -> Json {
    if task.needs.iter().all(|need| kept.contains(&*need.id)) {
        return written;
    }
    let needs = task.needs.iter().filter(|need| kept.contains(&*need.id));
    let needs = Json::array(needs.map(|need| Json::String(need.id.clone())));
    let mut task = written.as_object().map(|task| Object::clone(task)).unwrap_or_default();
    task.insert("needs".into(), needs);
    Json::from(task)
}
