//! Why the tasks of a run do not go on: what each waits for, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_dispatch::Block;
use compasso_pipeline::tree::{Task, Tasks, WaitFor, WaitUntil, Work};
use compasso_pipeline::{Pipeline, Value};
use compasso_types::Timestamp;

use super::fold::Fold;
use super::wait::Wait;
use super::{Asked, TaskView};
use crate::{Error, Service};

/// What `http` asks.
const URL: &str = "url";
/// Most reasons that are told of a task with instances, and most names in one reason.
const SHOWN_MAX: usize = 5;

/// A task as the pipeline has it.
pub(super) struct Placed<'p> {
    task: &'p Task,
    /// The path of its group, with the dot.
    group: String,
}

impl Placed<'_> {
    /// Says whether the task is in no group.
    pub(super) fn is_outermost(&self) -> bool {
        self.group.is_empty()
    }
}

impl Service {
    /// Says of each task of an open run what it waits for.
    pub(super) async fn add_blocks(
        &self,
        run: &Arc<str>,
        pipeline: &Pipeline,
        fold: &Fold,
        items: &mut [TaskView],
    ) -> Result<(), Error> {
        let mut placed = BTreeMap::new();
        place(&pipeline.tasks, "", &mut placed);
        let places: BTreeMap<Arc<str>, usize> =
            items.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect();
        let states: Vec<&'static str> = items.iter().map(|item| item.state).collect();
        let state = |id: &str| places.get(id).map_or("none", |at| states[*at]);
        for item in items.iter_mut() {
            let Some(found) = placed.get(&item.id) else { continue };
            let has_graph =
                found.group.is_empty() || is_under_way(state(found.group.trim_end_matches('.')));
            if item.state == "none" && has_graph {
                item.state = "blocked";
            }
            if !item.has_begun() {
                item.blocked_by.extend(needs(found, &placed, &state));
                item.blocked_by.extend(item.asked.as_ref().and_then(held));
                continue;
            }
            if matches!(&found.task.work, Some(Work::Wait(wait)) if !is_told(&wait.what))
                && matches!(item.state, "queued" | "running")
            {
                item.state = "waiting";
            }
            match fold.wait(&item.id) {
                Some(Wait::Past) => item.blocked_by.push(self.past(run, item.until).await?),
                Some(Wait::Approval { by, count, place }) => {
                    let votes = match place {
                        Some(place) if *count > 1 => self.votes(run, place).await?,
                        _ => 0,
                    };
                    item.blocked_by.push(approval(by, *count, votes));
                }
                wait => item.blocked_by.extend(waits(found.task, wait, item)),
            }
        }
        let entries = fold.entries();
        for blocked in self.dispatcher().blocked(run) {
            let at = entries.get(&blocked.entry).and_then(|task| places.get(task));
            let Some(item) = at.map(|at| &mut items[*at]) else { continue };
            for block in blocked.blocked_by {
                if item.blocked_by.len() < SHOWN_MAX && !item.blocked_by.contains(&block) {
                    item.blocked_by.push(block);
                }
            }
        }
        Ok(())
    }

    /// Says which run a task waits for.
    async fn past(&self, run: &Arc<str>, next: Option<Timestamp>) -> Result<Block, Error> {
        let before = self.run_before(run).await?;
        let name = before.as_deref().and_then(|run| run.rsplit(':').next()).map(Arc::from);
        let which = name.as_deref().map_or_else(String::new, |name| format!("run {name}"));
        let next = next.map(|at| format!("next look {at}"));
        let known = [Some(which).filter(|which| !which.is_empty()), next];
        Ok(block("past", name, &known.into_iter().flatten().collect::<Vec<_>>()))
    }
}

pub(super) fn place<'p>(
    tasks: &'p Tasks,
    group: &str,
    placed: &mut BTreeMap<Arc<str>, Placed<'p>>,
) {
    for task in tasks {
        let id = format!("{group}{}", task.id);
        if let Some(Work::Group(inner)) = &task.work {
            place(inner, &format!("{id}."), placed);
        }
        placed.insert(id.into(), Placed { task, group: group.to_owned() });
    }
}

fn is_under_way(state: &str) -> bool {
    matches!(state, "queued" | "running" | "retrying" | "waiting")
}

fn is_final(state: &str) -> bool {
    matches!(state, "success" | "failed" | "skipped" | "upstream_failed" | "cancelled")
}

/// Returns what a task that has not begun needs and that has not ended; what it comes after through tasks
/// that keep how they ended, if nothing else has not.
pub(super) fn needs(
    found: &Placed<'_>,
    placed: &BTreeMap<Arc<str>, Placed<'_>>,
    state: &dyn Fn(&str) -> &'static str,
) -> Option<Block> {
    let Placed { task, group } = found;
    let is_open = |id: &&Arc<str>| !is_final(state(&format!("{group}{id}")));
    let (mut nearest, mut seen) = (named(task), BTreeSet::new());
    let mut open: Vec<String> = Vec::new();
    while open.is_empty() && !nearest.is_empty() {
        open = nearest.iter().copied().filter(is_open).map(ToString::to_string).collect();
        let before = nearest.iter().filter_map(|id| placed.get(format!("{group}{id}").as_str()));
        let before = before.flat_map(|before| named(before.task));
        nearest = before.filter(|id| seen.insert(Arc::clone(id))).collect();
    }
    match task.teardown.first() {
        Some(setup) if open.is_empty() => {
            Some(block("needs", None, &[format!("what comes after {}", setup.id)]))
        }
        _ => (!open.is_empty()).then(|| block("needs", None, &open)),
    }
}

fn named(task: &Task) -> Vec<&Arc<str>> {
    task.needs.iter().chain(&task.teardown).map(|need| &need.id).collect()
}

fn held(asked: &Asked) -> Option<Block> {
    let who = asked.by.as_ref().map(ToString::to_string);
    let known: Vec<String> = who.into_iter().chain([asked.at.to_string()]).collect();
    (asked.order == "hold").then(|| block("hold", asked.by.clone(), &known))
}

fn approval(by: &[String], count: i64, votes: usize) -> Block {
    let whom = if by.is_empty() { "anybody".to_owned() } else { by.join(", ") };
    let far = (count > 1).then(|| format!("{votes} of {count} agreed"));
    block("approval", None, &[whom].into_iter().chain(far).collect::<Vec<_>>())
}

/// Returns what the own block of a task waits for.
fn waits(task: &Task, wait: Option<&Wait>, item: &TaskView) -> Option<Block> {
    let until = |word: &str| item.until.map(|at| format!("{word}{at}"));
    match item.state {
        "retrying" => Some(block("retry", None, &until("").into_iter().collect::<Vec<_>>())),
        "waiting" => {
            let (what, word) = match (wait, &task.work) {
                (Some(Wait::Signal(name)), _) => (Some(format!("signal {name}")), "next look "),
                (Some(Wait::Look(what)), _) => (Some(what.clone()), "next look "),
                (_, Some(Work::Wait(wait))) => match sought(&wait.what) {
                    Some(what) => (Some(what), "next look "),
                    None => (None, "until "),
                },
                _ if task.repeat.is_some() => (Some("repeat".to_owned()), "next "),
                (_, Some(Work::Uses(uses))) if uses.ends_by_token() => {
                    (Some(format!("callback of {}", uses.action)), "until ")
                }
                _ => (None, "until "),
            };
            Some(block("wait", None, &what.into_iter().chain(until(word)).collect::<Vec<_>>()))
        }
        _ => None,
    }
}

/// Whether what is waited for is told to those that are known to wait: those wait from then on.
fn is_told(what: &WaitFor) -> bool {
    matches!(what, WaitFor::Asset(_) | WaitFor::Event(_))
}

/// Returns what is waited for, unless it is time.
fn sought(what: &WaitFor) -> Option<String> {
    let word = match what {
        WaitFor::Duration(_) | WaitFor::Until(WaitUntil::Time(_)) => return None,
        WaitFor::Until(WaitUntil::Expression(_)) => "an expression",
        WaitFor::File(_) => "file",
        WaitFor::Object(_) => "object",
        WaitFor::Http(_) => "http",
        WaitFor::Sql(_) => "sql",
        WaitFor::Run { .. } => "a script",
        WaitFor::Pipeline(_) => "pipeline",
        WaitFor::Asset(_) => "asset",
        WaitFor::Event(_) => "event",
        WaitFor::Signal(_) => "signal",
    };
    let named = match what {
        WaitFor::Asset(asset) => [Some(asset), None],
        WaitFor::Event(event) => [event.source.as_ref(), event.kind.as_ref()],
        WaitFor::Http(uses) => [uses.with.iter().find(|it| *it.0 == *URL).map(|it| &it.1), None],
        _ => [None, None],
    };
    let known = named.into_iter().flatten().filter_map(|value| match value {
        Value::Literal(text) => text.as_str(),
        _ => None,
    });
    Some([word].into_iter().chain(known).collect::<Vec<_>>().join(" "))
}

pub(super) fn block(kind: &'static str, name: Option<Arc<str>>, known: &[String]) -> Block {
    let more = known.len().saturating_sub(SHOWN_MAX);
    let mut text = known[..known.len() - more].join(", ");
    if more > 0 {
        text = format!("{text} and {more} more");
    }
    let text = if text.is_empty() { kind.to_owned() } else { format!("{kind} ({text})") };
    Block { kind, name, text }
}
