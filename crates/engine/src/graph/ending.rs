//! The end of the outermost graph: what is undone then, and who is told.

use compasso_ir::{Kind, Occasion};
use compasso_types::{Json, Object, Payload};

use super::beside::{Compensation, Nature, Outcome, Told};
use super::rules::BranchState;
use super::tell::{COMPENSATION, ROOT};
use crate::{Event, Execution};

impl Execution {
    /// Tells of the end of the outermost graph.
    pub(crate) fn judge(&mut self, event: &Event, outcome: Outcome) {
        self.scope_mut(event.scope).last = event.id;
        let is_compensated = outcome.compensation.is_some();
        let Some(beside) = self.beside_mut() else { return };
        beside.outcome = Some(outcome);
        if is_compensated {
            self.begin_compensation();
        } else {
            self.tell_run_ended();
        }
    }

    pub(super) fn begin_compensation(&mut self) {
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(ROOT).state).kind else { return };
        let Some(saga) = fork.as_graph().and_then(|graph| graph.saga.as_deref()) else { return };
        let input = self.run_so_far();
        let nature = Nature {
            name: COMPENSATION.into(),
            about: None,
            is_timer: false,
            gives_up: false,
            undoes: true,
        };
        if let Some(beside) = self.beside_mut() {
            let undone = beside.done.iter().map(|done| done.branch);
            beside.undone.extend(undone);
            if let Some(outcome) = &mut beside.outcome {
                outcome.compensation = Some(Compensation::Running);
            }
            beside.told.push_back(Told { start: saga.body.start, input, nature });
        }
    }

    /// Tells how the run ended, once.
    pub(super) fn tell_run_ended(&mut self) {
        let outcome = self.beside_mut().and_then(|beside| beside.outcome.as_mut());
        if outcome.is_none_or(|outcome| std::mem::replace(&mut outcome.is_told, true)) {
            return;
        }
        // Earlier runs had them until nothing was beside the graph any more.
        if self.goes_by(2) {
            self.forget_all_timers();
        }
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(ROOT).state).kind else { return };
        let (Some(graph), Some(outcome)) = (fork.as_graph(), self.outcome()) else { return };
        let occasion = match outcome.state {
            BranchState::Success => Occasion::Succeeded,
            BranchState::Cancelled => Occasion::Cancelled,
            _ => Occasion::Failed,
        };
        for occasion in [occasion, Occasion::Ended] {
            self.tell(&graph.asides, occasion, None, |execution, aside| {
                let mut input = Object::new();
                if let Some(run) = execution.run_so_far().value().get("run") {
                    input.insert("run".into(), run.clone());
                }
                input.insert("needs".into(), execution.records(ROOT, &aside.reads));
                Json::from(input).into()
            });
        }
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.beside()?.outcome.as_ref()
    }

    /// Returns how far the run is with undoing what it did, if it is to.
    pub fn compensation(&self) -> Option<Compensation> {
        self.outcome()?.compensation
    }

    /// Returns what is known of the end of the run: `{run: {state, error, …}}`.
    fn run_so_far(&self) -> Payload {
        let mut run = Object::new();
        if let Some(outcome) = self.outcome() {
            run.insert("state".into(), outcome.state.name().into());
            if let Some(failure) = &outcome.failure {
                run.insert("error".into(), failure.value());
            }
            if let Some(output) = &outcome.output {
                run.insert("output".into(), output.value().clone());
            }
            let done = outcome.compensation.filter(|how| *how != Compensation::Running);
            if let Some(compensation) = done {
                run.insert("compensation".into(), compensation.name().into());
            }
        }
        run.insert("failed_tasks".into(), self.failed_tasks());
        Json::object([("run", Json::from(run))]).into()
    }

    fn failed_tasks(&self) -> Json {
        let Some(work) = self.graph(ROOT) else { return Json::array([]) };
        let fork = self.fork_of(ROOT);
        let failed = work.slots.iter().filter(|(_, slot)| slot.state == BranchState::Failed);
        let ids = failed.map(|(at, _)| Json::from(fork.branches[at as usize].id.clone()));
        Json::array(ids.collect::<Vec<_>>())
    }
}
