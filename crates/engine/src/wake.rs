//! What time brings: waits that end, retries that are due, tasks that time out.

use crate::scope::Work;
use crate::turn::Turn;
use crate::{EventId, EventKind, ScopeId};

impl Turn<'_> {
    /// Fires everything that is due, earliest first.
    pub(crate) fn wake(&mut self) {
        if let Some(deadline) = self.execution.image.deadline.filter(|at| *at <= self.now) {
            // It ends at its limit, however late that is noticed.
            self.now = deadline.max(self.execution.image.last_at);
            self.cancel_all_tasks();
            let error = Some("States.Timeout".into());
            let timed_out = EventKind::ExecutionTimedOut { error, cause: None };
            self.record(ScopeId(0), 0, timed_out);
            return;
        }
        let scopes = self.execution.image.scopes.iter();
        let mut due: Vec<_> = scopes
            .filter_map(|(id, scope)| Some((scope.due()?, *id, scope.active()?.entry)))
            .filter(|(at, ..)| *at <= self.now)
            .collect();
        due.sort_unstable();
        if due.first().is_some_and(|(_, scope, _)| self.fail_if_full(*scope)) {
            return;
        }
        self.time_out_tasks(&due.iter().map(|(_, scope, _)| *scope).collect::<Vec<_>>());
        for (_, scope, entry) in due {
            self.resume(scope, entry);
        }
    }

    /// Records all time-outs before any of them is followed up: the first may end the others'
    /// block, and history then still shows that they timed out as well.
    fn time_out_tasks(&mut self, due: &[ScopeId]) {
        let mut problems = Vec::new();
        for scope in due {
            let task = self.execution.scope(*scope).task();
            if task.is_some_and(|task| task.mocked_by(self.now).is_none()) {
                let entry = self.execution.active(*scope).entry;
                let problem = self.time_out_task(*scope);
                problems.push((*scope, entry, self.execution.scope(*scope).last, problem));
            }
        }
        for (scope, entry, origin, problem) in problems {
            if self.is_still_in(scope, entry) {
                self.fail_state(scope, origin, problem);
            }
        }
    }

    /// Ends a wait or a back-off, if the scope is still where it was.
    fn resume(&mut self, scope: ScopeId, entry: EventId) {
        if !self.is_still_in(scope, entry) {
            return;
        }
        let active = self.execution.active(scope);
        match &active.work {
            Work::Waiting { until } if *until <= self.now => {
                let definition = self.execution.definition.clone();
                let state = definition.state(active.state);
                self.wait_over(scope, state);
            }
            Work::Graph(graph) if graph.hold_due().is_some_and(|at| at <= self.now) => {
                self.time_out_hold(scope);
            }
            Work::Graph(graph) if graph.due().is_some_and(|at| at <= self.now) => {
                self.time_out_graph(scope);
            }
            Work::Backoff { until } if *until <= self.now => self.work(scope),
            Work::Task(task) => {
                if let Some(result) = task.mocked_by(self.now).cloned() {
                    self.end_mocked(scope, result);
                }
            }
            _ => {}
        }
    }

    fn is_still_in(&self, scope: ScopeId, entry: EventId) -> bool {
        if !self.is_running() {
            return false;
        }
        let found = self.execution.image.scopes.get(&scope);
        found.and_then(|scope| scope.active()).is_some_and(|active| active.entry == entry)
    }
}
