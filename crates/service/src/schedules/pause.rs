//! Pausing pipelines: no trigger starts them until they are resumed.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::Expected;
use compasso_types::Arn;

use crate::constraints::Constraints;
use crate::pipelines::PipelineNews;
use crate::records::{Machine, Paused};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::{Caller, Error, Service};

const TEXT_CHARS_MAX: usize = 512;
/// How often it is looked whether the runs of a pipeline are over.
const LOOK: Duration = Duration::from_millis(100);

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
    ) -> Result<Paused, Error> {
        Constraints::default()
            .chars_if("reason", request.reason.as_deref(), 0..=TEXT_CHARS_MAX)
            .chars_if("by", request.by.as_deref(), 0..=TEXT_CHARS_MAX)
            .check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let PausePipeline { by, reason, hold, drain } = request;
        let new = Paused { at: self.now(), by, reason, hold };
        let paused = self
            .change_pause(&arn, |machine| {
                let paused = machine.paused.get_or_insert_with(|| new.clone());
                paused.hold = hold;
            })
            .await?;
        self.follow_pipeline(&arn.as_str().into(), false).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Paused);
        if drain {
            self.drained(&arn).await;
        }
        Ok(paused.unwrap_or(new))
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
        self.follow_pipeline(&arn.as_str().into(), catch_up).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Resumed);
        Ok(())
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

    /// Waits until no run of a pipeline is under way; cancel by dropping.
    async fn drained(&self, arn: &Arn) {
        while self.inner.scheduler.waiting_runs(arn.as_str()).1 > 0 {
            tokio::select! {
                () = self.runtime.stopping() => return,
                () = self.runtime.clock().sleep_until(self.now().after(LOOK)) => {}
            }
        }
    }
}
