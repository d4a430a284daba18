//! What a node puts above its runtime: who carries out tasks and map runs.

use std::sync::Arc;

use compasso_dispatch::{Dispatcher, PoolSizes};
use compasso_engine::TaskId;
use compasso_items::Stores;
use compasso_mapruns::MapRuns;
use compasso_runtime::{
    Bond, Job, MapRunJob, MapRunner, Reporter, Runtime, RuntimeError, TaskEnd, TaskRunner,
};
use compasso_store::{DocumentChange, ExecutionKey};
use compasso_types::Payload;
use futures::future::BoxFuture;

use crate::Mutant;
use crate::features::Features;
use crate::library::{MUTEX, POOLS, Part};
use crate::mutant::Hasty;

/// Hands on to those there are. They hold the runtime, which holds this: the end cuts that.
pub(crate) struct Layers {
    runner: Bond<Arc<dyn TaskRunner>>,
    map_runs: Bond<MapRuns>,
    dispatcher: Bond<Dispatcher>,
    mutant: Option<Mutant>,
}

impl Layers {
    pub(crate) async fn over(
        runtime: &Runtime,
        features: &Features,
        runner: Arc<dyn TaskRunner>,
        mutant: Option<Mutant>,
    ) -> Result<Arc<Self>, RuntimeError> {
        let (tasks, map_runs, placed) = (Bond::default(), Bond::default(), Bond::default());
        if features.has(Part::MapRuns) {
            map_runs.tie(MapRuns::new(runtime.clone(), Stores::new()));
        }
        if features.has(Part::Graphs) {
            let dispatcher = Dispatcher::new(runtime.clone());
            let sizes = POOLS.iter().map(|(name, size)| ((*name).into(), *size));
            dispatcher.fix_pools(&sizes.collect::<PoolSizes>());
            dispatcher.read_pools().await?;
            dispatcher.serve(runner, None);
            if mutant == Some(Mutant::GatesOpenEarly) {
                dispatcher.recovered();
            }
            tasks.tie(Arc::new(dispatcher.clone()) as Arc<dyn TaskRunner>);
            placed.tie(dispatcher);
        } else {
            tasks.tie(runner);
        }
        Ok(Arc::new(Self { runner: tasks, map_runs, dispatcher: placed, mutant }))
    }

    /// Lets all go.
    pub(crate) fn cut(&self) {
        if let Some(dispatcher) = self.dispatcher.get() {
            dispatcher.cut();
        }
        self.runner.cut();
        self.map_runs.cut();
        self.dispatcher.cut();
    }
}

impl TaskRunner for Layers {
    fn run(&self, mut job: Job, mut reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        match self.mutant {
            Some(Mutant::MutexForAll) => give_own_mutex(&mut job),
            Some(Mutant::FreedBeforeStored) => reporter = Reporter::new(Arc::new(Hasty(reporter))),
            _ => {}
        }
        match self.runner.get() {
            Some(runner) => runner.run(job, reporter),
            None => Box::pin(std::future::pending()),
        }
    }

    fn give_up(&self, execution: &ExecutionKey, task: TaskId) {
        if let Some(runner) = self.runner.get() {
            runner.give_up(execution, task);
        }
    }

    fn waits_for(&self, execution: &ExecutionKey, task: TaskId) -> Option<String> {
        self.runner.get()?.waits_for(execution, task)
    }

    fn offers_begin(&self) {
        if let Some(runner) = self.runner.get() {
            runner.offers_begin();
        }
    }

    fn offers_end(&self) {
        if let Some(runner) = self.runner.get() {
            runner.offers_end();
        }
    }

    fn recovered(&self) {
        if let Some(runner) = self.runner.get() {
            runner.recovered();
        }
    }
}

/// Has a task want a mutex that nobody else does.
fn give_own_mutex(job: &mut Job) {
    let Some(wants) = &mut job.offer.placement else { return };
    let own = wants.to_string().replace(MUTEX, &job.execution.0);
    *wants = Payload::parse(own).expect("it was JSON before").value().clone();
}

impl MapRunner for Layers {
    fn opening(&self, job: &MapRunJob) -> Vec<DocumentChange> {
        self.map_runs.get().map(|runs| runs.opening(job)).unwrap_or_default()
    }

    fn start(&self, job: MapRunJob) {
        if let Some(runs) = self.map_runs.get() {
            runs.start(job);
        }
    }

    fn cancel(&self, execution: &ExecutionKey, task: TaskId) {
        if let Some(runs) = self.map_runs.get() {
            runs.cancel(execution, task);
        }
    }

    fn recover(&self) {
        if let Some(runs) = self.map_runs.get() {
            runs.recover();
        }
    }
}
