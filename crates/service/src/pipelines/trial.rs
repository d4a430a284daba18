//! Trial runs: a text that is no version yet, run as its pipeline.

use std::sync::Arc;

use compasso_schedule::Overlap;
use compasso_store::Expected;

use super::push::revision;
use super::start::{ReadyRun, StartPipeline, StartedRun};
use crate::definitions::{read_pipelines, reference};
use crate::drafts::one_pipeline;
use crate::shelf::{Change, interpret, put};
use crate::{Caller, Error, Service};

impl Service {
    /// Runs a text as a pipeline that is there, which itself stays as it is. Its run takes no seat
    /// from others: where there is none, it does not begin.
    ///
    /// # Errors
    /// The text is not valid or one of another pipeline, or there are as many runs as there may be.
    pub(crate) async fn try_pipeline(
        &self,
        caller: &Caller,
        text: Arc<str>,
        revision_name: Arc<str>,
        request: StartPipeline,
    ) -> Result<StartedRun, Error> {
        let read = read_pipelines(text).await?.map_err(|problems| {
            Error::InvalidPipeline(problems.into_iter().map(Into::into).collect())
        })?;
        let [one] = &read.pipelines[..] else { return Err(one_pipeline()) };
        let mut target = self.pipeline_target(caller, &request.pipeline).await?;
        let (own, written) = (&target.machine.value.name, &one.pipeline.name);
        if own != written {
            let message = format!(
                "The text is a pipeline '{written}', the draft is one of '{own}'; publish it to run it"
            );
            return Err(Error::Conflict(message));
        }
        target.definition = reference(target.arn.as_str(), &revision_name);
        target.version = None;
        let revision = revision(one, revision_name, self.now());
        let change = put(&target.definition.0, Expected::Absent, &revision);
        if interpret(self.runtime.write(vec![change]).await)? == Change::Overtaken {
            return Err(Error::Overtaken { arn: target.arn.as_str().to_owned() });
        }
        let request = StartPipeline { overlap: Some(Overlap::Skip), durably: true, ..request };
        let ready = self.prepare_target(caller, target, request, None).await?;
        self.start_ready(ReadyRun { paused: None, ..ready }, false).await
    }
}
