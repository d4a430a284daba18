//! What AWS would bill for an Express execution.

use std::time::Duration;

/// Duration is billed in steps of this.
const STEP: Duration = Duration::from_millis(100);

/// Returns how long an execution is billed for that took so long.
pub fn billed_duration(taken: Duration) -> Duration {
    let steps = taken.as_nanos().div_ceil(STEP.as_nanos()).max(1);
    u32::try_from(steps).map_or(Duration::MAX, |steps| STEP * steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_of_a_step_is_billed_and_one_step_at_least() {
        let billed =
            |milliseconds| billed_duration(Duration::from_millis(milliseconds)).as_millis();
        assert_eq!([0, 1, 100, 101, 199, 200].map(billed), [100, 100, 100, 200, 200, 200]);
    }
}
