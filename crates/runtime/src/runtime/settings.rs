//! What of a runtime can be set.

use std::sync::Arc;

use crate::{TransitionRates, TurnMarks, limits};

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that decide turns. With none, they are decided by the asynchronous runtime, one after
    /// another, as a simulation wants it.
    pub turn_threads: usize,
    /// Executions kept in memory between turns.
    pub cached_executions_max: usize,
    /// Tasks carried out at once by the task runner.
    pub running_tasks_max: usize,
    /// Tasks of an activity kept in memory that wait for a worker, and as many that wait to be run;
    /// further ones wait in the store alone.
    pub waiting_tasks_max: usize,
    /// Standard executions whose starts from outside may be under way at once.
    pub starts_max: usize,
    /// How fast Standard executions may go through states, if that is limited.
    pub transitions: Option<TransitionRates>,
    /// Whether tasks are told where they stand in a trace.
    pub traces: bool,
    /// Where turns are remembered that may end the process, if they are.
    pub marks: Option<Arc<dyn TurnMarks>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            turn_threads: std::thread::available_parallelism().map_or(2, usize::from),
            cached_executions_max: 20_000,
            running_tasks_max: 1_000,
            waiting_tasks_max: 100_000,
            starts_max: limits::INPUTS_MAX,
            transitions: None,
            traces: false,
            marks: None,
        }
    }
}
