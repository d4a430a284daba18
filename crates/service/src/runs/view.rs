//! One run with its definition and steps.

use std::sync::Arc;

use compasso_engine::{Closed, TaskToken};
use compasso_runtime::Description;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload, Timestamp};
use serde::Serialize;

use super::compensation::Aftermath;
use super::course::Course;
use super::missed::{MissedDeadline, missed, told};
use super::started_with::StartedWith;
use super::{ActionView, CompensationView, FailedHook, StepView, Viewer};
use crate::arns::{MachineArn, execution_or_child};
use crate::dates::{iso, iso_if};
use crate::executions::text_if;
use crate::pipelines::{REPLAY_OF, is_pipeline};
use crate::search_attributes::Labels;
use crate::{DescribedExecution, Error, Service};

/// Larger outputs are not shown with their runs, bytes.
const OUTPUT_BYTES_MAX: usize = 1024 * 1024;

/// What is to be done about a run that was set aside.
const SET_ASIDE: &str = "It could not go on and was set aside; the log of the server says why. Once that is mended \
    release it ('compasso quarantine release', or POST /api/v1/runs/ID/quarantine/release), or stop it for good";

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its ARN.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The ARN of its workflow.
    pub workflow: Arc<str>,
    /// The name of its workflow.
    pub workflow_name: Arc<str>,
    /// The version it was started by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Arc<str>>,
    /// The alias it was started by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<Arc<str>>,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`; `QUEUED` while it waits for a
    /// seat, and `cause` says for which runs.
    pub status: &'static str,
    /// Whether the engine set it aside because it could not carry on.
    pub is_quarantined: bool,
    /// What is to be done about it then; absent if it was not set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<&'static str>,
    /// When it started.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it closed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub stopped: Option<Timestamp>,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// When it was redriven last.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub redriven: Option<Timestamp>,
    /// Why it cannot be redriven; absent if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_redrivable: Option<&'static str>,
    /// The error it closed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// Who stopped it or gave it up, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<Arc<str>>,
    /// How far a run with a saga is with undoing what it did, if it began to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensation: Option<CompensationView>,
    /// The tasks that are being undone, with what became of the attempts so far.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undoing: Vec<ActionView>,
    /// The tasks that could not be undone, with what the last attempt failed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_undone: Vec<ActionView>,
    /// The hooks that are being tried: the end of the run waits for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open_hooks: Vec<ActionView>,
    /// The hooks that failed for good.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_hooks: Vec<FailedHook>,
    /// The deadlines that it missed before it began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed_deadlines: Vec<MissedDeadline>,
    /// The map run it is a child of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run: Option<Arc<str>>,
    /// What started it, if another run did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRun>,
    /// The ARN of the run that it runs again, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_of: Option<Arc<str>>,
    /// The labels that its start gave.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Which delivery of a trigger it is a replay of, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<ReplayOf>,
    /// Its input as JSON text, where it is asked for; that of the latest generation.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub input: Option<Payload>,
    /// Its output as JSON text, where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub output: Option<Payload>,
    /// Bytes of an output that is too large to be a part of this: it is asked for on its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<usize>,
}

/// What started a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParentRun {
    /// The ARN of the run.
    pub id: Arc<str>,
    /// The Map state whose map run the run is a child of, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Arc<str>>,
    /// Its place in the map run, from 0 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

/// The delivery that a run is a replay of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayOf {
    /// The id of the trigger.
    pub trigger: Arc<str>,
    /// The number of the delivery.
    pub delivery: Arc<str>,
    /// Who asked for it, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// Everything a page about a run begins with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// The run, its input and its output.
    pub run: Run,
    /// The text of the definition it runs.
    pub definition: Arc<str>,
    /// The states that were entered.
    pub steps: Vec<StepView>,
    /// Whether there are too many events to tell the steps, which are empty then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub steps_omitted: bool,
    /// The number of the last event they come from.
    pub last_event: u64,
}

impl Service {
    /// Shows a run.
    ///
    /// # Errors
    /// There is no such Standard execution, or it belongs to another account.
    pub async fn run_view(&self, viewer: &Viewer, id: &str) -> Result<RunView, Error> {
        viewer.check("DescribeExecution", id)?;
        match self.view_of_begun(viewer, id).await {
            Err(Error::ExecutionDoesNotExist { .. }) => {}
            shown => return shown,
        }
        match self.describe_waiting(id, true).await? {
            Some(waiting) => self.view_of_waiting(waiting).await,
            // It may have begun meanwhile.
            None => self.view_of_begun(viewer, id).await,
        }
    }

    /// Shows a run that is not waiting for a seat.
    async fn view_of_begun(&self, viewer: &Viewer, id: &str) -> Result<RunView, Error> {
        // The steps first: what follows may be newer, and is told of again then.
        let course = self.course(viewer, id, Course::default()).await?;
        let arn = execution_or_child("id", id)?;
        let record = self.description(&arn).await?.record;
        let compiled = self.compiled(&record.definition).await?;
        Ok(RunView {
            run: self.run(id, true).await?.without_large_output(),
            definition: compiled.revision.definition.clone(),
            steps: course.by_state().map(|(state, step)| StepView::of(state, step)).collect(),
            steps_omitted: course.is_omitted(),
            last_event: course.last_event(),
        })
    }

    /// Shows a run that waits for a seat: what it will run.
    async fn view_of_waiting(&self, waiting: DescribedExecution) -> Result<RunView, Error> {
        let version = waiting.state_machine_version_arn.clone().unwrap_or_default();
        let named = MachineArn::of_pipeline("pipeline", &version)?;
        let target = self.target_of(&version, named).await?;
        let compiled = self.compiled(&target.definition).await?;
        let workflow_name = target.arn.rest().into();
        let mut run = Run::of(waiting, workflow_name, false);
        if let Some(pipeline) = &compiled.pipeline {
            let numbers = self.inner.scheduler.missed_by_waiting(&run.id).await?;
            run.missed_deadlines = missed(&run.id, pipeline, numbers);
        }
        Ok(RunView {
            run,
            definition: compiled.revision.definition.clone(),
            steps: Vec::new(),
            steps_omitted: false,
            last_event: 0,
        })
    }

    /// Returns the output of a run as it is shown, however large it is; `None` if it has none.
    ///
    /// # Errors
    /// There is no such Standard execution, or it belongs to another account.
    pub async fn run_output(&self, viewer: &Viewer, id: &str) -> Result<Option<Payload>, Error> {
        viewer.check("DescribeExecution", id)?;
        let description = self.description(&execution_or_child("id", id)?).await?;
        Ok(self.describe(&description, true).await?.output)
    }

    /// Describes a run.
    pub(super) async fn run(&self, id: &str, with_data: bool) -> Result<Run, Error> {
        let arn = execution_or_child("id", id)?;
        let description = self.description(&arn).await?;
        let is_quarantined = description.quarantined;
        let workflow_name = description.record.start.workflow_name.clone();
        let described = self.describe(&description, with_data).await?;
        let run = Run::of(described, workflow_name, is_quarantined);
        let Aftermath { compensation, mut beside } =
            self.aftermath(&description.record.definition, &run.workflow, &run.id).await?;
        if run.stopped.is_some() {
            beside.close();
        }
        let (undoing, open_hooks) = (beside.open.undoing(), beside.open.hooks());
        let (not_undone, failed_hooks) = (beside.open.not_undone(), beside.failed.to_vec());
        // A rerun may have changed the params.
        let input = match run.input {
            Some(_) if is_pipeline(&run.workflow) => {
                let key = ExecutionKey(run.id.clone());
                Some(self.present_input(&key, &description).await?)
            }
            other => other,
        };
        let stopped_by = match &description.closed {
            Some(Closed::Aborted { by, .. }) if run.status == "ABORTED" => by.clone(),
            _ => None,
        };
        let parent = self.parent_of(&description).await?;
        let StartedWith { again_of, labels } = self.started_with(&description).await?;
        let replay_of = ReplayOf::of(&description);
        let run = Run { compensation, undoing, not_undone, open_hooks, failed_hooks, input, ..run };
        let missed_deadlines = self.missed_by(&description).await?;
        Ok(Run { stopped_by, missed_deadlines, parent, again_of, labels, replay_of, ..run })
    }

    /// Returns the deadlines that a run missed before it began.
    async fn missed_by(&self, description: &Description) -> Result<Vec<MissedDeadline>, Error> {
        let start = &description.record.start;
        let numbers = told(start.input.value());
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let compiled = self.compiled(&description.record.definition).await?;
        let pipeline = compiled.pipeline.as_ref();
        Ok(pipeline.map_or_else(Vec::new, |pipeline| missed(&start.id, pipeline, numbers)))
    }

    /// Returns what started a run: the run whose task waits for its end, or whose map run it is part of.
    async fn parent_of(&self, description: &Description) -> Result<Option<ParentRun>, Error> {
        let record = &description.record;
        if let Some(child) = &record.map_run {
            let map_run = self.map_runs.describe(&child.arn).await?;
            let state = record.definition.map_of_children().map(|(_, state)| state.into());
            return Ok(map_run.map(|it| ParentRun {
                id: it.execution_arn,
                state,
                index: child.index,
            }));
        }
        let token = record.parent.as_deref().and_then(TaskToken::parse);
        Ok(token.map(|token| ParentRun { id: token.execution, state: None, index: None }))
    }
}

impl ReplayOf {
    /// Returns what a run says of that; `None` if it is no replay.
    fn of(description: &Description) -> Option<Self> {
        let start = &description.record.start;
        let run = start.input.value().get("run").filter(|_| is_pipeline(&start.workflow))?;
        let text = |name: &str| run.get(name).and_then(Json::as_str).map(Arc::from);
        let (trigger, delivery) = (text("trigger_id")?, text(REPLAY_OF)?);
        Some(Self { trigger, delivery, by: text("started_by") })
    }
}

impl Run {
    fn of(described: DescribedExecution, workflow_name: Arc<str>, is_quarantined: bool) -> Self {
        let by_map_run = (described.redrive_status == "REDRIVABLE_BY_MAP_RUN")
            .then_some("It is a child of a map run, and goes on with its parent");
        Self {
            id: described.execution_arn,
            name: described.name,
            workflow: described.state_machine_arn,
            workflow_name,
            version: described.state_machine_version_arn,
            alias: described.state_machine_alias_arn,
            status: described.status,
            is_quarantined,
            quarantine: is_quarantined.then_some(SET_ASIDE),
            started: described.start_date,
            stopped: described.stop_date,
            redrive_count: described.redrive_count,
            redriven: described.redrive_date,
            not_redrivable: described.redrive_status_reason.or(by_map_run),
            error: described.error,
            cause: described.cause,
            stopped_by: None,
            compensation: None,
            undoing: Vec::new(),
            not_undone: Vec::new(),
            open_hooks: Vec::new(),
            failed_hooks: Vec::new(),
            missed_deadlines: Vec::new(),
            map_run: described.map_run_arn,
            parent: None,
            again_of: None,
            labels: Labels::new(),
            replay_of: None,
            input: described.input,
            output: described.output,
            output_bytes: None,
        }
    }

    /// Leaves an output out that is large, and says how large it is.
    fn without_large_output(self) -> Self {
        let bytes = self.output.as_ref().map_or(0, |output| output.text().len());
        if bytes <= OUTPUT_BYTES_MAX {
            return self;
        }
        Self { output: None, output_bytes: Some(bytes), ..self }
    }
}
