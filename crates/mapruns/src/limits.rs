//! The bounds of map runs.

use std::time::Duration;

/// Most children of a run at once, whatever is asked for.
pub(crate) const CHILDREN_AT_ONCE_MAX: u64 = 10_000;
/// Most Standard children of all runs that are being started at once.
pub(crate) const STARTS_AT_ONCE_MAX: usize = 256;
/// Most Express children of all runs at once: fewer than the server runs, so that there is room for
/// the Express executions of others.
pub(crate) const EXPRESS_AT_ONCE_MAX: usize = 5_000;
/// Most bytes that the inputs of children have, those of all runs: of Standard children until they are
/// stored, of Express ones until they end. One that has more alone runs alone.
pub(crate) const INPUT_BYTES_AT_ONCE_MAX: u32 = 128 * 1024 * 1024;
/// Children of a run that are being stopped at once.
pub(crate) const STOPS_AT_ONCE_MAX: usize = 64;
/// Inputs of children that are made ahead.
pub(crate) const CHILDREN_AHEAD_MAX: usize = 16;
/// Items whose inputs are made at once.
pub(crate) const SELECTED_AT_ONCE_MAX: usize = 32;
/// Items that are counted ahead before others see how many they are.
pub(crate) const ITEMS_PER_CENSUS_REPORT: u64 = 1_000;
/// Children that end before progress is stored again.
pub(crate) const CHILDREN_PER_CHECKPOINT: u64 = 1_000;
/// Records read at once while results are collected.
pub(crate) const RECORDS_AT_ONCE: usize = 64;
/// Rows in one page of a listing.
pub(crate) const PAGE_ROWS: usize = 1_000;
/// First pause before something that failed is tried again; it doubles.
pub(crate) const RETRY_FIRST: Duration = Duration::from_millis(20);
/// Longest such pause.
pub(crate) const RETRY_LONGEST: Duration = Duration::from_secs(5);
