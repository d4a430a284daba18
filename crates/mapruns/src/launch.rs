//! One child: started, watched until it has ended.

use compasso_engine::Start;
use compasso_ir::ExecutionType;
use compasso_runtime::{
    MapRunChild, MapRunJob, RedriveError, RuntimeError, StartError, StartOrder,
};
use compasso_store::{Attributes, ExecutionKey};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::children::Child;
use crate::outcome::{ChildEnd, End};
use crate::pause::Pause;
use crate::run::Run;
use crate::{limits, names};

/// The end of a child that the engine cannot even begin; nothing is stored of it.
const NEVER_BEGUN: End = End { how: ChildEnd::Failed, is_final: false };

/// What children of all runs share.
pub(crate) struct Launches {
    starts: Semaphore,
    expresses: Semaphore,
    input_bytes: Semaphore,
}

/// Room for the input of a child, until it is dropped.
pub(crate) type Room<'a> = SemaphorePermit<'a>;

/// A child that has ended.
pub(crate) struct Ended {
    pub(crate) index: u64,
    pub(crate) items: u64,
    /// How; `None` if it was not begun, because the run takes no more.
    pub(crate) end: Option<End>,
}

/// Whether a Standard child has begun.
enum Begun {
    Yes,
    /// The run takes no more.
    No,
    /// It cannot.
    Never,
}

impl Default for Launches {
    fn default() -> Self {
        Self {
            starts: Semaphore::new(limits::STARTS_AT_ONCE_MAX),
            expresses: Semaphore::new(limits::EXPRESS_AT_ONCE_MAX),
            input_bytes: Semaphore::new(limits::INPUT_BYTES_AT_ONCE_MAX as usize),
        }
    }
}

impl Launches {
    /// Waits until there is room for the input of a child.
    pub(crate) async fn room(&self, child: &Child) -> Room<'_> {
        let bytes = u32::try_from(child.input.text().len()).unwrap_or(u32::MAX);
        let room = self.input_bytes.acquire_many(bytes.min(limits::INPUT_BYTES_AT_ONCE_MAX));
        room.await.expect("it is never closed")
    }

    /// Runs a child to its end. One that was begun before a restart goes on, and one that had ended
    /// is not run again. Never returns while the runtime stops; whoever waits is dropped.
    pub(crate) async fn run(&self, run: &Run, child: Child, room: Room<'_>) -> Ended {
        let Child { index, items, .. } = child;
        let end = match run.job.offer.child.execution_type {
            ExecutionType::Standard => self.run_standard(run, child, room).await,
            ExecutionType::Express => self.run_express(run, child, room).await,
        };
        Ended { index, items, end }
    }

    async fn run_standard(&self, run: &Run, child: Child, room: Room<'_>) -> Option<End> {
        let key = run.child_key(child.index);
        let begun = self.begin(run, child, &key).await;
        // What it was started with is stored, and gone from here.
        drop(room);
        match begun {
            Begun::Yes => Some(end(run, &key).await),
            Begun::No => None,
            Begun::Never => Some(NEVER_BEGUN),
        }
    }

    /// Has a child begin, unless it has, or go on if it did not succeed before a redrive.
    async fn begin(&self, run: &Run, child: Child, key: &ExecutionKey) -> Begun {
        let items = child.items;
        let order = order(&run.job, child);
        let mut pause = Pause::default();
        loop {
            let permit = self.starts.acquire().await;
            if run.takes_no_more() && !is_known(run, key).await {
                return Begun::No;
            }
            let started = match runs_again(run, key).await {
                Ok(true) => redrive(run, key, items).await,
                Ok(false) => run.runtime.start(order.clone()).await.map(drop),
                Err(error) => Err(error.into()),
            };
            drop(permit);
            match started {
                Ok(()) | Err(StartError::Exists) => return Begun::Yes,
                Err(StartError::Runtime(RuntimeError::Quarantined(_))) => return Begun::Never,
                Err(_) => pause.take().await,
            }
        }
    }

    async fn run_express(&self, run: &Run, child: Child, _room: Room<'_>) -> Option<End> {
        let (index, items) = (child.index, child.items);
        let order = order(&run.job, child);
        let key = run.child_key(index);
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
                    let _shown = run.show_express(index);
                    run.runtime.run_express_child(order.clone()).await
                }
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            drop(permit);
            if let Ok(child) = ended
                && let Some(end) = End::of(&child, run.runtime.clock().now())
            {
                return Some(end);
            }
            pause.take().await;
        }
    }
}

/// Waits for the end of a Standard child that has begun. One that was set aside is given up: nobody
/// may wait for it.
async fn end(run: &Run, key: &ExecutionKey) -> End {
    let mut pause = Pause::default();
    loop {
        if let Ok(Some(child)) = run.runtime.settled(key).await {
            if let Some(end) = End::of(&child, run.runtime.clock().now()) {
                return end;
            }
            if let Err(error) = run.runtime.give_up(key).await {
                tracing::warn!(execution = %key, %error, "child that cannot go on is not given up");
            }
        }
        pause.take().await;
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
        caller: None,
        trace_header: job.trace_header.clone(),
        parent: None,
        log: job.log.clone(),
        map_run: Some(MapRunChild {
            arn: job.offer.run.arn.clone(),
            items: child.items,
            index: Some(child.index),
        }),
        attributes: Attributes::new(),
    }
}
