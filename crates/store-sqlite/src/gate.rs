//! Whether the store still knows what is on the disk.

use std::sync::OnceLock;

use compasso_store::ReadError;

/// Shut once and for all, with the reason, when the outcome of a commit is in doubt.
///
/// After a failed sync, neither what is in memory nor what a read shows need be what a restart
/// will find. So nothing is answered any more; opening the file again tells the truth.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    reason: OnceLock<String>,
}

impl Gate {
    /// Refuses everything from now on; the first reason stays.
    pub(crate) fn shut(&self, reason: &str) {
        // A second reason adds nothing.
        let _ = self.reason.set(reason.to_owned());
    }

    /// Fails if the gate is shut.
    pub(crate) fn check(&self) -> Result<(), ReadError> {
        match self.reason.get() {
            Some(reason) => Err(ReadError::Broken(reason.clone())),
            None => Ok(()),
        }
    }
}
