//! Distributed Map states: what they ask of the outside, and how it ends.

use std::sync::Arc;

use compasso_ir::{Distributed, ExecutionType, Kind, Map, MapMode, State};
use compasso_types::{Arn, Json, Payload, uuid};
use serde::{Deserialize, Serialize};

use crate::context::Scene;
use crate::decide::Rejected;
use crate::problem::Problem;
use crate::scope::{Active, MapRunWork};
use crate::turn::Turn;
use crate::{
    ChildWorkflow, Effect, EventKind, Execution, ItemSelector, MapRunOffer, ScopeId, Start, TaskId,
    TaskResult,
};

/// What a distributed Map asks of the outside, evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapRun {
    /// Its ARN.
    pub arn: Arc<str>,
    /// `Label`, or a generated one.
    pub label: Arc<str>,
    /// Where the items come from; absent: the state has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Reader>,
    /// How items are put together; absent: each has a child of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// What becomes of the results; absent: they are the state's result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<Writer>,
    /// Most children at once; 0: no limit.
    pub max_concurrency: u64,
    /// Most items that may fail.
    pub tolerated_failure_count: u64,
    /// Most items that may fail, in percent of all.
    pub tolerated_failure_percentage: f64,
}

/// `ItemReader`, evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reader {
    /// `Resource`.
    pub resource: Arc<str>,
    /// `Parameters` or `Arguments`.
    pub arguments: Json,
    /// `ReaderConfig`.
    pub config: Json,
}

/// `ItemBatcher`, evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Most items of a child.
    pub max_items: Option<u64>,
    /// Largest input of a child, bytes.
    pub max_bytes: Option<u64>,
    /// `BatchInput`.
    pub input: Option<Json>,
}

/// `ResultWriter`, evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Writer {
    /// `Resource`; absent: the results stay in the state.
    pub resource: Option<Arc<str>>,
    /// `Parameters` or `Arguments`.
    pub arguments: Json,
    /// `WriterConfig`.
    pub config: Json,
}

impl Turn<'_> {
    /// Evaluates what the run needs and offers it, anew for every attempt.
    pub(crate) fn start_map_run(
        &mut self,
        scope: ScopeId,
        state: &State,
        map: &Map,
        distributed: &Distributed,
    ) {
        match self.scene(scope).prepare_map_run(state, map, distributed) {
            Ok((started, run)) => {
                self.follow(scope, started);
                self.follow(scope, EventKind::MapRunStarted { run: Box::new(run) });
                self.effects.extend(self.execution.owed_map_run(scope));
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Goes on with the map run that `scope` was about when its execution closed.
    pub(crate) fn redrive_map_run(&mut self, scope: ScopeId) {
        let Some(work) = self.execution.scope(scope).map_run() else { return };
        let (arn, count) = (work.run.arn.clone(), work.redrives + 1);
        self.follow(scope, EventKind::MapRunRedriven { arn, count });
        self.effects.extend(self.execution.owed_map_run(scope));
    }

    /// The map run ended.
    pub(crate) fn map_run_ended(
        &mut self,
        task: TaskId,
        result: TaskResult,
    ) -> Result<(), Rejected> {
        let scope = self.execution.scope_of_map_run(task).ok_or(Rejected::TaskOver)?;
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let start = self.execution.start().expect("map runs run in an execution that started");
        let problem = match result {
            Ok(output) if output.text().len() <= start.payload_bytes_max => {
                let run = self.follow(scope, EventKind::MapRunSucceeded);
                self.record(scope, run, EventKind::MapStateSucceeded);
                self.finish(scope, state, &output);
                return Ok(());
            }
            Ok(_) => Problem::too_large(&state.name),
            Err(error) => Problem::of_task(&error),
        };
        let (error, cause) = (problem.error.clone(), problem.cause.clone());
        let origin = self.follow(scope, EventKind::MapRunFailed { error, cause });
        self.fail_state(scope, origin, problem);
        Ok(())
    }
}

impl Scene<'_> {
    /// Evaluates what a distributed Map state needs before its run.
    pub(crate) fn prepare_map_run(
        &self,
        state: &State,
        map: &Map,
        distributed: &Distributed,
    ) -> Result<(EventKind, MapRun), Problem> {
        let input = self.effective_input(state)?;
        let items = match distributed.reader {
            Some(_) => Json::array([]),
            None => self.items(state, map, &input)?,
        };
        let run = self.map_run(map, distributed, &input)?;
        Ok((EventKind::MapStateStarted { items, input, concurrency: 0 }, run))
    }

    fn map_run(
        &self,
        map: &Map,
        distributed: &Distributed,
        input: &Payload,
    ) -> Result<MapRun, Problem> {
        let start = self.execution.start().expect("states run in an execution that started");
        let label = distributed.label.clone().unwrap_or_else(|| self.generated_label());
        let max_concurrency = self.max_concurrency(map, input)?.unwrap_or(0);
        Ok(MapRun {
            arn: map_run_arn(&start.id, &start.workflow_name, &label, &self.drawn()),
            label,
            reader: self.reader(distributed.reader.as_ref(), input)?,
            batch: self.batch(distributed.batcher.as_ref(), input)?,
            writer: self.writer(distributed.writer.as_ref(), input)?,
            max_concurrency,
            tolerated_failure_count: self.tolerated_count(distributed, input)?,
            tolerated_failure_percentage: self.tolerated_percentage(distributed, input)?,
        })
    }

    /// A state machine's state keeps the label it got.
    fn generated_label(&self) -> Arc<str> {
        let start = self.execution.start().expect("states run in an execution that started");
        let state = &self.execution.state(self.active().state).name;
        let machine = machine_arn(&start.workflow);
        let hash = blake3::hash(format!("{machine}/{state}").as_bytes());
        uuid_of(&hash).into()
    }

    /// Draws what tells this run from all others.
    fn drawn(&self) -> String {
        let start = self.execution.start().expect("states run in an execution that started");
        let (entry, attempt) = (self.active().entry, self.active().attempt);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&start.seed);
        hasher.update(format!("map run {entry}.{attempt}").as_bytes());
        uuid_of(&hasher.finalize())
    }
}

impl Execution {
    /// Returns the order for the map run that is out in `scope`, if one is.
    pub(crate) fn owed_map_run(&self, scope: ScopeId) -> Option<Effect> {
        let scope_state = self.scope(scope);
        let (active, work) = (scope_state.active()?, scope_state.map_run()?);
        let MapRunWork { run, items, started, redrives, .. } = work;
        Some(Effect::StartMapRun(Box::new(MapRunOffer {
            task: TaskId { entry: active.entry, attempt: active.attempt },
            state: self.state(active.state).name.clone(),
            run: run.clone(),
            items: run.reader.is_none().then(|| items.clone()),
            child: self.child_workflow(active, run),
            selector: ItemSelector::new(self.clone(), scope, *started),
            started: *started,
            redrives: *redrives,
        })))
    }

    /// Returns the scope whose map run `task` is, if that attempt is still open.
    pub(crate) fn scope_of_map_run(&self, task: TaskId) -> Option<ScopeId> {
        let mut scopes = self.image.scopes.iter();
        scopes.find_map(|(id, scope)| {
            let active = scope.active()?;
            scope.map_run()?;
            let is_it = active.entry == task.entry && active.attempt == task.attempt;
            is_it.then_some(*id)
        })
    }

    /// Returns whether the map run with this ARN has not ended and still matters.
    pub fn waits_for_map_run(&self, arn: &str) -> bool {
        let mut works = self.image.scopes.values().filter_map(|scope| scope.map_run());
        works.any(|work| *work.run.arn == *arn)
    }

    fn child_workflow(&self, active: &Active, run: &MapRun) -> ChildWorkflow {
        let start = self.start.as_ref().expect("map runs run in an execution that started");
        let state = self.state(active.state);
        let Kind::Map(map) = &state.kind else { unreachable!("only Map states have map runs") };
        let execution_type = match &map.mode {
            MapMode::Distributed(distributed) => distributed.execution_type,
            MapMode::Inline => ExecutionType::Standard,
        };
        let definition = self.definition.of_children(&state.name);
        let name = format!("{}/{}", machine_name(&start.workflow_name), run.label);
        ChildWorkflow {
            definition: Arc::new(definition.expect("a state with a map run is a distributed Map")),
            execution_type,
            start: Start {
                workflow: format!("{}/{}", machine_arn(&start.workflow), run.label).into(),
                workflow_name: name.into(),
                version: None,
                alias: None,
                origin: None,
                is_held: false,
                is_unbegun: false,
                ..start.as_ref().clone()
            },
        }
    }
}

/// Returns the name of the state machine that a label, if there is one, belongs to.
fn machine_name(workflow_name: &str) -> &str {
    workflow_name.split('/').next().unwrap_or_default()
}

/// Returns the ARN of the state machine that a label, if there is one, belongs to.
fn machine_arn(workflow: &str) -> &str {
    // Names have no slash.
    workflow.split('/').next().unwrap_or_default()
}

/// A map run lives where its execution lives.
fn map_run_arn(execution: &str, workflow_name: &str, label: &str, id: &str) -> Arc<str> {
    let machine = machine_name(workflow_name);
    let arn: Option<Arn> = execution.parse().ok();
    let (region, account) = arn.as_ref().map_or(("", ""), |arn| (arn.region(), arn.account()));
    let partition = execution.split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:states:{region}:{account}:mapRun:{machine}/{label}:{id}").into()
}

fn uuid_of(hash: &blake3::Hash) -> String {
    let (bytes, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    uuid::v4(*bytes)
}
