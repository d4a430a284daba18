//! Pauses before something is tried again.

use std::time::Duration;

use crate::limits;

/// A pause that grows.
pub(crate) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(limits::RETRY_FIRST)
    }
}

impl Pause {
    pub(crate) async fn take(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(limits::RETRY_LONGEST);
    }
}
