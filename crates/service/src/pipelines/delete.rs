//! Deleting pipelines.

use super::PipelineNews;
use super::name::{missing, whole};
use crate::{Caller, Error, Service};

impl Service {
    /// Deletes a pipeline with its versions and aliases; its runs stay readable. With `force` also one with
    /// runs under way, which end before their next task.
    ///
    /// # Errors
    /// There is no such pipeline, or runs of it are under way or wait for a place.
    pub async fn delete_pipeline(
        &self,
        caller: &Caller,
        name: &str,
        force: bool,
    ) -> Result<(), Error> {
        let arn = whole(caller, name)?;
        self.lasting_machine(&arn).await.map_err(|error| missing(name, error))?;
        let (waiting, active) = self.inner.scheduler.waiting_runs(arn.as_str());
        if !force && active + waiting.len() > 0 {
            return Err(Error::Conflict(format!(
                "'{name}' has runs: {active} under way, {} waiting for a place. Pause it with drain, or stop \
                 them, and delete it then; with force they end before their next task, without teardowns and hooks",
                waiting.len(),
            )));
        }
        self.delete_workflow(&arn).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Deleted);
        Ok(())
    }
}
