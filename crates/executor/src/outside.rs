//! What an attempt needs of the world outside: a log, a place for files, and who carries out
//! actions.

use std::path::Path;

use compasso_types::Json;
use futures::future::BoxFuture;

use crate::Failure;
use crate::log::LogSink;

/// Where lines and files of an attempt go, and files for it and the results of actions come from.
pub trait Outside: LogSink {
    /// Keeps the file at `path` as the artifact `name`; durable when it returns. The error says why
    /// it cannot.
    fn keep_artifact<'a>(
        &'a self,
        name: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<KeptArtifact, String>>;

    /// Has the server carry out the action of a step, and returns what it gives.
    fn act(&self, step: usize, arguments: Json) -> BoxFuture<'_, Result<Json, Failure>>;

    /// Writes the artifact with this digest to `path`. The error says why it cannot.
    fn fetch_artifact<'a>(
        &'a self,
        sha256: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// An artifact that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptArtifact {
    /// Where it is found: `artifact://RUN/TASK[/KEY]/NAME`.
    pub uri: String,
    /// Its bytes.
    pub size: u64,
    /// Its digest, in hexadecimal digits.
    pub sha256: String,
}

impl KeptArtifact {
    /// Returns how it stands in the result of a task.
    pub(crate) fn described(&self, name: &str) -> Json {
        Json::object([
            ("name", Json::from(name)),
            ("uri", Json::from(&*self.uri)),
            ("size", Json::from(self.size.cast_signed())),
            ("sha256", Json::from(&*self.sha256)),
        ])
    }
}
