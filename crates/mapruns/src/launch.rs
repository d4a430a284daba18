//! One child: started, watched until it has ended.

use std::time::Duration;

use compasso_engine::Start;
use compasso_ir::ExecutionType;
use compasso_runtime::{
    Description, MapRunChild, MapRunJob, RedriveError, RuntimeError, StartError, StartOrder,
};
use compasso_store::ExecutionKey;
use tokio::sync::Semaphore;

use crate::children::Child;
use crate::outcome::ChildEnd;
use crate::run::Run;
use crate::{limits, names};

/// How many children of all runs are on their way.
pub(crate) struct Launches {
    starts: Semaphore,
    expresses: Semaphore,
}

/// A child that has ended.
pub(crate) struct Ended {
    pub(crate) index: u64,
    pub(crate) items: u64,
    /// How; `None` if it was not begun, because the run takes no more.
    pub(crate) end: Option<ChildEnd>,
}

impl Default for Launches {
    fn default() -> Self {
        Self {
            starts: Semaphore::new(limits::STARTS_AT_ONCE_MAX),
            expresses: Semaphore::new(limits::EXPRESS_AT_ONCE_MAX),
        }
    }
}

impl Launches {
    /// Runs a child to its end. One that was begun before a restart goes on, and one that had ended
    /// is not run again. Never returns while the runtime stops; whoever waits is dropped.
    pub(crate) async fn run(&self, run: &Run, child: Child) -> Ended {
        let Child { index, items, .. } = child;
        let end = match run.job.offer.child.execution_type {
            ExecutionType::Standard => self.run_standard(run, child).await,
            ExecutionType::Express => self.run_express(run, child).await,
        };
        Ended { index, items, end }
    }

    async fn run_standard(&self, run: &Run, child: Child) -> Option<ChildEnd> {
        let items = child.items;
        let order = order(&run.job, child);
        let key = ExecutionKey(order.start.id.clone());
        let mut pause = Pause::default();
        loop {
            let permit = self.starts.acquire().await;
            if run.takes_no_more() && !is_known(run, &key).await {
                return None;
            }
            let started = match runs_again(run, &key).await {
                Ok(true) => redrive(run, &key, items).await,
                Ok(false) => run.runtime.start(order.clone()).await.map(drop),
                Err(error) => Err(error.into()),
            };
            drop(permit);
            match started {
                Ok(()) | Err(StartError::Exists) => match run.runtime.closed(&key).await {
                    Ok(Some(child)) => return Some(end_of(&child)),
                    Ok(None) | Err(_) => pause.take().await,
                },
                Err(StartError::Runtime(RuntimeError::Quarantined(_))) => {
                    return Some(ChildEnd::Failed);
                }
                Err(_) => pause.take().await,
            }
        }
    }

    async fn run_express(&self, run: &Run, child: Child) -> Option<ChildEnd> {
        let items = child.items;
        let order = order(&run.job, child);
        let key = ExecutionKey(order.start.id.clone());
        let mut pause = Pause::default();
        loop {
            let permit = self.expresses.acquire().await;
            // Only what ended before a restart or a redrive is there already.
            let ended = match (run.runtime.describe(&key).await, runs_again(run, &key).await) {
                (Ok(Some(child)), Ok(false)) => Ok(child),
                (Ok(None), _) if run.takes_no_more() => return None,
                (Ok(known), Ok(_)) => {
                    if known.is_some() {
                        run.tally().redrove(items);
                    }
                    run.runtime.run_express_child(order.clone()).await
                }
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            drop(permit);
            match ended {
                Ok(child) => return Some(end_of(&child)),
                Err(RuntimeError::Quarantined(_)) => return Some(ChildEnd::Failed),
                Err(_) => pause.take().await,
            }
        }
    }
}

/// Says whether a child did not succeed before its run was redriven, and is to run again.
async fn runs_again(run: &Run, key: &ExecutionKey) -> Result<bool, RuntimeError> {
    if run.takes_no_more() {
        return Ok(false);
    }
    let Some(at) = run.redriven_at() else { return Ok(false) };
    let Some(child) = run.runtime.describe(key).await? else { return Ok(false) };
    let failed = child.closed.as_ref().is_some_and(|end| ChildEnd::of(end) != ChildEnd::Succeeded);
    Ok(failed && child.stopped.is_some_and(|stopped| stopped <= at))
}

/// Lets a Standard child go on. One that cannot stays as it ended.
async fn redrive(run: &Run, key: &ExecutionKey, items: u64) -> Result<(), StartError> {
    let redrives = run.job.offer.redrives;
    let token = format!("{}/{redrives}", run.job.offer.run.arn).into();
    run.tally().redrove(items);
    match run.runtime.redrive(key, Some(token)).await {
        Ok(_) | Err(RedriveError::NotRedrivable(_)) => Ok(()),
        Err(RedriveError::Runtime(error)) => Err(error.into()),
        Err(_) => Ok(()),
    }
}

/// Says whether a child was begun before a restart. One that cannot be read may have been.
async fn is_known(run: &Run, key: &ExecutionKey) -> bool {
    let mut pause = Pause::default();
    loop {
        match run.runtime.describe(key).await {
            Ok(child) => return child.is_some(),
            Err(_) => pause.take().await,
        }
    }
}

/// A pause that grows.
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(limits::RETRY_FIRST)
    }
}

impl Pause {
    async fn take(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(limits::RETRY_LONGEST);
    }
}

fn order(job: &MapRunJob, child: Child) -> StartOrder {
    let workflow = &job.offer.child;
    let name = names::child(&job.offer.run.arn, workflow.execution_type, child.index);
    StartOrder {
        // The runtime draws the seed.
        start: Start {
            id: name.arn,
            name: name.name,
            input: child.input,
            ..workflow.start.clone()
        },
        definition: job.definition.of_children(&job.offer.state),
        compiled: workflow.definition.clone(),
        listing: job.offer.run.arn.clone(),
        trace_header: job.trace_header.clone(),
        parent: None,
        log: job.log.clone(),
        map_run: Some(MapRunChild { arn: job.offer.run.arn.clone(), items: child.items }),
    }
}

/// One that is set aside has not ended and does not come here.
fn end_of(child: &Description) -> ChildEnd {
    child.closed.as_ref().map_or(ChildEnd::Failed, ChildEnd::of)
}
