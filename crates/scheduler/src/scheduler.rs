//! The handle the layers above hold.

use std::sync::{Arc, OnceLock};

use compasso_runtime::{Runtime, RuntimeError};
use compasso_schedule::Schedule;
use compasso_types::Timestamp;
use tokio::sync::{Mutex, Semaphore};
use tracing::error;

use crate::alarms::Alarms;
use crate::limits::{ADVANCES_MAX, PAGE};
use crate::record::{self, SCHEDULE, TICK, ticks_of};
use crate::slots::{Entry, Slots};
use crate::{Record, Targets, TickRecord};

/// All schedules; `clone` is cheap.
#[derive(Clone)]
pub struct Scheduler {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    pub(crate) targets: OnceLock<Arc<dyn Targets>>,
    pub(crate) slots: Slots,
    pub(crate) alarms: Alarms,
    /// Schedules that may still be worked on at once.
    pub(crate) room: Arc<Semaphore>,
}

/// A schedule and what comes next.
#[derive(Clone, Debug)]
pub struct Described {
    /// As it is stored.
    pub record: Record,
    /// What it means.
    pub schedule: Arc<Schedule>,
    /// Its next tick, paused or not.
    pub next: Option<Timestamp>,
}

impl Scheduler {
    /// Makes the scheduler of what `runtime` runs; nothing is due before [`Scheduler::begin`].
    pub fn new(runtime: Runtime) -> Self {
        let room = Arc::new(Semaphore::new(ADVANCES_MAX));
        let (slots, alarms, targets) = (Slots::default(), Alarms::default(), OnceLock::new());
        Self { inner: Arc::new(Inner { runtime, targets, slots, alarms, room }) }
    }

    /// Reads all schedules and begins to act on them.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn begin(&self, targets: Arc<dyn Targets>) -> Result<(), RuntimeError> {
        // A second time changes nothing.
        let _ = self.inner.targets.set(targets);
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(SCHEDULE, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for document in page {
                let arn: Arc<str> = document.key.as_str().into();
                match Entry::read(&document) {
                    Ok(entry) => self.take_up(&arn, entry),
                    Err(error) => error!(schedule = %arn, %error, "schedule is set aside"),
                }
            }
        }
        let scheduler = self.clone();
        self.inner.runtime.spawn(async move { scheduler.run().await });
        Ok(())
    }

    /// Puts a schedule that is stored into memory.
    pub(crate) fn take_up(&self, arn: &Arc<str>, entry: Entry) {
        let record = entry.record.clone();
        self.inner.slots.put(arn, Arc::new(Mutex::new(Some(entry))));
        self.follow(arn, &record);
        self.inner.alarms.set(arn, Some(self.now()));
    }

    /// Describes a schedule.
    pub async fn describe(&self, arn: &str) -> Option<Described> {
        let slot = self.inner.slots.get(arn)?;
        let held = slot.lock().await;
        held.as_ref().map(|entry| Described::of(entry, self.now()))
    }

    /// Lists up to `limit` schedules whose ARN begins with `prefix`, those after the ARN `after`;
    /// returns also after which one to go on, if there are more. Those set aside are left out.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<(String, Described)>, Option<String>), RuntimeError> {
        let store = self.inner.runtime.store();
        let mut page = store.documents(SCHEDULE, prefix, after, limit + 1).await?;
        let more = page.len() > limit;
        page.truncate(limit);
        let last = page.last().filter(|_| more).map(|document| document.key.clone());
        let mut found = Vec::with_capacity(page.len());
        for document in page {
            found.extend(self.describe(&document.key).await.map(|it| (document.key, it)));
        }
        Ok((found, last))
    }

    /// Lists up to `limit` records of a schedule's ticks, the newest first, those older than `before`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn ticks(
        &self,
        arn: &str,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<TickRecord>, RuntimeError> {
        let after = before.map(|before| record::tick_key(arn, before));
        let store = self.inner.runtime.store();
        let page = store.documents(TICK, &ticks_of(arn), after.as_deref(), limit).await?;
        Ok(page.iter().map(record::read).collect::<Result<_, _>>()?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.runtime.clock().now()
    }
}

impl Described {
    fn of(entry: &Entry, now: Timestamp) -> Self {
        let Entry { record, schedule, .. } = entry;
        let next = schedule.next_after(record.cursor.max(now)).filter(|_| !record.ended);
        let (record, schedule) = (record.clone(), schedule.clone());
        Self { record, schedule, next: next.map(|tick| tick.at) }
    }
}
