//! What is stored of a backfill.

use std::sync::Arc;

use compasso_schedule::{Schedule, Spec, Tick, Within, hash_of};
use compasso_store::{DocumentChange, Expected, Revision};
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::RunAgain;
use crate::advance::run_name;
use crate::limits::BACKFILL_FAILED_MAX;
use crate::record as records;

/// The kind of documents that are backfills; the key is the pipeline's ARN and the id.
pub(super) const BACKFILL: &str = "backfill";

/// A backfill and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backfill {
    /// Its id: later ones are smaller.
    pub id: Arc<str>,
    /// The pipeline's ARN.
    pub pipeline: Arc<str>,
    /// The id of the schedule whose ticks it goes through.
    pub trigger: Arc<str>,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after the last one.
    pub to: Timestamp,
    /// Which ticks come first.
    pub order: BackfillOrder,
    /// How many of its runs are under way at once.
    pub max_active: usize,
    /// What happens to ticks that have a run.
    pub reprocess: Reprocess,
    /// Params that stand for those of the trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Json>,
    /// The version of the pipeline that runs; the present one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The only tasks that run again of ticks that have a run, if any are named; others are left then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Whether assets that its runs write start others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emit_assets: bool,
    /// The schedule as it was.
    pub spec: Spec,
    /// The schedule's condition as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Json>,
    /// The schedule's params as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    /// When it was created.
    pub created: Timestamp,
    /// Who created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// How it stands.
    pub state: BackfillState,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How many ticks there are.
    pub total: usize,
    /// How many of them were looked at.
    #[serde(default)]
    pub done: usize,
    /// Those whose runs are under way.
    #[serde(default)]
    pub active: Vec<UnderWay>,
    /// What became of the others.
    #[serde(default)]
    pub counts: Counts,
    /// Those whose runs were counted as failed, the first of them: they may run again to success.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Timestamp>,
}

/// A tick whose run is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnderWay {
    /// The tick.
    pub at: Timestamp,
    /// The run's ARN.
    pub run: Arc<str>,
    /// Whether the run had ended, and runs again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// How it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<RunAgain>,
}

/// Which ticks come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillOrder {
    /// The oldest.
    #[default]
    Asc,
    /// The newest.
    Desc,
    /// Any: an order that looks random and is the same after a restart.
    Random,
}

/// What happens to ticks that have a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reprocess {
    /// It stays as it is.
    #[default]
    None,
    /// The same.
    Missing,
    /// It runs again from where it failed.
    Failed,
    /// It runs again, whatever it ended as.
    All,
}

/// How a backfill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// It goes on.
    Running,
    /// No run begins until it is resumed.
    Paused,
    /// No run begins any more; those under way go on.
    Cancelled,
    /// All ticks have been looked at and all runs are over.
    Finished,
}

/// What became of ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Runs that succeeded.
    pub success: usize,
    /// Runs that did not.
    pub failed: usize,
    /// Ticks that had a run, which stays as it is.
    pub left: usize,
    /// Ticks on days that the calendar closes, and those for which the condition does not hold.
    pub skipped: usize,
    /// Ticks whose run could not begin.
    pub refused: usize,
}

impl BackfillState {
    /// Says if nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Finished)
    }
}

impl Backfill {
    /// Counts a run that ended.
    pub(super) fn count_end(&mut self, at: Timestamp, succeeded: bool) {
        if succeeded {
            self.counts.success += 1;
            return;
        }
        self.counts.failed += 1;
        if self.failed.len() < BACKFILL_FAILED_MAX {
            self.failed.push(at);
        }
    }

    /// Returns the ARN of the schedule it goes through.
    pub(super) fn schedule_arn(&self) -> Arc<str> {
        crate::pipelines::pipeline_schedule(&self.pipeline, &self.trigger)
    }

    /// Returns the ARN of the run of a tick.
    pub(super) fn run_of(&self, at: Timestamp) -> Arc<str> {
        let runs = self.pipeline.replacen(":pipeline:", ":run:", 1);
        format!("{runs}:{}", run_name(&self.trigger, at)).into()
    }

    /// Returns the schedule it goes through; a calendar must be one that there is.
    pub(super) fn schedule(
        &self,
        calendars: &compasso_schedule::Calendars,
    ) -> Result<Schedule, Vec<compasso_schedule::Invalid>> {
        let pipeline = self.pipeline.rsplit(':').next().unwrap_or(&self.pipeline);
        let name = format!("{pipeline}/{}", self.trigger);
        let within = Within { name: &name, hashed: pipeline, calendars: Some(calendars) };
        self.spec.compile_within(&within)
    }

    /// Returns its ticks in their order, at most one more than `most`.
    pub(super) fn ticks(&self, schedule: &Schedule, most: usize) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = schedule.between(self.from, self.to).take(most + 1).collect();
        match self.order {
            BackfillOrder::Asc => {}
            BackfillOrder::Desc => ticks.reverse(),
            BackfillOrder::Random => {
                ticks.sort_by_cached_key(|tick| hash_of(&[&self.id, &tick.at.to_string()]));
            }
        }
        ticks
    }

    /// Orders that it be written.
    pub(super) fn put(&self, key: &str, expected: Expected) -> DocumentChange {
        let body = Some(records::write(self));
        DocumentChange { kind: BACKFILL, key: key.to_owned(), expected, body }
    }

    /// Orders that it be written over what was read.
    pub(super) fn put_over(&self, key: &str, revision: Revision) -> DocumentChange {
        self.put(key, Expected::Revision(revision))
    }
}
