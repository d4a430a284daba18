//! The handle the layers above hold.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use compasso_runtime::{Bond, Runtime, RuntimeError};
use compasso_schedule::{Calendars, Invalid, Schedule, Spec, Within};
use compasso_store::{Document, Revision};
use compasso_types::Timestamp;
use tokio::sync::{Mutex, Semaphore};
use tracing::error;

use crate::alarms::Alarms;
use crate::backfill::Backfills;
use crate::change::ChangeError;
use crate::limits::{ADVANCES_MAX, PAGE};
use crate::record::{self, SCHEDULE, TICK, ticks_of};
use crate::seats::Seats;
use crate::slots::{Entry, Slots};
use crate::{Reason, Record, Targets, TickRecord};

/// All schedules; `clone` is cheap.
#[derive(Clone)]
pub struct Scheduler {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    pub(crate) targets: Bond<Arc<dyn Targets>>,
    pub(crate) slots: Slots,
    pub(crate) alarms: Alarms,
    pub(crate) seats: Seats,
    pub(crate) backfills: Backfills,
    pub(crate) calendars: RwLock<HashMap<Arc<str>, Arc<Calendars>>>,
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
    /// Why it cannot run, if it cannot.
    pub problem: Option<String>,
}

impl Scheduler {
    /// Makes the scheduler of what `runtime` runs; nothing is due before [`Scheduler::begin`].
    pub fn new(runtime: Runtime) -> Self {
        let room = Arc::new(Semaphore::new(ADVANCES_MAX));
        let (slots, alarms, targets) = (Slots::default(), Alarms::default(), Bond::default());
        let (seats, backfills) = (Seats::default(), Backfills::default());
        let calendars = RwLock::default();
        let inner = Inner { runtime, targets, slots, alarms, seats, backfills, calendars, room };
        Self { inner: Arc::new(inner) }
    }

    /// Lets those go who start what is due, when nothing runs any more.
    pub fn cut(&self) {
        self.inner.targets.cut();
    }

    /// Reads all schedules and seats and begins to act on them; on those of state machines only if
    /// `with_machines`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn begin(
        &self,
        targets: Arc<dyn Targets>,
        with_machines: bool,
    ) -> Result<(), RuntimeError> {
        // A second time changes nothing.
        self.inner.targets.tie(targets);
        self.read_calendars().await?;
        self.begin_seats().await?;
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(SCHEDULE, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for document in page {
                let arn: Arc<str> = document.key.as_str().into();
                match self.read_entry(&document) {
                    Ok(entry) if with_machines || !entry.record.target.is_machine() => {
                        self.take_up(&arn, entry);
                    }
                    Ok(_) => {}
                    Err(error) => error!(schedule = %arn, %error, "schedule is set aside"),
                }
            }
        }
        self.begin_backfills().await?;
        let scheduler = self.clone();
        self.inner.runtime.spawn(async move { scheduler.run().await });
        Ok(())
    }

    /// Compiles what is stored of a schedule.
    ///
    /// # Errors
    /// See [`Entry::new`].
    pub(crate) fn entry(
        &self,
        arn: &str,
        record: Record,
        revision: Revision,
    ) -> Result<Entry, ChangeError> {
        Entry::new(record, revision, &self.calendars(arn))
    }

    /// Reads and compiles what is stored of a schedule.
    ///
    /// # Errors
    /// The document is damaged, or see [`Entry::new`].
    pub(crate) fn read_entry(&self, document: &Document) -> Result<Entry, ChangeError> {
        self.entry(&document.key, record::read(document)?, document.revision)
    }

    /// Puts a schedule that is stored into memory.
    pub(crate) fn take_up(&self, arn: &Arc<str>, entry: Entry) {
        let record = entry.record.clone();
        self.inner.slots.put(arn, Arc::new(Mutex::new(Some(entry))));
        self.follow(arn, &record);
        self.inner.alarms.set(arn, Some(self.now()));
    }

    /// Returns what a schedule would mean that is not there yet.
    ///
    /// # Errors
    /// It does not say when it is due.
    pub fn meaning(&self, arn: &str, name: &str, spec: &Spec) -> Result<Schedule, ChangeError> {
        let within = Within { name, hashed: name, calendars: Some(&self.calendars(arn)) };
        spec.compile_within(&within).map_err(ChangeError::Spec)
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
        let mut found: Vec<TickRecord> = page.iter().map(record::read).collect::<Result<_, _>>()?;
        // What is stored, as who asks may be at work on the schedule and hold it.
        if found.iter().any(|tick| tick.reason == Some(Reason::Paused))
            && let Some(document) = store.document(SCHEDULE, arn).await?
        {
            let record: Record = record::read(&document)?;
            found = found.into_iter().map(|tick| record.explain(tick)).collect();
        }
        Ok(found)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.runtime.clock().now()
    }
}

impl Described {
    fn of(entry: &Entry, now: Timestamp) -> Self {
        let Entry { record, schedule, problem, .. } = entry;
        let told = |it: &Vec<Invalid>| it.iter().map(ToString::to_string).collect::<Vec<_>>();
        let problem = problem.as_ref().map(|it| told(it).join("; "));
        let next = schedule.next_after(record.cursor.max(now)).filter(|_| !record.ended);
        let (record, schedule) = (record.clone(), schedule.clone());
        Self { record, schedule, next: next.map(|tick| tick.at), problem }
    }
}
