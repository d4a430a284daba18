//! How backfills are created, paused, resumed and cancelled.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_schedule::{Invalid, Schedule, Tick};
use compasso_store::{ExecutionKey, Expected, Revision};
use compasso_types::{Json, Timestamp};

use super::record::{Backfill, BackfillOrder, BackfillState, Counts, Reprocess};
use super::{Held, Planned, key_of};
use crate::Scheduler;
use crate::advance::Later;
use crate::limits::{BACKFILL_ACTIVE_MAX, BACKFILL_TICKS_MAX, BACKFILLS_MAX, PLANNED_MAX};
use crate::pipelines::pipeline_schedule;

/// A backfill to be.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in `Backfill`")]
pub struct NewBackfill {
    pub pipeline: Arc<str>,
    pub trigger: Arc<str>,
    /// RFC 3339, or a date: midnight in the schedule's zone.
    pub from: String,
    pub to: String,
    pub order: BackfillOrder,
    pub max_active: usize,
    pub reprocess: Reprocess,
    pub params: Option<Json>,
    pub version: Option<u64>,
    pub tasks: Vec<String>,
    pub emit_assets: bool,
    pub by: Option<Arc<str>>,
}

/// A backfill cannot be what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackfillError {
    /// There is no such schedule.
    #[error("the pipeline has no schedule '{0}'")]
    NoSchedule(Arc<str>),
    /// There is no such backfill.
    #[error("there is no such backfill")]
    NoBackfill,
    /// It is over.
    #[error("the backfill is over")]
    Over,
    /// Something in it cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// There is nothing to run: no tick was due in its time.
    #[error("{0}")]
    NoTick(String),
    /// The schedule cannot be used.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Schedule(Vec<Invalid>),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Later> for BackfillError {
    fn from(later: Later) -> Self {
        Self::Runtime(later.into())
    }
}

impl Scheduler {
    /// Says what a backfill would do: the first of its ticks, and how many there are.
    ///
    /// # Errors
    /// See [`BackfillError`].
    pub async fn plan_backfill(
        &self,
        new: NewBackfill,
    ) -> Result<(Vec<Planned>, usize), BackfillError> {
        let (backfill, schedule, ticks) = self.new_backfill("dry-run".into(), new).await?;
        let planned = self.planned(&backfill, &schedule, &ticks, PLANNED_MAX).await?;
        Ok((planned, backfill.total))
    }

    /// Creates a backfill; durable when it returns.
    ///
    /// # Errors
    /// See [`BackfillError`].
    pub async fn create_backfill(&self, new: NewBackfill) -> Result<Backfill, BackfillError> {
        if self.inner.backfills.count() >= BACKFILLS_MAX {
            let message = format!("there are {BACKFILLS_MAX} backfills under way already");
            return Err(BackfillError::Invalid(message));
        }
        let (backfill, ..) = self.new_backfill(self.backfill_id(), new).await?;
        let key = key_of(&backfill.pipeline, &backfill.id);
        self.write_all(vec![backfill.put(&key, Expected::Absent)]).await?;
        self.take_backfill_up(key, backfill.clone(), Revision(1));
        Ok(backfill)
    }

    /// Names a backfill so that later ones are smaller.
    fn backfill_id(&self) -> Arc<str> {
        let age = u64::MAX - self.now().0.cast_unsigned();
        format!("b-{:011x}", age & 0xfff_ffff_ffff).into()
    }

    async fn new_backfill(
        &self,
        id: Arc<str>,
        new: NewBackfill,
    ) -> Result<(Backfill, Schedule, Vec<Tick>), BackfillError> {
        let arn = pipeline_schedule(&new.pipeline, &new.trigger);
        let described = self.describe(&arn).await;
        let record = described.ok_or(BackfillError::NoSchedule(new.trigger.clone()))?.record;
        if !(1..=BACKFILL_ACTIVE_MAX).contains(&new.max_active) {
            let message = format!("max_active: write 1 to {BACKFILL_ACTIVE_MAX}");
            return Err(BackfillError::Invalid(message));
        }
        let mut backfill = Backfill {
            id,
            pipeline: new.pipeline,
            trigger: new.trigger,
            from: Timestamp(0),
            to: Timestamp(0),
            order: new.order,
            max_active: new.max_active,
            reprocess: new.reprocess,
            params: new.params,
            version: new.version,
            tasks: new.tasks,
            emit_assets: new.emit_assets,
            spec: record.spec,
            condition: record.condition,
            input: record.input,
            created: self.now(),
            by: new.by,
            state: BackfillState::Running,
            ended: None,
            total: 0,
            done: 0,
            active: Vec::new(),
            counts: Counts::default(),
            failed: Vec::new(),
        };
        let schedule = backfill.schedule(&self.calendars(&arn)).map_err(BackfillError::Schedule)?;
        backfill.from = time("from", &new.from, &schedule)?;
        backfill.to = time("to", &new.to, &schedule)?;
        if backfill.from >= backfill.to {
            let Backfill { from, to, .. } = backfill;
            let message = format!("to: {to} is not after 'from', which is {from}");
            return Err(BackfillError::Invalid(message));
        }
        // What is not due yet is the schedule's own.
        backfill.to = backfill.to.min(Timestamp(self.now().0 + 1));
        let ticks = backfill.ticks(&schedule, BACKFILL_TICKS_MAX);
        if ticks.is_empty() {
            return Err(BackfillError::NoTick(no_tick(&backfill, &schedule)));
        }
        if ticks.len() > BACKFILL_TICKS_MAX {
            let message = format!("there are more than {BACKFILL_TICKS_MAX} ticks; take a part");
            return Err(BackfillError::Invalid(message));
        }
        backfill.total = ticks.len();
        Ok((backfill, schedule, ticks))
    }

    /// Lets a backfill rest: no run begins until it is resumed.
    ///
    /// # Errors
    /// See [`BackfillError`].
    pub async fn pause_backfill(&self, pipeline: &str, id: &str) -> Result<(), BackfillError> {
        self.change_backfill(pipeline, id, |backfill| backfill.state = BackfillState::Paused).await
    }

    /// Lets a backfill go on.
    ///
    /// # Errors
    /// See [`BackfillError`].
    pub async fn resume_backfill(&self, pipeline: &str, id: &str) -> Result<(), BackfillError> {
        self.change_backfill(pipeline, id, |backfill| backfill.state = BackfillState::Running).await
    }

    /// Ends a backfill: no run begins any more. Runs under way are asked to end, if they are to.
    ///
    /// # Errors
    /// See [`BackfillError`].
    pub async fn cancel_backfill(
        &self,
        pipeline: &str,
        id: &str,
        with_runs: bool,
    ) -> Result<(), BackfillError> {
        let now = self.now();
        let held = self.held_backfill(pipeline, id).await?;
        self.change_backfill(pipeline, id, |backfill| {
            backfill.state = BackfillState::Cancelled;
            backfill.ended = Some(now);
        })
        .await?;
        // Only now, as the end of one run would let it begin the next.
        if with_runs {
            let active = held.state.lock().await.0.active.clone();
            for under_way in active {
                let key = ExecutionKey(under_way.run);
                let cause = Some("its backfill was cancelled".into());
                match self.inner.runtime.cancel(&key, Some("Cancelled".into()), cause).await {
                    Ok(_) | Err(RuntimeError::NoExecution) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.inner.backfills.remove(&key_of(pipeline, id));
        Ok(())
    }

    async fn held_backfill(&self, pipeline: &str, id: &str) -> Result<Arc<Held>, BackfillError> {
        if let Some(held) = self.inner.backfills.get(&key_of(pipeline, id)) {
            return Ok(held);
        }
        let found = self.backfill(pipeline, id).await?;
        Err(if found.is_some() { BackfillError::Over } else { BackfillError::NoBackfill })
    }

    async fn change_backfill(
        &self,
        pipeline: &str,
        id: &str,
        change: impl FnOnce(&mut Backfill),
    ) -> Result<(), BackfillError> {
        let held = self.held_backfill(pipeline, id).await?;
        let mut state = held.state.lock().await;
        if state.0.state.is_over() {
            return Err(BackfillError::Over);
        }
        let mut changed = state.0.clone();
        change(&mut changed);
        self.write_all(vec![changed.put_over(&held.key, state.1)]).await?;
        *state = (changed, Revision(state.1.0 + 1));
        held.changed.notify_one();
        Ok(())
    }
}

/// Says that no tick of a schedule was due in the time of a backfill, and when the nearest ones are.
fn no_tick(backfill: &Backfill, schedule: &Schedule) -> String {
    let Backfill { from, to, trigger, created, .. } = backfill;
    let zone = schedule.zone();
    let shown = |at: Timestamp| format!("{at} ({} {zone})", zone.local(at));
    let next = schedule.next_after(Timestamp(from.max(to).0 - 1)).map(|tick| tick.at);
    let next = next.map(|at| {
        if at > *created {
            format!("the next one is due at {}, and runs by itself", shown(at))
        } else {
            format!("the next one was at {}", shown(at))
        }
    });
    if from >= to {
        let next = next.map(|next| format!("; {next}")).unwrap_or_default();
        return format!("from: {} has not come yet{next}", shown(*from));
    }
    let before = schedule.last_before(*from);
    let before = before.map(|at| format!("the last one before was at {}", shown(at)));
    let near: Vec<String> = before.into_iter().chain(next).collect();
    let near = if near.is_empty() { "it has none at all".to_owned() } else { near.join(", ") };
    let (from, to) = (shown(*from), shown(*to));
    format!("no tick of the schedule '{trigger}' was due from {from} and before {to}: {near}")
}

fn time(member: &str, text: &str, schedule: &Schedule) -> Result<Timestamp, BackfillError> {
    schedule.zone().time(text).ok_or_else(|| {
        let way_out = "write RFC 3339, such as 2026-01-31T02:00:00Z, or a date";
        BackfillError::Invalid(format!("{member}: '{text}' is no time; {way_out}"))
    })
}
