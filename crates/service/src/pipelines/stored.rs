//! Pipelines, for those who act on what they say: schedules and triggers.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_types::Timestamp;

use super::name::missing;
use crate::arns::PIPELINE;
use crate::records::{Machine, MachineType, Paused};
use crate::shelf::Shelf;
use crate::{Caller, Error, Service};

/// Records read at once.
const READ_AT_ONCE: usize = 500;

/// A pipeline as it is now.
#[derive(Clone, Debug)]
pub struct StoredPipeline {
    /// Its ARN.
    pub id: Arc<str>,
    /// The number of its present version.
    pub version: u64,
    /// When that version was written.
    pub written: Timestamp,
    /// What that version says.
    pub pipeline: Arc<Pipeline>,
    /// Set while it is paused.
    pub paused: Option<Paused>,
}

impl Service {
    /// Returns a pipeline; `None` if there is none of this ARN, or it is being deleted.
    ///
    /// # Errors
    /// The store does not answer, or holds what cannot be read.
    pub async fn stored_pipeline(&self, id: &str) -> Result<Option<StoredPipeline>, Error> {
        let Ok(arn) = id.parse() else { return Ok(None) };
        let machine = match self.lasting_machine(&arn).await.map_err(|error| missing(id, error)) {
            Ok(machine) => machine.value,
            Err(Error::PipelineDoesNotExist { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if machine.kind != MachineType::Pipeline {
            return Ok(None);
        }
        let compiled = self.present_revision(&arn, &machine).await?;
        let (publications, _) = self.publications(&arn).await?;
        let version = publications.of_revision(&machine.revision);
        let (Some(version), Some(pipeline)) = (version, &compiled.pipeline) else {
            return Err(Error::Internal(format!("stored pipeline {id} has no version")));
        };
        Ok(Some(StoredPipeline {
            id: id.into(),
            version: version.number,
            written: version.created,
            pipeline: pipeline.clone(),
            paused: machine.paused.clone(),
        }))
    }

    /// Returns a version of a pipeline.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn pipeline_of_version(
        &self,
        caller: &Caller,
        name: &str,
        version: u64,
    ) -> Result<Arc<Pipeline>, Error> {
        let target = self.pipeline_target(caller, &format!("{name}:{version}")).await?;
        let compiled = self.compiled(&target.definition).await?;
        compiled.pipeline.clone().ok_or_else(|| Error::Internal("it is no pipeline".into()))
    }

    /// Returns the ARNs of all pipelines that are not being deleted.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn pipeline_ids(&self) -> Result<Vec<String>, Error> {
        let (mut ids, mut after) = (Vec::new(), None::<String>);
        loop {
            let found =
                Shelf::<Machine>::list(&self.runtime, "arn:", after.as_deref(), READ_AT_ONCE)
                    .await?;
            after = found.last().map(|(key, _)| key.clone());
            let is_last = found.len() < READ_AT_ONCE;
            let lasting = |(_, machine): &(String, Arc<Machine>)| {
                machine.kind == MachineType::Pipeline && !machine.deleting
            };
            ids.extend(found.into_iter().filter(lasting).map(|(key, _)| key));
            if is_last {
                return Ok(ids);
            }
        }
    }
}

/// Says whether an ARN is one of a pipeline.
pub(crate) fn is_pipeline(arn: &str) -> bool {
    arn.split(':').nth(5) == Some(PIPELINE)
}
