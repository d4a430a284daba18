//! How many of a run's items or children are where.

use serde::{Deserialize, Serialize};

use crate::outcome::{ChildEnd, End};

/// Numbers of items or children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct Counts {
    pub pending: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    pub total: u64,
    pub results_written: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub failures_not_redrivable: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub pending_redrive: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Counts {
    /// Counts `number` more that ended like this.
    pub(crate) fn add(&mut self, end: End, number: u64) {
        *match end.how {
            ChildEnd::Succeeded => &mut self.succeeded,
            ChildEnd::Failed => &mut self.failed,
            ChildEnd::TimedOut => &mut self.timed_out,
            ChildEnd::Aborted => &mut self.aborted,
        } += number;
        if end.is_final {
            self.failures_not_redrivable += number;
        }
    }

    /// Adds those that ended as `other` says.
    pub(crate) fn join(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.aborted += other.aborted;
        self.failures_not_redrivable += other.failures_not_redrivable;
    }

    /// Returns how many have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.timed_out + self.aborted
    }
}
