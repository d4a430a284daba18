//! How the run of a tick becomes ready to begin.

use std::sync::Arc;

use compasso_runtime::StartError;
use compasso_schedule::Schedule;
use compasso_store::DocumentChange;
use compasso_types::{Json, Timestamp};

use crate::advance::{Later, run_name};
use crate::deadlines::{MISSED, Told};
use crate::plan::Step;
use crate::record::{Reason, TickRecord, TickState};
use crate::seats::{Reservation, Seating, TickOf};
use crate::slots::Entry;
use crate::why;
use crate::{
    OfBackfill, Prepared, PreparedRun, RunOrder, Scheduler, Target, TargetError, Unstarted,
};

/// What a step brings, besides records.
pub(crate) enum Ready {
    /// Nothing.
    Nothing,
    /// An execution begins.
    Begins(Box<Prepared>),
    /// A run of a pipeline begins.
    Seated(Box<PreparedRun>, Reservation),
    /// A run of a pipeline waits.
    Waits(Reservation),
}

impl Ready {
    /// Returns what is to be written besides.
    pub(crate) fn changes(&self) -> Vec<DocumentChange> {
        match self {
            Self::Seated(_, reservation) | Self::Waits(reservation) => reservation.changes(),
            Self::Nothing | Self::Begins(_) => Vec::new(),
        }
    }

    /// Says if something begins.
    pub(crate) fn starts(&self) -> bool {
        matches!(self, Self::Begins(_) | Self::Seated(..))
    }

    /// Takes note that it is durable.
    pub(crate) fn keep(self) {
        match self {
            Self::Seated(_, reservation) | Self::Waits(reservation) => reservation.keep(),
            Self::Nothing | Self::Begins(_) => {}
        }
    }
}

impl Scheduler {
    /// Prepares the run that begins with a step. One that cannot begin leaves a record, and the next
    /// that waits takes its place.
    pub(crate) async fn prepare(
        &self,
        arn: &Arc<str>,
        entry: &Entry,
        step: &mut Step,
    ) -> Result<Ready, Later> {
        while let Some(at) = step.start {
            let prepared = match &step.record.target {
                Target::StateMachine(machine) => {
                    let machine = machine.clone();
                    self.prepare_execution(&machine, entry, step, at).await
                }
                Target::Pipeline(pipeline) => {
                    let pipeline = pipeline.clone();
                    self.prepare_seated(arn, &pipeline, entry, step, at).await
                }
            };
            match prepared {
                Ok(Some(ready)) => return Ok(ready),
                Ok(None) => {}
                Err(TargetError::Refused(why)) => step.fail(why, self.now()),
                Err(TargetError::Unavailable(why)) => return Err(Later(why)),
            }
        }
        Ok(Ready::Nothing)
    }

    async fn prepare_execution(
        &self,
        machine: &str,
        entry: &Entry,
        step: &mut Step,
        at: Timestamp,
    ) -> Result<Option<Ready>, TargetError> {
        let refused = |error| TargetError::Refused(format!("input: {error}"));
        let input = entry.input.of(&entry.schedule, at).map_err(refused)?;
        let name = run_name(&step.record.name, at);
        let prepared = self.targets()?.prepare(machine, &name, input).await?;
        let order = match &prepared {
            Prepared::Standard(order) => order,
            Prepared::Express(order) => {
                // Nobody is told when it ends.
                step.record.lane.ended(&at);
                order
            }
        };
        step.begin(at, &order.start.id, TickState::Run, self.now());
        Ok(Some(Ready::Begins(Box::new(prepared))))
    }

    /// Returns `None` if the run does not begin, and why is recorded.
    async fn prepare_seated(
        &self,
        arn: &Arc<str>,
        pipeline: &Arc<str>,
        entry: &Entry,
        step: &mut Step,
        at: Timestamp,
    ) -> Result<Option<Ready>, TargetError> {
        let tick = TickOf { schedule: arn.clone(), at };
        let refused = |error| TargetError::Refused(format!("trigger: {error}"));
        let seen = entry.input.seen(&entry.schedule, pipeline, at);
        let Some(params) = entry.input.params(&seen, at).map_err(refused)? else {
            let now = self.now();
            let why = why::filtered(entry.record.condition.as_ref());
            step.give_up(|at| TickRecord::skipped(at, Reason::Filtered, now).because(why));
            return Ok(None);
        };
        let mut order = run_order(pipeline, &entry.schedule, tick, &seen, params, None);
        if entry.record.lane.waiting.contains(&at) {
            self.tell_deadlines(&mut order).await?;
        }
        let mut prepared = self.targets()?.prepare_run(order).await?;
        let run = prepared.order.start.id.clone();
        let now = self.now();
        let Some(candidate) = prepared.candidate.take() else {
            step.record.lane.ended(&at);
            step.begin(at, &run, TickState::Run, now);
            return Ok(Some(Ready::Begins(Box::new(Prepared::Express(prepared.order)))));
        };
        let seating = self.seat(candidate);
        Ok(step.take_seat(at, seating, prepared, now))
    }

    /// Has the deadlines be told that were missed while a run waited.
    async fn tell_deadlines(&self, order: &mut RunOrder) -> Result<(), TargetError> {
        let deadlines = self.targets()?.deadlines(order).await?;
        match self.tell_missed(&Unstarted::Tick(order), &deadlines).await? {
            Told::Numbers(told) => {
                order.told = told;
                Ok(())
            }
            Told::GivesUp => Err(TargetError::Refused(MISSED.to_owned())),
        }
    }

    pub(crate) fn targets(&self) -> Result<Arc<dyn crate::Targets>, TargetError> {
        let targets = self.inner.targets.get();
        targets.ok_or_else(|| TargetError::Unavailable("not ready yet".into()))
    }

    /// Starts a run with all that changes with it; false if something conflicts and nothing happened.
    pub(crate) async fn start(
        &self,
        ready: Ready,
        changes: Vec<DocumentChange>,
    ) -> Result<bool, Later> {
        let runtime = &self.inner.runtime;
        let started = match ready {
            Ready::Nothing | Ready::Waits(_) => return Ok(true),
            Ready::Begins(prepared) => match *prepared {
                Prepared::Standard(order) => runtime.start_with(order, changes).await,
                Prepared::Express(order) => runtime.start_express_with(order, changes).await,
            },
            Ready::Seated(prepared, reservation) => {
                let started = runtime.start_with(prepared.order, changes).await;
                self.settle(reservation, started, self.now()).await
            }
        };
        match started {
            Ok(_) => Ok(true),
            Err(StartError::Exists) => Ok(false),
            Err(error) => Err(Later(error.to_string())),
        }
    }
}

impl Step {
    /// Records where the run of a tick sits; returns `None` if it does not begin.
    fn take_seat(
        &mut self,
        at: Timestamp,
        seating: Seating,
        prepared: PreparedRun,
        now: Timestamp,
    ) -> Option<Ready> {
        let run = prepared.order.start.id.clone();
        match seating {
            Seating::Begins(reservation) => {
                self.begin(at, &run, TickState::Run, now);
                Some(Ready::Seated(Box::new(prepared), reservation))
            }
            Seating::Waits(reservation) => {
                self.begin(at, &run, TickState::Buffered, now);
                Some(Ready::Waits(reservation))
            }
            Seating::Known => {
                // It is under way already, as the run of this tick.
                self.begin(at, &run, TickState::Run, now);
                Some(Ready::Nothing)
            }
            Seating::Skipped => {
                let why = why::NO_ROOM;
                self.give_up(|at| TickRecord::skipped(at, Reason::Overlap, now).because(why));
                None
            }
            Seating::Dropped => {
                self.give_up(|at| TickRecord::new(at, TickState::Dropped, now));
                None
            }
        }
    }
}

/// Says what the run of a tick of a pipeline begins with; the trigger's id is the schedule's name.
pub(crate) fn run_order(
    pipeline: &Arc<str>,
    schedule: &Schedule,
    tick: TickOf,
    seen: &Json,
    params: Json,
    backfill: Option<OfBackfill>,
) -> RunOrder {
    let trigger_id: Arc<str> = tick.schedule.rsplit('/').next().unwrap_or_default().into();
    let interval = schedule.interval(tick.at);
    RunOrder {
        pipeline: pipeline.clone(),
        name: run_name(&trigger_id, tick.at),
        trigger_id,
        trigger: seen.get("trigger").cloned().unwrap_or(Json::Null),
        params,
        interval,
        date: schedule.zone().local(interval.start).date().to_string().into(),
        partition: schedule.partition(interval).map(Into::into),
        tick,
        backfill,
        told: Vec::new(),
    }
}
