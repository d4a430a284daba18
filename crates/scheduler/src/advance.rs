//! The timer, and how what was decided becomes durable.

use std::sync::Arc;
use std::time::Duration;

use compasso_runtime::RuntimeError;
use compasso_store::{DocumentChange, ExecutionKey, Expected, Outcome, Revision};
use compasso_types::Timestamp;
use tracing::{debug, warn};

use crate::limits::{PRUNE_EVERY, RETRY, SLEEP_MAX};
use crate::plan::{self, Step};
use crate::record::{self, SCHEDULE, TICK, TickRecord, TickState};
use crate::slots::Entry;
use crate::{Scheduler, Target};

/// What was decided cannot be stored now; it is decided again later.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Later(pub(crate) String);

impl From<Later> for RuntimeError {
    fn from(later: Later) -> Self {
        Self::Unavailable(later.0)
    }
}

impl Scheduler {
    /// Handles schedules when they are due, until the runtime stops.
    pub(crate) async fn run(&self) {
        let runtime = &self.inner.runtime;
        loop {
            while let Some(arn) = self.inner.alarms.take_due(self.now()) {
                let permit = self.inner.room.clone().acquire_owned().await;
                let scheduler = self.clone();
                runtime.spawn(async move {
                    scheduler.look_at(&arn).await;
                    drop(permit);
                });
            }
            let pause = match self.inner.alarms.next() {
                Some(next) => next.since(self.now()).min(SLEEP_MAX),
                None => SLEEP_MAX,
            };
            tokio::select! {
                () = self.sleep(pause) => {}
                () = self.inner.alarms.earlier() => {}
                () = runtime.stopping() => return,
            }
        }
    }

    /// Does what is due of a schedule, and sets its next alarm.
    async fn look_at(&self, arn: &Arc<str>) {
        let Some(slot) = self.inner.slots.get(arn) else { return };
        let mut held = slot.lock().await;
        let Some(entry) = held.as_mut() else { return };
        let next = match self.advance(arn, entry).await {
            Ok(next) => next,
            Err(error) => {
                warn!(schedule = %arn, %error, "schedule is put off");
                Some(self.now().after(RETRY))
            }
        };
        self.inner.alarms.set(arn, next);
    }

    /// Takes one step of what is due of a schedule; returns when the next is.
    pub(crate) async fn advance(
        &self,
        arn: &Arc<str>,
        entry: &mut Entry,
    ) -> Result<Option<Timestamp>, Later> {
        if entry.problem.is_some() {
            return Ok(None);
        }
        let step = plan::due(&entry.record, &entry.schedule, self.now());
        let next = step.next;
        if step.start.is_some() || !step.ticks.is_empty() {
            self.carry_out(arn, entry, step).await?;
        }
        // After a run that counts as over at once there is nobody to wake what waits.
        let now = entry.record.can_take_up().then(|| self.now());
        Ok(now.or(next))
    }

    /// Stores a step and does what follows from it.
    pub(crate) async fn carry_out(
        &self,
        arn: &Arc<str>,
        entry: &mut Entry,
        mut step: Step,
    ) -> Result<(), Later> {
        if let Some(stopped) = step.stops {
            let execution = self.execution_of(arn, stopped).await?;
            step.record.stopping.extend(execution);
        }
        loop {
            let ready = self.prepare(arn, entry, &mut step).await?;
            step.record.ticks = entry.record.ticks + step.ticks.len() as u64;
            let mut changes = step.changes(arn, entry.revision);
            changes.extend(ready.changes());
            if !ready.starts() {
                self.store(arn, entry, changes).await?;
                ready.keep();
                break;
            }
            if self.start(ready, changes.clone()).await? {
                break;
            }
            let base = entry.revision;
            self.read_again(arn, entry).await?;
            if entry.revision != base {
                return Err(Later("the schedule was changed meanwhile".into()));
            }
            // An execution of this name is there already, maybe as the run of this very tick.
            if self.is_run_again(arn, &step).await? {
                let changes = step.changes(arn, entry.revision);
                self.store(arn, entry, changes).await?;
                break;
            }
            step.take_back(self.now());
        }
        entry.revision = Revision(entry.revision.0 + 1);
        let before = std::mem::replace(&mut entry.record, step.record);
        self.follow_step(arn, &before, entry, &step.ticks);
        Ok(())
    }

    async fn store(
        &self,
        arn: &Arc<str>,
        entry: &mut Entry,
        changes: Vec<DocumentChange>,
    ) -> Result<(), Later> {
        match self.inner.runtime.write(changes).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => Ok(()),
            Outcome::Rejected { reason } => Err(Later(reason)),
            Outcome::Fenced => Err(Later("another process took over".into())),
            Outcome::Committed { .. } | Outcome::Unknown { .. } => {
                self.read_again(arn, entry).await?;
                Err(Later("nobody knows what was stored; it was read again".into()))
            }
        }
    }

    /// Takes what is stored of a schedule for true.
    pub(crate) async fn read_again(&self, arn: &Arc<str>, entry: &mut Entry) -> Result<(), Later> {
        let later = |error: &dyn std::fmt::Display| Later(error.to_string());
        let store = self.inner.runtime.store();
        let found = store.document(SCHEDULE, arn).await.map_err(|error| later(&error))?;
        let Some(document) = found else { return Err(Later("the schedule is gone".into())) };
        if document.revision == entry.revision {
            return Ok(());
        }
        *entry = self.read_entry(&document).map_err(|error| later(&error))?;
        self.follow(arn, &entry.record);
        Ok(())
    }

    /// Says if the run that begins with a step is stored as that of its tick.
    async fn is_run_again(&self, arn: &str, step: &Step) -> Result<bool, Later> {
        let Some(tick) = step.ticks.last() else { return Ok(false) };
        if let (Target::Pipeline(_), Some(run)) = (&step.record.target, &tick.execution) {
            // A run of a pipeline has the tick in its name, whatever became of the tick's record.
            let found = self.inner.runtime.describe(&ExecutionKey(run.clone())).await;
            return Ok(found.map_err(|error| Later(error.to_string()))?.is_some());
        }
        Ok(self.execution_of(arn, tick.at).await? == tick.execution)
    }

    /// Returns the execution of a tick, if it has one.
    pub(crate) async fn execution_of(
        &self,
        arn: &str,
        at: Timestamp,
    ) -> Result<Option<Arc<str>>, Later> {
        let store = self.inner.runtime.store();
        let found = store.document(TICK, &record::tick_key(arn, at)).await;
        let found = found.map_err(|error| Later(error.to_string()))?;
        let tick: Option<TickRecord> = found.and_then(|document| record::read(&document).ok());
        Ok(tick.and_then(|tick| tick.execution))
    }

    fn follow_step(
        &self,
        arn: &Arc<str>,
        before: &crate::Record,
        entry: &Entry,
        ticks: &[TickRecord],
    ) {
        for tick in ticks {
            debug!(schedule = %arn, at = %tick.at, state = ?tick.state, "tick");
            if entry.record.lane.waiting.contains(&tick.at) {
                self.watch_tick(arn, tick.at);
            }
            let waits = entry.record.lane.active.contains(&tick.at);
            if let Some(execution) = tick.execution.clone().filter(|_| waits) {
                self.follow_run(arn, tick.at, ExecutionKey(execution));
            }
        }
        for execution in &entry.record.stopping {
            if !before.stopping.contains(execution) {
                self.stop_run(arn, execution, entry.record.leaving());
            }
        }
        if before.ticks / PRUNE_EVERY != entry.record.ticks / PRUNE_EVERY {
            self.prune(arn);
        }
    }

    pub(crate) async fn sleep(&self, pause: Duration) {
        let clock = self.inner.runtime.clock();
        clock.sleep_until(clock.now().after(pause)).await;
    }
}

impl Step {
    /// Takes note of the run of a tick, which begins or waits.
    pub(crate) fn begin(
        &mut self,
        at: Timestamp,
        run: &Arc<str>,
        state: TickState,
        now: Timestamp,
    ) {
        let record = TickRecord::new(at, state, now);
        self.ticks.push(TickRecord { execution: Some(run.clone()), ..record });
        self.record.runs += 1;
    }

    /// Takes note that the run does not begin after all: its name is that of another execution.
    fn take_back(&mut self, now: Timestamp) {
        let Some(run) = self.ticks.pop() else { return };
        self.record.runs -= 1;
        let execution = run.execution.unwrap_or_default();
        self.fail(format!("there is another execution of this name: {execution}"), now);
    }

    /// Returns what is to be written.
    fn changes(&self, arn: &str, revision: Revision) -> Vec<DocumentChange> {
        let schedule = record::put(arn, &self.record, Expected::Revision(revision));
        let ticks = self.ticks.iter().map(|tick| record::put_tick(arn, tick));
        ticks.chain([schedule]).collect()
    }
}

/// Names the run of a tick of a schedule, in which a pipeline's go by the trigger's id:
/// `s-nightly-20260308T070000Z`.
pub fn run_name(schedule: &str, at: Timestamp) -> String {
    let text: String = at.to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("s-{schedule}-{}", text.replace(".000Z", "Z"))
}
