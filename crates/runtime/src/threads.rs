//! The threads that decide turns. An expression may take a second, which an asynchronous worker
//! must not.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use compasso_engine::Moment;
use compasso_store::ExecutionKey;
use tokio::sync::Notify;

use crate::core::Core;
use crate::marks::Mark;
use crate::message::Ask;
use crate::slots::{Known, Work};
use crate::turn::{self, Context, Corrupt, Turned};
use crate::{express, limits};

/// The line of executions that have something to decide.
#[derive(Default)]
pub(crate) struct Ready {
    line: Mutex<Line>,
    arrived: Condvar,
    /// Told as well, for [`in_line`].
    told: Notify,
}

#[derive(Default)]
struct Line {
    keys: VecDeque<ExecutionKey>,
    closed: bool,
}

impl Ready {
    pub(crate) fn push(&self, key: ExecutionKey) {
        self.lock().keys.push_back(key);
        self.arrived.notify_one();
        self.told.notify_one();
    }

    /// Lets the threads end after their present turn.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
        self.told.notify_one();
    }

    fn pop(&self) -> Option<ExecutionKey> {
        let mut line = self.lock();
        loop {
            if line.closed {
                return None;
            }
            if let Some(key) = line.keys.pop_front() {
                return Some(key);
            }
            line = self.arrived.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Does the same without holding a thread up.
    async fn next(&self) -> Option<ExecutionKey> {
        loop {
            {
                let mut line = self.lock();
                if line.closed {
                    return None;
                }
                if let Some(key) = line.keys.pop_front() {
                    return Some(key);
                }
            }
            self.told.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // Nothing panics under the lock.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the threads.
pub(crate) fn start(core: &Arc<Core>, count: usize) -> std::io::Result<Vec<JoinHandle<()>>> {
    let thread = |index| {
        let core = core.clone();
        std::thread::Builder::new().name(format!("turn-{index}")).spawn(move || work(&core, index))
    };
    (0..count).map(thread).collect()
}

fn work(core: &Arc<Core>, thread: usize) {
    while let Some(key) = core.ready.pop() {
        work_on(core, thread, &key);
    }
}

/// Decides turns without a thread, one after another.
pub(crate) async fn in_line(core: Arc<Core>) {
    while let Some(key) = core.ready.next().await {
        work_on(&core, 0, &key);
    }
}

fn work_on(core: &Arc<Core>, thread: usize, key: &ExecutionKey) {
    let Some(work) = core.slots.take(key) else { return };
    // A panic of the engine is caught closer to it; one of ours costs this execution its turn,
    // not everybody this thread.
    if catch_unwind(AssertUnwindSafe(|| turn(core, thread, work))).is_err() {
        tracing::error!(execution = %key, "the end of a turn panicked");
    }
}

fn turn(core: &Arc<Core>, thread: usize, work: Work) {
    if let Known::Express(execution) = &work.known {
        let execution = execution.clone();
        express::turn(core, work, &execution);
        return;
    }
    let mark = match Mark::set(core.marks.as_ref(), thread, &work) {
        Ok(mark) => mark,
        Err(why) => return set_aside(core, work, why.to_owned()),
    };
    let woken = work.messages.iter().any(|message| matches!(message.ask, Ask::Wake));
    let has_activity = |arn: &str| core.has_activity(arn);
    let surroundings = core.surroundings.get();
    let surroundings = surroundings.as_deref();
    let waits_for = |task| surroundings?.runner.waits_for(&work.key, task);
    let context = Context {
        restores: &core.restores,
        traces: core.traces,
        decide: core.decide,
        moment: Moment { now: core.now(), has_activity: &has_activity, waits_for: &waits_for },
        map_runs: surroundings.map(|surroundings| &*surroundings.map_runs),
        began: surroundings.map(|surroundings| surroundings.began),
        beats: if woken { core.slots.lock(&work.key).beats(&work.key) } else { Vec::new() },
    };
    let decided = catch_unwind(AssertUnwindSafe(|| turn::run(&work, &context)));
    drop(mark);
    match decided {
        Ok(Ok(decided)) => {
            let turned = Turned { work, decided };
            if turned.decided.write.is_none() {
                core.complete(turned);
            } else {
                core.commits.push_turn(turned);
            }
        }
        Ok(Err(Corrupt(why))) => set_aside(core, work, why),
        Err(panic) => panicked(core, work, &describe(panic.as_ref())),
    }
}

/// Handles a panic: the messages are handled again one by one; what panics again and again is set
/// aside.
fn panicked(core: &Arc<Core>, work: Work, why: &str) {
    let key = work.key.clone();
    let mut shard = core.slots.lock(&key);
    if shard.count_panic(&key) < limits::PANICS_MAX {
        tracing::warn!(execution = %key, why, "a turn panicked");
        let act = shard.retry(&key, work);
        drop(shard);
        core.act(&key, act);
        return;
    }
    drop(shard);
    set_aside(core, work, format!("a turn panicked: {why}"));
}

fn set_aside(core: &Arc<Core>, work: Work, why: String) {
    let Work { key, known, messages } = work;
    if matches!(known, Known::Unread | Known::Absent) {
        core.refuse_start(&key, messages, &why);
        return;
    }
    let core_of_task = core.clone();
    core.tokio.spawn(async move { core_of_task.set_aside(&key, messages, &why).await });
}

fn describe(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
