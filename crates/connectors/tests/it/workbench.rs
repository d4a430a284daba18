//! Jobs for connectors, and what came of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use compasso_connectors::{
    ChildDescription, ChildOrder, ChildRefused, Connectors, ConnectorsConfig, StartedChild,
    Workflows,
};
use compasso_engine::{Offer, TaskError, TaskId};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_runtime::{Job, Reporter, Reports, TaskEnd, TaskRunner};
use compasso_store::{ExecutionKey, LogStream};
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;
use tokio::sync::Notify;

/// What a job reported before its end.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) submitted: Mutex<Vec<Payload>>,
    pub(crate) lines: Mutex<Vec<(LogStream, String)>>,
    /// Whether the server says that it is ending.
    pub(crate) shutting_down: AtomicBool,
    /// Whether the report of a submission never comes to an end.
    pub(crate) keeps_waiting: AtomicBool,
    changed: Notify,
}

impl Recorder {
    pub(crate) fn reporter(self: &Arc<Self>) -> Reporter {
        Reporter::new(Arc::clone(self) as Arc<dyn Reports>)
    }

    /// Returns the lines of a stream.
    pub(crate) fn lines(&self, stream: LogStream) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter(|line| line.0 == stream).map(|line| line.1.clone()).collect()
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

    /// Waits for the report that the work was handed over.
    pub(crate) async fn first_submitted(&self) -> Payload {
        loop {
            if let Some(output) = self.submitted.lock().unwrap().first() {
                return output.clone();
            }
            self.changed.notified().await;
        }
    }
}

impl Reports for Recorder {
    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()> {
        self.submitted.lock().unwrap().push(output);
        self.changed.notify_one();
        if self.keeps_waiting.load(Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        Box::pin(async {})
    }

    fn is_shutting_down(&self) -> bool {
        self.shutting_down.load(Ordering::Relaxed)
    }

    fn log(&self, stream: LogStream, line: &str) {
        self.lines.lock().unwrap().push((stream, line.to_owned()));
        self.changed.notify_one();
    }
}

/// No workflows at all.
pub(crate) struct NoWorkflows;

impl Workflows for NoWorkflows {
    fn start(&self, _: ChildOrder) -> BoxFuture<'_, Result<StartedChild, ChildRefused>> {
        unreachable!("nothing is started here")
    }

    fn closed<'a>(
        &'a self,
        _: &'a ExecutionKey,
    ) -> BoxFuture<'a, Result<ChildDescription, ChildRefused>> {
        unreachable!("nothing is watched here")
    }

    fn stop<'a>(&'a self, _: &'a ExecutionKey) -> BoxFuture<'a, ()> {
        unreachable!("nothing is stopped here")
    }
}

/// Reads settings the way the configuration file has them.
pub(crate) fn config(text: &str) -> ConnectorsConfig {
    toml::from_str(text).unwrap()
}

/// Makes connectors without workflows.
pub(crate) fn connectors(config: ConnectorsConfig) -> Connectors {
    Connectors::new(config, Arc::new(NoWorkflows)).unwrap()
}

/// Makes a job of `lambda:invoke`, `compasso:process.waitForTaskToken` and so on; a whole ARN is a
/// Lambda function's.
pub(crate) fn job(resource: &str, parameters: &str) -> Job {
    let (arn, kind) = if resource.starts_with("arn:") {
        (resource.to_owned(), ResourceKind::LambdaFunction)
    } else {
        (format!("arn:aws:states:::{resource}"), service(resource))
    };
    Job {
        execution: ExecutionKey("arn:aws:states:us-east-1:123456789012:execution:m:e".into()),
        offer: Offer {
            task: TaskId { entry: 3, attempt: 0 },
            state: "Work".into(),
            instance: None,
            resource: Resource { arn: arn.into(), kind },
            parameters: Payload::parse(parameters).unwrap(),
            credentials: None,
            placement: None,
            is_started: false,
            started_by: None,
            timeout: None,
            heartbeat: None,
            result_bytes_max: 262_144,
            submitted: None,
            rules: compasso_engine::RULES,
        },
        token: "token-1".into(),
        idempotency_key: "key-1".into(),
        role: "arn:aws:iam::123456789012:role/Own".into(),
        trace_header: None,
        trace: None,
    }
}

fn service(resource: &str) -> ResourceKind {
    use IntegrationPattern::{RequestResponse, Sync, Sync2, WaitForTaskToken};

    let (service, rest) = resource.split_once(':').unwrap();
    let pattern = [WaitForTaskToken, Sync2, Sync]
        .into_iter()
        .find(|pattern| rest.ends_with(pattern.suffix()))
        .unwrap_or(RequestResponse);
    let action = rest.strip_suffix(pattern.suffix()).unwrap();
    ResourceKind::Service { service: service.into(), action: action.into(), pattern }
}

/// Runs a job to its end.
pub(crate) async fn end(connectors: &Connectors, job: Job) -> TaskEnd {
    connectors.run(job, Arc::new(Recorder::default()).reporter()).await
}

/// Runs a job that must go well.
pub(crate) async fn output(connectors: &Connectors, job: Job) -> Json {
    match end(connectors, job).await {
        TaskEnd::Finished(Ok(output)) => output.value().clone(),
        other => panic!("not an output: {other:?}"),
    }
}

/// Runs a job that must fail; returns error and cause.
pub(crate) async fn failure(connectors: &Connectors, job: Job) -> (String, String) {
    match end(connectors, job).await {
        TaskEnd::Finished(Err(TaskError { error, cause, .. })) => {
            (error.unwrap().to_string(), cause.unwrap().to_string())
        }
        other => panic!("not an error: {other:?}"),
    }
}

/// Reads JSON.
pub(crate) fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}
