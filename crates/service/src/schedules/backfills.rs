//! Backfills: runs of a pipeline for ticks of the past.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::{Param, Past, Tasks, TriggerKind, Work, check_params};
use compasso_scheduler::{
    Backfill, BackfillError, BackfillOrder, BackfillState, Counts, NewBackfill, Reprocess,
};
use compasso_types::{Arn, Json, Object, Timestamp};
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::paging::{ask_for, page_items};
use crate::pipelines::StoredPipeline;
use crate::runs::check_tasks;
use crate::{Caller, Error, Service};

/// Runs of a backfill at once if nobody says.
const ACTIVE: usize = 4;
const BACKFILLS_MAX: i64 = 1_000;
/// Failed runs that are looked at for a page of backfills: counts of those that have more are as they were
/// when their runs ended.
const LISTED_LOOKS_MAX: usize = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;

/// A backfill to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateBackfill {
    /// The first instant: RFC 3339, or a date, which is midnight in the schedule's zone.
    pub from: String,
    /// The first instant after the last one.
    pub to: String,
    /// The id of the schedule; the only one if absent.
    pub trigger: Option<Arc<str>>,
    /// Which ticks come first.
    #[serde(default)]
    pub order: BackfillOrder,
    /// How many runs are under way at once.
    pub max_active: Option<usize>,
    /// What happens to ticks that have a run.
    #[serde(default)]
    pub reprocess: Reprocess,
    /// Params that stand for those of the trigger.
    pub params: Option<Json>,
    /// `pinned`, the default, is the present one; `latest` is the present one at each start; or a
    /// number.
    pub version: Option<Json>,
    /// Whether assets that its runs write start others.
    #[serde(default)]
    pub emit_assets: bool,
    /// The only tasks that run again in runs that there are; ticks without a run are left then.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

/// Some backfills.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackfillPage {
    /// The newest first.
    pub items: Vec<BackfillView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A backfill and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "as in `Backfill`")]
pub struct BackfillView {
    pub id: Arc<str>,
    pub pipeline: Arc<str>,
    pub trigger: Arc<str>,
    #[serde(serialize_with = "iso")]
    pub from: Timestamp,
    #[serde(serialize_with = "iso")]
    pub to: Timestamp,
    pub order: BackfillOrder,
    pub max_active: usize,
    pub reprocess: Reprocess,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    pub emit_assets: bool,
    pub state: BackfillState,
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    pub total: usize,
    pub done: usize,
    /// The ARNs of the runs that are under way.
    pub active: Vec<Arc<str>>,
    pub counts: Counts,
}

/// What becomes of a backfill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillChange {
    /// No run begins until it is resumed.
    Pause,
    /// It goes on.
    Resume,
    /// No run begins any more.
    Cancel {
        /// Whether runs under way are asked to end.
        with_runs: bool,
    },
}

impl Service {
    /// Creates a backfill of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline or schedule, or something in the request cannot be used.
    pub async fn create_backfill(
        &self,
        caller: &Caller,
        name: &str,
        request: CreateBackfill,
    ) -> Result<BackfillView, Error> {
        let new = self.new_backfill(caller, name, request).await?;
        let created = self.inner.scheduler.create_backfill(new).await;
        Ok(BackfillView::of(created.map_err(refused)?))
    }

    pub(super) async fn new_backfill(
        &self,
        caller: &Caller,
        name: &str,
        request: CreateBackfill,
    ) -> Result<NewBackfill, Error> {
        request.check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let id: Arc<str> = arn.as_str().into();
        // Schedules may be a moment behind what was pushed last.
        self.follow_pipeline(&id, false).await?;
        let stored = self.stored_pipeline(&id).await?;
        let stored = stored.ok_or_else(|| Error::PipelineDoesNotExist { name: name.into() })?;
        let version = request.version(stored.version)?;
        let pipeline = match version {
            Some(version) if version != stored.version => {
                self.pipeline_of_version(caller, name, version).await?
            }
            Some(_) | None => stored.pipeline.clone(),
        };
        check_given(&pipeline, request.params.as_ref())?;
        let params = match request.params.as_ref().and_then(Json::as_object) {
            Some(given) => Some(self.seal_params(&id, &pipeline, Object::clone(given))?.into()),
            None => None,
        };
        check_tasks(&pipeline, &request.tasks)?;
        let trigger = only_schedule(&stored, request.trigger.as_ref())?;
        // Each run looks at the one before it.
        let is_chain = looks_back(&pipeline.tasks);
        Ok(NewBackfill {
            pipeline: id,
            trigger,
            version,
            from: request.from,
            to: request.to,
            order: if is_chain { BackfillOrder::Asc } else { request.order },
            max_active: if is_chain { 1 } else { request.max_active.unwrap_or(ACTIVE) },
            reprocess: request.reprocess,
            params,
            tasks: request.tasks,
            emit_assets: request.emit_assets,
            by: request.by,
        })
    }

    /// Describes a backfill of a pipeline.
    ///
    /// # Errors
    /// There is none.
    pub async fn backfill(
        &self,
        caller: &Caller,
        name: &str,
        id: &str,
    ) -> Result<BackfillView, Error> {
        let arn = self.lasting_pipeline(caller, name).await?;
        let found = self.inner.scheduler.backfill(arn.as_str(), id).await?;
        self.backfill_view(found.ok_or_else(|| missing(&arn, id))?).await
    }

    /// Lists the backfills of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline, or the token is invalid.
    pub async fn list_backfills(
        &self,
        caller: &Caller,
        name: &str,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<BackfillPage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=BACKFILLS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let listing = format!("{}/backfills", arn.as_str());
        let (after, items) = (self.position(&listing, next).await?, page_items(limit));
        let scheduler = &self.inner.scheduler;
        let found = scheduler.backfills(arn.as_str(), after.as_deref(), ask_for(items)).await?;
        let (found, next) = self.cut(found, items, &listing, |it| it.id.to_string()).await?;
        let mut items = Vec::with_capacity(found.len());
        let mut looks = LISTED_LOOKS_MAX;
        for backfill in found {
            let failed = backfill.failed.len();
            items.push(if failed <= looks {
                looks -= failed;
                self.backfill_view(backfill).await?
            } else {
                BackfillView::of(backfill)
            });
        }
        Ok(BackfillPage { items, next })
    }

    async fn backfill_view(&self, backfill: Backfill) -> Result<BackfillView, Error> {
        let counts = self.inner.scheduler.backfill_counts(&backfill).await?;
        Ok(BackfillView { counts, ..BackfillView::of(backfill) })
    }

    /// Pauses, resumes or cancels a backfill.
    ///
    /// # Errors
    /// There is none, or it is over.
    pub async fn change_backfill(
        &self,
        caller: &Caller,
        name: &str,
        id: &str,
        change: BackfillChange,
    ) -> Result<BackfillView, Error> {
        let arn = self.lasting_pipeline(caller, name).await?;
        let (scheduler, pipeline) = (&self.inner.scheduler, arn.as_str());
        let changed = match change {
            BackfillChange::Pause => scheduler.pause_backfill(pipeline, id).await,
            BackfillChange::Resume => scheduler.resume_backfill(pipeline, id).await,
            BackfillChange::Cancel { with_runs } => {
                scheduler.cancel_backfill(pipeline, id, with_runs).await
            }
        };
        match changed {
            Ok(()) => self.backfill(caller, name, id).await,
            Err(BackfillError::NoBackfill) => Err(missing(&arn, id)),
            Err(error) => Err(refused(error)),
        }
    }
}

impl CreateBackfill {
    fn check(&self) -> Result<(), Error> {
        let keeps_runs = matches!(self.reprocess, Reprocess::None | Reprocess::Missing);
        if keeps_runs && !self.tasks.is_empty() {
            let message = "tasks: single tasks run in runs that there are: write reprocess 'all' \
                           or 'failed'";
            return Err(Error::validation(message));
        }
        if self.params.as_ref().is_some_and(|params| params.as_object().is_none()) {
            return Err(Error::validation("params must be an object"));
        }
        Ok(())
    }

    fn version(&self, present: u64) -> Result<Option<u64>, Error> {
        let Some(version) = &self.version else { return Ok(Some(present)) };
        let number = version.as_i64().and_then(|number| u64::try_from(number).ok());
        let number = number.or_else(|| version.as_str().and_then(|text| text.parse().ok()));
        match (version.as_str(), number) {
            (Some("pinned"), _) => Ok(Some(present)),
            (Some("latest"), _) => Ok(None),
            (_, Some(number)) => Ok(Some(number)),
            _ => Err(Error::validation("version: write 'pinned', 'latest' or a number")),
        }
    }
}

impl BackfillView {
    fn of(backfill: Backfill) -> Self {
        Self {
            id: backfill.id,
            pipeline: backfill.pipeline,
            trigger: backfill.trigger,
            from: backfill.from,
            to: backfill.to,
            order: backfill.order,
            max_active: backfill.max_active,
            reprocess: backfill.reprocess,
            params: backfill.params,
            version: backfill.version,
            tasks: backfill.tasks,
            emit_assets: backfill.emit_assets,
            state: backfill.state,
            created: backfill.created,
            by: backfill.by,
            ended: backfill.ended,
            total: backfill.total,
            done: backfill.done,
            active: backfill.active.into_iter().map(|under_way| under_way.run).collect(),
            counts: backfill.counts,
        }
    }
}

/// Returns the schedule that is meant: the only one, if none is named.
fn only_schedule(stored: &StoredPipeline, named: Option<&Arc<str>>) -> Result<Arc<str>, Error> {
    let triggers = stored.pipeline.triggers.list.iter();
    let schedules = triggers.filter(|trigger| matches!(trigger.kind, TriggerKind::Schedule(_)));
    let ids: Vec<Arc<str>> = schedules.map(|trigger| trigger.id.clone()).collect();
    match (named, ids.as_slice()) {
        (Some(trigger), _) => Ok(trigger.clone()),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Error::validation("The pipeline has no schedule")),
        (None, several) => {
            Err(Error::validation(format!("trigger: write one of {}", several.join(", "))))
        }
    }
}

/// Refuses params that the pipeline does not know, or whose values break its rules; those that are
/// missing may come from the trigger.
fn check_given(pipeline: &Pipeline, params: Option<&Json>) -> Result<(), Error> {
    let Some(given) = params.and_then(Json::as_object) else { return Ok(()) };
    let is_given = |param: &&Param| given.contains_key(&param.name);
    let known: Vec<Param> = pipeline.params.iter().filter(is_given).cloned().collect();
    let all = if known.len() == given.len() { &known } else { &pipeline.params };
    let checked = check_params(all, given);
    checked
        .map(drop)
        .map_err(|found| Error::InvalidParams(found.into_iter().map(Into::into).collect()))
}

/// Says if a task of a run looks at the run before.
fn looks_back(tasks: &Tasks) -> bool {
    let in_group =
        |work: &Option<Work>| matches!(work, Some(Work::Group(tasks)) if looks_back(tasks));
    tasks.iter().any(|task| task.past != Past::Free || in_group(&task.work))
}

fn missing(arn: &Arn, id: &str) -> Error {
    Error::ResourceNotFound { arn: format!("{}/{id}", arn.as_str()) }
}

/// Words why a backfill cannot be what was asked for.
pub(super) fn refused(error: BackfillError) -> Error {
    match error {
        BackfillError::Over => Error::Conflict("The backfill is over".into()),
        BackfillError::Runtime(error) => error.into(),
        other => Error::validation(other.to_string()),
    }
}
