//! How requests name pipelines.

use compasso_store::ExecutionKey;
use compasso_types::Arn;

use crate::arns::{EXECUTION, MACHINE, MachineArn, PIPELINE, RUN};
use crate::targets::Target;
use crate::{Caller, Error, Service};

/// Returns the ARN that a name stands for, `NAME`, `NAME:3` or `NAME:prod`; ARNs stay as they are.
pub(super) fn arn_text(caller: &Caller, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    format!("arn:aws:states:{}:{}:{PIPELINE}:{name}", caller.region, caller.account)
}

/// Reads what names a pipeline as a whole.
pub(crate) fn whole(caller: &Caller, name: &str) -> Result<Arn, Error> {
    let text = arn_text(caller, name);
    match MachineArn::of_pipeline("pipeline", &text)? {
        MachineArn::Machine(arn) => Ok(arn),
        MachineArn::Qualified { .. } | MachineArn::Labelled { .. } => Err(Error::validation(
            format!("'{name}' names a part of a pipeline; this is about the pipeline as a whole"),
        )),
    }
}

impl Service {
    /// Returns the ARN of the execution or the run that `WORKFLOW:NAME` stands for; other texts stay
    /// as they are. An execution of a state machine counts more than a run of a pipeline.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn run_named(&self, caller: &Caller, name: String) -> Result<String, Error> {
        if name.starts_with("arn:") || !name.contains(':') {
            return Ok(name);
        }
        let arn =
            |kind| format!("arn:aws:states:{}:{}:{kind}:{name}", caller.region, caller.account);
        let execution = arn(EXECUTION);
        let found = self.runtime.describe(&ExecutionKey(execution.as_str().into())).await?;
        Ok(if found.is_some() { execution } else { arn(RUN) })
    }

    /// Returns the ARN of the pipeline or the state machine that is named, or of a version or an alias of it;
    /// ARNs stay as they are. A pipeline counts more than a state machine, also if there is neither.
    ///
    /// # Errors
    /// It is no name, or the store does not answer.
    pub async fn workflow_named(&self, caller: &Caller, name: String) -> Result<String, Error> {
        if name.starts_with("arn:") {
            return Ok(name);
        }
        let arn =
            |kind| format!("arn:aws:states:{}:{}:{kind}:{name}", caller.region, caller.account);
        let pipeline = arn(PIPELINE);
        for workflow in [&pipeline, &arn(MACHINE)] {
            let named = MachineArn::of_workflow("workflow", workflow)?;
            if self.machine_if_any(named.whole()).await?.is_some() {
                return Ok(workflow.clone());
            }
        }
        Ok(pipeline)
    }

    /// Finds a pipeline as a whole that is not being deleted.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn lasting_pipeline(&self, caller: &Caller, name: &str) -> Result<Arn, Error> {
        let arn = whole(caller, name)?;
        self.lasting_machine(&arn).await.map_err(|error| missing(name, error))?;
        Ok(arn)
    }

    /// Finds the pipeline that is named, in the version that is.
    pub(super) async fn pipeline_target(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Target, Error> {
        let text = arn_text(caller, name);
        let named = MachineArn::of_pipeline("pipeline", &text)?;
        let mut target =
            self.target_of(&text, named).await.map_err(|error| missing(name, error))?;
        if target.version.is_none() {
            // Runs tell their version even if they were started without naming one.
            let (publications, _) = self.publications(&target.arn).await?;
            let present = publications.of_revision(&target.machine.value.revision);
            target.version = present.map(|found| crate::targets::version_arn(&target.arn, found));
        }
        Ok(target)
    }
}

/// Says of a pipeline that it is not there.
pub(super) fn missing(name: &str, error: Error) -> Error {
    match error {
        Error::StateMachineDoesNotExist { .. } | Error::StateMachineDeleting { .. } => {
            Error::PipelineDoesNotExist { name: name.to_owned() }
        }
        other => other,
    }
}
