//! Reading what processes write.

use std::io;

use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::task::unconstrained;

use super::NotRun;
use crate::log::TaskLog;

const READ_BYTES: usize = 16 * 1024;
/// Most bytes that a pipe holds, unless an administrator allows more.
const PIPE_BYTES_MAX: usize = 1024 * 1024;

/// Tells readers when what is written no longer counts.
pub(super) struct Curfew(watch::Sender<bool>);

impl Curfew {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// From now on what is written does not count.
    pub(super) fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the beginning.
    pub(super) async fn begun(&self) {
        // The sender is here: it is not gone.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

/// Reads a stream to its end, as fast as the log has room; after the curfew what is in the pipe,
/// and no more.
pub(super) async fn read(
    stream: &mut Option<impl AsyncRead + Unpin>,
    curfew: &Curfew,
    log: &TaskLog,
    mut take: impl FnMut(&[u8]) -> Result<(), NotRun>,
) -> Result<(), NotRun> {
    let Some(stream) = stream else { return Ok(()) };
    let mut buffer = vec![0; READ_BYTES];
    let mut use_up = |bytes: io::Result<usize>, buffer: &[u8]| -> Result<bool, NotRun> {
        let count = bytes.map_err(NotRun::Broken)?;
        take(&buffer[..count])?;
        Ok(count > 0)
    };
    loop {
        let count = tokio::select! {
            biased;
            () = curfew.begun() => break,
            count = stream.read(&mut buffer) => count,
        };
        if !use_up(count, &buffer)? {
            return Ok(());
        }
        log.room().await;
    }
    for _ in 0..PIPE_BYTES_MAX / READ_BYTES {
        // Not being run for a moment is not the same as an empty pipe.
        let Some(count) = unconstrained(stream.read(&mut buffer)).now_or_never() else { break };
        if !use_up(count, &buffer)? {
            break;
        }
        log.room().await;
    }
    Ok(())
}
