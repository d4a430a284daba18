//! The scheduler's bounds.

use std::time::Duration;

/// Most schedules of a server; each takes up a few kilobytes of memory.
pub const SCHEDULES_MAX: usize = 100_000;
/// Longest name of a schedule, characters: with the instant of a tick it names an execution.
pub const NAME_CHARS_MAX: usize = 56;
/// Most runs of pipelines that are under way or wait; each takes up a kilobyte of memory.
pub(crate) const SEATS_MAX: usize = 200_000;
/// Most calendars of an account in a region.
pub(crate) const CALENDARS_MAX: usize = 1_000;
/// Most backfills that are not over.
pub(crate) const BACKFILLS_MAX: usize = 1_000;
/// Most ticks of a backfill.
pub(crate) const BACKFILL_TICKS_MAX: usize = 100_000;
/// Failed runs of a backfill that are known by their ticks: their later ends count.
pub(crate) const BACKFILL_FAILED_MAX: usize = 1_000;
/// Most runs of a backfill that are under way at once.
pub(crate) const BACKFILL_ACTIVE_MAX: usize = 1_000;
/// Most ticks told of a backfill that is only planned.
pub(crate) const PLANNED_MAX: usize = 1_000;
/// Schedules that are worked on at once.
pub(crate) const ADVANCES_MAX: usize = 512;
/// Most records of ticks in one write. Of more ticks that were missed together, the last of these
/// records stands for the rest.
pub(crate) const STEP_TICKS_MAX: usize = 256;
/// Pauses whose words are kept of a schedule, for the records of the ticks that they had skipped.
pub(crate) const PAUSES_KEPT: usize = 16;
/// Records of ticks kept of a schedule, the newest.
pub(crate) const TICKS_KEPT: usize = 10_000;
/// After how many new records those beyond [`TICKS_KEPT`] are deleted.
pub(crate) const PRUNE_EVERY: u64 = 1_000;
/// Documents read or deleted at once.
pub(crate) const PAGE: usize = 1_000;
/// Longest sleep of the timer, so that a clock that is set forward is noticed.
pub(crate) const SLEEP_MAX: Duration = Duration::from_secs(1);
/// Pause before what the store or the runtime refused is tried again.
pub(crate) const RETRY: Duration = Duration::from_millis(500);
/// Steps that the expressions of one input may take.
pub(crate) const INPUT_STEPS_MAX: u64 = 200_000;
