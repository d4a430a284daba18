//! A place to carry out work orders.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use compasso_executor::{
    Attempt, Executor, ExecutorSettings, Failure, Held, KeptArtifact, LogSink, Outside, Work,
};
use compasso_store::LogStream;
use compasso_types::Json;
use futures::future::BoxFuture;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};

/// An executor with a place of its own, and what its attempts left.
pub(crate) struct Bench {
    pub(crate) executor: Executor,
    pub(crate) workspaces: TempDir,
    pub(crate) outside: Arc<Recorder>,
    pub(crate) attempt: Attempt,
}

/// Remembers lines and artifacts.
#[derive(Default)]
pub(crate) struct Recorder {
    lines: Mutex<Vec<(LogStream, String)>>,
    pub(crate) artifacts: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How actions end, one after the other; then they give what they were told.
    pub(crate) answers: Mutex<VecDeque<Result<Json, Failure>>>,
    changed: Notify,
    /// Whether nothing more can be kept for now.
    full: watch::Sender<bool>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let workspaces = tempfile::tempdir().unwrap();
        let settings =
            ExecutorSettings { workspaces: workspaces.path().to_owned(), pass_env: Vec::new() };
        let attempt = Attempt {
            run: "r-1".to_owned(),
            pipeline: "shop".to_owned(),
            task: "build".to_owned(),
            attempt: 1,
            idempotency_key: "r-1/build".to_owned(),
            output_bytes_max: 100_000,
            ..Attempt::default()
        };
        let executor = Executor::new(settings).unwrap();
        Self { executor, workspaces, outside: Arc::default(), attempt }
    }

    /// Carries out an order.
    pub(crate) async fn run(&self, order: &str) -> Result<Json, Failure> {
        self.run_holding(order, None).await
    }

    /// Carries out an order that holds something.
    pub(crate) async fn run_holding(
        &self,
        order: &str,
        held: Option<Held>,
    ) -> Result<Json, Failure> {
        let attempt = self.attempt.clone();
        let work = Work { order: Json::parse(order).unwrap(), attempt, held };
        self.executor.run(work, self.outside.clone()).await
    }

    /// Carries out a script; returns its output as text.
    pub(crate) async fn output(&self, script: &str) -> String {
        self.run(&order(script, "")).await.unwrap().get("output").unwrap().to_string()
    }

    /// Carries out a script that must fail.
    pub(crate) async fn failure(&self, script: &str) -> Failure {
        self.run(&order(script, "")).await.unwrap_err()
    }

    /// Returns the lines of both streams.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.outside.lines.lock().unwrap().iter().map(|line| line.1.clone()).collect()
    }
}

impl Recorder {
    /// Has no room for lines, or has it again.
    pub(crate) fn set_full(&self, full: bool) {
        self.full.send_replace(full);
    }

    /// Waits for the first line.
    pub(crate) async fn first_line(&self) -> String {
        loop {
            if let Some((_, line)) = self.lines.lock().unwrap().first() {
                return line.clone();
            }
            self.changed.notified().await;
        }
    }
}

impl LogSink for Recorder {
    fn line(&self, stream: LogStream, text: &str) {
        self.lines.lock().unwrap().push((stream, text.to_owned()));
        self.changed.notify_one();
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.full.subscribe().wait_for(|full| !full).await.expect("the sender is here");
        })
    }
}

impl Outside for Recorder {
    fn keep_artifact<'a>(
        &'a self,
        name: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<KeptArtifact, String>> {
        Box::pin(async move {
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            let (size, sha256) = (bytes.len() as u64, format!("digest-of-{name}"));
            self.artifacts.lock().unwrap().insert(sha256.clone(), bytes);
            Ok(KeptArtifact { uri: format!("artifact://r-1/build/{name}"), size, sha256 })
        })
    }

    fn act(&self, step: usize, arguments: Json) -> BoxFuture<'_, Result<Json, Failure>> {
        Box::pin(async move {
            let told = Json::object([("step", Json::from(step as i64)), ("arguments", arguments)]);
            self.answers.lock().unwrap().pop_front().unwrap_or(Ok(told))
        })
    }

    fn fetch_artifact<'a>(
        &'a self,
        sha256: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let artifacts = self.artifacts.lock().unwrap();
            let bytes = artifacts.get(sha256).ok_or("there is none")?;
            std::fs::write(path, bytes).map_err(|error| error.to_string())
        })
    }
}

/// Makes an order of one script; `more` are further members, each after a comma.
pub(crate) fn order(script: &str, more: &str) -> String {
    format!(r#"{{"steps":[{{"run":{}}}]{more}}}"#, Json::from(script))
}
