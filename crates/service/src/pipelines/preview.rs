//! What a push would change, before it does.

use compasso_pipeline::tree::{Trigger, TriggerKind};
use compasso_pipeline::{Pipeline, value_of};
use compasso_schedule::Schedule;
use compasso_scheduler::pipeline_schedule;
use compasso_types::Arn;

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
        let rests = present.is_some_and(|machine| machine.paused.is_some());
        let now = self.now();
        for id in compared.triggers.names() {
            let before = before.and_then(|before| Some((before, schedule_of(before, id)?)));
            let after = schedule_of(&one.pipeline, id).map(|after| (&*one.pipeline, after));
            if before.is_none() && after.is_none() {
                continue;
            }
            let meaning = |of: Option<_>| of.and_then(|of| self.meaning(arn, of));
            let (is_new, before, after) = (before.is_none(), meaning(before), meaning(after));
            let next = |of: &Option<Schedule>| {
                of.as_ref().map(|of| of.upcoming(now, NEXT_SHOWN)).unwrap_or_default()
            };
            let new = after.as_ref().filter(|_| is_new && !rests);
            compared.schedules.push(NextTicks {
                trigger: id.clone(),
                before: next(&before),
                after: next(&after),
                caught_up: new.and_then(|new| new.caught_up(now)).map(Into::into),
            });
        }
        Ok(compared)
    }

    /// Returns what a pipeline's schedule means. One that is switched off means nothing, nor does one
    /// whose calendar is not there.
    fn meaning(&self, arn: &Arn, (pipeline, trigger): (&Pipeline, &Trigger)) -> Option<Schedule> {
        let TriggerKind::Schedule(schedule) = &trigger.kind else { return None };
        let key = pipeline_schedule(arn.as_str(), &trigger.id);
        let meaning = self.inner.scheduler.meaning(&key, &pipeline.name, &schedule.spec());
        meaning.ok().filter(|_| trigger.enabled)
    }
}

fn schedule_of<'a>(pipeline: &'a Pipeline, id: &str) -> Option<&'a Trigger> {
    let is_it =
        |trigger: &&Trigger| *trigger.id == *id && matches!(trigger.kind, TriggerKind::Schedule(_));
    pipeline.triggers.list.iter().find(is_it)
}
