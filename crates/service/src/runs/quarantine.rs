//! Runs that were set aside because the engine could not carry on with them.

use compasso_runtime::ReleaseError;
use compasso_store::ExecutionKey;

use super::Viewer;
use crate::arns::execution;
use crate::{Error, Service};

impl Service {
    /// Lets a run go on that was set aside; returns when that is durable.
    ///
    /// # Errors
    /// There is no such run, it was not set aside, or what is stored of it is still damaged.
    pub async fn release_from_quarantine(&self, viewer: &Viewer, run: &str) -> Result<(), Error> {
        viewer.check("RedriveExecution", run)?;
        let key = ExecutionKey(execution("id", run)?.as_str().into());
        let released = self.runtime.release(&key).await;
        released.map_err(|error| match error {
            ReleaseError::NotSetAside => Error::Conflict(format!("It was not set aside: '{run}'")),
            ReleaseError::StillBroken(why) => Error::Conflict(format!(
                "'{run}' still cannot go on: {why}. 'compasso stop' closes it, and a restored backup \
                 may have it whole"
            )),
            ReleaseError::Runtime(error) => Error::about_execution(run, error),
            other => Error::Unavailable(other.to_string()),
        })
    }
}
