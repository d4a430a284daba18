//! Files that tasks leave for others.

use std::fmt::Display;
use std::io;

use compasso_artifacts::{Artifacts, Kept};
use futures::{Stream, StreamExt};
use serde::Serialize;
use tokio::fs::File;

use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::holding::Standing;
use crate::limits;
use crate::protocol::Delivery;

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptArtifact {
    /// Where it is found: `artifact://RUN/TASK[/KEY]/NAME`.
    pub uri: String,
    /// Its bytes.
    pub size: u64,
    /// Its digest, in hexadecimal digits.
    pub sha256: String,
}

impl KeptArtifact {
    /// Describes a file that a task left under a name.
    pub fn new(delivery: &Delivery, name: &str, kept: Kept) -> Self {
        let Delivery { run, task, key, .. } = delivery;
        let key = key.as_ref().map(|key| format!("/{key}")).unwrap_or_default();
        let uri = format!("artifact://{run}/{task}{key}/{name}");
        Self { uri, size: kept.size, sha256: kept.sha256 }
    }
}

impl Dispatcher {
    /// Says where files are kept.
    pub fn keep_artifacts(&self, artifacts: Artifacts) {
        // A second time changes nothing.
        let _ = self.inner.artifacts.set(artifacts);
    }

    /// Keeps a file of a task; durable when it returns.
    ///
    /// # Errors
    /// The lease is over, the name is none, or the file cannot be kept.
    pub async fn keep_artifact<C: AsRef<[u8]>, E: Display>(
        &self,
        lease: &str,
        account: Option<&str>,
        name: &str,
        mut chunks: impl Stream<Item = Result<C, E>> + Unpin,
    ) -> Result<KeptArtifact, WorkerError> {
        let delivery = self.leased_task(lease, account).await?;
        check_name(name)?;
        let broken = |error: io::Error| WorkerError::Unavailable(error.to_string());
        let mut incoming = self.artifacts()?.begin().await.map_err(broken)?;
        let mut size = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| WorkerError::Invalid(error.to_string()))?;
            size += chunk.as_ref().len() as u64;
            if size > limits::ARTIFACT_BYTES_MAX {
                let most = limits::ARTIFACT_BYTES_MAX;
                return Err(WorkerError::Invalid(format!("an artifact has at most {most} bytes")));
            }
            incoming.write(chunk.as_ref()).await.map_err(broken)?;
        }
        let kept = incoming.finish().await.map_err(broken)?;
        // Meanwhile another worker may have got the task.
        self.leased_task(lease, account).await?;
        let term = self.lock().leases.get(lease).map(|lease| lease.job.clone());
        let term = term.and_then(|job| self.kept_for(&job));
        self.note_holder(&delivery.execution, &kept.sha256, term).await?;
        Ok(KeptArtifact::new(&delivery, name, kept))
    }

    /// Opens a file by its digest; returns also its size.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn artifact(&self, sha256: &str) -> Result<Option<(File, u64)>, WorkerError> {
        let found = self.artifacts()?.find(sha256).await;
        found.map_err(|error| WorkerError::Unavailable(error.to_string()))
    }

    /// Says why a file is not there.
    pub async fn why_missing(&self, sha256: &str) -> String {
        match self.standing(None, sha256).await {
            Ok(Standing::Removed) => removed(sha256),
            Ok(Standing::Held | Standing::Left | Standing::Unknown) | Err(_) => {
                format!("there is no artifact {sha256}")
            }
        }
    }

    pub(crate) fn artifacts(&self) -> Result<&Artifacts, WorkerError> {
        let none = || WorkerError::Unavailable("this server keeps no artifacts".into());
        self.inner.artifacts.get().ok_or_else(none)
    }
}

/// Says that a file is not kept any more.
pub fn removed(sha256: &str) -> String {
    format!(
        "the artifact {sha256} was removed: 'retention' of artifacts is over, and its run is not"
    )
}

/// Demands that a name is a relative path without detours.
fn check_name(name: &str) -> Result<(), WorkerError> {
    let fits = name.len() <= limits::NAME_BYTES_MAX && !name.contains('\0');
    let is_detour = |part: &str| matches!(part, "" | "." | "..");
    if !fits || name.split('/').any(is_detour) {
        return Err(WorkerError::Invalid(format!(
            "the name of an artifact is a relative path of at most {} bytes",
            limits::NAME_BYTES_MAX
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["model.bin", "train/model.bin", "..x"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "/etc/passwd", "a/../b", "a//b", "./a", &"x".repeat(2_000)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
