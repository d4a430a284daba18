//! A task on its own: what it needs stands there as tasks that give what somebody says they gave.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::Json;

use crate::tree::{
    FanOut, Hooks, Items, Matrix, Past, Placement, Task, Tasks, Verdict, Work, never,
};
use crate::{Pipeline, Value};

/// A pipeline that has one of its tasks, the groups around it, and what these need.
#[derive(Clone, Debug)]
pub struct Alone {
    /// The pipeline, which tells nobody anything.
    pub pipeline: Pipeline,
    /// The paths of the tasks that are needed, whose work is to be mocked.
    pub needs: Vec<Arc<str>>,
    /// The paths of the tasks that need the one.
    pub next: Vec<Arc<str>>,
}

/// A task cannot stand alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAlone {
    /// There is none.
    #[error("The pipeline has no task '{0}'")]
    NoTask(Arc<str>),
    /// It is a group.
    #[error("'{0}' is a group: test the tasks in it")]
    Group(Arc<str>),
    /// What it runs for is read from outside.
    #[error("The items of '{0}' are read while it runs: give one as 'item'")]
    Items(Arc<str>),
}

/// Returns the task of this path on its own. Of things to run for there is one: `item`, or the first.
/// Needs that were `skipped` do not run.
///
/// # Errors
/// There is no such task, or it cannot stand alone.
pub fn alone(
    pipeline: &Pipeline,
    path: &str,
    item: Option<&Json>,
    skipped: &BTreeSet<Arc<str>>,
) -> Result<Alone, NotAlone> {
    let mut cut = Cut { path, skipped, item: item.cloned(), needs: Vec::new(), next: Vec::new() };
    let tasks = cut.tasks(&pipeline.tasks, "")?;
    let pipeline = Pipeline {
        tasks,
        deadlines: Vec::new(),
        saga: None,
        verdict: Verdict::Any,
        hooks: Hooks::default(),
        outputs: None,
        tests: Vec::new(),
        ..pipeline.clone()
    };
    let Cut { needs, next, .. } = cut;
    Ok(Alone { pipeline, needs, next })
}

/// What is being cut out.
struct Cut<'a> {
    path: &'a str,
    skipped: &'a BTreeSet<Arc<str>>,
    /// What the innermost task that runs for many things is given.
    item: Option<Json>,
    needs: Vec<Arc<str>>,
    next: Vec<Arc<str>>,
}

impl Cut<'_> {
    /// Returns what is left of tasks; `group`: the path of their group, with a dot behind it.
    fn tasks(&mut self, tasks: &Tasks, group: &str) -> Result<Tasks, NotAlone> {
        let path = self.path;
        let no_task = || NotAlone::NoTask(path.into());
        let rest = path.strip_prefix(group).ok_or_else(no_task)?;
        let (id, inner) = rest.split_once('.').map_or((rest, None), |(id, rest)| (id, Some(rest)));
        let task = tasks.get(id).ok_or_else(no_task)?;
        let mut own = quiet(task);
        // What cleans up comes after what it cleans up after.
        own.needs.extend(std::mem::take(&mut own.teardown));
        match (&task.work, inner) {
            (Some(Work::Group(tasks)), Some(_)) => {
                own.work = Some(Work::Group(self.tasks(tasks, &format!("{group}{id}."))?));
                own.outputs = None;
            }
            (Some(Work::Group(_)), None) => return Err(NotAlone::Group(path.into())),
            (_, Some(_)) => return Err(no_task()),
            (_, None) => {
                let follows = tasks.iter().filter(|other| needs(other, id));
                self.next = follows.map(|other| format!("{group}{}", other.id).into()).collect();
            }
        }
        if let Some(fan_out) = &task.fan_out {
            let only = only(fan_out, self.item.take());
            own.fan_out = Some(only.ok_or_else(|| NotAlone::Items(format!("{group}{id}").into()))?);
        }
        let mut left = Vec::new();
        for need in tasks.iter().filter(|other| needs(&own, &other.id)) {
            let path: Arc<str> = format!("{group}{}", need.id).into();
            left.push(stand_in(need, self.skipped.contains(&path)));
            self.needs.push(path);
        }
        left.push(own);
        Ok(Tasks::of(left))
    }
}

fn needs(task: &Task, id: &str) -> bool {
    task.needs.iter().any(|need| &*need.id == id)
}

/// Returns a task that does its work once, and of which nobody is told.
fn quiet(task: &Task) -> Task {
    Task {
        repeat: None,
        breaker: None,
        cache: None,
        past: Past::Free,
        compensate: None,
        hooks: Hooks::default(),
        deadlines: Vec::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        ..task.clone()
    }
}

/// Returns a task that reads nothing, in whose place another one is mocked.
fn stand_in(task: &Task, is_skipped: bool) -> Task {
    Task {
        condition: if is_skipped { never(task.span) } else { None },
        work: Some(Work::Noop),
        placement: Placement { slots: 1, ..Placement::default() },
        ..Task::bare(&task.id, task.span)
    }
}

/// Lets a task run for one thing at a time; nothing if what it runs for is not known here.
fn only(fan_out: &FanOut, item: Option<Json>) -> Option<FanOut> {
    let is_given = item.is_some();
    let items = match (&fan_out.items, item) {
        (Items::Matrix(_), Some(item)) => Items::Matrix(Matrix { combinations: vec![item] }),
        (_, Some(item)) => Items::List(Value::List(vec![Value::Literal(item)])),
        (Items::From(..), None) => return None,
        (items, None) => items.clone(),
    };
    let batch = fan_out.batch.filter(|_| !is_given);
    Some(FanOut { items, batch, max_parallel: 1, ..fan_out.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const TEXT: &str = "pipeline: p
tasks:
  extract: {run: ls}
  other: {run: ls}
  all:
    needs: extract
    each: ${{ needs.extract.output }}
    tasks:
      a: {run: ls}
      b: {needs: a, run: ls, repeat: {every: 1m, until: '${{ output }}'}}
      c: {needs: [a, b], run: ls}
  last: {needs: all, run: ls}
  files: {each: {csv: file:///srv/x.csv}, run: ls}
";

    fn cut(path: &str, item: Option<&Json>) -> Result<Alone, NotAlone> {
        let parsed = parse(TEXT);
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        alone(&parsed.pipelines[0], path, item, &BTreeSet::new())
    }

    fn words(paths: &[Arc<str>]) -> Vec<&str> {
        paths.iter().map(|path| &**path).collect()
    }

    #[test]
    fn a_task_keeps_its_groups_and_what_these_need() {
        let found = cut("all.b", None).unwrap();
        assert_eq!(words(&found.needs), ["all.a", "extract"]);
        assert_eq!(words(&found.next), ["all.c"]);
        let ids: Vec<_> = found.pipeline.tasks.iter().map(|task| &*task.id).collect();
        assert_eq!(ids, ["extract", "all"]);
        let Some(Work::Group(inner)) = &found.pipeline.tasks.get("all").unwrap().work else {
            panic!("it is a group")
        };
        assert!(inner.get("b").unwrap().repeat.is_none() && inner.get("c").is_none());
    }

    #[test]
    fn what_cannot_stand_alone_says_why() {
        let why = |path| cut(path, None).unwrap_err().to_string();
        assert_eq!(why("nobody"), "The pipeline has no task 'nobody'");
        assert_eq!(why("extract.x"), "The pipeline has no task 'extract.x'");
        assert_eq!(why("all"), "'all' is a group: test the tasks in it");
        assert!(why("files").contains("give one as 'item'"));
        assert!(cut("files", Some(&Json::from("a"))).is_ok());
    }
}
