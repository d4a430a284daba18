//! Packing the histories of what closed a while ago: they take a fraction of the room, and are read as before.

use std::time::Duration;

use super::plan;
use crate::{Error, Service};

/// How long what has closed is left as it is: until then people look at it most.
const AFTER: Duration = Duration::from_secs(3_600);
/// The pause between two steps, in which commits come first.
const PAUSE: Duration = Duration::from_millis(20);

impl Service {
    /// Packs all that closed long enough ago; returns how many executions were packed.
    pub(super) async fn pack_closed(&self) -> Result<u64, Error> {
        let Some(until) = plan::before(self.now(), AFTER) else { return Ok(0) };
        let clock = self.runtime.clock();
        let mut executions = 0;
        loop {
            let packed = self.runtime.store().pack(until).await?;
            executions += packed.executions;
            if packed.is_over {
                return Ok(executions);
            }
            tokio::select! {
                () = clock.sleep_until(clock.now().after(PAUSE)) => {}
                () = self.runtime.stopping() => return Ok(executions),
            }
        }
    }
}
