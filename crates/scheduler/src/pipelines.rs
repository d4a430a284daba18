//! The schedules of pipelines, which follow their definitions.

use std::collections::HashSet;
use std::sync::Arc;

use compasso_schedule::Spec;
use compasso_types::{Json, Timestamp};

use crate::change::{ChangeError, NewSchedule};
use crate::limits::PAGE;
use crate::record::SCHEDULE;
use crate::{Pause, Record, Scheduler, Target};

/// A schedule as a pipeline says it.
#[derive(Clone, Debug)]
pub struct PipelineSchedule {
    /// The trigger's id.
    pub id: Arc<str>,
    /// When it is due.
    pub spec: Spec,
    /// What must hold of a tick, as an expression.
    pub condition: Option<Json>,
    /// The params, with expressions.
    pub params: Option<Json>,
    /// Whether it rests.
    pub paused: Option<Pause>,
}

/// Returns the ARN of a pipeline's schedule.
pub fn pipeline_schedule(pipeline: &str, trigger: &str) -> Arc<str> {
    format!("{pipeline}/{trigger}").into()
}

impl Scheduler {
    /// Makes the schedules of a pipeline those that it says `since` an instant, from which on one that is
    /// new or due otherwise than before counts ticks; one that is not said any more goes, with its records.
    /// `catch_up`: ticks that came while it rested are treated as missed ones.
    ///
    /// # Errors
    /// See [`ChangeError`]; what was not done can be done again.
    pub async fn put_pipeline(
        &self,
        pipeline: &Arc<str>,
        schedules: Vec<PipelineSchedule>,
        since: Timestamp,
        catch_up: bool,
    ) -> Result<(), ChangeError> {
        let said: HashSet<Arc<str>> =
            schedules.iter().map(|schedule| pipeline_schedule(pipeline, &schedule.id)).collect();
        for arn in self.schedules_of(pipeline).await? {
            if !said.contains(&arn) {
                self.delete(&arn).await?;
            }
        }
        for schedule in schedules {
            let arn = pipeline_schedule(pipeline, &schedule.id);
            match self.describe(&arn).await {
                None => self.create(&arn, schedule.into_new(pipeline, since)).await?,
                Some(present) if schedule.is_like(&present.record) => {}
                Some(present) => {
                    if present.record.paused.is_some() && schedule.paused.is_none() {
                        self.resume(&arn, catch_up).await?;
                    }
                    let now = self.now();
                    self.change(&arn, move |record| schedule.change(record, since, now)).await?;
                }
            }
        }
        Ok(())
    }

    /// Returns the ARNs of a pipeline's schedules, a bounded number at once.
    async fn schedules_of(&self, pipeline: &str) -> Result<Vec<Arc<str>>, ChangeError> {
        let prefix = pipeline_schedule(pipeline, "");
        let store = self.inner.runtime.store();
        let page = store.documents(SCHEDULE, &prefix, None, PAGE).await?;
        Ok(page.into_iter().map(|document| document.key.into()).collect())
    }
}

impl PipelineSchedule {
    fn into_new(self, pipeline: &Arc<str>, since: Timestamp) -> NewSchedule {
        NewSchedule {
            name: self.id,
            description: None,
            target: Target::Pipeline(pipeline.clone()),
            input: self.params,
            condition: self.condition,
            spec: self.spec,
            paused: self.paused,
            since: Some(since),
        }
    }

    fn is_like(&self, record: &Record) -> bool {
        record.spec == self.spec
            && record.condition == self.condition
            && record.input == self.params
            && record.paused == self.paused
    }

    fn change(self, record: &mut Record, since: Timestamp, now: Timestamp) {
        if record.spec != self.spec {
            record.cursor = record.cursor.max(since).min(now);
            record.ended = false;
            record.spec = self.spec;
        }
        record.condition = self.condition;
        record.input = self.params;
        record.paused = self.paused;
        record.modified = now;
    }
}
