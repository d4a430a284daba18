//! What a push would change, before it does.

use std::sync::Arc;

use compasso_pipeline::tree::TriggerKind;
use compasso_pipeline::{Pipeline, value_of};
use compasso_scheduler::pipeline_schedule;
use compasso_types::{Arn, Timestamp};

use super::comparison::{NextTicks, PipelineComparison, compare};
use crate::definitions::{ReadPipeline, compiling};
use crate::records::Machine;
use crate::{Error, Service};

/// Next ticks that are told of a schedule.
const NEXT_SHOWN: usize = 3;

impl Service {
    /// Compares what is pushed with what the pipeline is now, if it is there.
    pub(super) async fn comparison(
        &self,
        arn: &Arn,
        present: Option<&Machine>,
        one: &ReadPipeline,
    ) -> Result<PipelineComparison, Error> {
        let before = match present {
            Some(machine) => Some(self.present_revision(arn, machine).await?),
            None => None,
        };
        let old = before.as_ref().map(|before| before.revision.definition.clone());
        let new = one.text.clone();
        let compared = compiling(move || {
            let old = old.as_deref().and_then(value_of);
            value_of(&new).map(|new| compare(old.as_ref(), &new))
        });
        let unread = || Error::Internal("a pipeline that was read has no value".into());
        let mut compared = compared.await?.ok_or_else(unread)?;
        let before = before.as_ref().and_then(|before| before.pipeline.as_deref());
        for trigger in compared.triggers.names() {
            let ticks = |pipeline| self.next_ticks(arn, pipeline, trigger);
            let (before, after) = (before.and_then(ticks), ticks(&one.pipeline));
            if before.is_some() || after.is_some() {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                compared.schedules.push(NextTicks { trigger: trigger.clone(), before, after });
            }
        }
        Ok(compared)
    }

    /// Returns the next ticks of a pipeline's schedule; `None` if it has none of this id. One that is
    /// switched off has no ticks, nor has one whose calendar is not there.
    fn next_ticks(&self, arn: &Arn, pipeline: &Pipeline, id: &Arc<str>) -> Option<Vec<Timestamp>> {
        let trigger = pipeline.triggers.list.iter().find(|trigger| trigger.id == *id)?;
        let TriggerKind::Schedule(schedule) = &trigger.kind else { return None };
        let key = pipeline_schedule(arn.as_str(), id);
        let meaning = self.inner.scheduler.meaning(&key, &pipeline.name, &schedule.spec());
        let Some(meaning) = meaning.ok().filter(|_| trigger.enabled) else {
            return Some(Vec::new());
        };
        Some(meaning.upcoming(self.now(), NEXT_SHOWN))
    }
}
