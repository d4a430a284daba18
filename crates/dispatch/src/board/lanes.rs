//! Who can run what: lanes of tasks, and the free places of workers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::class::Task;

/// A worker, or what the server itself runs tasks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Seat(pub(crate) u64);

/// The tag of workers that have handlers and run scripts as well.
const SCRIPTS: &str = "script";

/// Tasks that the same workers can run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane {
    /// Whose tasks.
    pub(crate) account: Arc<str>,
    /// What they need.
    pub(crate) need: Need,
}

/// What a task needs to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The server's connectors.
    Server,
    /// A worker with these tags that runs scripts.
    Script(BTreeSet<Arc<str>>),
    /// A worker with these tags that registered the handler.
    Handler(Arc<str>, BTreeSet<Arc<str>>),
}

/// What a worker can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ability {
    /// It is the server's connectors.
    Server,
    /// It runs scripts on the server's machine, which has this name.
    BuiltIn { host: Arc<str> },
    /// It polls.
    Remote {
        /// Whose tasks it may have; absent: everybody's.
        account: Option<Arc<str>>,
        tags: BTreeSet<Arc<str>>,
        handlers: BTreeSet<Arc<str>>,
    },
}

impl Ability {
    fn can_run(&self, lane: &Lane) -> bool {
        match (self, &lane.need) {
            (Self::Server, Need::Server) => true,
            (Self::BuiltIn { host }, Need::Script(wanted)) => {
                wanted.iter().all(|tag| tag.strip_prefix("host:") == Some(host))
            }
            (Self::Remote { account, tags, handlers }, need) => {
                let may = account.as_ref().is_none_or(|account| *account == lane.account);
                may && match need {
                    Need::Server => false,
                    Need::Script(wanted) => {
                        // Who only has handlers need not know what a script is.
                        let runs_scripts = handlers.is_empty() || tags.contains(SCRIPTS);
                        runs_scripts && wanted.is_subset(tags)
                    }
                    Need::Handler(name, wanted) => {
                        handlers.contains(name) && wanted.is_subset(tags)
                    }
                }
            }
            (Self::Server | Self::BuiltIn { .. }, _) => false,
        }
    }

    /// How special it is: tasks go to those first that can do least else.
    fn rank(&self) -> usize {
        match self {
            Self::Server | Self::BuiltIn { .. } => 0,
            Self::Remote { tags, .. } => tags.len(),
        }
    }
}

/// All lanes and workers.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<Lane, Line>,
    workers: BTreeMap<Seat, Worker>,
}

#[derive(Default)]
struct Line {
    waiting: usize,
    out: usize,
    workers: BTreeSet<Seat>,
}

struct Worker {
    ability: Ability,
    places: i64,
    lanes: BTreeSet<Lane>,
}

/// How full a queue is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Whose tasks; absent: those of the only account there is.
    #[serde(skip)]
    pub account: Arc<str>,
    /// `script`, `handler` or `server`.
    pub kind: &'static str,
    /// The handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<Arc<str>>,
    /// The tags.
    pub tags: BTreeSet<Arc<str>>,
    /// How many tasks wait.
    pub waiting: usize,
    /// How many are out.
    pub running: usize,
    /// How many workers could run them.
    pub workers: usize,
    /// Since when the oldest waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<String>,
}

impl Lanes {
    pub(super) fn admit(&mut self, seat: Seat, ability: Ability) {
        self.dismiss(seat);
        let mut lanes = BTreeSet::new();
        for (lane, line) in &mut self.lanes {
            if ability.can_run(lane) {
                line.workers.insert(seat);
                lanes.insert(lane.clone());
            }
        }
        self.workers.insert(seat, Worker { ability, places: 0, lanes });
    }

    pub(super) fn dismiss(&mut self, seat: Seat) {
        let Some(worker) = self.workers.remove(&seat) else { return };
        for lane in &worker.lanes {
            if let Some(line) = self.lanes.get_mut(lane) {
                line.workers.remove(&seat);
            }
        }
    }

    pub(super) fn credit(&mut self, seat: Seat, places: i64) {
        if let Some(worker) = self.workers.get_mut(&seat) {
            worker.places = places;
        }
    }

    pub(super) fn places(&self, seat: Seat) -> i64 {
        self.workers.get(&seat).map_or(0, |worker| worker.places)
    }

    pub(super) fn served_by(&self, seat: Seat) -> impl Iterator<Item = Lane> {
        self.workers.get(&seat).into_iter().flat_map(|worker| worker.lanes.iter().cloned())
    }

    /// Returns who is to run the next task of a lane: the least special one, then the one with the
    /// most places.
    pub(super) fn best(&self, lane: &Lane) -> Option<Seat> {
        let workers = self.lanes.get(lane)?.workers.iter();
        let free = workers.filter_map(|seat| {
            let worker = self.workers.get(seat)?;
            (worker.places > 0).then_some((worker.ability.rank(), -worker.places, *seat))
        });
        free.min().map(|(.., seat)| seat)
    }

    /// Returns how many workers that are not gone could run tasks of a lane.
    pub(super) fn workers_of(&self, lane: &Lane, gone: &BTreeSet<Seat>) -> usize {
        self.lanes.get(lane).map_or(0, |line| line.workers.difference(gone).count())
    }

    pub(super) fn count_waiting(&mut self, task: &Task, by: isize) {
        let line = self.line(&task.lane);
        line.waiting = line.waiting.saturating_add_signed(by);
        self.forget_if_unused(&task.lane);
    }

    pub(super) fn take(&mut self, task: &Task, seat: Option<Seat>) {
        self.line(&task.lane).out += 1;
        if let Some(worker) = seat.and_then(|seat| self.workers.get_mut(&seat)) {
            worker.places -= 1;
        }
    }

    /// The server's own places are free again; a remote worker says by itself what it takes.
    pub(super) fn give_back(&mut self, task: &Task, seat: Option<Seat>) {
        let line = self.line(&task.lane);
        line.out = line.out.saturating_sub(1);
        if let Some(worker) = seat.and_then(|seat| self.workers.get_mut(&seat))
            && !matches!(worker.ability, Ability::Remote { .. })
        {
            worker.places += 1;
        }
        self.forget_if_unused(&task.lane);
    }

    pub(super) fn queues(
        &self,
        gone: &BTreeSet<Seat>,
        oldest: &dyn Fn(&Lane) -> Option<Timestamp>,
    ) -> Vec<QueueView> {
        let view = |(lane, line): (&Lane, &Line)| {
            let (kind, handler, tags) = match &lane.need {
                Need::Server => ("server", None, BTreeSet::new()),
                Need::Script(tags) => ("script", None, tags.clone()),
                Need::Handler(name, tags) => ("handler", Some(name.clone()), tags.clone()),
            };
            QueueView {
                account: lane.account.clone(),
                kind,
                handler,
                tags,
                waiting: line.waiting,
                running: line.out,
                workers: line.workers.difference(gone).count(),
                oldest: oldest(lane).map(|at| at.to_string()),
            }
        };
        self.lanes.iter().map(view).collect()
    }

    fn line(&mut self, lane: &Lane) -> &mut Line {
        if !self.lanes.contains_key(lane) {
            let mut workers = BTreeSet::new();
            for (seat, worker) in &mut self.workers {
                if worker.ability.can_run(lane) {
                    workers.insert(*seat);
                    worker.lanes.insert(lane.clone());
                }
            }
            self.lanes.insert(lane.clone(), Line { workers, ..Line::default() });
        }
        self.lanes.get_mut(lane).expect("it is there now")
    }

    fn forget_if_unused(&mut self, lane: &Lane) {
        if self.lanes.get(lane).is_some_and(|line| line.waiting == 0 && line.out == 0) {
            let line = self.lanes.remove(lane).expect("it was found");
            for seat in line.workers {
                if let Some(worker) = self.workers.get_mut(&seat) {
                    worker.lanes.remove(lane);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    #[test]
    fn a_worker_with_handlers_runs_scripts_only_if_it_says_so() {
        let lane = Lane { account: "1".into(), need: Need::Script(BTreeSet::new()) };
        for (tags, handlers, can) in [
            (&["linux"][..], &[][..], true),
            (&["linux"], &["resize"], false),
            (&["script"], &["resize"], true),
        ] {
            let (tags, handlers) = (names(tags), names(handlers));
            let ability = Ability::Remote { account: None, tags, handlers };
            assert_eq!(ability.can_run(&lane), can, "{ability:?}");
        }
    }
}
