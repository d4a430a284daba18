//! Running tasks of a closed run again, in another generation of it.

mod anew;
mod seat;

use std::sync::Arc;

use compasso_engine::{Chosen, Event, EventKind, NotRedrivable, RerunOrder, Selection};
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::check_params;
use compasso_runtime::Description;
use compasso_schedule::Overlap;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Object, Payload, Timestamp, sealed};
use serde::{Deserialize, Serialize};

pub(crate) use self::anew::own_labels;
pub(crate) use self::seat::{Reopened, Reopening, about, goes_on};
use super::steer::check_known;
use super::tasks::ids;
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::schedules::WaitingRun;
use crate::search_attributes::Labels;
use crate::{Error, Service, Viewer};

/// Most tasks that one rerun names.
const TASKS_MAX: usize = 1_000;

/// What is to run again: one of the first four, what failed if none is there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RerunTasks {
    /// What did not end well, and what did not run because of that.
    #[serde(default)]
    pub failed: bool,
    /// These tasks, and all that come after them.
    #[serde(default)]
    pub from: Vec<String>,
    /// These tasks and no others: `task`, `group.task`, or `task[key]` and `group[key].task` for one
    /// instance.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// All tasks.
    #[serde(default)]
    pub all: bool,
    /// Whether another run begins instead, with all its tasks.
    #[serde(default)]
    pub new: bool,
    /// The version of a new run: a number, an alias or `latest`; absent: that of this run.
    #[serde(default)]
    pub version: Option<String>,
    /// Labels of a new run beside those that the start of this one gave.
    #[serde(default)]
    pub labels: Labels,
    /// Params that change; null gives a param its default again.
    #[serde(default)]
    pub params: Option<Json>,
    /// Asking again with the same token within a quarter of an hour answers the same.
    #[serde(default)]
    pub token: Option<String>,
}

/// A run that goes on in another generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RerunRun {
    /// Its ARN; that of the new run if another one began.
    pub id: Arc<str>,
    /// Which generation it is; a run begins with 1.
    pub generation: u32,
    /// When it began, or was asked for if it waits.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Its place among those that wait, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRun>,
}

impl Service {
    /// Has tasks of a closed run of a pipeline run again. All others keep their state and output. Or
    /// starts another run with its params, whether it is closed or not.
    ///
    /// # Errors
    /// There is no such run, it is none of a pipeline, is under way or belongs to another account; a
    /// task is not known; the params break the pipeline's rules; or there is nothing to run.
    pub async fn rerun(
        &self,
        viewer: &Viewer,
        by: &Arc<str>,
        id: &str,
        request: RerunTasks,
        overlap: Option<Overlap>,
    ) -> Result<RerunRun, Error> {
        viewer.check("RerunTasks", id)?;
        let arn = execution("id", id)?;
        let description = self.description(&arn).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let Some(pipeline) = &compiled.pipeline else {
            let message = format!("'{id}' is no run of a pipeline: redrive it instead");
            return Err(Error::validation(message));
        };
        request.check_new()?;
        if request.new {
            return self.run_anew(by, (&description, pipeline), request, overlap).await;
        }
        let selection = request.selection(pipeline)?;
        if let Selection::From(chosen) | Selection::Only(chosen) = &selection {
            self.check_keys(viewer, id, pipeline, chosen).await?;
        }
        let key = ExecutionKey(arn.as_str().into());
        let input = match &request.params {
            Some(params) => self.changed_input(&key, &description, pipeline, params).await?,
            None => None,
        };
        self.check_room_for_execution().await?;
        let order = Some(RerunOrder { selection, input, by: Some(by.clone()) });
        let reopening = Reopening { order, token: request.token.map(Into::into), overlap };
        let Reopened { generation, at, waiting } = self.reopen_run(&description, reopening).await?;
        Ok(RerunRun { id: key.0, generation, at, waiting })
    }

    /// Returns the input that a run has with other params; `None` if they are what they were.
    pub(crate) async fn changed_input(
        &self,
        key: &ExecutionKey,
        description: &Description,
        pipeline: &Pipeline,
        params: &Json,
    ) -> Result<Option<Payload>, Error> {
        let present = self.present_input(key, description).await?;
        let before = present.value().get("params").cloned().unwrap_or_else(Json::empty_object);
        let wanted = self.wanted_params(&key.0, pipeline, &before, params)?;
        let params = check_params(&pipeline.params, &wanted)
            .map_err(|faults| Error::InvalidParams(faults.into_iter().map(Into::into).collect()))?;
        let params = Json::from(self.seal_params(&key.0, pipeline, params)?);
        if params == before {
            return Ok(None);
        }
        let mut members =
            present.value().as_object().map(|it| Object::clone(it)).unwrap_or_default();
        members.insert("params".into(), params);
        let input = Payload::from(Json::from(members));
        let most = self.inner.quotas.payload_bytes_max;
        Constraints::default().sensitive("input", input.text().len(), 0..=most).check()?;
        Ok(Some(input))
    }

    /// Returns the params of a run, opened, with those that change.
    fn wanted_params(
        &self,
        run: &str,
        pipeline: &Pipeline,
        before: &Json,
        changes: &Json,
    ) -> Result<Object, Error> {
        let Some(changes) = changes.as_object() else {
            return Err(Error::validation("params must be an object"));
        };
        // A backfill has sealed those that are secret.
        let changes = self.open_params(run, pipeline, Object::clone(changes))?;
        let is_secret =
            |name: &str| pipeline.params.iter().any(|it| it.secret && *it.name == *name);
        let before = before.as_object().map(|members| Object::clone(members)).unwrap_or_default();
        let mut wanted = self.open_params(run, pipeline, before)?;
        for (name, value) in &changes {
            match value {
                Json::Null => drop(wanted.shift_remove(name)),
                // Who was shown a secret param as it is shown sends that back.
                Json::String(text) if &**text == sealed::HIDDEN && is_secret(name) => {}
                value => drop(wanted.insert(name.clone(), value.clone())),
            }
        }
        Ok(wanted)
    }

    /// Returns the input of a run, which reruns may have changed.
    pub(crate) async fn present_input(
        &self,
        key: &ExecutionKey,
        description: &Description,
    ) -> Result<Payload, Error> {
        if description.redriven.is_none() {
            return Ok(description.input().clone());
        }
        let look_at = |found: &mut Option<Payload>, event: &Event| {
            if let EventKind::ExecutionRedriven { rerun: Some(rerun), .. } = &event.kind
                && rerun.input.is_some()
            {
                found.clone_from(&rerun.input);
            }
        };
        let changed = self.runtime.fold(key, 1, None, look_at).await?;
        Ok(changed.unwrap_or_else(|| description.input().clone()))
    }
}

impl RerunTasks {
    pub(crate) fn selection(&self, pipeline: &Pipeline) -> Result<Selection, Error> {
        let chosen =
            [self.failed, !self.from.is_empty(), !self.tasks.is_empty(), self.all].into_iter();
        if chosen.filter(|is_chosen| *is_chosen).count() > 1 {
            return Err(Error::validation("only one of failed, from, tasks and all can be given"));
        }
        let (names, is_from) =
            if self.from.is_empty() { (&self.tasks, false) } else { (&self.from, true) };
        check_tasks(pipeline, names)?;
        let tasks = names.iter().map(|name| Chosen::parse(name)).collect::<Vec<_>>();
        Ok(match (tasks.is_empty(), is_from) {
            (false, true) => Selection::From(tasks),
            (false, false) => Selection::Only(tasks),
            (true, _) if self.all => Selection::All,
            (true, _) => Selection::Failed,
        })
    }
}

/// Refuses names of tasks that a pipeline does not have.
pub(crate) fn check_tasks(pipeline: &Pipeline, names: &[String]) -> Result<(), Error> {
    if names.len() > TASKS_MAX {
        return Err(Error::validation(format!("at most {TASKS_MAX} tasks can be named")));
    }
    let known = ids(pipeline);
    names.iter().try_for_each(|name| check_known(&known, &Chosen::parse(name).task()))
}

fn refused(why: NotRedrivable) -> Error {
    let message = match why {
        NotRedrivable::Running => "The run is under way: wait for its end, or stop it first",
        NotRedrivable::NothingToRun => "Nothing in the run failed: say what is to run again",
        NotRedrivable::HistoryFull => "The history of the run is full: start another run",
        other => other.reason(),
    };
    Error::Conflict(message.into())
}
