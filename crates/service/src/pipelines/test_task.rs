//! One task of a pipeline on its own: what it would be asked to do, and what becomes of its result.
//!
//! The engine runs the task in a pipeline that has nothing else, where what it needs gives what the
//! request says; time passes at once. Nothing of it is stored.

mod answer;
mod rehearsal;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{Offer, TaskError, TaskResult};
use compasso_ir::{Definition, IntegrationPattern, ResourceKind};
use compasso_pipeline::tree::check_params;
use compasso_pipeline::{Alone, Pipeline, alone, clock_times, compile_mocked};
use compasso_runtime::{Job, TaskEnd};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Object, Timestamp};
use serde::Deserialize;

pub use self::answer::{TestedOrder, TestedTask};
use self::rehearsal::{Rehearsal, Stop};
use super::StartPipeline;
use super::run_input::{self, Beginning};
use crate::definitions::read_pipelines;
use crate::drafts::one_pipeline;
use crate::publications::Origin;
use crate::test_state::{Bench, DURATION_MAX, deciding};
use crate::{Caller, Error, Service};

/// The id of the run that a tested task sees.
const RUN: &str = "test";
/// Actions of the server that do what they are asked and end by themselves.
const CALLABLE: [&str; 10] =
    ["call", "email", "fail", "log", "notify", "pagerduty", "s3-copy", "slack", "sql", "transform"];

/// A task to be tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestTask {
    /// The text of its pipeline.
    pub definition: Arc<str>,
    /// The task, by its path.
    pub task: Arc<str>,
    /// Params of the run, as they are given.
    pub params: Option<Json>,
    /// How the tasks ended that it and its groups need, by their paths; others gave null.
    #[serde(default)]
    pub needs: BTreeMap<Arc<str>, GivenEnd>,
    /// What it runs for, of a task with `each` or `matrix`; the first if absent.
    pub item: Option<Json>,
    /// What expressions see as `trigger`.
    pub trigger: Option<Json>,
    /// The instant at which it runs, which is also that it was scheduled for.
    pub now: Option<String>,
    /// What stands in for its work.
    pub mock: Option<GivenEnd>,
    /// Whether its action is carried out.
    #[serde(default)]
    pub call: bool,
}

/// How a task ended, as somebody says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenEnd {
    /// What it gave.
    pub output: Option<Json>,
    /// What it failed with.
    pub error: Option<GivenError>,
    /// Whether it did not run; of needs alone.
    #[serde(default)]
    pub skipped: bool,
}

/// An error, as somebody says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenError {
    /// Its name.
    pub name: Arc<str>,
    /// Why.
    #[serde(default)]
    pub cause: Arc<str>,
}

impl GivenEnd {
    fn result(self) -> TaskResult {
        match self.error {
            Some(GivenError { name, cause }) => Err(TaskError::new(&*name, &*cause)),
            None => Ok(self.output.unwrap_or(Json::Null).into()),
        }
    }
}

/// A task on its own, compiled.
struct Subject {
    definition: Arc<Definition>,
    /// The same with the task's work mocked, if it is.
    mocked: Option<Arc<Definition>>,
    needs: Vec<Arc<str>>,
    next: Vec<Arc<str>>,
}

impl Service {
    /// Runs one task of a pipeline, up to the order that it gives if its work is neither mocked nor
    /// called; a failed task is an answer too.
    ///
    /// # Errors
    /// The text is not valid, the params break its rules, or the task cannot be tested this way.
    pub async fn test_task(&self, caller: &Caller, request: TestTask) -> Result<TestedTask, Error> {
        request.check()?;
        let pipeline = one_pipeline_of(&request.definition).await?;
        let now = match &request.now {
            Some(now) => now.parse().map_err(|_| {
                Error::validation(format!("now: '{now}' is no time such as 2026-01-31T06:00:00Z"))
            })?,
            None => self.now(),
        };
        let input = test_input(&request, &pipeline, now)?;
        let start = self.imagined_start(caller, None, input.into());
        let TestTask { definition, task, needs, item, mock, call, .. } = request;
        let skipped: BTreeSet<_> =
            needs.iter().filter(|(_, end)| end.skipped).map(|(path, _)| path.clone()).collect();
        let (path, is_mocked) = (task.clone(), mock.is_some());
        let subject = deciding(move || {
            let cut = alone(&pipeline, &path, item.as_ref(), &skipped);
            let cut = cut.map_err(|refused| Error::validation(refused.to_string()))?;
            Subject::compile(&definition, cut, is_mocked.then_some(&path))
        })
        .await??;
        let given = subject.given(needs)?;
        let (definition, first) = (subject.definition.clone(), start.clone());
        let run = Rehearsal::new(definition, first, now, task.clone(), given.clone(), None);
        let (mut run, stop) = stopped(run).await?;
        let order = match &stop {
            Stop::Offered(offer) => Some(TestedOrder::of(offer)),
            Stop::Ended(_) => None,
        };
        let stop = match (stop, subject.mocked) {
            (Stop::Offered(_), Some(definition)) => {
                let mock = mock.map(GivenEnd::result);
                let mocked = Rehearsal::new(definition, start, now, task, given, mock);
                stopped(mocked).await?.1
            }
            (Stop::Offered(offer), None) if call => {
                let result = self.call_tested(&offer, start.id.clone()).await?;
                run.answer(&offer, result);
                stopped(run).await?.1
            }
            (stop, _) => stop,
        };
        Ok(TestedTask::of(stop, order, subject.next))
    }

    /// Carries out what a tested task asks for.
    async fn call_tested(&self, offer: &Offer, execution: Arc<str>) -> Result<TaskResult, Error> {
        if let Some(why) = why_not_called(offer) {
            return Err(Error::validation(why));
        }
        let job = Job {
            execution: ExecutionKey(execution),
            token: self.new_id().into(),
            idempotency_key: self.new_id().into(),
            role: Arc::default(),
            trace_header: None,
            trace: None,
            // It waits for nothing that tasks of runs wait for.
            offer: Offer { placement: None, ..offer.clone() },
        };
        let limit = offer.timeout.map_or(DURATION_MAX, |limit| limit.min(DURATION_MAX));
        let end = tokio::select! {
            end = self.runtime.try_task(job, Arc::new(Bench::default())) => end?,
            () = self.late(self.now().after(limit)) => {
                return Ok(Err(TaskError::new("Timeout", "the action took too long")));
            }
        };
        Ok(match end {
            TaskEnd::Finished(result) => result,
            TaskEnd::Submitted(output) => Ok(output),
            TaskEnd::Reported => unreachable!("only tasks of executions are reported"),
        })
    }
}

impl TestTask {
    fn check(&self) -> Result<(), Error> {
        let is_both = |end: &GivenEnd| {
            let said = [end.output.is_some(), end.error.is_some(), end.skipped];
            said.into_iter().filter(|said| *said).count() > 1
        };
        if self.needs.values().chain(&self.mock).any(is_both) {
            let message = "A task ends with one of 'output', 'error' and 'skipped'";
            return Err(Error::validation(message));
        }
        if self.mock.as_ref().is_some_and(|mock| mock.skipped) {
            return Err(Error::validation("A mock has 'output' or 'error'"));
        }
        if self.call && self.mock.is_some() {
            return Err(Error::validation("The work of a task is mocked or called, not both"));
        }
        Ok(())
    }
}

impl Subject {
    /// Compiles a task on its own; `mocked`: the task, if something stands in for its work.
    fn compile(text: &str, cut: Alone, mocked: Option<&Arc<str>>) -> Result<Self, Error> {
        let Alone { pipeline, needs, next } = cut;
        let compiled = |paths: &BTreeSet<Arc<str>>| {
            compile_mocked(text, &pipeline, paths).map_err(|problems| {
                Error::InvalidPipeline(problems.into_iter().map(Into::into).collect())
            })
        };
        let mut paths: BTreeSet<_> = needs.iter().cloned().collect();
        let definition = compiled(&paths)?;
        let mocked = match mocked {
            Some(task) => {
                paths.insert(task.clone());
                Some(compiled(&paths)?)
            }
            None => None,
        };
        Ok(Self { definition, mocked, needs, next })
    }

    /// Returns how each task ended that is needed.
    fn given(
        &self,
        mut needs: BTreeMap<Arc<str>, GivenEnd>,
    ) -> Result<BTreeMap<Arc<str>, TaskResult>, Error> {
        let own = self.needs.iter().cloned();
        let given =
            own.map(|path| (path.clone(), needs.remove(&path).unwrap_or_default().result()));
        let given = given.collect();
        match needs.keys().next() {
            Some(path) => Err(Error::validation(format!("The task does not need '{path}'"))),
            None => Ok(given),
        }
    }
}

async fn one_pipeline_of(text: &Arc<str>) -> Result<Arc<Pipeline>, Error> {
    let read = read_pipelines(text.clone()).await?.map_err(|problems| {
        Error::InvalidPipeline(problems.into_iter().map(Into::into).collect())
    })?;
    match &read.pipelines[..] {
        [one] => Ok(one.pipeline.clone()),
        _ => Err(one_pipeline()),
    }
}

/// Makes what the run begins with that the task believes to be in.
fn test_input(request: &TestTask, pipeline: &Pipeline, now: Timestamp) -> Result<Json, Error> {
    let given = match &request.params {
        None => Object::new(),
        Some(Json::Object(given)) => Object::clone(given),
        Some(_) => return Err(Error::validation("params must be an object")),
    };
    let params = check_params(&pipeline.params, &given)
        .map_err(|faults| Error::InvalidParams(faults.into_iter().map(Into::into).collect()))?;
    let start = StartPipeline {
        trigger: request.trigger.clone().unwrap_or(Json::Null),
        scheduled_at: Some(now),
        ..StartPipeline::of(&*pipeline.name)
    };
    let beginning = Beginning {
        id: RUN,
        url: None,
        pipeline: &pipeline.name,
        version: 0,
        labels: &pipeline.labels,
        origin: &Origin::default(),
        now,
        clock_times: clock_times(pipeline, &start.moments(now)),
    };
    Ok(run_input::make(&start, &beginning, Json::from(params)))
}

/// Lets a task run on a thread where it may take its time, until it stops.
async fn stopped(mut run: Rehearsal) -> Result<(Rehearsal, Stop), Error> {
    deciding(move || {
        let stop = run.go_on();
        (run, stop)
    })
    .await
}

/// Says why what a task asks for is not carried out in a test, if so.
fn why_not_called(offer: &Offer) -> Option<String> {
    let is_callable = match &offer.resource.kind {
        ResourceKind::LambdaFunction => true,
        ResourceKind::Activity => false,
        ResourceKind::Service { service, action, pattern } => {
            *pattern == IntegrationPattern::RequestResponse
                && (&**service != "compasso" || CALLABLE.contains(&&**action))
        }
    };
    let wants = |name: &str| offer.placement.as_ref().and_then(|wants| wants.get(name)).is_some();
    let why = if !is_callable {
        "it is done by a worker, by people or by another run"
    } else if wants("secrets") {
        "it is given secrets, which are put in for runs alone"
    } else if wants("sensitive") {
        "nobody may see its output"
    } else {
        return None;
    };
    let state = &offer.state;
    Some(format!(
        "The work of '{state}' is not carried out in a test: {why}. Mock it, or run the draft"
    ))
}
