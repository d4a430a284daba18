//! Another run of what a run was about: with its params, its labels and its trigger, and without its outputs.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_runtime::Description;
use compasso_schedule::Overlap;
use compasso_store::ExecutionKey;
use compasso_types::{Arn, Json, Timestamp};

use super::{RerunRun, RerunTasks};
use crate::pipelines::{Interval, StartPipeline, StartedRun, is_own_label};
use crate::search_attributes::Labels;
use crate::{Caller, Error, Service};

/// The version of a new run that is the newest of its pipeline.
const LATEST: &str = "latest";

impl RerunTasks {
    /// Refuses what a new run cannot have, and what only a new run can.
    pub(super) fn check_new(&self) -> Result<(), Error> {
        let chooses = self.failed || !self.from.is_empty() || !self.tasks.is_empty();
        if self.new && chooses {
            return Err(Error::validation(
                "a new run runs all its tasks: say what is to run again without 'new'",
            ));
        }
        if self.version.is_some() && !self.new {
            return Err(Error::validation(
                "a run keeps its version: with 'new' another run has another one",
            ));
        }
        if !self.labels.is_empty() && !self.new {
            return Err(Error::validation(
                "a run keeps its labels: with 'new' another run has others as well",
            ));
        }
        Ok(())
    }
}

impl Service {
    /// Starts another run with the params, the labels, the trigger and the times of a run, and its version unless
    /// another one is named.
    pub(super) async fn run_anew(
        &self,
        by: &Arc<str>,
        (description, pipeline): (&Description, &Pipeline),
        request: RerunTasks,
        overlap: Option<Overlap>,
    ) -> Result<RerunRun, Error> {
        let start = &description.record.start;
        let arn = start.workflow.parse::<Arn>();
        let arn = arn.map_err(|_| Error::InvalidArn(start.workflow.to_string()))?;
        let caller = Caller { account: arn.account().into(), region: arn.region().into() };
        let input = self.present_input(&ExecutionKey(start.id.clone()), description).await?;
        let input = input.value();
        let number = || input.get("run")?.get("version")?.as_i64().map(|it| it.to_string());
        let version = match request.version.as_deref() {
            None => number(),
            Some(LATEST) => None,
            Some(version) => Some(version.to_owned()),
        };
        let named = version.map_or_else(|| arn.to_string(), |version| format!("{arn}:{version}"));
        let before = input.get("params").cloned().unwrap_or_else(Json::empty_object);
        let changes = request.params.unwrap_or_else(Json::empty_object);
        let params = self.wanted_params(&start.id, pipeline, &before, &changes)?.into();
        let mut about = about(input, pipeline)(named);
        about.labels.extend(request.labels);
        let again_of = Some(start.id.clone());
        let start = StartPipeline { by: Some(by.clone()), again_of, params, overlap, ..about };
        let StartedRun { id, started: at, waiting, .. } =
            Box::pin(self.start_pipeline(&caller, start)).await?;
        Ok(RerunRun { id, generation: 1, at, waiting })
    }
}

/// Returns the labels of a run that its start gave.
pub(crate) fn own_labels(input: &Json, pipeline: &Pipeline) -> Labels {
    let labels = input.get("run").and_then(|run| run.get("labels")).and_then(Json::as_object);
    let labels = labels.into_iter().flat_map(|labels| labels.iter());
    let labels = labels.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())));
    let is_own = |label: &(Arc<str>, Arc<str>)| {
        !pipeline.labels.contains(label) || is_own_label(input, &label.0)
    };
    labels.filter(is_own).collect()
}

/// Returns what makes the start of a pipeline that is about the same as a run.
fn about(input: &Json, pipeline: &Pipeline) -> impl FnOnce(String) -> StartPipeline {
    let run = input.get("run");
    let text = |name: &str| run.and_then(|run| run.get(name)).and_then(Json::as_str);
    let instant = |text: Option<&str>| text.and_then(|text| text.parse::<Timestamp>().ok());
    let bound = |name: &str| {
        let interval = run.and_then(|run| run.get("interval"));
        instant(interval.and_then(|interval| interval.get(name)).and_then(Json::as_str))
    };
    let scheduled_at = instant(text("scheduled_at"));
    let interval = bound("start").zip(bound("end")).filter(|_| scheduled_at.is_some());
    let dated = |name: &str| text(name).filter(|_| scheduled_at.is_some()).map(Arc::from);
    let about = StartPipeline {
        trigger_id: text("trigger_id").map(Arc::from),
        trigger: input.get("trigger").cloned().unwrap_or_default(),
        scheduled_at,
        interval: interval.map(|(start, end)| Interval { start, end }),
        date: dated("date"),
        partition: dated("partition"),
        labels: own_labels(input, pipeline),
        ..StartPipeline::of(String::new())
    };
    move |named| StartPipeline { pipeline: named, ..about }
}
