//! What became of the children so far.

use std::collections::BTreeMap;

use crate::Counts;
use crate::outcome::End;
use crate::record::{Progress, Settings};

/// Counts children. Of those that ended before an earlier one did it keeps sums: as many as there are
/// children that run, however many ended.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Children without gaps from the first one.
    durable: Progress,
    /// Stretches of children that ended, without gaps, by the places of their first.
    later: BTreeMap<u64, Progress>,
    items: Counts,
    executions: Counts,
    /// How many there are in all, as far as that is known.
    known: Total,
    /// Whether no more will become known.
    is_complete: bool,
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

impl Progress {
    /// Returns that of one child.
    pub(crate) fn of(end: End, items: u64) -> Self {
        let mut progress = Self { children: 1, ..Self::default() };
        progress.items.add(end, items);
        progress.executions.add(end, 1);
        progress
    }

    /// Adds children that ended.
    pub(crate) fn join(&mut self, other: &Self) {
        self.children += other.children;
        self.items.join(&other.items);
        self.executions.join(&other.executions);
    }
}

impl Tally {
    /// Begins where `progress` ends.
    pub(crate) fn new(progress: Progress) -> Self {
        let started =
            Total { items: progress.items.ended(), children: progress.executions.ended() };
        Self {
            durable: progress,
            items: progress.items,
            executions: progress.executions,
            started,
            reached: progress.children,
            ..Self::default()
        }
    }

    /// Begins where `progress` ends, for a run that had come to `before` when it was redriven.
    pub(crate) fn redriven(progress: Progress, before: Option<Progress>) -> Self {
        let mut tally = Self::new(progress);
        if let Some(before) = before {
            tally.know(Total { items: before.items.total, children: before.executions.total });
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

    /// Says how many there are at least.
    pub(crate) fn know(&mut self, total: Total) {
        self.known.items = self.known.items.max(total.items);
        self.known.children = self.known.children.max(total.children);
    }

    /// Says how many there are in all.
    pub(crate) fn set_total(&mut self, total: Total) {
        self.known = total;
        self.is_complete = true;
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
    pub(crate) fn ended(&mut self, index: u64, items: u64, end: End) {
        self.items.running -= items;
        self.executions.running -= 1;
        self.items.add(end, items);
        self.executions.add(end, 1);
        let (mut first, mut stretch) = (index, Progress::of(end, items));
        if let Some((before, earlier)) = self.later.range(..index).next_back()
            && before + earlier.children == index
        {
            first = *before;
            stretch.join(earlier);
        }
        if let Some(after) = self.later.remove(&(index + 1)) {
            stretch.join(&after);
        }
        if first == self.durable.children {
            self.durable.join(&stretch);
        } else {
            self.later.insert(first, stretch);
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
        let shown = |counts: Counts, known: u64, started: u64| {
            let total = known.max(started);
            let pending = (total - started).saturating_sub(counts.pending_redrive);
            Counts { pending, total, ..counts }
        };
        (
            shown(self.items, self.known.items, self.started.items),
            shown(self.executions, self.known.children, self.started.children),
        )
    }

    /// Returns what the API shows once the run is over: what was not started does not wait any more.
    pub(crate) fn final_counts(&self) -> (Counts, Counts) {
        let shown = |counts: Counts| Counts { total: counts.ended(), ..counts };
        (shown(self.items), shown(self.executions))
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
        let tolerated = percentage * self.known.items as f64;
        percentage > 0.0 && self.is_complete && failed as f64 * 100.0 > tolerated
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
    use crate::outcome::ChildEnd;

    fn end(how: ChildEnd) -> End {
        End { how, is_final: false }
    }

    fn settings(count: u64, percentage: f64) -> Settings {
        Settings {
            max_concurrency: 0,
            tolerated_failure_count: count,
            tolerated_failure_percentage: percentage,
        }
    }

    fn failed(tally: &mut Tally, index: u64) {
        tally.started(index, 1);
        tally.ended(index, 1, end(ChildEnd::Failed));
    }

    #[test]
    fn progress_has_no_gaps() {
        let mut tally = Tally::default();
        for index in 0..3 {
            tally.started(index, 2);
        }
        tally.ended(2, 2, end(ChildEnd::Succeeded));
        tally.ended(1, 2, end(ChildEnd::TimedOut));
        assert_eq!(tally.durable(), Progress::default());
        tally.ended(0, 2, end(ChildEnd::Succeeded));
        let progress = tally.durable();
        assert_eq!(progress.children, 3);
        assert_eq!((progress.items.succeeded, progress.items.timed_out), (4, 2));
        assert_eq!((progress.executions.succeeded, progress.executions.timed_out), (2, 1));
    }

    #[test]
    fn what_ended_out_of_order_is_kept_as_sums() {
        let mut tally = Tally::default();
        for index in 0..1_000 {
            tally.started(index, 1);
        }
        // All but the first and one in the middle, the odd ones first.
        let others = (1..1_000).step_by(2).chain((2..1_000).step_by(2));
        for index in others.filter(|index| *index != 500) {
            let how = if index % 7 == 0 { ChildEnd::Failed } else { ChildEnd::Succeeded };
            tally.ended(index, 1, end(how));
        }
        assert_eq!(tally.later.keys().copied().collect::<Vec<_>>(), [1, 501]);
        tally.ended(500, 1, End { how: ChildEnd::Aborted, is_final: true });
        assert_eq!(tally.later.len(), 1);
        tally.ended(0, 1, end(ChildEnd::Succeeded));
        assert!(tally.later.is_empty());
        let progress = tally.durable();
        assert_eq!(progress.children, 1_000);
        assert_eq!((progress.items.failed, progress.items.failures_not_redrivable), (142, 1));
        assert_eq!(progress.items.ended(), 1_000);
    }

    #[test]
    fn a_run_that_is_over_has_nothing_pending() {
        let mut tally = Tally::default();
        tally.know(Total { items: 9, children: 9 });
        failed(&mut tally, 0);
        tally.started(1, 1);
        tally.withdrawn(1);
        let (items, _) = tally.counts();
        assert_eq!((items.pending, items.total), (8, 9));
        let (items, executions) = tally.final_counts();
        assert_eq!((items.pending, items.failed, items.total), (0, 1, 1));
        assert_eq!((executions.pending, executions.failed, executions.total), (0, 1, 1));
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
        tally.know(Total { items: 1, children: 1 });
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
