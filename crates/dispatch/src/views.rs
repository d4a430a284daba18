//! What people see: workers, queues, and why tasks wait.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_engine::{EventId, TaskId};
use compasso_types::Timestamp;
use serde::Serialize;

use crate::board::{Block, BreakerView, HourOfWaits, Id, QueueView, TaskWaits};
use crate::desk::{BUILT_IN_NAME, Desk};
use crate::dispatcher::Dispatcher;
use crate::workers::Worker;

/// A worker.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerView {
    /// Its name; `server` is the one that the server has built in.
    pub name: Arc<str>,
    /// `online`, `draining`, or `gone`: it gave no sign of life for as long as a lease is good.
    pub state: &'static str,
    /// Its tags.
    pub tags: BTreeSet<Arc<str>>,
    /// What it handles beside scripts.
    pub handlers: BTreeSet<Arc<str>>,
    /// How many tasks it runs at once.
    pub slots: u32,
    /// How many it has.
    pub running: usize,
    /// The name of its machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Arc<str>>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Arc<str>>,
    /// When it registered first.
    pub registered: String,
    /// When it gave its last sign of life.
    pub seen: String,
}

/// A task that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockedTask {
    /// The task's state.
    pub task: Arc<str>,
    /// The number of the event that entered it.
    pub entry: u64,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Since when it waits.
    pub since: String,
    /// What holds it back.
    pub blocked_by: Vec<Block>,
}

impl Desk {
    fn own_view(&self, now: Timestamp) -> Option<WorkerView> {
        let own = self.own.as_ref()?;
        let none = BTreeSet::new;
        Some(WorkerView {
            name: BUILT_IN_NAME.into(),
            state: "online",
            tags: none(),
            handlers: none(),
            slots: own.slots,
            running: self.leases.values().filter(|lease| lease.deadline.is_none()).count(),
            host: Some(own.host.clone()),
            version: Some(env!("CARGO_PKG_VERSION").into()),
            registered: own.since.to_string(),
            seen: now.to_string(),
        })
    }

    fn view_of(&self, (name, worker): (&Arc<str>, &Worker), now: Timestamp) -> Option<WorkerView> {
        let said = worker.said.as_ref()?;
        let state = match (worker.is_gone(now, self.term()), worker.draining) {
            (true, _) => "gone",
            (false, true) => "draining",
            (false, false) => "online",
        };
        Some(WorkerView {
            name: name.clone(),
            state,
            tags: said.tags.clone(),
            handlers: said.handlers.clone(),
            slots: said.slots,
            running: worker.leases.len(),
            host: said.host.clone(),
            version: said.version.clone(),
            registered: worker.registered.to_string(),
            seen: worker.seen.to_string(),
        })
    }
}

impl Dispatcher {
    /// Lists the workers that `account` may see, the server's own first.
    pub fn workers(&self, account: Option<&str>) -> Vec<WorkerView> {
        let now = self.now();
        let mut desk = self.lock();
        desk.forget_idle_workers(now);
        let seen = desk
            .workers
            .iter()
            .filter(|(_, worker)| account.is_none() || worker.account.as_deref() == account);
        let seen: Vec<WorkerView> = seen.filter_map(|it| desk.view_of(it, now)).collect();
        desk.own_view(now).into_iter().chain(seen).collect()
    }

    /// Lists the remote workers that tasks of an account may go to.
    pub fn workers_for(&self, account: &str) -> Vec<WorkerView> {
        let now = self.now();
        let desk = self.lock();
        let is_for = |worker: &Worker| worker.account.as_deref().is_none_or(|own| own == account);
        let those = desk.workers.iter().filter(|(_, worker)| is_for(worker));
        those.filter_map(|it| desk.view_of(it, now)).collect()
    }

    /// Lists the queues that `account` may see: tasks that the same workers can run.
    pub fn queues(&self, account: Option<&str>) -> Vec<QueueView> {
        let desk = self.lock();
        let queues = desk.board.queues(&desk.gone(self.now())).into_iter();
        queues.filter(|queue| account.is_none_or(|account| *queue.account == *account)).collect()
    }

    /// Tells how long tasks waited before they ran in the last day, since the start of the server at most.
    pub fn waits(&self, account: Option<&str>) -> Option<TaskWaits> {
        self.lock().board.waits(account, self.now())
    }

    /// Tells the same hour by hour, the earliest first.
    pub fn waits_by_hour(&self, account: Option<&str>) -> Vec<HourOfWaits> {
        self.lock().board.waits_by_hour(account, self.now())
    }

    /// Lists the tasks of an execution that wait, and why.
    pub fn blocked(&self, execution: &str) -> Vec<BlockedTask> {
        self.blocked_if(execution, |_| true)
    }

    /// Lists those of these entries alone.
    pub fn blocked_at(&self, execution: &str, entries: &BTreeSet<EventId>) -> Vec<BlockedTask> {
        self.blocked_if(execution, |entry| entries.contains(&entry))
    }

    fn blocked_if(&self, execution: &str, is_wanted: impl Fn(EventId) -> bool) -> Vec<BlockedTask> {
        let now = self.now();
        let desk = self.lock();
        let gone = desk.gone(now);
        let tasks = desk.of_run.get(execution).into_iter().flatten();
        let tasks = tasks.filter(|(task, _)| is_wanted(task.entry));
        let view = |(_, id): &(TaskId, Id)| {
            let ticket = desk.tickets.get(id)?;
            let blocked_by = desk.board.blocks(*id, &gone, now);
            (!blocked_by.is_empty()).then(|| BlockedTask {
                task: ticket.state.clone(),
                entry: ticket.task.entry,
                attempt: ticket.task.attempt + 1,
                since: ticket.since.to_string(),
                blocked_by,
            })
        };
        tasks.filter_map(view).collect()
    }

    /// Returns all that holds back one attempt; `None` if it is not here.
    pub(crate) fn blocks(&self, execution: &str, task: TaskId) -> Option<Vec<Block>> {
        let now = self.now();
        let desk = self.lock();
        let all = (task, Id(0))..=(task, Id(u64::MAX));
        let (_, id) = desk.of_run.get(execution)?.range(all).next()?;
        Some(desk.board.blocks(*id, &desk.gone(now), now))
    }

    /// Lists breakers.
    pub fn breakers(&self) -> Vec<BreakerView> {
        self.lock().board.breakers(self.now())
    }

    /// Closes a breaker; returns whether there is one.
    pub fn reset_breaker(&self, name: &str) -> bool {
        self.lock().board.reset_breaker(name)
    }

    /// Holds back the tasks of a pipeline, by its ARN, or of all, that are not out yet, or lets them go.
    pub fn hold(&self, pipeline: Option<&str>, held: bool) {
        let now = self.now();
        let mut desk = self.lock();
        desk.board.hold(pipeline.map(Arc::from).as_ref(), held, now);
        desk.announce();
        drop(desk);
        self.touch();
    }

    /// Lets no more tasks out while the machine is short of something, which the text says.
    pub fn set_shortage(&self, shortage: Option<&str>) {
        let now = self.now();
        let mut desk = self.lock();
        desk.board.set_shortage(shortage.map(Arc::from), now);
        desk.announce();
        drop(desk);
        self.touch();
    }

    /// Returns how many calls named a lease that was not theirs, or over.
    pub fn refused_leases(&self) -> u64 {
        self.lock().counts.refused
    }
}
