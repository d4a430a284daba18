//! What is due.

use std::time::Duration;

use compasso_pipeline::tree;
use compasso_store::{ExecutionFilter, ExecutionHeader, Order, Part};
use compasso_types::Timestamp;

use super::Retention;

/// How long what the executions of one workflow left is kept; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) whole: Option<Duration>,
    pub(super) log: Option<Duration>,
}

impl Rules {
    /// Returns the rules of a pipeline, or of what is left of one.
    pub(super) fn of_runs(server: &Retention, own: tree::Retention) -> Self {
        Self { whole: own.runs.or(server.runs), log: own.logs.or(server.logs) }
    }

    /// Returns the rules of state machines.
    pub(super) fn of_executions(server: &Retention) -> Self {
        Self { whole: server.executions, log: server.logs }
    }

    /// Says which part of a closed execution goes at `now`, if one does.
    pub(super) fn due(&self, header: &ExecutionHeader, now: Timestamp) -> Option<Part> {
        let stopped = header.stopped.filter(|_| !header.status.is_open())?;
        let is_due = |kept: Option<Duration>| kept.is_some_and(|kept| is_over(stopped, kept, now));
        if is_due(self.whole) {
            return Some(Part::Whole);
        }
        is_due(self.log).then_some(Part::Log)
    }

    /// Returns which executions of a listing may be due as a whole.
    pub(super) fn old(&self, listing: &str, now: Timestamp) -> Option<ExecutionFilter> {
        let until = before(now, self.whole?)?;
        Some(filter(Some(listing), None, until))
    }

    /// Returns which executions of a listing may have logs that are due; the logs of those that
    /// closed before `done` are gone already.
    pub(super) fn old_logs(
        &self,
        listing: &str,
        now: Timestamp,
        done: Option<Timestamp>,
    ) -> Option<ExecutionFilter> {
        let log = self.log.filter(|log| self.whole.is_none_or(|whole| *log < whole))?;
        let until = before(now, log)?;
        let since = done.map(|done| done.after(Duration::from_millis(1)));
        since.is_none_or(|since| since <= until).then(|| filter(Some(listing), since, until))
    }
}

/// Returns which executions of any listing are due whatever they are.
pub(super) fn old_of_all(server: &Retention, now: Timestamp) -> Option<ExecutionFilter> {
    let longest = server.runs?.max(server.executions?);
    Some(filter(None, None, before(now, longest)?))
}

/// Says whether what is kept for a time since an instant goes at `now`.
pub(super) fn is_over(since: Timestamp, kept: Duration, now: Timestamp) -> bool {
    since.after(kept) <= now
}

fn filter(listing: Option<&str>, since: Option<Timestamp>, until: Timestamp) -> ExecutionFilter {
    let (workflow, until) = (listing.map(Into::into), Some(until));
    ExecutionFilter { workflow, since, until, order: Order::EarliestFirst, ..Default::default() }
}

/// Returns the instant `kept` before `now`; `None` if nothing is that old.
pub(super) fn before(now: Timestamp, kept: Duration) -> Option<Timestamp> {
    let kept = i64::try_from(kept.as_millis()).ok()?;
    now.0.checked_sub(kept).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use compasso_store::{Attributes, ExecutionKey, Status};

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn closed(days_ago: u32) -> ExecutionHeader {
        ExecutionHeader {
            key: ExecutionKey("e".into()),
            workflow: "w".into(),
            version: None,
            alias: None,
            status: Status::Failed,
            started: Timestamp(0),
            stopped: before(NOW, days_ago * DAY),
            redriven: None,
            attributes: Attributes::new(),
            failure: None,
        }
    }

    fn server() -> Retention {
        Retention { runs: Some(30 * DAY), logs: Some(7 * DAY), ..Retention::default() }
    }

    #[test]
    fn a_run_goes_after_its_time_and_its_log_before() {
        let rules = Rules::of_runs(&server(), tree::Retention::default());
        let due = |days| rules.due(&closed(days), NOW);
        assert_eq!((due(6), due(7), due(29)), (None, Some(Part::Log), Some(Part::Log)));
        assert_eq!((due(30), due(400)), (Some(Part::Whole), Some(Part::Whole)));
    }

    #[test]
    fn what_a_pipeline_says_counts_more() {
        let own = tree::Retention { runs: Some(400 * DAY), ..tree::Retention::default() };
        let rules = Rules::of_runs(&server(), own);
        assert_eq!(rules.due(&closed(399), NOW), Some(Part::Log));
        assert_eq!(rules.due(&closed(400), NOW), Some(Part::Whole));
    }

    #[test]
    fn an_open_execution_is_never_due() {
        let rules = Rules { whole: Some(Duration::ZERO), log: Some(Duration::ZERO) };
        for status in [Status::Running, Status::Quarantined] {
            let open = ExecutionHeader { status, ..closed(400) };
            assert_eq!(rules.due(&open, NOW), None);
        }
    }

    #[test]
    fn for_ever_is_for_ever() {
        let rules = Rules { whole: None, log: None };
        assert_eq!(rules.due(&closed(10_000), NOW), None);
        assert!(rules.old("w", NOW).is_none() && rules.old_logs("w", NOW, None).is_none());
        let never = Retention { runs: None, ..server() };
        assert!(old_of_all(&never, NOW).is_none());
    }

    #[test]
    fn logs_are_looked_for_once() {
        let rules = Rules::of_runs(&server(), tree::Retention::default());
        let until = before(NOW, 7 * DAY).unwrap();
        let filter = rules.old_logs("w", NOW, None).unwrap();
        assert_eq!((filter.since, filter.until), (None, Some(until)));
        assert!(rules.old_logs("w", NOW, Some(until)).is_none());
        let with_the_run = Rules { log: rules.whole, ..rules };
        assert!(with_the_run.old_logs("w", NOW, None).is_none());
    }
}
