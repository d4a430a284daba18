//! How a backfill goes on.

use std::sync::Arc;

use compasso_runtime::StartError;
use compasso_schedule::{Schedule, Tick};
use compasso_store::{DocumentChange, ExecutionKey, Revision};
use compasso_types::Timestamp;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tracing::warn;

use super::fate::{Fate, has_succeeded};
use super::record::{BACKFILL, Backfill, BackfillState, UnderWay};
use super::{Held, Scheduler};
use crate::advance::Later;
use crate::limits::{BACKFILL_TICKS_MAX, RETRY};
use crate::record::{self as records, TickRecord, TickState};
use crate::{Input, RunAgain, TargetError};

/// The ends of runs that are waited for: which, and whether it succeeded.
type Ends = FuturesUnordered<BoxFuture<'static, (Timestamp, bool)>>;

/// What a backfill goes through.
struct Course {
    schedule: Schedule,
    input: Input,
    ticks: Vec<Tick>,
}

impl Scheduler {
    /// Goes on with a backfill until it is over.
    pub(super) async fn drive(&self, held: &Arc<Held>) {
        let runtime = &self.inner.runtime;
        let course = loop {
            match self.course(held).await {
                Ok(course) => break course,
                Err(error) => warn!(backfill = %held.key, %error, "backfill is put off"),
            }
            tokio::select! {
                () = runtime.stopping() => return,
                () = self.sleep(RETRY) => {}
            }
        };
        let mut ends = self.ends_of(held).await;
        loop {
            let is_over = match self.go_on(held, &course, &mut ends).await {
                Ok(is_over) => is_over,
                Err(error) => {
                    warn!(backfill = %held.key, %error, "backfill is put off");
                    self.sleep(RETRY).await;
                    self.read_backfill_again(held).await;
                    ends = self.ends_of(held).await;
                    held.changed.notify_one();
                    false
                }
            };
            if is_over {
                self.inner.backfills.remove(&held.key);
                return;
            }
            tokio::select! {
                () = runtime.stopping() => return,
                () = held.changed.notified() => {}
                Some((at, succeeded)) = ends.next() => self.note_end(held, at, succeeded).await,
            }
        }
    }

    /// Waits for the ends of all runs of a backfill that are under way.
    async fn ends_of(&self, held: &Held) -> Ends {
        let active = held.state.lock().await.0.active.clone();
        active.into_iter().map(|under_way| self.end_of(under_way)).collect()
    }

    /// Finds what a backfill goes through.
    async fn course(&self, held: &Held) -> Result<Course, Later> {
        let state = held.state.lock().await;
        let backfill = &state.0;
        let told = |problems: Vec<compasso_schedule::Invalid>| {
            Later(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        let schedule = backfill.schedule(&self.calendars(&held.key)).map_err(told)?;
        let input = Input::of_pipeline(backfill.condition.as_ref(), backfill.input.as_ref());
        let input = input.map_err(|error| Later(error.to_string()))?;
        let ticks = backfill.ticks(&schedule, BACKFILL_TICKS_MAX);
        Ok(Course { schedule, input, ticks })
    }

    /// Begins as many runs as may be under way; says if it is over.
    async fn go_on(&self, held: &Held, course: &Course, ends: &mut Ends) -> Result<bool, Later> {
        loop {
            let mut state = held.state.lock().await;
            let backfill = &state.0;
            let rest = course.ticks.get(backfill.done);
            match (backfill.state, rest) {
                (BackfillState::Cancelled | BackfillState::Finished, _) => return Ok(true),
                (BackfillState::Paused, _) => return Ok(false),
                (BackfillState::Running, None) if backfill.active.is_empty() => {
                    let mut over = backfill.clone();
                    over.state = BackfillState::Finished;
                    over.ended = Some(self.now());
                    let changes = vec![over.put_over(&held.key, state.1)];
                    self.write_all(changes).await.map_err(|error| Later(error.to_string()))?;
                    *state = (over, Revision(state.1.0 + 1));
                    return Ok(true);
                }
                (BackfillState::Running, None) => return Ok(false),
                (BackfillState::Running, _) if backfill.active.len() >= backfill.max_active => {
                    return Ok(false);
                }
                (BackfillState::Running, Some(tick)) => {
                    let begun = self.take_tick(held, &mut state, course, *tick).await?;
                    ends.extend(begun.map(|under_way| self.end_of(under_way)));
                }
            }
        }
    }

    /// Does what is to be done with one tick; returns the run that is under way then, if one is.
    async fn take_tick(
        &self,
        held: &Held,
        state: &mut (Backfill, Revision),
        course: &Course,
        tick: Tick,
    ) -> Result<Option<UnderWay>, Later> {
        let fate = self.fate(&state.0, &course.schedule, &course.input, tick).await?;
        let mut next = state.0.clone();
        next.done += 1;
        let at = tick.at;
        let under_way = |run: &Arc<str>, with: Option<RunAgain>| UnderWay {
            at,
            run: run.clone(),
            again: with.is_some(),
            with,
        };
        let begun = match &fate {
            Fate::Begins(prepared) => Some(under_way(&prepared.order.start.id, None)),
            Fate::Again(run, again) => Some(under_way(run, Some((**again).clone()))),
            Fate::Left => {
                next.counts.left += 1;
                None
            }
            Fate::Skipped => {
                next.counts.skipped += 1;
                None
            }
            Fate::Refused(_) => {
                next.counts.refused += 1;
                None
            }
        };
        next.active.extend(begun.clone());
        let mut changes = vec![next.put_over(&held.key, state.1)];
        changes.extend(self.tick_change(&next, at, &fate, begun.as_ref()));
        if let Fate::Begins(prepared) = fate {
            match self.inner.runtime.start_with(prepared.order, changes).await {
                Ok(_) => {}
                // Somebody was faster: it is looked at again.
                Err(StartError::Exists) => return Err(Later("it was started meanwhile".into())),
                Err(error) => return Err(Later(error.to_string())),
            }
        } else {
            self.write_all(changes).await.map_err(|error| Later(error.to_string()))?;
        }
        *state = (next, Revision(state.1.0 + 1));
        Ok(begun)
    }

    /// Says what is to be recorded of a tick, if something is.
    fn tick_change(
        &self,
        backfill: &Backfill,
        at: Timestamp,
        fate: &Fate,
        begun: Option<&UnderWay>,
    ) -> Option<DocumentChange> {
        let of_backfill = format!("backfill {}", backfill.id);
        let (state, detail) = match fate {
            Fate::Begins(_) | Fate::Again(..) => (TickState::Run, of_backfill),
            Fate::Refused(why) => (TickState::Failed, format!("{of_backfill}: {why}")),
            Fate::Left | Fate::Skipped => return None,
        };
        let record = TickRecord {
            detail: Some(detail),
            execution: begun.map(|under_way| under_way.run.clone()),
            ..TickRecord::new(at, state, self.now())
        };
        Some(records::put_tick(&backfill.schedule_arn(), &record))
    }

    /// Waits for the end of a run, which runs again before, if it is to.
    fn end_of(&self, under_way: UnderWay) -> BoxFuture<'static, (Timestamp, bool)> {
        let scheduler = self.clone();
        Box::pin(async move {
            let UnderWay { at, run, again, with } = under_way;
            let with = with.unwrap_or_default();
            let key = ExecutionKey(run.clone());
            loop {
                if again && !scheduler.has_run_again(&run, &with).await {
                    scheduler.sleep(RETRY).await;
                    continue;
                }
                match scheduler.inner.runtime.closed(&key).await {
                    Ok(found) => {
                        let closed = found.and_then(|found| found.closed);
                        return (at, closed.is_some_and(|closed| has_succeeded(&closed)));
                    }
                    Err(error) => warn!(%run, %error, "run is not seen"),
                }
                scheduler.sleep(RETRY).await;
            }
        })
    }

    /// Has a run that had ended run again; asking twice does nothing. False if it has to be tried
    /// again.
    async fn has_run_again(&self, run: &Arc<str>, again: &RunAgain) -> bool {
        let Ok(targets) = self.targets() else { return false };
        match targets.run_again(run, again).await {
            Ok(()) => true,
            Err(TargetError::Refused(why)) => {
                warn!(%run, why, "run does not run again");
                true
            }
            Err(TargetError::Unavailable(why)) => {
                warn!(%run, why, "run is put off");
                false
            }
        }
    }

    /// Takes note of the end of a run; stored with the next write, and seen again after a crash.
    async fn note_end(&self, held: &Held, at: Timestamp, succeeded: bool) {
        let mut state = held.state.lock().await;
        let backfill = &mut state.0;
        let before = backfill.active.len();
        backfill.active.retain(|under_way| under_way.at != at);
        if backfill.active.len() < before {
            backfill.count_end(at, succeeded);
        }
    }

    /// Takes what is stored for true, after a write of which nobody knows.
    async fn read_backfill_again(&self, held: &Held) {
        let found = self.inner.runtime.store().document(BACKFILL, &held.key).await;
        let Ok(Some(document)) = found else { return };
        let mut state = held.state.lock().await;
        if document.revision != state.1
            && let Ok(backfill) = records::read(&document)
        {
            *state = (backfill, document.revision);
        }
    }
}
