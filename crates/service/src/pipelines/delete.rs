//! Deleting pipelines.

use super::PipelineNews;
use super::name::{missing, whole};
use crate::{Caller, Error, Service};

impl Service {
    /// Deletes a pipeline with its versions and aliases. Active runs end before their next task;
    /// all runs stay readable.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn delete_pipeline(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        let arn = whole(caller, name)?;
        self.lasting_machine(&arn).await.map_err(|error| missing(name, error))?;
        self.delete_workflow(&arn).await?;
        self.tell_of_pipeline(arn.as_str(), PipelineNews::Deleted);
        Ok(())
    }
}
