//! What the world outside does with the orders of an execution, as its script says.

use std::collections::VecDeque;
use std::time::Duration;

use compasso_engine::{Effect, Input, MapRunOffer, Offer, TaskId};
use compasso_ir::{IntegrationPattern, ResourceKind};

use super::{When, World};
use crate::script::{Action, Step};

impl World {
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::OfferTask(offer) => self.offer(&offer),
                Effect::StartMapRun(offer) => self.start_map_run(&offer),
                Effect::CancelTask(cancelled) => self.agenda.retain(|_, (_, input)| match input {
                    Input::TaskSubmitted { task, .. }
                    | Input::TaskFinished { task, .. }
                    | Input::MapRunEnded { task, .. } => *task != cancelled,
                    _ => true,
                }),
                Effect::Continue => self.plan(self.now, "", Input::Continue),
            }
        }
    }

    fn offer(&mut self, offer: &Offer) {
        if !self.attempts.contains_key(&offer.task) {
            let planned = self.plan_attempt(offer);
            self.attempts.insert(offer.task, planned);
        }
        for (when, input) in &self.attempts[&offer.task] {
            if !(offer.submitted.is_some() && matches!(input, Input::TaskSubmitted { .. })) {
                self.agenda.insert(*when, (offer.state.to_string(), input.clone()));
            }
        }
    }

    /// A map run ends as the script says; without a line, it does not end.
    fn start_map_run(&mut self, offer: &MapRunOffer) {
        if !self.attempts.contains_key(&offer.task) {
            let steps = self.next_steps(&offer.state);
            let planned = self.plan_steps(steps, |action| match action {
                Action::End(result) => Some(Input::MapRunEnded { task: offer.task, result }),
                Action::Unstarted(_)
                | Action::Submitted(_)
                | Action::Started(_)
                | Action::Beat
                | Action::Silence => None,
            });
            self.attempts.insert(offer.task, planned);
        }
        for (when, input) in &self.attempts[&offer.task] {
            self.agenda.insert(*when, (offer.state.to_string(), input.clone()));
        }
    }

    fn plan_attempt(&mut self, offer: &Offer) -> Vec<(When, Input)> {
        let by_token = match &offer.resource.kind {
            ResourceKind::Activity => true,
            ResourceKind::Service { pattern, .. } => {
                *pattern == IntegrationPattern::WaitForTaskToken
            }
            ResourceKind::LambdaFunction => false,
        };
        let steps = self.next_attempt(offer);
        self.plan_steps(steps, |action| input(offer.task, action, by_token))
    }

    fn plan_steps(
        &mut self,
        steps: Vec<Step>,
        input: impl Fn(Action) -> Option<Input>,
    ) -> Vec<(When, Input)> {
        let mut at = self.now;
        let mut planned = Vec::new();
        for step in steps {
            at = at.after(step.after);
            if let Some(input) = input(step.action) {
                self.planned += 1;
                planned.push(((at, self.planned), input));
            }
        }
        planned
    }

    /// Takes the next attempt's steps from the script.
    fn next_steps(&mut self, state: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        let lines: &mut VecDeque<Step> = self.script.states.entry(state.to_owned()).or_default();
        while let Some(step) = lines.pop_front() {
            let last =
                matches!(step.action, Action::End(_) | Action::Unstarted(_) | Action::Silence);
            steps.push(step);
            if last {
                break;
            }
        }
        steps
    }

    /// Takes the next attempt's steps from the script. An activity, or a task with a placement, is
    /// taken by a worker first.
    fn next_attempt(&mut self, offer: &Offer) -> Vec<Step> {
        let mut steps = self.next_steps(&offer.state);
        let ends = steps.iter().any(|step| matches!(step.action, Action::End(_)));
        let starts = steps.iter().any(|step| matches!(step.action, Action::Started(_)));
        let waits = offer.resource.kind == ResourceKind::Activity || offer.placement.is_some();
        if waits && ends && !starts {
            let taken = Step { after: Duration::ZERO, action: Action::Started(None) };
            steps.insert(0, taken);
        }
        steps
    }
}

fn input(task: TaskId, action: Action, by_token: bool) -> Option<Input> {
    Some(match action {
        Action::Unstarted(result) => Input::TaskFinished { task, result },
        Action::End(result) if by_token => Input::Callback { task, result },
        Action::End(result) => Input::TaskFinished { task, result },
        Action::Submitted(output) => Input::TaskSubmitted { task, output },
        Action::Started(worker) => Input::ActivityStarted { task, worker },
        Action::Beat => Input::Heartbeat { task },
        Action::Silence => return None,
    })
}
