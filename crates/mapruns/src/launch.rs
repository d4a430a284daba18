//! One child: started, watched until it has ended.

use std::time::Duration;

use compasso_engine::Start;
use compasso_ir::ExecutionType;
use compasso_runtime::{Description, MapRunChild, MapRunJob, RuntimeError, StartError, StartOrder};
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
        let order = order(&run.job, child);
        let key = ExecutionKey(order.start.id.clone());
        let mut pause = Pause::default();
        loop {
            let permit = self.starts.acquire().await;
            if run.takes_no_more() && !is_known(run, &key).await {
                return None;
            }
            let started = run.runtime.start(order.clone()).await;
            drop(permit);
            match started {
                Ok(_) | Err(StartError::Exists) => match run.runtime.closed(&key).await {
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
        let order = order(&run.job, child);
        let key = ExecutionKey(order.start.id.clone());
        let mut pause = Pause::default();
        loop {
            let permit = self.expresses.acquire().await;
            // Only what ended before a restart is there already.
            let ended = match run.runtime.describe(&key).await {
                Ok(Some(child)) => Ok(child),
                Ok(None) if run.takes_no_more() => return None,
                Ok(None) => run.runtime.run_express_child(order.clone()).await,
                Err(error) => Err(error),
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

/// Says whether a child was begun before a restart.
async fn is_known(run: &Run, key: &ExecutionKey) -> bool {
    matches!(run.runtime.describe(key).await, Ok(Some(_)))
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
