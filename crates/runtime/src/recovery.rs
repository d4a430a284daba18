//! What a restart owes to the outside.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::{Document, ExecutionKey};
use tracing::{info, warn};

use crate::core::Core;
use crate::message::Ask;
use crate::{RuntimeError, limits};

/// Pause while enough is under way already.
const PAUSE: Duration = Duration::from_millis(5);

/// Begins Express executions again and has every execution that owes something send it again, now
/// and whenever there is room for tasks that found none.
pub(crate) async fn run(core: Arc<Core>, interrupted_express: Vec<Document>) {
    core.recover_express(interrupted_express).await;
    if let Some(surroundings) = core.surroundings.get() {
        surroundings.map_runs.recover();
    }
    loop {
        recover_all(&core).await;
        tokio::select! {
            () = core.room.notified() => {}
            () = core.stopped() => return,
        }
    }
}

async fn recover_all(core: &Arc<Core>) {
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
        for key in &page.items {
            recall(core, key).await;
        }
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

/// Tasks already under way are not offered twice, so executions that moved on since the restart
/// may be recalled as well.
async fn recall(core: &Arc<Core>, key: &ExecutionKey) {
    while core.gauge.level() >= limits::WAKES_INPUTS_MAX / 2 && !core.is_stopped() {
        tokio::time::sleep(PAUSE).await;
    }
    core.tell(key, Ask::Recover);
}
