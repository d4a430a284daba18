//! Folding events into the state. No expression is evaluated here: events carry what was computed.

mod tasks;

use std::sync::Arc;

use compasso_ir::Occasion;
use compasso_types::{Array, Payload};

use crate::each::Items;
use crate::graph::{ARTIFACTS, Cancelled, GraphWork, Outcome, ROOT, UndoItem};
use crate::outputs::Outputs;
use crate::scope::{Active, MapRunWork, MapWork, Position, Scope, Work};
use crate::{
    BranchState, Closed, Compensation, Event, EventKind, Execution, MapRun, ScopeId, Start, Status,
    SteerOrder, WHOLE_RUN,
};

impl Execution {
    /// Folds a fact into the state. Total: a stored fact is never refused.
    #[expect(clippy::too_many_lines, reason = "a flat match over all events")]
    pub fn apply(&mut self, event: &Event) {
        if event.id > 0 {
            self.image.last_event = event.id;
        }
        self.image.last_at = event.at;
        match &event.kind {
            EventKind::ExecutionStarted { start } => self.begin(event, start),
            EventKind::ExecutionSucceeded { output } => {
                self.close(Closed::Succeeded { output: output.clone() });
            }
            EventKind::ExecutionFailed { error, cause } => {
                self.close(Closed::Failed { error: error.clone(), cause: cause.clone() });
            }
            EventKind::ExecutionAborted { error, cause, by } => {
                let (error, cause, by) = (error.clone(), cause.clone(), by.clone());
                self.close(Closed::Aborted { error, cause, by });
            }
            EventKind::ExecutionTimedOut { .. } => self.close(Closed::TimedOut),
            EventKind::ExecutionRedriven { token, rerun, .. } => {
                self.reopen(event, token.as_ref(), rerun.as_deref());
            }
            EventKind::WorkflowDeleted => self.image.orphaned = true,
            EventKind::StateEntered { state, input, .. } => self.enter(event, state, input),
            EventKind::StateExited { output, assigned, next, .. } => {
                self.drop_descendants(event.scope);
                let scope = self.scope_mut(event.scope);
                scope.last = event.id;
                scope.variables.extend(assigned.iter().map(|(k, v)| (k.clone(), v.clone())));
                self.leave(event, output, next.as_ref());
            }
            EventKind::EvaluationFailed { .. } => self.scope_mut(event.scope).last = event.id,
            EventKind::TaskScheduled { .. }
            | EventKind::TaskStarted { .. }
            | EventKind::TaskSubmitted { .. }
            | EventKind::TaskSucceeded { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::TaskTimedOut { .. }
            | EventKind::CallbackArrived { .. }
            | EventKind::MockAwaited { .. }
            | EventKind::HeartbeatReceived => self.apply_task(event),
            EventKind::SignalReceived { signal } => self.image.signals.keep(signal),
            EventKind::SignalTaken { name } => {
                self.image.signals.take(name);
            }
            EventKind::WaitStarted { until } => {
                self.active_mut(event.scope).work = Work::Waiting { until: *until };
                self.forget_late_timer(event.scope);
            }
            EventKind::RetryScheduled { retrier, until, failure } => {
                if let (Some(place), Some(failure)) = (self.owner(event.scope), failure) {
                    let attempt = self.active(event.scope).attempt + 1;
                    self.tell_branch(place, Occasion::Retried, attempt, Some(failure));
                }
                self.drop_descendants(event.scope);
                self.scope_mut(event.scope).last = event.previous;
                let active = self.active_mut(event.scope);
                let at = *retrier as usize;
                active.retries.resize(active.retries.len().max(at + 1), 0);
                active.retries[at] += 1;
                active.attempt += 1;
                active.work = Work::Backoff { until: *until };
            }
            EventKind::ParallelStateStarted { input, timeout_ms } => {
                self.start_branches(event, input, *timeout_ms);
            }
            EventKind::GraphCancelled { failure, is_asked, by } => {
                let (failure, by) = (failure.clone(), by.clone());
                self.cancel_branches(event, Cancelled { failure, is_asked: *is_asked, by });
            }
            EventKind::GraphJudged { state, failure, output, compensates } => {
                let compensation = compensates.then_some(Compensation::Running);
                let (failure, output) = (failure.clone(), output.clone());
                let outcome =
                    Outcome { state: *state, failure, output, compensation, is_told: false };
                self.judge(event, outcome);
            }
            EventKind::BranchSteered { task, order, .. } => self.steer(event, task, *order),
            EventKind::BranchMarked { mark, index, again } => {
                self.mark(event, *index, mark, again);
            }
            EventKind::BranchWithdrawn { index, .. } => self.withdraw_branch(event, *index),
            EventKind::CompensationAsked { .. } => self.reopen_to_undo(event),
            EventKind::AsideEntered { .. } => self.enter_aside(event),
            EventKind::AsideExited { .. } => self.end_aside(event),
            EventKind::BranchReady { index, .. } => self.ready_branch(event, *index),
            EventKind::BranchEntered { index, .. } => self.enter_branch(event, *index),
            EventKind::BranchSkipped { index, state, failure, .. } => {
                self.end_branch(event, event.scope, *index, *state, failure.as_ref());
            }
            EventKind::BranchExited { index, state, failure, .. } => {
                let graph = self.scope(event.scope).parent.expect("a branch has a parent");
                self.end_branch(event, graph, *index, *state, failure.as_ref());
            }
            EventKind::MapStateStarted { items, input, concurrency } => {
                let count = items.as_array().map_or(0, Array::len);
                let map = self.map_of(self.active(event.scope).state);
                let instances = map.each.as_ref().map(|_| Box::default());
                let earlier = self.take_earlier(event.scope);
                self.scope_mut(event.scope).last = event.id;
                self.active_mut(event.scope).work = Work::Map(Box::new(MapWork {
                    items: Items::new(items, instances.is_some()),
                    input: input.clone(),
                    concurrency: *concurrency,
                    next: 0,
                    running: 0,
                    outputs: Outputs::new(count),
                    source: None,
                    instances,
                    earlier,
                }));
            }
            EventKind::ItemsSourced { source } => {
                self.map_mut(event.scope).take_from(source.clone());
            }
            EventKind::ItemsRead { items, read, is_last, tag } => {
                self.map_mut(event.scope).take_items(items, (*read, *is_last), tag.as_ref());
            }
            EventKind::MapIterationStarted { index, input, key, .. } => {
                self.start_iteration(event, *index, input, key.as_ref());
            }
            EventKind::MapIterationKept { index, key } => {
                self.keep_instance(event, *index, key.as_ref());
            }
            EventKind::MapIterationSucceeded { index, is_degraded, .. } => {
                self.end_iteration(event, *index, *is_degraded);
            }
            // Its blocks stay until a catcher moves it on, as a redrive goes on with them.
            EventKind::ParallelStateFailed | EventKind::MapStateFailed => {
                self.keep_instances(event.scope);
                self.remember(event.scope);
                self.scope_mut(event.scope).last = event.id;
            }
            EventKind::MapRunStarted { run } => self.start_map_run(event, run),
            EventKind::MapRunRedriven { count, .. } => {
                self.scope_mut(event.scope).last = event.id;
                if let Work::MapRun(run) = &mut self.active_mut(event.scope).work {
                    run.redrives = *count;
                }
            }
            EventKind::MapRunFailed { .. } => {
                if let Work::MapRun(run) = &mut self.active_mut(event.scope).work {
                    run.has_failed = true;
                }
            }
            EventKind::TaskStateAborted => {
                if self.scope(event.scope).task().is_some() {
                    self.note_given_up(event.scope);
                }
                self.active_mut(event.scope).work = Work::Entered;
            }
            EventKind::MapIterationFailed { index, failure, .. } => {
                self.end_instance(event, *index, BranchState::Failed, failure.as_ref());
            }
            EventKind::MapIterationAborted { index, .. } => {
                self.end_instance(event, *index, BranchState::Cancelled, None);
            }
            EventKind::MapIterationMarked { index, mark, .. } => {
                self.mark_instance(event, *index, mark);
            }
            EventKind::MapRunSucceeded | EventKind::MapRunAborted | EventKind::MapStateAborted => {}
            // What fails from here on is the state's own output, no longer its branches.
            EventKind::ParallelStateSucceeded | EventKind::MapStateSucceeded => {
                self.keep_undoable(event);
                self.keep_instances(event.scope);
                self.remember(event.scope);
                self.active_mut(event.scope).work = Work::Entered;
            }
        }
    }

    fn begin(&mut self, event: &Event, start: &Arc<Start>) {
        self.start = Some(start.clone());
        self.image.started = event.at;
        self.image.deadline = self.definition.timeout.map(|limit| event.at.after(limit));
        let origin = start.origin.as_deref();
        let begins_at = origin.and_then(|origin| self.definition.find(&origin.state));
        let next = begins_at.unwrap_or(self.definition.root.start);
        let position = Position::Ready { next, data: start.input.clone() };
        let mut root = Scope::new(None, 0, 0, position);
        root.variables = origin.map(|origin| origin.variables.clone()).unwrap_or_default();
        self.image.scopes.insert(ScopeId(0), root.into());
        self.image.next_scope = 1;
        if start.is_held || start.is_unbegun {
            self.image.asked.take(&WHOLE_RUN.into(), SteerOrder::Hold, ());
        }
    }

    /// Closes the execution. Unless it succeeded, its scopes stay as they are: a redrive goes on
    /// with them.
    fn close(&mut self, how: Closed) {
        if matches!(how, Closed::Succeeded { .. }) {
            self.image.scopes.clear();
        }
        self.image.status = Status::Closed(how);
        self.image.deadline = None;
    }

    fn enter(&mut self, event: &Event, state: &str, input: &Payload) {
        let state = self.definition.find(state).expect("events name states of their definition");
        let scope = self.scope_mut(event.scope);
        scope.last = event.id;
        scope.position = Position::In(Box::new(Active {
            state,
            entry: event.id,
            before: event.previous,
            entered: event.at,
            input: input.clone(),
            retries: Vec::new(),
            attempt: 0,
            first_attempt: 0,
            work: Work::Entered,
        }));
    }

    /// Moves a scope on; the end of a branch is at once its Parallel state's.
    fn leave(&mut self, event: &Event, output: &Payload, next: Option<&Arc<str>>) {
        if let Some(next) = next {
            let next = self.definition.find(next).expect("events name states of their definition");
            let data = output.clone();
            self.scope_mut(event.scope).position = Position::Ready { next, data };
            return;
        }
        self.scope_mut(event.scope).position = Position::Ended { output: output.clone() };
        let Scope { parent: Some(parent), index, .. } = *self.scope(event.scope) else { return };
        if let Work::Fork { outputs } = &mut self.active_mut(parent).work {
            outputs.set(index, output);
            self.image.scopes.remove(&event.scope);
            self.scope_mut(parent).last = event.id;
        }
    }

    fn start_branches(&mut self, event: &Event, input: &Payload, timeout_ms: Option<u64>) {
        self.scope_mut(event.scope).last = event.id;
        if event.scope == ROOT
            && let Some(resting) = self.image.resting.take()
        {
            return self.wake_resting(*resting, input.clone());
        }
        let keeps_all = self.begin_remembering(event.scope);
        let fork = self.fork_of(event.scope);
        if let Some(graph) = fork.as_graph() {
            let mut work = GraphWork::new(fork, graph, (input.clone(), timeout_ms), event.at);
            work.keeps_all = keeps_all;
            work.failures = self.goes_by(2).then(Default::default);
            self.active_mut(event.scope).work = Work::Graph(Box::new(work));
            self.tell_asked(event.scope);
            self.tell_opened(event.scope);
            return;
        }
        let starts: Vec<_> = fork.branches.iter().map(|branch| branch.body.start).collect();
        self.active_mut(event.scope).work = Work::Fork { outputs: Outputs::new(starts.len()) };
        for (index, next) in (0..).zip(starts) {
            let position = Position::Ready { next, data: input.clone() };
            self.add_scope(event, index, position);
        }
    }

    fn start_iteration(
        &mut self,
        event: &Event,
        index: u32,
        input: &Payload,
        key: Option<&Arc<str>>,
    ) {
        let map = self.map_of(self.active(event.scope).state);
        let undoes = map.each.as_ref().is_some_and(|each| each.undoes.is_some());
        let mut next = map.processor.start;
        let work = self.map_mut(event.scope);
        if undoes && let Some(start) = work.item(index).and_then(|item| UndoItem(&item).start()) {
            next = start;
        }
        let position = Position::Ready { next, data: input.clone() };
        work.next = index + 1;
        work.running += 1;
        if let Some(instances) = &mut work.instances {
            instances.start(index, key);
        }
        self.add_scope(event, index, position);
    }

    fn start_map_run(&mut self, event: &Event, run: &MapRun) {
        self.scope_mut(event.scope).last = event.id;
        let MapWork { items, input, .. } = self.map_mut(event.scope).clone();
        let work = MapRunWork {
            run: run.clone(),
            items: items.into_value(),
            input,
            started: event.at,
            has_failed: false,
            redrives: 0,
        };
        self.active_mut(event.scope).work = Work::MapRun(Box::new(work));
    }

    fn end_iteration(&mut self, event: &Event, index: u32, is_degraded: bool) {
        let Some(found) = self.image.scopes.get(&event.scope) else { return };
        if let (Some(place), Position::Ended { output }) =
            (self.owner(event.scope), &found.position)
        {
            let (output, allowed) = (output.clone(), self.allowed_failure(found));
            self.tell_instance_ended(place, BranchState::Success, Some(&output), allowed.as_ref());
        }
        self.forget_undone(event.scope);
        self.remember_iteration(event.scope);
        let Some(iteration) = self.image.scopes.remove(&event.scope) else { return };
        let iteration = Arc::unwrap_or_clone(iteration);
        let parent = iteration.parent.expect("an iteration has a parent");
        self.scope_mut(parent).last = event.id;
        let is_item_kept = self.memory.as_mut().is_some_and(|memory| {
            memory.keep_item(parent, index);
            true
        });
        let work = self.map_mut(parent);
        work.running -= 1;
        let artifacts = iteration.variables.get(ARTIFACTS);
        if let Position::Ended { output } = iteration.position {
            if !is_item_kept {
                work.release(index);
            }
            work.outputs.set(index, &output);
            if let Some(instances) = &mut work.instances {
                instances.keep_artifacts(index, artifacts);
                instances.note_degraded(index, is_degraded);
                instances.end(index, BranchState::Success, None);
            }
        }
        self.note_degraded(parent, is_degraded);
    }

    pub(crate) fn add_scope(&mut self, event: &Event, index: u32, position: Position) {
        let id = ScopeId(self.image.next_scope);
        self.image.next_scope += 1;
        let scope = Scope::new(Some(event.scope), index, event.id, position);
        self.image.scopes.insert(id, scope.into());
    }

    pub(crate) fn drop_descendants(&mut self, scope: ScopeId) {
        let work = &self.active(scope).work;
        if matches!(work, Work::Fork { .. } | Work::Graph(_) | Work::Map(_)) {
            for id in self.descendants(scope) {
                self.image.scopes.remove(&id);
            }
        }
    }

    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        let scope = self.image.scopes.get_mut(&id).expect("events name scopes that run");
        Arc::make_mut(scope)
    }

    pub(crate) fn active_mut(&mut self, id: ScopeId) -> &mut Active {
        match &mut self.scope_mut(id).position {
            Position::In(active) => active,
            Position::Ready { .. } | Position::Ended { .. } => {
                unreachable!("events of work happen in a state")
            }
        }
    }

    fn map_mut(&mut self, id: ScopeId) -> &mut MapWork {
        match &mut self.active_mut(id).work {
            Work::Map(map) => map,
            _ => unreachable!("iterations belong to a Map at work"),
        }
    }
}
