//! Pausing pipelines: no trigger starts them until they are resumed.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::Closed;
use compasso_scheduler::TickOf;
use compasso_store::{ExecutionKey, Expected};
use compasso_types::{Arn, Timestamp};
use tracing::warn;

use crate::constraints::Constraints;
use crate::pipelines::{PausedPipeline, PipelineNews};
use crate::records::{Machine, Paused};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::{Caller, Error, Service};

const TEXT_CHARS_MAX: usize = 512;
/// How often it is looked whether the runs of a pipeline are over.
const LOOK: Duration = Duration::from_millis(100);

/// Most ticks that are looked at for runs that failed, by half.
const LOOKED_AT_MAX: usize = 1_000;

/// Asks that a pipeline rest.
#[derive(Clone, Debug, Default)]
pub struct PausePipeline {
    /// Who asks.
    pub by: Option<Arc<str>>,
    /// Why.
    pub reason: Option<Arc<str>>,
    /// Whether tasks of active runs are not dispatched either.
    pub hold: bool,
    /// Whether to wait until no run is under way.
    pub drain: bool,
    /// When it goes on by itself; until it is resumed if absent.
    pub until: Option<Timestamp>,
}

impl Service {
    /// Lets a pipeline rest: no trigger starts it, and what waits goes on waiting. Who paused it first
    /// is kept.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn pause_pipeline(
        &self,
        caller: &Caller,
        name: &str,
        request: PausePipeline,
    ) -> Result<PausedPipeline, Error> {
        Constraints::default()
            .chars_if("reason", request.reason.as_deref(), 0..=TEXT_CHARS_MAX)
            .chars_if("by", request.by.as_deref(), 0..=TEXT_CHARS_MAX)
            .check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let PausePipeline { by, reason, hold, drain, until } = request;
        self.check_until(until)?;
        let new = Paused { at: self.now(), by, reason, hold, until };
        let paused = self
            .change_pause(&arn, |machine| {
                let paused = machine.paused.get_or_insert_with(|| new.clone());
                paused.hold = hold;
                paused.until = until;
            })
            .await?;
        self.rest_until(arn.as_str(), until);
        self.follow_pipeline(&arn.as_str().into(), false).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Paused);
        if drain {
            self.drained(&arn, until).await;
        }
        Ok(paused.unwrap_or(new).into())
    }

    /// Lets a pipeline go on. `catch_up`: ticks that came while it rested are treated as missed ones.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn resume_pipeline(
        &self,
        caller: &Caller,
        name: &str,
        catch_up: bool,
    ) -> Result<(), Error> {
        let arn = self.lasting_pipeline(caller, name).await?;
        self.change_pause(&arn, |machine| machine.paused = None).await?;
        self.rest_until(arn.as_str(), None);
        self.follow_pipeline(&arn.as_str().into(), catch_up).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Resumed);
        Ok(())
    }

    /// Pauses a pipeline whose last scheduled runs all failed, as it says.
    pub(super) async fn pause_after_failures(&self, tick: &TickOf) -> Result<(), Error> {
        let Some((pipeline, _)) = tick.schedule.rsplit_once('/') else { return Ok(()) };
        let Some(stored) = self.stored_pipeline(pipeline).await? else { return Ok(()) };
        let Some(most) = stored.pipeline.pause_on_failure else { return Ok(()) };
        if stored.paused.is_some() || self.failed_in_a_row(tick, most).await? < most {
            return Ok(());
        }
        let reason = format!("{most} scheduled runs failed in a row, the last at {}", tick.at);
        let arn: Arn = pipeline.parse().map_err(|_| Error::Internal("no ARN".into()))?;
        let caller = Caller { account: arn.account().into(), region: arn.region().into() };
        let (by, reason) = (Some("pause_on_failure".into()), Some(reason.into()));
        let pause = PausePipeline { by, reason, ..PausePipeline::default() };
        let paused = Box::pin(self.pause_pipeline(&caller, pipeline, pause)).await?;
        warn!(pipeline, reason = paused.reason.as_deref(), "pipeline pauses itself");
        Ok(())
    }

    /// Counts the runs of a schedule that failed since one succeeded, up to `most`.
    async fn failed_in_a_row(&self, tick: &TickOf, most: u32) -> Result<u32, Error> {
        let looked_at = usize::try_from(most).unwrap_or(LOOKED_AT_MAX).min(LOOKED_AT_MAX) * 2;
        let ticks = self.inner.scheduler.ticks(&tick.schedule, None, looked_at).await?;
        let mut failed = 0;
        for run in ticks.into_iter().filter_map(|tick| tick.execution) {
            let found = self.runtime.describe(&ExecutionKey(run)).await?;
            match found.and_then(|found| found.closed) {
                None => {}
                Some(Closed::Failed { .. } | Closed::TimedOut) => failed += 1,
                Some(Closed::Succeeded { .. } | Closed::Aborted { .. }) => break,
            }
            if failed == most {
                break;
            }
        }
        Ok(failed)
    }

    async fn change_pause(
        &self,
        arn: &Arn,
        change: impl Fn(&mut Machine),
    ) -> Result<Option<Paused>, Error> {
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let stored = self.lasting_machine(arn).await?;
            let mut machine = Machine::clone(&stored.value);
            change(&mut machine);
            if machine == *stored.value {
                return Ok(machine.paused);
            }
            let key = arn.as_str();
            let changes = vec![put(key, Expected::Revision(stored.revision), &machine)];
            if self.change(key, changes).await? == Change::Done {
                return Ok(machine.paused);
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }

    /// Waits until no run of a pipeline is under way, or it goes on by itself; cancel by dropping.
    async fn drained(&self, arn: &Arn, until: Option<Timestamp>) {
        let rests = || until.is_none_or(|until| self.now() < until);
        while rests() && self.inner.scheduler.waiting_runs(arn.as_str()).1 > 0 {
            tokio::select! {
                () = self.runtime.stopping() => return,
                () = self.runtime.clock().sleep_until(self.now().after(LOOK)) => {}
            }
        }
    }
}
