//! The handle the layers above hold.

use std::sync::{Arc, OnceLock};

use compasso_runtime::{Runtime, RuntimeError};
use compasso_schedule::{CatchUp, Invalid, Lane, Schedule, Spec};
use compasso_store::{DocumentChange, Expected, Outcome, ReadError, Revision};
use compasso_types::{Json, Timestamp};
use tokio::sync::{Mutex, Semaphore};
use tracing::error;

use crate::alarms::Alarms;
use crate::limits::{ADVANCES_MAX, NAME_CHARS_MAX, PAGE, SCHEDULES_MAX};
use crate::record::{self, SCHEDULE, TICK, ticks_of};
use crate::slots::{Entry, Slots};
use crate::{InputError, Pause, Record, Target, Targets, TickRecord};

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

/// A schedule to be.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// Its name: letters, digits, `-` and `_`.
    pub name: Arc<str>,
    /// What people say about it.
    pub description: Option<String>,
    /// What its ticks start.
    pub target: Target,
    /// The input, with expressions.
    pub input: Option<Json>,
    /// When it is due.
    pub spec: Spec,
    /// Whether it rests from the beginning.
    pub paused: bool,
}

/// What is to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in `NewSchedule`")]
pub struct Change {
    pub description: Option<String>,
    pub target: Option<Target>,
    pub input: Option<Json>,
    pub spec: Option<Spec>,
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

/// A schedule was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is none of this name.
    #[error("schedule does not exist")]
    NoSchedule,
    /// There is one of this name.
    #[error("schedule exists already")]
    Exists,
    /// There are as many as there may be.
    #[error("there are {SCHEDULES_MAX} schedules already")]
    TooMany,
    /// The name cannot name executions.
    #[error("'{0}' is no name; write 1 to {NAME_CHARS_MAX} letters, digits, '-' and '_'")]
    Name(String),
    /// It does not say when it is due.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Spec(Vec<Invalid>),
    /// See [`InputError`].
    #[error("input: {0}")]
    Input(#[from] InputError),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<ReadError> for ChangeError {
    fn from(error: ReadError) -> Self {
        Self::Runtime(error.into())
    }
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
                let entry = record::read(&document)
                    .map_err(ChangeError::from)
                    .and_then(|record| Entry::new(record, document.revision));
                match entry {
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
    fn take_up(&self, arn: &Arc<str>, entry: Entry) {
        let record = entry.record.clone();
        self.inner.slots.put(arn, Arc::new(Mutex::new(Some(entry))));
        self.follow(arn, &record);
        self.inner.alarms.set(arn, Some(self.now()));
    }

    /// Creates a schedule; durable when it returns.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn create(&self, arn: &Arc<str>, new: NewSchedule) -> Result<(), ChangeError> {
        check_name(&new.name)?;
        let now = self.now();
        let record = Record {
            name: new.name,
            description: new.description,
            target: new.target,
            input: new.input,
            spec: new.spec,
            created: now,
            modified: now,
            paused: new.paused.then_some(Pause { since: now, reason: None }),
            cursor: now,
            lane: Lane::default(),
            stopping: Vec::new(),
            runs: 0,
            ticks: 0,
            ended: false,
        };
        let mut entry = Entry::new(record, Revision(0))?;
        entry.record.cursor = first_cursor(&entry.schedule, now);
        let slot = self.inner.slots.make(arn, SCHEDULES_MAX).ok_or(ChangeError::TooMany)?;
        let mut held = slot.lock().await;
        if held.is_some() {
            return Err(ChangeError::Exists);
        }
        let change = record::put(arn, &entry.record, Expected::Absent);
        if let Err(error) = self.write(vec![change]).await {
            self.inner.slots.remove(arn);
            return Err(error);
        }
        entry.revision = Revision(1);
        *held = Some(entry);
        drop(held);
        self.inner.slots.put(arn, slot);
        self.inner.alarms.set(arn, Some(now));
        Ok(())
    }

    /// Changes a schedule; durable when it returns. When it is due otherwise than before, only ticks
    /// from now on count.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn update(&self, arn: &Arc<str>, change: Change) -> Result<(), ChangeError> {
        let now = self.now();
        self.change(arn, |record| {
            if let Some(spec) = change.spec.filter(|spec| *spec != record.spec) {
                record.spec = spec;
                record.cursor = now;
                record.ended = false;
            }
            record.description = change.description.or(record.description.take());
            record.input = change.input.or(record.input.take());
            if let Some(target) = change.target {
                record.target = target;
            }
            record.modified = now;
        })
        .await
    }

    /// Lets a schedule rest: its ticks are recorded as skipped.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn pause(&self, arn: &Arc<str>, reason: Option<String>) -> Result<(), ChangeError> {
        let since = self.now();
        self.change(arn, |record| {
            record.paused.get_or_insert(Pause { since, reason });
        })
        .await
    }

    /// Ends the rest of a schedule. `catch_up`: the ticks that came meanwhile are treated as missed.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn resume(&self, arn: &Arc<str>, catch_up: bool) -> Result<(), ChangeError> {
        self.rest(arn).await?;
        self.change(arn, |record| {
            if let Some(pause) = record.paused.take()
                && catch_up
            {
                record.cursor = record.cursor.min(pause.since);
            }
        })
        .await
    }

    /// Deletes a schedule and the records of its ticks; its executions go on.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn delete(&self, arn: &Arc<str>) -> Result<(), ChangeError> {
        let slot = self.inner.slots.get(arn).ok_or(ChangeError::NoSchedule)?;
        let mut held = slot.lock().await;
        if held.is_none() {
            return Err(ChangeError::NoSchedule);
        }
        // The schedule goes last: what a crash interrupts can be deleted again.
        self.delete_ticks(arn, None).await?;
        self.write(vec![record::delete(SCHEDULE, arn.to_string())]).await?;
        *held = None;
        self.inner.slots.remove(arn);
        self.inner.alarms.set(arn, None);
        Ok(())
    }

    /// Describes a schedule.
    pub async fn describe(&self, arn: &str) -> Option<Described> {
        let slot = self.inner.slots.get(arn)?;
        let held = slot.lock().await;
        held.as_ref().map(|entry| Described::of(entry, self.now()))
    }

    /// Lists up to `limit` schedules whose ARN begins with `prefix`, those after the ARN `after`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Described)>, RuntimeError> {
        let store = self.inner.runtime.store();
        let page = store.documents(SCHEDULE, prefix, after, limit).await?;
        let mut found = Vec::with_capacity(page.len());
        for document in page {
            found.extend(self.describe(&document.key).await.map(|it| (document.key, it)));
        }
        Ok(found)
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

    /// Records the ticks that are due as skipped if a schedule is paused.
    async fn rest(&self, arn: &Arc<str>) -> Result<(), ChangeError> {
        let slot = self.inner.slots.get(arn).ok_or(ChangeError::NoSchedule)?;
        let mut held = slot.lock().await;
        let entry = held.as_mut().ok_or(ChangeError::NoSchedule)?;
        while entry.record.paused.is_some() {
            match self.advance(arn, entry).await.map_err(RuntimeError::from)? {
                Some(next) if next <= self.now() => {}
                _ => break,
            }
        }
        Ok(())
    }

    /// Changes what is stored of a schedule.
    async fn change(
        &self,
        arn: &Arc<str>,
        change: impl FnOnce(&mut Record),
    ) -> Result<(), ChangeError> {
        let slot = self.inner.slots.get(arn).ok_or(ChangeError::NoSchedule)?;
        let mut held = slot.lock().await;
        let entry = held.as_mut().ok_or(ChangeError::NoSchedule)?;
        let mut record = entry.record.clone();
        change(&mut record);
        let mut changed = Entry::new(record, entry.revision)?;
        let expected = Expected::Revision(entry.revision);
        self.write(vec![record::put(arn, &changed.record, expected)]).await?;
        changed.revision = Revision(entry.revision.0 + 1);
        *entry = changed;
        self.inner.alarms.set(arn, Some(self.now()));
        Ok(())
    }

    pub(crate) async fn write(&self, changes: Vec<DocumentChange>) -> Result<(), ChangeError> {
        let unavailable = |why: String| Err(RuntimeError::Unavailable(why).into());
        match self.inner.runtime.write(changes).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => Ok(()),
            Outcome::Committed { .. } => unavailable("the schedule was changed meanwhile".into()),
            Outcome::Rejected { reason } => Err(RuntimeError::Rejected(reason).into()),
            Outcome::Unknown { reason } => unavailable(reason),
            Outcome::Fenced => unavailable("another process took over".into()),
        }
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

/// Returns from when on ticks of a new schedule count: from its start if they are all wanted.
fn first_cursor(schedule: &Schedule, now: Timestamp) -> Timestamp {
    let before = schedule.start.map(|start| Timestamp(start.0 - 1));
    match before {
        Some(before) if schedule.catch_up == CatchUp::All => before.min(now),
        _ => now,
    }
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let good = (1..=NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(fits);
    if good { Ok(()) } else { Err(ChangeError::Name(name.to_owned())) }
}
