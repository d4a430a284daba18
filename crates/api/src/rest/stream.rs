//! `GET /api/v1/stream`: what changes, as server-sent events.
//!
//! Topics are `runs`, and `run:` with the ARN of a run or `PIPELINE:RUN`; what is told has the ARN. A
//! stream begins with all of each run, so that a reader that was away needs nothing else; one that
//! says by `Last-Event-ID` what it has seen is told the rest. `reset` means that something was missed
//! and is to be asked for again.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{
    Batch, Caller, Error, Progress, RunFollower, RunItem, Service, Subscription, Viewer,
};
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use super::access;
use super::answer::{query, respond};
use super::pipelines::owner;
use crate::Edge;
use crate::errors::Failure;
use crate::shown;

/// Most streams at once.
pub(crate) const STREAMS_MAX: usize = 512;
/// Most runs that one stream follows.
const RUNS_MAX: usize = 8;
/// Most runs told of at once; with more, the reader asks again.
const ITEMS_MAX: usize = 200;
/// A sign of life comes so often if nothing else does.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const OPENING: &str = "retry: 1000\n\n";

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    topics: String,
}

/// The changes of one run.
#[derive(Serialize)]
struct OfRun<'a> {
    topic: String,
    #[serde(flatten)]
    progress: &'a Progress,
}

/// Changes of listed runs.
#[derive(Serialize)]
struct OfRuns {
    topic: &'static str,
    items: Vec<RunItem>,
}

/// Answers with a stream that ends when the server stops.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = open(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn open(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Wanted { topics } = query(&mut parts).await?;
    let place = edge.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| Failure::from(Error::Throttled))?;
    // Listens before it reads, so that nothing falls between.
    let closing = || Failure::from(Error::Unavailable("the server is stopping".into()));
    let subscription = edge.service.changes().subscribe().ok_or_else(closing)?;
    let mut talk = Talk {
        service: edge.service.clone(),
        subscription,
        lists_runs: false,
        followers: Vec::new(),
        waiting: VecDeque::from([Bytes::from_static(OPENING.as_bytes())]),
        viewer,
        _place: place,
    };
    talk.subscribe(&owner(&talk.viewer, &parts.headers), &topics).await?;
    talk.begin(seen(&parts)).await?;
    let body = stream::unfold(talk, |mut talk| async {
        let text = talk.next().await?;
        Some((Ok::<_, Infallible>(text), talk))
    });
    Ok(Response::builder()
        .header(CONTENT_TYPE, "text/event-stream")
        .header(CACHE_CONTROL, "no-store")
        .body(Body::from_stream(body))
        .expect("the headers are valid"))
}

/// Returns the event a reader has seen last.
fn seen(parts: &Parts) -> Option<u64> {
    parts.headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// One stream.
struct Talk {
    service: Service,
    viewer: Viewer,
    subscription: Subscription,
    lists_runs: bool,
    followers: Vec<RunFollower>,
    /// What is to be written next.
    waiting: VecDeque<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Talk {
    async fn subscribe(&mut self, caller: &Caller, topics: &str) -> Result<(), Failure> {
        if topics.is_empty() {
            let message = "topics: say what is to be told, 'runs' or 'run:PIPELINE:RUN', several with \
                           commas between them";
            return Err(Failure::new("ValidationException", message));
        }
        for topic in topics.split(',') {
            match topic.split_once(':') {
                None if topic == "runs" => self.lists_runs = true,
                Some(("run", id)) if self.followers.len() < RUNS_MAX => {
                    let id = self.service.run_named(caller, id.to_owned()).await?;
                    self.followers.push(self.service.follow_run(&self.viewer, &id));
                }
                _ => {
                    let message = format!("topics: '{topic}' is no topic, or one too many");
                    return Err(Failure::new("ValidationException", message));
                }
            }
        }
        Ok(())
    }

    /// Tells what there is.
    async fn begin(&mut self, seen: Option<u64>) -> Result<(), Failure> {
        // A number is good for one run alone.
        if let (Some(seen), [follower]) = (seen, &mut self.followers[..])
            && !follower.skip_to(seen).await?
        {
            let topic = topic(follower.id());
            self.waiting.push_back(event("reset", None, &serde_json::json!({"topic": topic})));
        }
        for index in 0..self.followers.len() {
            self.tell_run(index).await?;
        }
        Ok(())
    }

    /// Returns the next piece of text; `None` once the server is stopping.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(text) = self.waiting.pop_front() {
                return Some(text);
            }
            let Ok(batch) = tokio::time::timeout(HEARTBEAT, self.subscription.next()).await else {
                return Some(Bytes::from_static(b":\n\n"));
            };
            self.tell(&batch?).await.ok()?;
        }
    }

    /// Tells what `batch` changed. Whoever reads sees an early end, and connects again.
    async fn tell(&mut self, batch: &Batch) -> Result<(), Failure> {
        for index in 0..self.followers.len() {
            if batch.touches(self.followers[index].id()) {
                self.tell_run(index).await?;
            }
        }
        if self.lists_runs {
            self.tell_runs(batch).await?;
        }
        Ok(())
    }

    async fn tell_run(&mut self, index: usize) -> Result<(), Failure> {
        let follower = &mut self.followers[index];
        if let Some(progress) = follower.advance().await? {
            let of_run = OfRun { topic: topic(follower.id()), progress: &progress };
            self.waiting.push_back(event("run", Some(progress.last_event), &of_run));
        }
        Ok(())
    }

    async fn tell_runs(&mut self, batch: &Batch) -> Result<(), Failure> {
        let listed: Vec<Arc<str>> = batch.listed();
        if batch.has_gap || listed.len() > ITEMS_MAX {
            self.waiting.push_back(event("reset", None, &serde_json::json!({"topic": "runs"})));
            return Ok(());
        }
        let mut items = Vec::new();
        for id in listed {
            items.extend(self.service.run_item(&self.viewer, &id).await?);
        }
        if !items.is_empty() {
            self.waiting.push_back(event("runs", None, &OfRuns { topic: "runs", items }));
        }
        Ok(())
    }
}

fn topic(id: &str) -> String {
    format!("run:{id}")
}

/// Writes an event. JSON text has no line breaks.
fn event<T: Serialize>(name: &str, id: Option<u64>, data: &T) -> Bytes {
    let data = shown::text(data);
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {name}\n{id}data: {data}\n\n").into()
}
