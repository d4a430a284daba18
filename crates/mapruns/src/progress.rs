//! What became of the children so far.

use std::collections::VecDeque;

use crate::Counts;
use crate::outcome::ChildEnd;
use crate::record::{Progress, Settings};

/// Counts children; keeps those that ended before an earlier one did, a few bytes each.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Children without gaps from the first one.
    durable: Progress,
    /// Children from there on.
    later: VecDeque<Option<Ended>>,
    items: Counts,
    executions: Counts,
    /// How many there are in all, once that is known.
    total: Option<Total>,
    started: Total,
    /// The place after the last child that was started, even if it was withdrawn.
    reached: u64,
}

/// A number of children and of their items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) items: u64,
    pub(crate) children: u64,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    items: u32,
    end: ChildEnd,
}

impl Tally {
    /// Begins where `progress` ends.
    pub(crate) fn new(progress: Progress) -> Self {
        let started =
            Total { items: progress.items.ended(), children: progress.executions.ended() };
        Self {
            durable: progress,
            later: VecDeque::new(),
            items: progress.items,
            executions: progress.executions,
            total: None,
            started,
            reached: progress.children,
        }
    }

    /// Begins where `progress` ends, for a run that had come to `before` when it was redriven.
    pub(crate) fn redriven(progress: Progress, before: Option<Progress>) -> Self {
        let mut tally = Self::new(progress);
        if let Some(before) = before {
            tally.total =
                Some(Total { items: before.items.total, children: before.executions.total });
            tally.items.pending_redrive = unsuccessful(&before.items, &progress.items);
            tally.executions.pending_redrive =
                unsuccessful(&before.executions, &progress.executions);
        }
        tally
    }

    /// A child that had not succeeded goes on or begins anew.
    pub(crate) fn redrove(&mut self, items: u64) {
        let less = |pending: &mut u64, number| *pending = pending.saturating_sub(number);
        less(&mut self.items.pending_redrive, items);
        less(&mut self.executions.pending_redrive, 1);
    }

    /// Says how many there are in all.
    pub(crate) fn set_total(&mut self, total: Total) {
        self.total = Some(total);
    }

    /// The child at `index` was started.
    pub(crate) fn started(&mut self, index: u64, items: u64) {
        self.reached = self.reached.max(index + 1);
        self.started.items += items;
        self.started.children += 1;
        self.items.running += items;
        self.executions.running += 1;
    }

    /// A child with this many items was not begun after all.
    pub(crate) fn withdrawn(&mut self, items: u64) {
        self.started.items -= items;
        self.started.children -= 1;
        self.items.running -= items;
        self.executions.running -= 1;
    }

    /// The child at `index` ended.
    pub(crate) fn ended(&mut self, index: u64, items: u64, end: ChildEnd) {
        self.items.running -= items;
        self.executions.running -= 1;
        self.items.add(end, items);
        self.executions.add(end, 1);
        let place = usize::try_from(index - self.durable.children).expect("children fit in memory");
        if place >= self.later.len() {
            self.later.resize(place + 1, None);
        }
        // A child's input, and so the number of its items, is bounded.
        self.later[place] = Some(Ended { items: u32::try_from(items).unwrap_or(u32::MAX), end });
        while let Some(Some(ended)) = self.later.front().copied() {
            self.later.pop_front();
            self.durable.children += 1;
            self.durable.items.add(ended.end, ended.items.into());
            self.durable.executions.add(ended.end, 1);
        }
    }

    /// Returns the part that a restart need not look at again.
    pub(crate) fn durable(&self) -> Progress {
        self.durable
    }

    /// Returns the place that no child was started at or after.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }

    /// Counts results that were exported.
    pub(crate) fn wrote(&mut self, items: u64) {
        self.items.results_written += items;
        self.executions.results_written += 1;
    }

    /// Returns what the API shows: items and executions.
    pub(crate) fn counts(&self) -> (Counts, Counts) {
        let total = self.total.unwrap_or(self.started);
        let shown = |counts: Counts, total: u64, started: u64| {
            let total = total.max(started);
            let pending = (total - started).saturating_sub(counts.pending_redrive);
            Counts { pending, total, ..counts }
        };
        (
            shown(self.items, total.items, self.started.items),
            shown(self.executions, total.children, self.started.children),
        )
    }

    /// Says whether more items failed than may. The share of all items is known only once it is
    /// known how many there are; a limit that was not given does not count beside one that was.
    pub(crate) fn exceeds(&self, settings: &Settings) -> bool {
        let failed = self.items.failed + self.items.timed_out;
        let percentage = settings.tolerated_failure_percentage;
        let by_count = settings.tolerated_failure_count > 0 || percentage <= 0.0;
        if by_count && failed > settings.tolerated_failure_count {
            return true;
        }
        percentage > 0.0
            && self
                .total
                .is_some_and(|total| failed as f64 * 100.0 > percentage * total.items as f64)
    }
}

/// Returns how many are left of those that had not succeeded.
fn unsuccessful(before: &Counts, since: &Counts) -> u64 {
    let ended = |counts: &Counts| counts.failed + counts.timed_out + counts.aborted;
    ended(before).saturating_sub(ended(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(count: u64, percentage: f64) -> Settings {
        Settings {
            max_concurrency: 0,
            tolerated_failure_count: count,
            tolerated_failure_percentage: percentage,
        }
    }

    fn failed(tally: &mut Tally, index: u64) {
        tally.started(index, 1);
        tally.ended(index, 1, ChildEnd::Failed);
    }

    #[test]
    fn progress_has_no_gaps() {
        let mut tally = Tally::default();
        for index in 0..3 {
            tally.started(index, 2);
        }
        tally.ended(2, 2, ChildEnd::Succeeded);
        tally.ended(1, 2, ChildEnd::TimedOut);
        assert_eq!(tally.durable(), Progress::default());
        tally.ended(0, 2, ChildEnd::Succeeded);
        let progress = tally.durable();
        assert_eq!(progress.children, 3);
        assert_eq!((progress.items.succeeded, progress.items.timed_out), (4, 2));
        assert_eq!((progress.executions.succeeded, progress.executions.timed_out), (2, 1));
    }

    #[test]
    fn a_withdrawn_child_hides_none_after_it() {
        let mut tally = Tally::new(Progress { children: 5, ..Progress::default() });
        assert_eq!(tally.reached(), 5);
        tally.started(5, 1);
        tally.started(6, 1);
        tally.withdrawn(1);
        assert_eq!(tally.reached(), 7);
    }

    #[test]
    fn without_limits_no_item_may_fail() {
        let mut tally = Tally::default();
        assert!(!tally.exceeds(&settings(0, 0.0)));
        failed(&mut tally, 0);
        assert!(tally.exceeds(&settings(0, 0.0)));
    }

    #[test]
    fn a_limit_is_exceeded_by_one_more() {
        let mut tally = Tally::default();
        tally.set_total(Total { items: 10, children: 10 });
        failed(&mut tally, 0);
        assert!(!tally.exceeds(&settings(1, 0.0)));
        assert!(!tally.exceeds(&settings(0, 10.0)));
        failed(&mut tally, 1);
        assert!(tally.exceeds(&settings(1, 0.0)));
        assert!(tally.exceeds(&settings(0, 10.0)));
        assert!(tally.exceeds(&settings(1, 90.0)));
        assert!(tally.exceeds(&settings(5, 10.0)));
    }

    #[test]
    fn a_share_counts_once_all_items_are_known() {
        let mut tally = Tally::default();
        failed(&mut tally, 0);
        assert!(!tally.exceeds(&settings(0, 1.0)));
        tally.set_total(Total { items: 1, children: 1 });
        assert!(tally.exceeds(&settings(0, 1.0)));
    }

    #[test]
    fn what_is_not_started_is_pending() {
        let mut tally = Tally::default();
        tally.set_total(Total { items: 4, children: 2 });
        tally.started(0, 2);
        let (items, executions) = tally.counts();
        assert_eq!((items.pending, items.running, items.total), (2, 2, 4));
        assert_eq!((executions.pending, executions.running, executions.total), (1, 1, 2));
    }
}
