//! A stand-in for services: answers by script and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use tokio::sync::Notify;

use crate::compasso_http::body_of;
use crate::servers::serve;

/// Answers of each action, in order; the last one is given again and again.
pub(crate) type Script<'a> = &'a [(&'static str, &'a [(u16, &'static str)])];

/// A stand-in.
pub(crate) struct StandIn {
    pub(crate) url: String,
    asked: Arc<Asked>,
}

#[derive(Default)]
struct Asked {
    script: HashMap<&'static str, Vec<(u16, &'static str)>>,
    calls: Mutex<Vec<(String, String)>>,
    changed: Notify,
}

impl StandIn {
    /// Serves a script. Actions are named by the header `x-amz-target`, else by method and path.
    pub(crate) async fn new(script: Script<'_>) -> Self {
        let script = script.iter().map(|(action, answers)| (*action, answers.to_vec())).collect();
        let asked = Arc::new(Asked { script, ..Asked::default() });
        let url = serve(Router::new().fallback(answer).with_state(asked.clone())).await;
        Self { url, asked }
    }

    /// Returns the bodies of an action's calls.
    pub(crate) fn calls(&self, action: &str) -> Vec<String> {
        let calls = self.asked.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == action).map(|(_, body)| body.clone()).collect()
    }

    /// Waits for the first call of an action.
    pub(crate) async fn first_call(&self, action: &str) -> String {
        loop {
            let changed = self.asked.changed.notified();
            if let Some(body) = self.calls(action).into_iter().next() {
                return body;
            }
            changed.await;
        }
    }
}

async fn answer(
    State(asked): State<Arc<Asked>>,
    request: Request,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let json = [("content-type", "application/json")];
    let (parts, body) = request.into_parts();
    let action = match parts.headers.get("x-amz-target") {
        Some(target) => target.to_str().unwrap().rsplit('.').next().unwrap().to_owned(),
        None => format!("{} {}", parts.method, parts.uri.path()),
    };
    let body = String::from_utf8(body_of(body).await).unwrap();
    let mut calls = asked.calls.lock().unwrap();
    let number = calls.iter().filter(|(name, _)| *name == action).count();
    calls.push((action.clone(), body));
    drop(calls);
    asked.changed.notify_waiters();
    let Some(answers) = asked.script.get(&*action) else {
        return (StatusCode::NOT_IMPLEMENTED, json, format!("nothing is scripted for {action}"));
    };
    let (status, body) = answers[number.min(answers.len() - 1)];
    (StatusCode::from_u16(status).unwrap(), json, body.to_owned())
}
