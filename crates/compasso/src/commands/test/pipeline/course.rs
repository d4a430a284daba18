//! A run whose tasks are mocked, by the engine alone: time is no time that passes, but the instant
//! that the engine waits for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use anyhow::bail;
use compasso_engine::{Effect, Event, EventKind, Offer, ScopeId, TaskError, TaskResult};
use compasso_ir::{Definition, ResourceKind};
use compasso_pipeline::{HOLD, MOCK, Pipeline, task_of, undoes};
use compasso_service::VirtualRun;
use compasso_types::{Json, Payload, Timestamp};

use crate::commands::test::virtual_run::{Ended, ended, start, stuck};

/// What the state that undoes a task is called, behind the task's path.
const COMPENSATE: &str = " (compensate)";
/// Actions that only tell people something: a test need not mock them.
const TELLING: [&str; 5] = ["email", "log", "notify", "pagerduty", "slack"];
/// Most turns of a test, so that one that never ends does.
const TURNS_MAX: usize = 1_000_000;

/// What stands in for the work of a task.
pub(super) struct Mock {
    results: VecDeque<TaskResult>,
    /// What comes when those are used up.
    then: Option<TaskResult>,
}

impl Mock {
    /// Reads `{output}`, `{error, always}` or `{sequence, always}`.
    pub(super) fn read(mock: &Json) -> anyhow::Result<Self> {
        let always = mock.get("always").and_then(Json::as_bool).unwrap_or(false);
        if let Some(sequence) = mock.get("sequence") {
            let Some(sequence) = sequence.as_array().filter(|all| !all.is_empty()) else {
                bail!("'sequence' is a list of results");
            };
            let results = sequence.iter().map(result).collect::<anyhow::Result<VecDeque<_>>>()?;
            let then = results.back().cloned().filter(|_| always);
            return Ok(Self { results, then });
        }
        let first = result(mock)?;
        let output = mock.get("output").cloned().unwrap_or(Json::Null);
        let then = if always || first.is_ok() { first.clone() } else { Ok(output.into()) };
        Ok(Self { results: VecDeque::from([first]), then: Some(then) })
    }

    /// Returns how the next attempt ends.
    fn next(&mut self) -> Option<TaskResult> {
        self.results.pop_front().or_else(|| self.then.clone())
    }
}

fn result(mock: &Json) -> anyhow::Result<TaskResult> {
    match (mock.get("error"), mock.get("output")) {
        (Some(error), _) => {
            let name = error.as_str().unwrap_or_else(|| text(error, "name"));
            if name.is_empty() {
                bail!("'error' is a map with a 'name'");
            }
            Ok(Err(TaskError::new(name, text(error, "cause"))))
        }
        (None, Some(output)) => Ok(Ok(output.clone().into())),
        (None, None) => bail!("it has neither 'output' nor 'error' nor 'sequence'"),
    }
}

fn text<'e>(error: &'e Json, name: &str) -> &'e str {
    error.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// A run from its start to its end.
#[derive(Default)]
pub(super) struct Course {
    pub(super) ended: Ended,
    /// How each task ended, by its path.
    pub(super) states: BTreeMap<Arc<str>, &'static str>,
    /// What tasks gave.
    pub(super) outputs: BTreeMap<Arc<str>, Payload>,
    /// The tasks in the order in which they began.
    pub(super) order: Vec<Arc<str>>,
    /// The actions of hooks that ran, by the names of their states.
    pub(super) hooks: Vec<Arc<str>>,
    /// The tasks that were undone, in order.
    pub(super) compensated: Vec<Arc<str>>,
    paths: BTreeSet<Arc<str>>,
    /// The state that each block entered last, and what it left there.
    places: BTreeMap<ScopeId, (Arc<str>, Option<Payload>)>,
    path: Vec<Arc<str>>,
}

impl Course {
    /// Runs a pipeline until it has ended, or until something is wanted that is not mocked.
    pub(super) fn run(
        definition: Arc<Definition>,
        pipeline: &Pipeline,
        input: Json,
        now: Timestamp,
        mocks: Vec<(Arc<str>, Mock)>,
        paths: BTreeSet<Arc<str>>,
    ) -> Self {
        let mut course = Self { paths, ..Self::default() };
        let mut mocks: BTreeMap<_, _> = mocks.into_iter().collect();
        let begin = start(&pipeline.name, input.into(), "test".into());
        let mut run = VirtualRun::begin(definition, begin, now);
        for _ in 0..TURNS_MAX {
            let Some((events, effects)) = run.turn() else {
                return course.stuck("it waits for something that never comes".to_owned());
            };
            for event in &events {
                course.note(event);
            }
            if let Some(closed) = run.closed() {
                course.ended = ended(closed, std::mem::take(&mut course.path));
                return course;
            }
            for effect in effects {
                match effect {
                    // Nobody else takes what a group is to hold.
                    Effect::OfferTask(offer) if *offer.resource.arn == *HOLD => run.hold(&offer),
                    Effect::OfferTask(offer) => match course.answer(&offer, &mut mocks) {
                        Ok(result) => run.finish(&offer, result),
                        Err(why) => return course.stuck(why),
                    },
                    Effect::StartMapRun(offer) => {
                        return course.stuck(format!("'{}' is a distributed Map", offer.state));
                    }
                    Effect::Continue => run.go_on(),
                    Effect::CancelTask(_) => {}
                }
            }
        }
        course.stuck(format!("it did not end within {TURNS_MAX} turns"))
    }

    /// Returns the word for how the run ended.
    pub(super) fn state(&self) -> &'static str {
        match self.ended.status {
            "SUCCEEDED" => "success",
            "ABORTED" => "cancelled",
            _ => "failed",
        }
    }

    /// Returns how a task ends that is offered.
    fn answer(
        &mut self,
        offer: &Offer,
        mocks: &mut BTreeMap<Arc<str>, Mock>,
    ) -> Result<TaskResult, String> {
        let path = task_of(&offer.state);
        if &*offer.resource.arn == MOCK {
            let next = mocks.get_mut(path).and_then(Mock::next);
            return next.ok_or_else(|| format!("the mock of '{path}' has no result left"));
        }
        let is_work = self.paths.contains(path) && *path == *offer.state.replace("[]", "");
        if is_work && !only_tells(offer) {
            return Err(format!("the task '{path}' is not mocked by the test case"));
        }
        match offer.state.strip_suffix(COMPENSATE) {
            Some(task) => self.compensated.push(task.into()),
            None if !is_work => self.hooks.push(offer.state.clone()),
            None => {}
        }
        Ok(Ok(Json::Null.into()))
    }

    /// Notes what happened to tasks.
    fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::StateEntered { state, .. } if undoes(state) => {
                self.path.push(state.clone());
                self.places.insert(event.scope, (state.clone(), None));
            }
            EventKind::StateEntered { state, .. } => {
                let path = task_of(state);
                if let Some(path) = self.paths.get(path)
                    && !self.order.contains(path)
                {
                    self.order.push(path.clone());
                }
                self.path.push(state.clone());
                self.places.insert(event.scope, (state.clone(), None));
            }
            EventKind::StateExited { state, output, .. } => {
                self.places.insert(event.scope, (state.clone(), Some(output.clone())));
            }
            EventKind::BranchSkipped { .. } | EventKind::BranchExited { .. }
                if self.places.get(&event.scope).is_some_and(|(state, _)| undoes(state)) => {}
            EventKind::BranchSkipped { branch, state, .. } => {
                let group = self.places.get(&event.scope).map(|(state, _)| task_of(state));
                let group = group.filter(|group| self.paths.contains(*group));
                let path = group.map_or(branch.to_string(), |group| format!("{group}.{branch}"));
                self.states.insert(path.into(), state.name());
            }
            EventKind::BranchExited { state, .. } => {
                let Some((last, output)) = self.places.get(&event.scope) else { return };
                let path: Arc<str> = task_of(last).into();
                if let Some(output) = output {
                    self.outputs.insert(path.clone(), output.clone());
                }
                self.states.insert(path, state.name());
            }
            _ => {}
        }
    }

    fn stuck(self, why: String) -> Self {
        let path = self.path.clone();
        Self { ended: stuck(path, why), ..self }
    }
}

fn only_tells(offer: &Offer) -> bool {
    match &offer.resource.kind {
        ResourceKind::Service { service, action, .. } => {
            &**service == "compasso" && TELLING.contains(&&**action)
        }
        ResourceKind::Activity | ResourceKind::LambdaFunction => false,
    }
}
