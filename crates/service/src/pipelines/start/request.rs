//! What is asked of a run to be.

use std::sync::Arc;

use compasso_pipeline::Moments;
use compasso_schedule::Overlap;
use compasso_types::{Json, Timestamp};

use crate::Error;
use crate::arns::{check_execution_name, name_length};
use crate::constraints::Constraints;
use crate::pipelines::{Interval, RunKind};
use crate::search_attributes::Labels;

/// A run to be.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for on its own")]
pub struct StartPipeline {
    /// The pipeline: an ARN or a name, of a version or an alias as well.
    pub pipeline: String,
    /// The run's id; made up if absent. Starting the same again under the same id answers the run
    /// that is there, even if it has ended.
    pub name: Option<String>,
    /// The ARN of the run that it runs again, if it does.
    pub again_of: Option<Arc<str>>,
    /// The number of the delivery that it is a replay of, if it is one.
    pub replay_of: Option<Arc<str>>,
    /// What starts it.
    pub kind: RunKind,
    /// Who starts it, where that is known.
    pub by: Option<Arc<str>>,
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
    /// The token of another run's task that starts it.
    pub parent: Option<Arc<str>>,
    /// Whether that task is over only when the run is.
    pub parent_waits: bool,
    /// What happens instead of what the pipeline says when it has as many runs as it may.
    pub overlap: Option<Overlap>,
    /// The deadlines that were missed before it starts, and what they say is done.
    pub told: Vec<u32>,
    /// Whether it starts even while the pipeline is paused.
    pub force: bool,
    /// Whether a run of an express pipeline is kept as others are.
    pub durably: bool,
    /// Whether all its tasks are held until they are released.
    pub hold: bool,
    /// Labels of its own, which count more than those of the pipeline.
    pub labels: Labels,
}

impl StartPipeline {
    /// Makes the start of a pipeline by hand, without params.
    pub fn of(pipeline: impl Into<String>) -> Self {
        Self {
            pipeline: pipeline.into(),
            name: None,
            again_of: None,
            replay_of: None,
            kind: RunKind::Manual,
            by: None,
            trigger_id: None,
            trigger: Json::Null,
            params: Json::empty_object(),
            scheduled_at: None,
            interval: None,
            date: None,
            partition: None,
            parent: None,
            parent_waits: false,
            overlap: None,
            told: Vec::new(),
            force: false,
            durably: false,
            hold: false,
            labels: Labels::new(),
        }
    }

    /// Says what of its times is known before it begins, if it is asked for now.
    pub(in crate::pipelines) fn moments(&self, now: Timestamp) -> Moments<'_> {
        Moments {
            trigger: self.trigger_id.as_deref(),
            scheduled: self.scheduled_at,
            interval_end: self.interval.map_or(now, |interval| interval.end),
            queued: now,
        }
    }

    /// Says if it starts whether or not its pipeline is paused: triggers and people do not.
    pub(super) fn passes_pause(&self) -> bool {
        let waits = [RunKind::Manual, RunKind::Api, RunKind::Event].contains(&self.kind);
        self.force || !waits
    }

    /// Returns its name, if it is one and is given.
    pub(super) fn check_name(&self) -> Result<Option<String>, Error> {
        name_length(Constraints::default(), "name", self.name.as_deref()).check()?;
        self.name.as_deref().map_or(Ok(()), check_execution_name)?;
        Ok(self.name.clone())
    }

    /// Says whether what is started is named with the number of a version, as `NAME:3`.
    pub(super) fn names_version(&self) -> bool {
        let pipeline = &self.pipeline;
        let qualifier = pipeline.rsplit_once(':').map(|(_, last)| last);
        let is_number = |last: &str| !last.is_empty() && last.bytes().all(|it| it.is_ascii_digit());
        let is_arn = pipeline.starts_with("arn:");
        // The last part of an ARN may be the name.
        qualifier.is_some_and(is_number) && (!is_arn || pipeline.split(':').count() > 7)
    }
}
