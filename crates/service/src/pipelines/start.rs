//! Starting runs: by people, schedules, triggers and other runs.

mod ancestors;
mod request;

use std::sync::Arc;

use compasso_engine::{Start, TaskToken};
use compasso_pipeline::tree::{Mode, check_params};
use compasso_pipeline::{Pipeline, Value, clock_times};
use compasso_runtime::{StartError, StartOrder};
use compasso_scheduler::{Candidate, Seated, TickOf};
use compasso_store::ExecutionKey;
use compasso_types::{Arn, Json, Object, Payload, Timestamp, sealed};
use serde::Serialize;

pub use self::request::StartPipeline;
use super::RunKind;
use super::concurrency::Asking;
use super::deadlines::deadlines;
use super::name::arn_text;
use super::run_input::{self, Beginning};
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::executions::Order;
use crate::publications::Origin;
use crate::records::Paused;
use crate::runs::IN_MEMORY;
use crate::schedules::WaitingRun;
use crate::search_attributes::check_labels;
use crate::targets::Target;
use crate::{Caller, Error, Service, Viewer};

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
    /// Its place among those that wait, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRun>,
}

/// A run that is ready to begin.
pub(crate) struct ReadyRun {
    pub(crate) order: StartOrder,
    pub(crate) version: u64,
    /// Whether the number of the version was asked for.
    pub(super) is_of_version: bool,
    /// Which seat it needs.
    pub(crate) candidate: Candidate,
    /// Whether it is kept in memory and needs no seat.
    pub(crate) is_express: bool,
    /// Set while its pipeline is paused, unless the run starts all the same.
    pub(super) paused: Option<Paused>,
    /// The token of the task that waits for its end.
    pub(super) awaited_by: Option<Arc<str>>,
}

impl Service {
    /// Starts a run of a pipeline, or lets it wait for the ends of others.
    ///
    /// # Errors
    /// There is no such pipeline, it is another account's, it is paused or has as many runs as it
    /// may, runs that wait for this one have all places, the params break its rules, or the id is taken by another run.
    pub async fn start_pipeline(
        &self,
        caller: &Caller,
        request: StartPipeline,
    ) -> Result<StartedRun, Error> {
        let is_named = request.name.is_some();
        let ready = self.ready_to_start(caller, request).await?;
        self.start_ready(ready, is_named).await
    }

    /// Prepares a run that somebody starts.
    pub(super) async fn ready_to_start(
        &self,
        caller: &Caller,
        request: StartPipeline,
    ) -> Result<ReadyRun, Error> {
        let owner = Viewer { account: Some(caller.account.clone()) };
        owner.check("StartPipeline", &arn_text(caller, &request.pipeline))?;
        let passes_pause = request.passes_pause();
        let ready = self.prepare_pipeline(caller, request, None).await?;
        let paused = ready.paused.filter(|_| !passes_pause);
        Ok(ReadyRun { paused, ..ready })
    }

    /// Starts what was prepared, if it is not there under its name already.
    pub(super) async fn start_ready(
        &self,
        ready: ReadyRun,
        is_named: bool,
    ) -> Result<StartedRun, Error> {
        let ReadyRun { order, version, is_of_version, candidate, is_express, paused, awaited_by } =
            ready;
        let asked_version = is_of_version.then_some(version);
        let (start, asked) = (order.start.clone(), order.start.input.clone());
        if is_named
            && let Some(there) = self.same_run(&start, version, asked_version, &asked).await?
        {
            return Ok(there);
        }
        if let Some(paused) = paused {
            return Err(Error::Conflict(format!("{}; start it with force", paused.told())));
        }
        if is_express {
            return self.start_express_run(order, version).await;
        }
        self.check_room_for_execution().await?;
        self.check_ancestors(awaited_by.as_deref(), &candidate).await?;
        let scheduler = &self.inner.scheduler;
        let started = match scheduler.start_seated(candidate, order).await {
            Ok(Seated::Started(started)) => started,
            Ok(Seated::Buffered) => self.now(),
            Ok(Seated::Skipped) => {
                let message = "It is skipped: as many runs are under way as there may be";
                return Err(Error::Conflict(message.into()));
            }
            Ok(Seated::Dropped) => {
                let message = "It is dropped: as many runs wait as there may be";
                return Err(Error::Conflict(message.into()));
            }
            Err(StartError::Exists) => {
                let arn = || start.id.to_string();
                let there = self.same_run(&start, version, asked_version, &asked).await?;
                return there.ok_or_else(|| Error::ExecutionAlreadyExists { arn: arn() });
            }
            Err(StartError::Runtime(error)) => return Err(error.into()),
            Err(other) => return Err(Error::Unavailable(other.to_string())),
        };
        let waiting = self.waiting_run(&start.id);
        Ok(StartedRun { id: start.id, name: start.name, version, started, waiting })
    }

    /// Returns the run of an id that is there already, if there is one.
    async fn same_run(
        &self,
        start: &Start,
        version: u64,
        asked_version: Option<u64>,
        asked: &Payload,
    ) -> Result<Option<StartedRun>, Error> {
        let key = ExecutionKey(start.id.clone());
        let (input, started) = match self.runtime.describe(&key).await? {
            Some(present) => (present.input().clone(), present.started),
            None => match self.waiting_input(&start.id).await? {
                Some(input) => (input, self.now()),
                None => return Ok(None),
            },
        };
        if !run_input::is_same(&input, asked) {
            return Err(Error::ExecutionAlreadyExists { arn: start.id.to_string() });
        }
        let present = input.value().get("run").and_then(|run| run.get("version")?.as_i64());
        if let (Some(asked), Some(present)) = (asked_version, present)
            && i64::try_from(asked) != Ok(present)
        {
            let message = format!(
                "There is a run '{}' already, of version {present} and not {asked}: use another name",
                start.name
            );
            return Err(Error::Conflict(message));
        }
        let waiting = self.waiting_run(&start.id);
        let (id, name) = (start.id.clone(), start.name.clone());
        Ok(Some(StartedRun { id, name, version, started, waiting }))
    }

    /// Prepares a run of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline, or the params break its rules.
    pub(crate) async fn prepare_pipeline(
        &self,
        caller: &Caller,
        request: StartPipeline,
        tick: Option<TickOf>,
    ) -> Result<ReadyRun, Error> {
        let target = self.pipeline_target(caller, &request.pipeline).await?;
        self.prepare_target(caller, target, request, tick).await
    }

    /// Prepares a run of what a start aims at.
    pub(super) async fn prepare_target(
        &self,
        caller: &Caller,
        target: Target,
        request: StartPipeline,
        tick: Option<TickOf>,
    ) -> Result<ReadyRun, Error> {
        let name: Arc<str> = request.check_name()?.unwrap_or_else(|| self.new_id()).into();
        check_labels(&request.labels)?;
        let version = version_of(&target);
        let is_of_version = request.names_version();
        let compiled = self.compiled(&target.definition).await?;
        let pipeline = compiled.pipeline.clone();
        let pipeline = pipeline.ok_or_else(|| Error::Internal("it is no pipeline".into()))?;
        let is_by_hand = [RunKind::Manual, RunKind::Api].contains(&request.kind);
        if is_by_hand && !pipeline.triggers.manual {
            let message = "The pipeline says 'manual: false': only its triggers start it";
            return Err(Error::Conflict(message.into()));
        }
        let by = match &request.parent {
            Some(parent) if request.by.is_none() => self.starter_of(parent).await?,
            _ => request.by.clone(),
        };
        let account = target.arn.account().to_owned();
        let request = StartPipeline { by, ..request };
        let request = self.with_kept_secrets(request, &pipeline, &account).await?;
        let run = self.execution_arn(&target.arn, &target.machine.value, &name);
        let origin = self.origin(&target.arn, &pipeline, version).await?;
        let input = self.run_input(&request, &pipeline, (&name, &run), (version, &origin))?;
        let listing = target.machine.value.listing(&target.arn);
        let input = self.with_previous(&target.arn, listing, &pipeline, input).await?;
        let input = Payload::from(input);
        let most = self.inner.quotas.payload_bytes_max;
        Constraints::default().sensitive("input", input.text().len(), 0..=most).check()?;
        let order = Order {
            machine: &arn_text(caller, &request.pipeline),
            name: &name,
            input,
            trace_header: None,
            parent: request.parent.clone(),
        };
        let (arn, pinned) = (target.arn.clone(), target.version.clone());
        let paused = target.machine.value.paused.clone();
        let is_express = pipeline.mode == Mode::Express && !request.durably;
        if is_express && request.hold {
            return Err(Error::validation(IN_MEMORY));
        }
        let (_, mut order) = Box::pin(self.order_of(target, None, order)).await?;
        order.start.is_held = request.hold;
        if !is_by_hand {
            // No pipeline takes the places of another one.
            order.caller = Some(order.start.workflow.clone());
        }
        let candidate = self.candidate(Asking {
            arn: &arn,
            version: &pinned.unwrap_or_else(|| arn.as_str().into()),
            pipeline: &pipeline,
            order: &order,
            overlap: request.overlap,
            tick,
            deadlines: deadlines(&pipeline, &request.moments(self.now())),
        })?;
        let awaited_by = request.parent.filter(|_| request.parent_waits);
        Ok(ReadyRun { order, version, is_of_version, candidate, is_express, paused, awaited_by })
    }

    /// Returns who started the run whose task has this token.
    async fn starter_of(&self, token: &str) -> Result<Option<Arc<str>>, Error> {
        let Some(token) = TaskToken::parse(token) else { return Ok(None) };
        let found = self.runtime.describe(&ExecutionKey(token.execution)).await?;
        Ok(found.and_then(|found| {
            let by = found.input().value().get("run")?.get("started_by")?.as_str()?.into();
            Some(by)
        }))
    }

    /// Gives a run to be the secrets of the server that its trigger names for params.
    async fn with_kept_secrets(
        &self,
        request: StartPipeline,
        pipeline: &Pipeline,
        account: &str,
    ) -> Result<StartPipeline, Error> {
        let mut triggers = pipeline.triggers.list.iter();
        let trigger = triggers.find(|trigger| Some(&trigger.id) == request.trigger_id.as_ref());
        let mut params = request.params.clone();
        for (name, value) in trigger.into_iter().flat_map(|trigger| &trigger.params) {
            let Value::Secret(secret) = value else { continue };
            // A backfill, or who has it run again, may give another one.
            let is_given = |given: &Json| given.as_str().is_some() || sealed::holds(given);
            if params.get(name).is_some_and(is_given) {
                continue;
            }
            let found = self.secret_value(account, secret).await?;
            let found =
                found.ok_or_else(|| Error::SecretDoesNotExist { name: secret.to_string() })?;
            let mut members = params.as_object().map(|it| Object::clone(it)).unwrap_or_default();
            members.insert(name.clone(), found.into());
            params = Json::from(members);
        }
        Ok(StartPipeline { params, ..request })
    }

    /// Returns where a version of a pipeline comes from, if its tasks work on what is there.
    async fn origin(&self, arn: &Arn, pipeline: &Pipeline, version: u64) -> Result<Origin, Error> {
        if !pipeline.tasks.check_out_their_origin() {
            return Ok(Origin::default());
        }
        let (publications, _) = self.publications(arn).await?;
        Ok(publications.version(version).map(|found| found.origin.clone()).unwrap_or_default())
    }

    fn run_input(
        &self,
        request: &StartPipeline,
        pipeline: &Pipeline,
        (name, run): (&str, &str),
        (version, origin): (u64, &Origin),
    ) -> Result<Json, Error> {
        let Some(given) = request.params.as_object() else {
            return Err(Error::validation("params must be an object"));
        };
        let given = self.open_params(run, pipeline, Object::clone(given))?;
        let params = check_params(&pipeline.params, &given)
            .map_err(|faults| Error::InvalidParams(faults.into_iter().map(Into::into).collect()))?;
        let params = self.seal_params(run, pipeline, params)?;
        let beginning = Beginning {
            id: name,
            url: self.url_of_run(run),
            pipeline: &pipeline.name,
            version,
            labels: &pipeline.labels,
            origin,
            now: self.now(),
            clock_times: clock_times(pipeline, &request.moments(self.now())),
        };
        Ok(run_input::make(request, &beginning, Json::from(params)))
    }
}

/// Returns the number of the version that a start aims at; 0 if that is a draft.
fn version_of(target: &Target) -> u64 {
    let Some(arn) = &target.version else { return 0 };
    let number = arn.rsplit(':').next().and_then(|number| number.parse().ok());
    number.expect("the ARN of a version ends in its number")
}
