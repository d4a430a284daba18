//! What a restart owes to the outside.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::{Document, ExecutionKey};
use futures::{StreamExt, stream};
use tracing::{info, warn};

use crate::core::Core;
use crate::message::{Ask, Refusal};
use crate::{RuntimeError, limits};

/// Pause while enough is under way already.
const PAUSE: Duration = Duration::from_millis(5);
/// Executions that are recalled at once.
const RECALLED_MAX: usize = 1_000;
/// How often one that does not answer is asked again before that is told.
const RECALLS_UNTOLD: usize = 10;

/// Begins Express executions again and has every execution that owes something send it again, now
/// and whenever there is room for tasks that found none.
pub(crate) async fn run(core: Arc<Core>, interrupted_express: Vec<Document>) {
    core.recover_express(interrupted_express).await;
    if !recover_all(&core).await {
        return;
    }
    if let Some(surroundings) = core.surroundings.get() {
        surroundings.runner.recovered();
        // Only now: an execution that was stopped before it was recalled waits for its map run no more.
        surroundings.map_runs.recover();
    }
    loop {
        tokio::select! {
            biased;
            () = core.stopped() => return,
            () = core.room.notified() => {}
        }
        if !recover_all(&core).await {
            return;
        }
    }
}

/// Recalls all that owe something; returns whether it came to an end before the runtime stopped.
async fn recover_all(core: &Arc<Core>) -> bool {
    tokio::select! {
        biased;
        () = insist(core) => !core.is_stopped(),
        () = core.stopped() => false,
    }
}

async fn insist(core: &Arc<Core>) {
    while let Err(error) = recover(core).await {
        if core.is_stopped() {
            return;
        }
        warn!(%error, "recovery failed and begins again");
        if let RuntimeError::Read(error) = &error {
            core.notice(error);
        }
        tokio::time::sleep(limits::RETRY_FIRST).await;
    }
}

async fn recover(core: &Arc<Core>) -> Result<(), RuntimeError> {
    let mut after = None;
    let mut count = 0_usize;
    loop {
        let page = core.store.owing(after, limits::RECOVERY_PAGE).await?;
        count += page.items.len();
        let recalled = stream::iter(page.items).map(|key| recall(core.clone(), key));
        recalled.buffer_unordered(RECALLED_MAX).collect::<()>().await;
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    if count > 0 {
        info!(count, "executions with open work were taken up again");
    }
    Ok(())
}

/// Has an execution send what it owes, and waits until it has: what its tasks hold would otherwise be given
/// away. One that can never be read is set aside by its first try, and holds nothing. Tasks already under
/// way are not offered twice, so executions that moved on since the restart may be recalled as well.
async fn recall(core: Arc<Core>, key: ExecutionKey) {
    while core.gauge.level() >= limits::WAKES_INPUTS_MAX / 2 && !core.is_stopped() {
        tokio::time::sleep(PAUSE).await;
    }
    for tries in 1.. {
        match core.ask(&key, Ask::Recover).await {
            Err(Refusal::Runtime(
                error @ (RuntimeError::Unavailable(_)
                | RuntimeError::Overloaded
                | RuntimeError::Read(_)),
            )) if !core.is_stopped() => {
                if tries == RECALLS_UNTOLD {
                    warn!(execution = %key, %error, "tasks wait until it is known what this one holds");
                }
                tokio::time::sleep(limits::RETRY_FIRST).await;
            }
            Ok(_) | Err(_) => return,
        }
    }
}
