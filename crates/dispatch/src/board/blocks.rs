//! Why a task waits, in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::class::Task;
use super::gates::{Gate, Gates};
use super::lanes::{Lanes, Need, Seat};
use super::{Board, Id};

/// Most holders that are named.
const HOLDERS_SHOWN: usize = 5;

/// What holds a task back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// `ending`, `pool`, `mutex`, `rate`, `workers`, `max_tasks`, `paused`, `recovery` or `shortage`.
    pub kind: &'static str,
    /// The name of the pool, mutex or rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The same for people.
    pub text: String,
}

impl Block {
    fn new(kind: &'static str, name: Option<&Arc<str>>, text: impl Into<String>) -> Self {
        Self { kind, name: name.cloned(), text: text.into() }
    }
}

impl Board {
    /// Returns all that holds a task back at `now`; nothing if it does not wait. Workers that are
    /// `gone` do not count.
    pub(crate) fn blocks(&self, id: Id, gone: &BTreeSet<Seat>, now: Timestamp) -> Vec<Block> {
        let labels = |id: &Id| self.out.get(id).map(|out| out.task.label.clone());
        let held = self.endings.held_back(id);
        let lined_up = self.waiting.get(&id).map(|(task, _)| task);
        let Some(task) = lined_up.or(held) else { return Vec::new() };
        let ahead = self.parked.get(&Gate::Pool(task.wants.pool.clone().unwrap_or_default()));
        let ahead = ahead.and_then(|line| line.first()).is_some_and(|(it, _)| *it < task.order);
        let mut blocks = Vec::new();
        if held.is_some() {
            let who = names(self.endings.awaited(id), &labels).unwrap_or_default();
            blocks.push(Block::new("ending", None, format!("ending ({who} still goes on)")));
        }
        blocks.extend(of(task, &self.gates, (&self.lanes, gone), ahead, &labels, now));
        blocks
    }
}

/// Returns all else that holds a task back.
fn of(
    task: &Task,
    gates: &Gates,
    (lanes, gone): (&Lanes, &BTreeSet<Seat>),
    others_ahead: bool,
    label: &dyn Fn(&Id) -> Option<Arc<str>>,
    now: Timestamp,
) -> Vec<Block> {
    let wants = &task.wants;
    let mut blocks = Vec::new();
    if !gates.open {
        blocks.push(Block::new("recovery", None, "recovery (the server has just started)"));
    }
    if let Some(why) = &gates.shortage {
        blocks.push(Block::new("shortage", None, format!("shortage ({why})")));
    }
    if gates.holds(task) {
        blocks.push(Block::new("paused", None, "paused"));
    }
    if gates.is_run_full(task) {
        blocks.push(Block::new("max_tasks", None, "max_tasks"));
    }
    if let Some(mutex) = &wants.mutex
        && let Some(holders) = names(gates.mutex_holders(mutex), label)
    {
        blocks.push(Block::new("mutex", Some(mutex), format!("mutex:{mutex} ({holders})")));
    }
    if let Some(text) = pool(task, gates, others_ahead, label) {
        blocks.push(Block::new("pool", wants.pool.as_ref(), text));
    }
    if lanes.best(&task.lane).is_none() {
        blocks.push(Block::new("workers", None, workers(task, lanes, gone)));
    }
    if let (Some(rate), Some(due)) = (&wants.rate, gates.rate_due(task, now))
        && due > now
    {
        blocks.push(Block::new("rate", Some(&rate.key), format!("rate:{} ({due})", rate.key)));
    }
    blocks
}

fn pool(
    task: &Task,
    gates: &Gates,
    others_ahead: bool,
    label: &dyn Fn(&Id) -> Option<Arc<str>>,
) -> Option<String> {
    let name = task.wants.pool.as_ref()?;
    let slots = task.wants.slots();
    let (size, used) = gates.pool(name);
    let Some(size) = size else {
        return Some(format!("pool:{name} (there is none: compasso pools set {name} {slots})"));
    };
    if slots > size {
        return Some(format!("pool:{name} (wants {slots} slots, the pool has {size})"));
    }
    let is_full = size.saturating_sub(used) < slots;
    (is_full || others_ahead).then(|| {
        let holders = names(gates.pool_holders(name), label).unwrap_or_default();
        format!("pool:{name} ({used}/{size}, {holders})")
    })
}

fn workers(task: &Task, lanes: &Lanes, gone: &BTreeSet<Seat>) -> String {
    let able = lanes.workers_of(&task.lane, gone);
    if able > 0 {
        return format!("workers (all {able} that could are busy or not polling)");
    }
    let list = |tags: &BTreeSet<Arc<str>>| {
        let tags: Vec<&str> = tags.iter().map(|tag| &**tag).collect();
        tags.join(", ")
    };
    match &task.lane.need {
        Need::Server => "workers (the server has no place free)".into(),
        Need::Script(tags) if tags.is_empty() => "workers (there is none)".into(),
        Need::Script(tags) => format!("workers (no worker has tags {})", list(tags)),
        Need::Handler(name, tags) if tags.is_empty() => {
            format!("workers (no worker handles {name})")
        }
        Need::Handler(name, tags) => {
            format!("workers (no worker handles {name} and has tags {})", list(tags))
        }
    }
}

/// Returns the names of those who hold something, if anybody does.
fn names<'a>(
    holders: impl Iterator<Item = &'a Id>,
    label: &dyn Fn(&Id) -> Option<Arc<str>>,
) -> Option<String> {
    let all: Vec<_> = holders.filter_map(label).collect();
    let shown: Vec<&str> = all.iter().take(HOLDERS_SHOWN).map(|name| &**name).collect();
    let more = all.len().saturating_sub(HOLDERS_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!all.is_empty()).then(|| format!("{}{rest}", shown.join(", ")))
}
