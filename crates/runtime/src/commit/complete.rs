//! What follows from a commit: the cache, timers, orders to the outside, answers.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::Input;
use compasso_store::{ExecutionKey, Outcome, Status, Turn};
use tracing::error;

use super::Item;
use crate::core::Core;
use crate::message::{Ask, Refusal};
use crate::slots::{Known, Live};
use crate::tasks::TaskRunner;
use crate::turn::{Decided, Order, Turned};
use crate::{Description, RuntimeError, limits};

/// Pause before an execution is woken again that said it was due and had nothing to do.
const IDLE_WAKE: Duration = Duration::from_secs(1);

impl Core {
    /// Carries out what a durable batch allows.
    pub(crate) fn finish(self: &Arc<Self>, items: Vec<Item>, conflicts: &[usize]) {
        for (index, item) in items.into_iter().enumerate() {
            let conflict = conflicts.contains(&index);
            match item {
                Item::Turn(turned) if conflict => self.conflicted(*turned),
                Item::Turn(turned) => self.complete_in_pace(*turned),
                Item::Apart { answer, .. } => {
                    let conflicts = if conflict { vec![0] } else { Vec::new() };
                    // Whoever asked may have gone.
                    let _ = answer.send(Outcome::Committed { conflicts });
                }
            }
        }
    }

    /// Ends a turn that is durable once the rate of transitions allows its execution to go on.
    fn complete_in_pace(self: &Arc<Self>, turned: Turned) {
        let events = turned.decided.news.as_ref().map_or(&[][..], |news| &news.events);
        let pause = self.transitions.pause_after(&turned.work.key.0, events, self.now());
        if pause.is_zero() {
            return self.complete(turned);
        }
        let core = self.clone();
        self.tokio.spawn(async move {
            tokio::select! {
                biased;
                () = core.clock.sleep(pause) => core.complete(turned),
                () = core.stopped() => {}
            }
        });
    }

    /// Ends a turn whose events are durable, or that has none.
    pub(crate) fn complete(self: &Arc<Self>, turned: Turned) {
        let Turned { work, decided } = turned;
        let Decided { write, after, orders, answers, heard, beats, news } = decided;
        let key = work.key;
        let wrote = write.is_some();
        let set_aside = write.as_ref().is_some_and(|write| write.status == Status::Quarantined);
        self.set_timer(&key, &after, write.as_ref());
        if wrote && matches!(&after, Known::Stored(_)) && is_closed(&after) {
            // The engine is not there to take back what it asked for.
            for task in self.tasks.of(&key) {
                self.carry_out(&key, Order::Cancel(task));
            }
        }
        self.carry_out_all(&key, orders);
        if let Some(news) = &news {
            self.tell_observer(news);
        }
        let mut shard = self.slots.lock(&key);
        let now = self.now();
        let overflow: Vec<_> =
            heard.into_iter().filter(|task| !shard.remember_beat(&key, *task, now)).collect();
        shard.settle_beats(&key, &beats);
        let closed = wrote && is_closed(&after);
        if closed {
            shard.forget_beats(&key);
        }
        let watchers = if closed || set_aside { shard.take_watchers(&key) } else { Vec::new() };
        let end = if watchers.is_empty() { None } else { describe(&after) };
        let act = if wrote { shard.committed(&key, after) } else { shard.settle(&key, after) };
        drop(shard);
        self.act(&key, act);
        for task in overflow {
            self.tell(&key, Ask::Input(Input::Heartbeat { task }));
        }
        for (watcher, end) in watchers.into_iter().zip(std::iter::repeat(end)) {
            // Whoever watched may have gone. Without an end to tell, they look for themselves.
            end.and_then(|end| watcher.send(end).err());
        }
        for (message, answer) in work.messages.into_iter().zip(answers) {
            message.answer(answer);
        }
    }

    fn set_timer(&self, key: &ExecutionKey, after: &Known, write: Option<&Turn>) {
        let Known::Live(live) = after else {
            // It was set aside, or closed without the engine.
            if write.is_some() {
                self.timers.set(key, None);
            }
            return;
        };
        let Live { execution, .. } = live.as_ref();
        match execution.next_wake().filter(|_| live.closed().is_none()) {
            None if write.is_some_and(|write| write.base.is_none()) => {}
            Some(at) if write.is_none() && at <= self.now() => {
                self.timers.pin(key, self.now().after(IDLE_WAKE));
            }
            wake_at => self.timers.set(key, wake_at),
        }
    }

    /// Carries out what a turn orders. Tasks that it offers together have their order among themselves.
    pub(crate) fn carry_out_all(self: &Arc<Self>, key: &ExecutionKey, orders: Vec<Order>) {
        let jobs = orders.iter().filter(|order| matches!(order, Order::Run(_))).count();
        let surroundings = self.surroundings.get().filter(|_| jobs > 1);
        let _together = surroundings.as_ref().map(|it| Together::begin(&*it.runner));
        for order in orders {
            self.carry_out(key, order);
        }
    }

    pub(crate) fn carry_out(self: &Arc<Self>, key: &ExecutionKey, order: Order) {
        match order {
            Order::Run(job) => self.run(job),
            Order::OfferActivity(job) => self.activities.offer(job),
            Order::StartMapRun(job) => {
                if let Some(surroundings) = self.surroundings.get() {
                    surroundings.map_runs.start(*job);
                }
            }
            Order::Cancel(task) => {
                let surroundings = self.surroundings.get();
                if let Some(surroundings) = &surroundings {
                    surroundings.runner.give_up(key, task);
                }
                self.tasks.cancel(key, task);
                self.activities.cancel(key, task);
                if let Some(surroundings) = surroundings {
                    surroundings.map_runs.cancel(key, task);
                }
            }
            Order::Continue => self.tell(key, Ask::Input(Input::Continue)),
        }
    }

    /// Ends a turn that the store found to be based on something else.
    pub(crate) fn conflicted(self: &Arc<Self>, turned: Turned) {
        let key = turned.work.key;
        let created = turned.decided.write.is_some_and(|write| write.base.is_none());
        if !created {
            error!(execution = %key, "execution was changed by somebody else; reading it again");
        }
        let is_start = |ask: &Ask| created && matches!(ask, Ask::Start(_));
        let (starts, others): (Vec<_>, Vec<_>) =
            turned.work.messages.into_iter().partition(|message| is_start(&message.ask));
        let act = self.slots.lock(&key).again(&key, others);
        self.act(&key, act);
        for start in starts {
            start.answer(Err(Refusal::Exists));
        }
    }

    /// Ends an item that the store refused.
    pub(crate) fn refuse(self: &Arc<Self>, item: Item, reason: &str) {
        match item {
            Item::Apart { answer, .. } => {
                // Whoever asked may have gone.
                let _ = answer.send(Outcome::Rejected { reason: reason.into() });
            }
            Item::Turn(turned) => {
                if turned.work.messages.is_empty() {
                    // Such as that an execution is set aside: nobody waits for it.
                    self.write_after(limits::RETRY_FIRST, *turned);
                    return;
                }
                let work = turned.work;
                let key = work.key.clone();
                if work.messages.len() > 1 {
                    let act = self.slots.lock(&key).retry(&key, work);
                    self.act(&key, act);
                    return;
                }
                self.put_off(&key, work.messages, &RuntimeError::Rejected(reason.into()));
                let act = self.slots.settle(&key, work.known);
                self.act(&key, act);
            }
        }
    }

    /// Stores a turn after a pause, in which its execution does nothing else.
    pub(crate) fn write_after(self: &Arc<Self>, pause: Duration, turned: Turned) {
        let core = self.clone();
        self.tokio.spawn(async move {
            tokio::select! {
                biased;
                () = core.clock.sleep(pause) => core.commits.push_turn(turned),
                () = core.stopped() => {}
            }
        });
    }

    /// Lets go of everything: nothing more can be committed.
    pub(crate) fn abandon(&self) {
        self.ready.close();
        self.commits.close();
        self.commits.clear();
        self.tasks.close();
        self.slots.clear();
    }
}

/// Tasks are being handed over together, until it is dropped.
struct Together<'r>(&'r dyn TaskRunner);

impl<'r> Together<'r> {
    fn begin(runner: &'r dyn TaskRunner) -> Self {
        runner.offers_begin();
        Self(runner)
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        self.0.offers_end();
    }
}

fn is_closed(known: &Known) -> bool {
    match known {
        Known::Live(live) => live.closed().is_some(),
        Known::Stored(stored) => !stored.row.header.status.is_open(),
        Known::Unread | Known::Absent | Known::Express(_) => false,
    }
}

fn describe(known: &Known) -> Option<Description> {
    match known {
        Known::Live(live) => Some(live.describe()),
        Known::Stored(stored) => Description::read(&stored.row).ok(),
        Known::Unread | Known::Absent | Known::Express(_) => None,
    }
}
