//! The runtime's own bounds.

use std::time::Duration;

/// Most turns in one commit.
pub(crate) const COMMIT_TURNS_MAX: usize = 512;
/// Most executions looked at together after a commit without a clear answer.
pub(crate) const LOOKS_MAX: usize = 64;
/// Most bytes in one commit, beyond its first turn.
pub(crate) const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most inputs handled in one turn.
pub(crate) const TURN_INPUTS_MAX: usize = 64;
/// Inputs under way beyond which new executions are refused.
pub(crate) const INPUTS_MAX: usize = 10_000;
/// Waiting inputs of one execution beyond which heartbeats, signals and starts are refused.
pub(crate) const INBOX_MAX: usize = 1_000;
/// Inputs under way beyond which due timers wait.
pub(crate) const WAKES_INPUTS_MAX: usize = 4_000;
/// How far ahead timers are kept in memory.
pub(crate) const TIMER_WINDOW: Duration = Duration::from_secs(60);
/// Most timers kept in memory, some 200 bytes each: more than a machine fires within the window, so that
/// they are read ahead of a rush, not in it.
pub(crate) const TIMERS_MAX: usize = 150_000;
/// How many that were read are put there at once: nobody can set one meanwhile.
pub(crate) const TIMERS_AT_ONCE: usize = 1_000;
/// Longest sleep of the timer loop, so that a clock set forward is noticed.
pub(crate) const TIMER_SLEEP_MAX: Duration = Duration::from_secs(10);
/// Bytes of executions kept in memory between turns, roughly.
pub(crate) const CACHED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Executions read from the store at once.
pub(crate) const LOADS_MAX: usize = 64;
/// Executions read from the store in one page of recovery.
pub(crate) const RECOVERY_PAGE: usize = 1_000;
/// Events read from the store at once when an execution is rebuilt.
pub(crate) const REPLAY_EVENTS: usize = 128;
/// How often an execution is rebuilt to be redriven while others change it.
pub(crate) const REDRIVE_READS_MAX: usize = 5;
/// How often an execution is read that goes on meanwhile.
pub(crate) const IMAGE_READS_MAX: usize = 10;
/// Heartbeats remembered; beyond it they are committed.
pub(crate) const BEATS_MAX: usize = 100_000;
/// Express executions at once.
pub(crate) const EXPRESS_MAX: usize = 10_000;
/// Ends of Express executions that are remembered.
pub(crate) const EXPRESS_ENDS_MAX: usize = 10_000;
/// Bytes they take up together at most.
pub(crate) const EXPRESS_ENDS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What an end takes up besides its data, about.
pub(crate) const EXPRESS_END_BYTES: usize = 1024;
/// How often a turn may panic before its execution is set aside.
pub(crate) const PANICS_MAX: u32 = 3;
/// How often a write is tried while the store refuses others.
pub(crate) const REFUSED_LOOK_EVERY: Duration = Duration::from_secs(1);
/// After what time in which the store took none it is said to refuse every write.
pub(crate) const REFUSED_ALL_AFTER: Duration = Duration::from_secs(1);
/// After what time without refusals they are forgotten.
pub(crate) const REFUSED_FORGOTTEN: Duration = Duration::from_secs(10);
/// First pause before work that the store refused is tried again; it doubles.
pub(crate) const RETRY_FIRST: Duration = Duration::from_millis(100);
/// Longest pause before work that the store refused is tried again.
pub(crate) const RETRY_LONGEST: Duration = Duration::from_secs(30);
/// How long a shutdown waits for turns and commits under way.
pub(crate) const SHUTDOWN_MAX: Duration = Duration::from_secs(5);
/// Lines of task output that wait to be written; beyond it they are dropped.
pub(crate) const LOG_LINES_MAX: usize = 10_000;
/// Longest stretch of a line of task output that is kept.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 16 * 1024;
/// Most jobs that only wait for the end of what they handed over; more of them keep their places
/// among the running tasks.
pub(crate) const WAITING_JOBS_MAX: usize = 10_000;
