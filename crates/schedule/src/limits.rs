//! Bounds of schedules.

use std::time::Duration;

/// Longest cron or rule text, bytes.
pub const CRON_BYTES_MAX: usize = 1_024;
/// Shortest time between two ticks.
pub const PERIOD_MIN: Duration = Duration::from_secs(1);
/// Most times in a list of them.
pub const TIMES_MAX: usize = 1_000;
/// Most times of one day in a recurrence rule.
pub const TIMES_A_DAY_MAX: usize = 100;
/// Most times of a recurrence rule that says how many there are.
pub const RULE_COUNT_MAX: i64 = 1_000;
/// Most days in a calendar.
pub const CALENDAR_DAYS_MAX: usize = 10_000;
/// Longest file of iCalendar that is read, bytes.
pub const ICS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rules of a calendar.
pub const CALENDAR_RULES_MAX: usize = 1_000;
/// How far the next open day of a calendar is looked for, days.
pub const CALENDAR_REACH: usize = 3_660;
/// Most starts that wait for a run to end.
pub const WAITING_MAX: usize = 1_000;
/// Longest duration a schedule may name.
pub const DURATION_MAX: Duration = Duration::from_secs(10 * 366 * 86_400);
