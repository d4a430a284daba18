//! The world outside of a task that runs on a remote worker: the server.

use std::path::Path;
use std::time::Duration;

use compasso_executor::{Failure, KeptArtifact, LogSink, Outside};
use compasso_store::LogStream;
use compasso_types::Json;
use futures::future::BoxFuture;
use tokio::io::AsyncWriteExt as _;

use crate::backoff::Backoff;
use crate::log::LogBatches;
use crate::protocol;
use crate::server::{CallError, Server};

/// How often a file is sent or fetched before it is given up.
const TRIES_MAX: u32 = 10;
/// How long an action may take: longer than that of a task may.
const ACTION_PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// The server, as a task sees it.
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) lease: String,
    pub(crate) log: LogBatches,
}

impl LogSink for Remote {
    fn line(&self, stream: LogStream, text: &str) {
        self.log.push(stream, text);
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.log.room())
    }
}

impl Outside for Remote {
    fn keep_artifact<'a>(
        &'a self,
        name: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<KeptArtifact, String>> {
        Box::pin(async move {
            let mut backoff = Backoff::new();
            for _ in 1..TRIES_MAX {
                match self.send(name, path).await {
                    Err(CallError::Away(_)) => backoff.pause().await,
                    ended => return ended.map_err(|error| error.to_string()),
                }
            }
            self.send(name, path).await.map_err(|error| error.to_string())
        })
    }

    fn act(&self, step: usize, arguments: Json) -> BoxFuture<'_, Result<Json, Failure>> {
        Box::pin(async move {
            let order = protocol::Act { step, arguments: &arguments };
            let target = ["leases", &self.lease, "actions"];
            let mut backoff = Backoff::new();
            for _ in 1..TRIES_MAX {
                match self.server.post_patiently(&target, &order, ACTION_PATIENCE).await {
                    Err(CallError::Away(_)) => backoff.pause().await,
                    acted => return ended(acted),
                }
            }
            ended(self.server.post_patiently(&target, &order, ACTION_PATIENCE).await)
        })
    }

    fn fetch_artifact<'a>(
        &'a self,
        sha256: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let mut backoff = Backoff::new();
            for _ in 1..TRIES_MAX {
                match self.fetch(sha256, path).await {
                    Err(CallError::Away(_)) => backoff.pause().await,
                    ended => return ended.map_err(|error| error.to_string()),
                }
            }
            self.fetch(sha256, path).await.map_err(|error| error.to_string())
        })
    }
}

/// Returns how an action ended.
fn ended(acted: Result<protocol::Acted, CallError>) -> Result<Json, Failure> {
    let acted = acted.map_err(|error| Failure::new("Rejected", error.to_string()))?;
    match acted.error {
        None => Ok(acted.output.unwrap_or_default()),
        Some(error) => Err(Failure {
            retry_after: acted.retry_after_ms.map(Duration::from_millis),
            ..Failure::new(error, acted.cause.unwrap_or_default())
        }),
    }
}

impl Remote {
    async fn send(&self, name: &str, path: &Path) -> Result<KeptArtifact, CallError> {
        let file = tokio::fs::File::open(path).await;
        let file = file.map_err(|error| CallError::Refused(error.to_string()))?;
        let mut target = vec!["leases", &self.lease, "artifacts"];
        target.extend(name.split('/'));
        let kept: protocol::KeptArtifact = self.server.put_file(&target, file).await?;
        let protocol::KeptArtifact { uri, size, sha256 } = kept;
        Ok(KeptArtifact { uri, size, sha256 })
    }

    async fn fetch(&self, sha256: &str, path: &Path) -> Result<(), CallError> {
        let broken = |error: std::io::Error| CallError::Refused(error.to_string());
        let mut answer = self.server.get(&["artifacts", sha256]).await?;
        let mut file = tokio::fs::File::create(path).await.map_err(broken)?;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => file.write_all(&chunk).await.map_err(broken)?,
                Ok(None) => return file.flush().await.map_err(broken),
                Err(error) => return Err(CallError::Away(error.to_string())),
            }
        }
    }
}
