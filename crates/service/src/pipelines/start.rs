//! Starting runs: by people, schedules, triggers and other runs.

use std::sync::Arc;

use compasso_pipeline::tree::check_params;
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::name::arn_text;
use super::run_input::{self, Beginning};
use super::{Interval, RunKind};
use crate::arns::{check_name, name_length};
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::executions::Order;
use crate::targets::Target;
use crate::{Caller, Error, Service};

/// A run to be.
#[derive(Clone, Debug)]
pub struct StartPipeline {
    /// The pipeline: an ARN or a name, of a version or an alias as well.
    pub pipeline: String,
    /// The run's id; made up if absent. Starting the same again under the same id answers the run
    /// that is there, even if it has ended.
    pub name: Option<String>,
    /// What starts it.
    pub kind: RunKind,
    /// Which trigger does, if one does.
    pub trigger_id: Option<Arc<str>>,
    /// What expressions see as `trigger`; null is an empty object.
    pub trigger: Json,
    /// An object.
    pub params: Json,
    /// The instant it was scheduled for.
    pub scheduled_at: Option<Timestamp>,
    /// The time it is about; otherwise the moment it starts.
    pub interval: Option<Interval>,
    /// The date it is about; otherwise the date in UTC of the beginning of its interval.
    pub date: Option<Arc<str>>,
    /// The partition it is about.
    pub partition: Option<Arc<str>>,
    /// The token of another run's task that waits for its end.
    pub parent: Option<Arc<str>>,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StartedRun {
    /// Its ARN.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The version of the pipeline that it runs.
    pub version: u64,
    /// When it started.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
}

impl StartPipeline {
    /// Makes the start of a pipeline by hand, without params.
    pub fn of(pipeline: impl Into<String>) -> Self {
        Self {
            pipeline: pipeline.into(),
            name: None,
            kind: RunKind::Manual,
            trigger_id: None,
            trigger: Json::Null,
            params: Json::empty_object(),
            scheduled_at: None,
            interval: None,
            date: None,
            partition: None,
            parent: None,
        }
    }
}

impl Service {
    /// Starts a run of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline, the params break its rules, or the id is taken by another run.
    pub async fn start_pipeline(
        &self,
        caller: &Caller,
        request: StartPipeline,
    ) -> Result<StartedRun, Error> {
        let name: Arc<str> = request.check_name()?.unwrap_or_else(|| self.new_id()).into();
        let target = self.pipeline_target(caller, &request.pipeline).await?;
        let version = version_of(&target);
        let input = self.run_input(&request, &target, &name, version).await?;
        let most = self.inner.quotas.payload_bytes_max;
        Constraints::default().sensitive("input", input.text().len(), 0..=most).check()?;
        let order = Order {
            machine: &arn_text(caller, &request.pipeline),
            name: &name,
            input,
            trace_header: None,
            parent: request.parent.clone(),
        };
        let (kind, order) = Box::pin(self.order_of(target, None, order)).await?;
        let started = self.launch(kind, order, |present, asked| {
            run_input::is_same(present.input(), &asked.input)
        });
        let started = started.await?;
        Ok(StartedRun { id: started.execution_arn, name, version, started: started.start_date })
    }

    async fn run_input(
        &self,
        request: &StartPipeline,
        target: &Target,
        name: &str,
        version: u64,
    ) -> Result<compasso_types::Payload, Error> {
        let compiled = self.compiled(&target.definition).await?;
        let pipeline = compiled.pipeline.as_ref();
        let pipeline = pipeline.ok_or_else(|| Error::Internal("it is no pipeline".into()))?;
        let Some(given) = request.params.as_object() else {
            return Err(Error::validation("params must be an object"));
        };
        let params = check_params(&pipeline.params, given)
            .map_err(|faults| Error::InvalidParams(faults.into_iter().map(Into::into).collect()))?;
        let beginning = Beginning {
            id: name,
            pipeline: &pipeline.name,
            version,
            labels: &pipeline.labels,
            now: self.now(),
        };
        Ok(run_input::make(request, &beginning, Json::from(params)))
    }
}

impl StartPipeline {
    fn check_name(&self) -> Result<Option<String>, Error> {
        name_length(Constraints::default(), "name", self.name.as_deref()).check()?;
        self.name.as_deref().map_or(Ok(()), check_name)?;
        Ok(self.name.clone())
    }
}

/// Returns the number of the version that a start aims at.
fn version_of(target: &Target) -> u64 {
    let number = target.version.as_deref().and_then(|arn| arn.rsplit(':').next()?.parse().ok());
    number.expect("every revision of a pipeline is published as a version")
}
