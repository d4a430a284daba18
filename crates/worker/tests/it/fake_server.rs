//! A server that remembers what it was called with.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json as Answer, Response};
use compasso_executor::{Executor, ExecutorSettings};
use compasso_worker::{Denied, Server, Stopper, Worker, WorkerSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The server; `clone` shares it.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<Known>,
    changed: Notify,
}

#[derive(Default)]
struct Known {
    tasks: VecDeque<Value>,
    calls: Vec<(String, Value)>,
    /// Answers that come first at paths that end so.
    answers: Vec<(&'static str, u16, Value)>,
    drains: bool,
    hears_no_beats: bool,
}

/// A worker at work, and its place.
pub(crate) struct AtWork {
    pub(crate) stopper: Stopper,
    pub(crate) ended: JoinHandle<Result<(), Denied>>,
    _place: TempDir,
}

impl Fake {
    /// Serves, and lets a worker with two slots work.
    pub(crate) async fn with_worker(&self) -> AtWork {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let place = tempfile::tempdir().unwrap();
        let workspaces = place.path().to_owned();
        let executor =
            Executor::new(ExecutorSettings { workspaces, pass_env: Vec::new() }).unwrap();
        let settings = WorkerSettings {
            name: "w1".to_owned(),
            tags: vec!["linux".to_owned()],
            slots: 2,
            host: "here".to_owned(),
        };
        let server = Server::new(&url, Some("t0ken")).unwrap();
        let (worker, stopper) = Worker::new(server, settings, executor);
        AtWork { stopper, ended: tokio::spawn(worker.run()), _place: place }
    }

    /// Has a task for the next poll.
    pub(crate) fn offer(&self, lease: &str, script: &str) {
        self.offer_with(lease, script, &json!({}));
    }

    /// The same, with further members.
    pub(crate) fn offer_with(&self, lease: &str, script: &str, more: &Value) {
        let mut task = json!({
            "lease": lease, "run": "r1", "pipeline": "p", "task": "t", "attempt": 1,
            "idempotency_key": "r1/t", "kind": "script", "masks": ["hunter22"],
            "work": {"steps": [{"run": script}], "grace_ms": 200},
        });
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.change(|known| known.tasks.push_back(task));
    }

    /// Answers once with a status and a body at a path that ends so.
    pub(crate) fn answer_once(&self, path: &'static str, status: u16, body: Value) {
        self.change(|known| known.answers.push((path, status, body)));
    }

    /// Waits for a call of a path that ends so, and returns its body.
    pub(crate) async fn called(&self, path: &str) -> Value {
        self.called_with(path, |_| true).await
    }

    /// The same, for a call with a body that is meant.
    pub(crate) async fn called_with(&self, path: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let changed = self.0.changed.notified();
            let found = self.calls(path).into_iter().find(&is_meant);
            if let Some(body) = found {
                return body;
            }
            changed.await;
        }
    }

    /// Does not hear signs of life any more.
    pub(crate) fn hear_no_beats(&self) {
        self.change(|known| known.hears_no_beats = true);
    }

    /// Returns the bodies of all calls of paths that end so.
    pub(crate) fn calls(&self, path: &str) -> Vec<Value> {
        let known = self.0.state.lock().unwrap();
        let calls = known.calls.iter().filter(|(called, _)| called.ends_with(path));
        calls.map(|(_, body)| body.clone()).collect()
    }

    /// Waits for the first line that a task wrote.
    pub(crate) async fn first_line(&self) -> String {
        self.called("/logs").await["lines"][0]["text"].as_str().unwrap().to_owned()
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.state.lock().unwrap());
        self.0.changed.notify_waiters();
    }

    fn prepared(&self, path: &str) -> Option<Response> {
        let mut known = self.0.state.lock().unwrap();
        if known.hears_no_beats && path.ends_with("/beat") {
            return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
        }
        let index = known.answers.iter().position(|(end, ..)| path.ends_with(end))?;
        let (_, status, body) = known.answers.remove(index);
        Some((StatusCode::from_u16(status).unwrap(), Answer(body)).into_response())
    }

    /// Waits until there is a task, or until there never will be one.
    async fn poll(&self) -> Value {
        loop {
            let changed = self.0.changed.notified();
            {
                let mut known = self.0.state.lock().unwrap();
                if let Some(task) = known.tasks.pop_front() {
                    return json!({"tasks": [task], "cancel": [], "drain": false});
                }
                if known.drains {
                    return json!({"tasks": [], "cancel": [], "drain": true});
                }
            }
            changed.await;
        }
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = format!("{} {}", parts.method, parts.uri.path());
    assert_eq!(parts.headers["authorization"], "Bearer t0ken");
    let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(prepared) = fake.prepared(&path) {
        return prepared;
    }
    if path.ends_with("/drain") {
        fake.change(|known| known.drains = true);
    }
    fake.change(|known| known.calls.push((path.clone(), body)));
    let answer = match path.rsplit('/').next().unwrap() {
        "workers" => json!({"worker": "w1", "lease_ms": 1_000, "heartbeat_ms": 20}),
        "poll" => fake.poll().await,
        "beat" => json!({"cancel": [], "lost": [], "drain": false}),
        _ => json!({}),
    };
    Answer(answer).into_response()
}
