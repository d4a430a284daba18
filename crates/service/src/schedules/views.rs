//! Schedules of pipelines and their ticks, for people: why did it not run on Tuesday?

use std::cmp::Reverse;
use std::sync::Arc;

use compasso_schedule::describe;
use compasso_scheduler::{Described, Place, Reason, TickRecord, TickState};
use compasso_types::{Arn, Timestamp};
use serde::Serialize;

use super::ScheduleSpec;
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if, isos};
use crate::paging::page_items;
use crate::{Caller, Error, Service};

/// Most schedules of a pipeline that are shown.
const SCHEDULES_SHOWN: usize = 1_000;
/// Next ticks that are shown of a schedule.
const NEXT_SHOWN: usize = 5;
const TICKS_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;

/// The schedules of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineSchedules {
    /// By their ids; their number is bounded, so they are one page.
    pub items: Vec<PipelineScheduleView>,
}

/// A schedule of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineScheduleView {
    /// The trigger's id.
    pub id: Arc<str>,
    /// When it is due.
    pub spec: ScheduleSpec,
    /// The same in plain words.
    pub words: String,
    /// `active`, `paused` or `ended`.
    pub state: &'static str,
    /// Why it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<PauseView>,
    /// Why it cannot run, such as for a calendar that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Its next ticks, paused or not.
    #[serde(serialize_with = "isos")]
    pub next: Vec<Timestamp>,
    /// How many of its runs are under way, or wait for a place among those of the pipeline.
    pub active: usize,
    /// How many of its ticks wait for these.
    pub waiting: usize,
    /// How many runs it started.
    pub runs: u64,
}

/// That something rests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PauseView {
    /// Since when.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it goes on by itself.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Some ticks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineTicks {
    /// The newest first.
    pub items: Vec<PipelineTick>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What became of a tick.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineTick {
    /// The id of its schedule.
    pub trigger: Arc<str>,
    /// Its instant.
    #[serde(serialize_with = "iso")]
    pub scheduled_at: Timestamp,
    /// What became of it.
    pub state: TickState,
    /// Why it does not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The ARN of its run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// When that was decided.
    #[serde(serialize_with = "iso")]
    pub handled_at: Timestamp,
    /// The last one of the ticks it stands for, if there are several.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub through: Option<Timestamp>,
}

/// Which ticks.
#[derive(Clone, Debug, Default)]
pub struct ListPipelineTicks {
    /// The id of a schedule; all if absent.
    pub trigger: Option<String>,
    /// Most ticks on a page.
    pub limit: Option<i64>,
    /// Where the page starts.
    pub next: Option<String>,
}

/// The runs of a pipeline that wait for others to end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineQueue {
    /// Those that wait, in their order; their number is bounded, so they are one page.
    pub items: Vec<WaitingRun>,
    /// How many are under way.
    pub active: usize,
}

/// A run that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingRun {
    /// Its ARN.
    pub id: Arc<str>,
    /// 1 for the one that begins next.
    pub position: usize,
    /// Since when it waits.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// The ARNs of the runs for whose ends it waits.
    pub waits_for: Vec<Arc<str>>,
    /// Whether it waits because its pipeline is paused.
    pub is_paused: bool,
}

impl Service {
    /// Shows the schedules of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn pipeline_schedules(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<PipelineSchedules, Error> {
        let arn = self.lasting_pipeline(caller, name).await?;
        let found = self.schedules_of(&arn).await?;
        let now = self.now();
        let items = found.into_iter().map(|found| PipelineScheduleView::of(found, now)).collect();
        Ok(PipelineSchedules { items })
    }

    /// Lists what became of the ticks of a pipeline's schedules.
    ///
    /// # Errors
    /// There is no such pipeline or schedule, or the token is invalid.
    pub async fn pipeline_ticks(
        &self,
        caller: &Caller,
        name: &str,
        wanted: ListPipelineTicks,
    ) -> Result<PipelineTicks, Error> {
        let next = wanted.next.as_deref();
        Constraints::default()
            .number_if("limit", wanted.limit, 1..=TICKS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let listing = format!("{}/ticks", arn.as_str());
        let position = self.position(&listing, next).await?.and_then(|text| Position::read(&text));
        let items = page_items(wanted.limit);
        let mut found = Vec::new();
        let is_wanted = |id: &str| wanted.trigger.as_deref().is_none_or(|wanted| wanted == id);
        let schedules = self.schedules_of(&arn).await?.into_iter();
        let schedules: Vec<_> =
            schedules.map(|it| it.record.name).filter(|it| is_wanted(it)).collect();
        if let (Some(trigger), true) = (&wanted.trigger, schedules.is_empty()) {
            let message = format!("The pipeline has no schedule '{trigger}'");
            return Err(Error::validation(message));
        }
        for trigger in schedules {
            let schedule = format!("{}/{trigger}", arn.as_str());
            // Those of the same instant stand on both sides of a page's end.
            let before = position.as_ref().map(|position| Timestamp(position.at.0 + 1));
            let ticks = self.inner.scheduler.ticks(&schedule, before, items + 2).await?;
            found.extend(ticks.into_iter().map(|tick| (trigger.clone(), tick)));
        }
        found.sort_by_key(|(trigger, tick)| (Reverse(tick.at), trigger.clone()));
        found.retain(|(trigger, tick)| {
            position.as_ref().is_none_or(|it| it.is_before(trigger, tick))
        });
        let cut =
            self.cut(found, items, &listing, |(trigger, tick)| Position::write(trigger, tick));
        let (found, next) = cut.await?;
        Ok(PipelineTicks { items: found.into_iter().map(PipelineTick::of).collect(), next })
    }

    /// Shows the runs of a pipeline that wait for others to end.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn pipeline_queue(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<PipelineQueue, Error> {
        let arn = self.lasting_pipeline(caller, name).await?;
        let (waiting, active) = self.inner.scheduler.waiting_runs(arn.as_str());
        Ok(PipelineQueue { items: waiting.into_iter().map(WaitingRun::of).collect(), active })
    }

    /// Shows a run that waits for others to end; `None` if it does not wait.
    pub fn waiting_run(&self, id: &str) -> Option<WaitingRun> {
        self.inner.scheduler.place(id).map(WaitingRun::of)
    }

    async fn schedules_of(&self, pipeline: &Arn) -> Result<Vec<Described>, Error> {
        let prefix = format!("{}/", pipeline.as_str());
        let (found, _) = self.inner.scheduler.list(&prefix, None, SCHEDULES_SHOWN).await?;
        Ok(found.into_iter().map(|(_, described)| described).collect())
    }
}

/// Behind which tick a page starts.
struct Position {
    at: Timestamp,
    trigger: String,
}

impl Position {
    fn write(trigger: &str, tick: &TickRecord) -> String {
        format!("{}/{trigger}", tick.at.0)
    }

    fn read(text: &str) -> Option<Self> {
        let (at, trigger) = text.split_once('/')?;
        Some(Self { at: Timestamp(at.parse().ok()?), trigger: trigger.to_owned() })
    }

    fn is_before(&self, trigger: &str, tick: &TickRecord) -> bool {
        tick.at < self.at || (tick.at == self.at && *trigger > *self.trigger)
    }
}

impl PipelineScheduleView {
    pub(super) fn of(described: Described, now: Timestamp) -> Self {
        let Described { record, schedule, problem, .. } = described;
        let state = super::describe::status(&record);
        Self {
            words: describe(&record.spec),
            next: schedule.upcoming(record.cursor.max(now), NEXT_SHOWN),
            id: record.name,
            spec: record.spec,
            state: match state {
                "ENDED" => "ended",
                "PAUSED" => "paused",
                _ => "active",
            },
            pause: record.paused.map(|pause| PauseView {
                since: pause.since,
                by: pause.by,
                reason: pause.reason,
                until: pause.until,
            }),
            problem,
            active: record.lane.active.len(),
            waiting: record.lane.waiting.len(),
            runs: record.runs,
        }
    }
}

impl PipelineTick {
    pub(super) fn of((trigger, tick): (Arc<str>, TickRecord)) -> Self {
        Self {
            trigger,
            scheduled_at: tick.at,
            state: tick.state,
            reason: tick.reason,
            detail: tick.detail,
            run: tick.execution,
            handled_at: tick.handled,
            through: tick.through,
        }
    }
}

impl WaitingRun {
    fn of(place: Place) -> Self {
        Self {
            id: place.run,
            position: place.position,
            since: place.since,
            waits_for: place.waits_for,
            is_paused: place.is_paused,
        }
    }
}
