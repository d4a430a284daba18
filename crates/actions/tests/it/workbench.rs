//! Jobs for actions, and what came of them.

use std::sync::{Arc, Mutex};

use axum::Router;
use compasso_actions::{Actions, ActionsConfig, AssetUpdate, Assets, RunOrder, Runs, StartedRun};
use compasso_connectors::{
    ChildDescription, ChildOrder, ChildRefused, Connectors, ConnectorsConfig, StartedChild,
    Workflows,
};
use compasso_engine::{Offer, TaskId};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_items::Stores;
use compasso_runtime::{Job, Reporter, Reports, TaskEnd, TaskRunner};
use compasso_store::{ExecutionKey, LogStream};
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;
use tokio::net::TcpListener;

/// The lines that a job wrote.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<String>>);

impl Reports for Lines {
    fn submitted(&self, _: Payload) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn is_shutting_down(&self) -> bool {
        false
    }

    fn log(&self, _: LogStream, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// No workflows at all.
struct NoWorkflows;

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

impl Assets for NoWorkflows {
    fn update(&self, _: AssetUpdate) -> BoxFuture<'_, Result<(), ChildRefused>> {
        unreachable!("nothing is updated here")
    }
}

impl Runs for NoWorkflows {
    fn start(&self, _: RunOrder) -> BoxFuture<'_, Result<StartedRun, ChildRefused>> {
        unreachable!("nothing is started here")
    }

    fn cancel<'a>(&'a self, _: &'a ExecutionKey) -> BoxFuture<'a, ()> {
        unreachable!("nothing is cancelled here")
    }
}

/// Makes actions without settings but the server's address.
pub(crate) fn actions() -> Actions {
    actions_of("", ActionsConfig::default())
}

/// Makes actions with the settings of connectors as the configuration file has them.
pub(crate) fn actions_of(connectors: &str, config: ActionsConfig) -> Actions {
    let connectors = ConnectorsConfig {
        endpoint: Some("http://compasso.test:8400".to_owned()),
        ..toml::from_str(connectors).unwrap()
    };
    let connectors = Connectors::new(connectors, Arc::new(NoWorkflows)).unwrap();
    Actions::new(connectors, config, Stores::new(), Arc::new(NoWorkflows), Arc::new(NoWorkflows))
}

/// Makes a job of `compasso:ACTION`.
pub(crate) fn job(action: &str, parameters: &Json) -> Job {
    let suffix = IntegrationPattern::WaitForTaskToken.suffix();
    let (action, pattern) = match action.strip_suffix(suffix) {
        Some(action) => (action, IntegrationPattern::WaitForTaskToken),
        None => (action, IntegrationPattern::RequestResponse),
    };
    let kind = ResourceKind::Service { service: "compasso".into(), action: action.into(), pattern };
    Job {
        execution: ExecutionKey("arn:aws:states:us-east-1:123456789012:execution:m:e".into()),
        offer: Offer {
            task: TaskId { entry: 3, attempt: 0 },
            state: "Work".into(),
            instance: None,
            resource: Resource { arn: format!("arn:aws:states:::compasso:{action}").into(), kind },
            parameters: Payload::from(parameters.clone()),
            credentials: None,
            timeout: None,
            heartbeat: None,
            result_bytes_max: 262_144,
            submitted: None,
            rules: compasso_engine::RULES,
            placement: None,
            is_started: false,
            started_by: None,
        },
        token: "token-1".into(),
        idempotency_key: "key-1".into(),
        role: "arn:aws:iam::123456789012:role/Own".into(),
        trace_header: None,
        trace: None,
    }
}

/// Runs an action to its end.
pub(crate) async fn end(actions: &Actions, action: &str, parameters: &Json) -> TaskEnd {
    let reporter = Reporter::new(Arc::new(Lines::default()));
    actions.run(job(action, parameters), reporter).await
}

/// Runs an action; returns its output, or its error and cause.
pub(crate) async fn run(
    actions: &Actions,
    action: &str,
    parameters: &Json,
) -> Result<Json, (String, String)> {
    match end(actions, action, parameters).await {
        TaskEnd::Finished(Ok(output)) => Ok(output.value().clone()),
        TaskEnd::Finished(Err(error)) => {
            Err((error.error.unwrap().to_string(), error.cause.unwrap().to_string()))
        }
        other => panic!("not an end: {other:?}"),
    }
}

/// Reads JSON, with `URL` standing for `url`.
pub(crate) fn json(text: &str, url: &str) -> Json {
    Json::parse(&text.replace("URL", url)).unwrap()
}

/// Serves a router until the test's runtime ends; returns its URL.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
