//! How schedules are created, changed and deleted.
//!
//! Each change goes on to its end even if nobody waits for its answer any more: memory must not differ
//! from what is stored.

use std::collections::HashSet;
use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_schedule::{Invalid, Lane, Spec};
use compasso_store::{DocumentChange, Expected, ReadError, Revision};
use compasso_types::{Json, Timestamp};
use tokio::sync::oneshot;
use tracing::warn;

use crate::limits::{NAME_CHARS_MAX, SCHEDULES_MAX};
use crate::record::{self, SCHEDULE};
use crate::{InputError, Pause, Record, Scheduler, Target};

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
    /// What must hold of a tick of a pipeline, as an expression.
    pub condition: Option<Json>,
    /// Whether it rests from the beginning.
    pub paused: Option<Pause>,
    /// From when on its ticks count, if that is before it is created.
    pub since: Option<Timestamp>,
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
    /// Creates a schedule; durable when it returns.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn create(&self, arn: &Arc<str>, new: NewSchedule) -> Result<(), ChangeError> {
        check_name(&new.name)?;
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.to_its_end(async move { scheduler.add(&arn, new).await }).await
    }

    async fn add(&self, arn: &Arc<str>, new: NewSchedule) -> Result<(), ChangeError> {
        let now = self.now();
        let record = Record {
            name: new.name,
            description: new.description,
            target: new.target,
            input: new.input,
            condition: new.condition,
            spec: new.spec,
            created: now,
            modified: now,
            paused: new.paused,
            pauses: Vec::new(),
            cursor: now,
            lane: Lane::default(),
            stopping: Vec::new(),
            runs: 0,
            ticks: 0,
            ended: false,
        };
        let mut entry = self.entry(arn, record, Revision(0))?;
        entry.record.cursor = entry.schedule.counts_after(new.since.unwrap_or(now).min(now));
        let slot = self.inner.slots.make(arn, SCHEDULES_MAX).ok_or(ChangeError::TooMany)?;
        let mut held = slot.lock().await;
        if held.is_some() {
            return Err(ChangeError::Exists);
        }
        let change = record::put(arn, &entry.record, Expected::Absent);
        if let Err(error) = self.write(vec![change]).await {
            let found = self.inner.runtime.store().document(SCHEDULE, arn).await;
            let Ok(Some(document)) = found else {
                self.inner.slots.remove(arn);
                return Err(error);
            };
            // It is stored, but was not in memory.
            let found = self.read_entry(&document);
            let found = found.inspect_err(|_| self.inner.slots.remove(arn))?;
            drop(held);
            self.take_up(arn, found);
            return Err(ChangeError::Exists);
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
        self.change(arn, move |record| {
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

    /// Lets a schedule rest: its ticks are recorded as skipped. Who paused it first is kept.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn pause(&self, arn: &Arc<str>, pause: Pause) -> Result<(), ChangeError> {
        self.change(arn, move |record| {
            let until = pause.until;
            record.paused.get_or_insert(pause).until = until;
        })
        .await
    }

    /// Ends the rest of a schedule. `catch_up`: the ticks that came meanwhile are treated as missed.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn resume(&self, arn: &Arc<str>, catch_up: bool) -> Result<(), ChangeError> {
        self.rest(arn).await?;
        self.change(arn, move |record| {
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
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.to_its_end(async move { scheduler.take_away(&arn).await }).await
    }

    async fn take_away(&self, arn: &Arc<str>) -> Result<(), ChangeError> {
        // One that was set aside has no slot.
        let slot = self.inner.slots.get(arn).unwrap_or_default();
        let mut held = slot.lock().await;
        let store = self.inner.runtime.store();
        if held.is_none() && store.document(SCHEDULE, arn).await?.is_none() {
            return Err(ChangeError::NoSchedule);
        }
        // The schedule goes last: what a crash interrupts can be deleted again.
        self.delete_ticks(arn, None, &HashSet::new()).await?;
        self.write(vec![record::delete(SCHEDULE, arn.to_string())]).await?;
        *held = None;
        self.inner.slots.remove(arn);
        self.inner.alarms.set(arn, None);
        Ok(())
    }

    /// Records the ticks that are due as skipped if a schedule is paused.
    async fn rest(&self, arn: &Arc<str>) -> Result<(), ChangeError> {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.to_its_end(async move { scheduler.record_rest(&arn).await }).await
    }

    async fn record_rest(&self, arn: &Arc<str>) -> Result<(), ChangeError> {
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
    pub(crate) async fn change(
        &self,
        arn: &Arc<str>,
        change: impl FnOnce(&mut Record) + Send + 'static,
    ) -> Result<(), ChangeError> {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.to_its_end(async move { scheduler.put_changed(&arn, change).await }).await
    }

    async fn put_changed(
        &self,
        arn: &Arc<str>,
        change: impl FnOnce(&mut Record),
    ) -> Result<(), ChangeError> {
        let slot = self.inner.slots.get(arn).ok_or(ChangeError::NoSchedule)?;
        let mut held = slot.lock().await;
        let entry = held.as_mut().ok_or(ChangeError::NoSchedule)?;
        let mut record = entry.record.clone();
        change(&mut record);
        let mut changed = self.entry(arn, record, entry.revision)?;
        let expected = Expected::Revision(entry.revision);
        if let Err(error) = self.write(vec![record::put(arn, &changed.record, expected)]).await {
            if let Err(error) = self.read_again(arn, entry).await {
                warn!(schedule = %arn, %error, "schedule is not read again");
            }
            return Err(error);
        }
        changed.revision = Revision(entry.revision.0 + 1);
        *entry = changed;
        self.inner.alarms.set(arn, Some(self.now()));
        Ok(())
    }

    /// Waits for work, which goes on to its end if the one who waits is dropped.
    async fn to_its_end(
        &self,
        work: impl Future<Output = Result<(), ChangeError>> + Send + 'static,
    ) -> Result<(), ChangeError> {
        let (tell, told) = oneshot::channel();
        self.inner.runtime.spawn(async move {
            // It is nothing if nobody waits any more.
            let _ = tell.send(work.await);
        });
        let gone = |_| RuntimeError::Unavailable("nobody knows what was stored".into());
        told.await.map_err(gone)?
    }

    pub(crate) async fn write(&self, changes: Vec<DocumentChange>) -> Result<(), ChangeError> {
        Ok(self.write_all(changes).await?)
    }
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let good = (1..=NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(fits);
    if good { Ok(()) } else { Err(ChangeError::Name(name.to_owned())) }
}
