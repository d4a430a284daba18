//! A turn that ends the process, as one does that uses up memory or stack. Only in builds for tests.

use std::time::Duration;

use compasso_engine::{Decision, Execution, Input, Moment, Rejected};

/// Names the execution whose results end the process.
const OF: &str = "COMPASSO_ABORT_AT_RESULT_OF";
/// How long that takes, in milliseconds.
const AFTER: &str = "COMPASSO_ABORT_AFTER";

/// Decides, or ends the process.
pub(crate) fn decide(
    execution: &Execution,
    input: Input,
    moment: Moment<'_>,
) -> Result<Decision, Rejected> {
    if matches!(input, Input::TaskFinished { .. })
        && let (Some(start), Ok(name)) = (execution.start(), std::env::var(OF))
        && *start.name == *name
    {
        let after = std::env::var(AFTER).ok().and_then(|millis| millis.parse().ok());
        std::thread::sleep(Duration::from_millis(after.unwrap_or_default()));
        std::process::abort();
    }
    compasso_engine::decide(execution, input, moment)
}
