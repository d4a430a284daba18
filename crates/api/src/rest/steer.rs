//! What is asked of tasks that have not begun: `/api/v1/runs/{id}/tasks/{task}/hold`, `/release` and
//! `/skip`, of all of them: `/api/v1/runs/{id}/hold` and `/release`; what is said of any: `/mark`; and
//! that a run be undone: `/api/v1/runs/{id}/compensate`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use compasso_service::{Decider, MarkState, MarkTask, Overlap, SteerOrder, SteerTask, Viewer};
use compasso_types::Json;
use serde::{Deserialize, Deserializer, Serialize};

use super::answer::{admit_person, json, query, respond, run_and_part, run_id};
use crate::errors::Failure;
use crate::{Edge, request};

/// Who asks, on a server that cannot know.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    by: Option<Arc<str>>,
}

/// How a task ended.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marking {
    state: MarkState,
    #[serde(default, deserialize_with = "given")]
    output: Option<Json>,
    reason: Option<Arc<str>>,
    by: Option<Arc<str>>,
}

/// How a closed run goes on.
#[derive(Deserialize)]
struct GoingOn {
    overlap: Option<Overlap>,
}

impl Asked {
    /// Returns who asks, where that is known.
    fn by(self, who: Decider) -> Option<Arc<str>> {
        if who.is_anybody { self.by } else { Some(who.name) }
    }
}

/// When it was asked, and by whom.
#[derive(Serialize)]
struct Steered {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Arc<str>>,
}

/// Keeps a task from beginning.
pub(super) async fn hold(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = steer(&edge, request, SteerOrder::Hold).await;
    respond(&edge, outcome)
}

/// Lets a task go.
pub(super) async fn release(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = steer(&edge, request, SteerOrder::Release).await;
    respond(&edge, outcome)
}

/// Keeps all tasks of a run from beginning.
pub(super) async fn hold_run(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = steer_run(&edge, request, SteerOrder::Hold).await;
    respond(&edge, outcome)
}

/// Lets all tasks of a run go.
pub(super) async fn release_run(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = steer_run(&edge, request, SteerOrder::Release).await;
    respond(&edge, outcome)
}

/// Has a task skipped.
pub(super) async fn skip(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = steer(&edge, request, SteerOrder::Skip).await;
    respond(&edge, outcome)
}

/// Says how a task ended.
pub(super) async fn mark(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = mark_task(&edge, request).await;
    respond(&edge, outcome)
}

/// Has what a closed run did undone.
pub(super) async fn compensate(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = undo(&edge, request).await;
    respond(&edge, outcome)
}

async fn mark_task(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let (run, task) = run_and_part(edge, &viewer, &mut parts).await?;
    let GoingOn { overlap } = query(&mut parts).await?;
    let Marking { state, output, reason, by } = request::parse(&body)?;
    let by = by.filter(|_| who.is_anybody).unwrap_or(who.name);
    let mark = MarkTask { run, task: task.into(), state, output, reason, by, overlap };
    Ok(json(&edge.service.mark_task(&viewer, mark).await?))
}

/// An output that is given may be `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

async fn undo(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let run = run_id(edge, &viewer, &mut parts).await?;
    let by = request::parse::<Asked>(&body)?.by(who);
    edge.service.compensate_run(&viewer, &run, by.clone()).await?;
    Ok(json(&Steered { at: edge.service.now().to_string(), by }))
}

async fn steer(edge: &Edge, request: Request, order: SteerOrder) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let (run, task) = run_and_part(edge, &viewer, &mut parts).await?;
    asked(edge, (&viewer, who), (run, Some(task.into()), order), &body).await
}

async fn steer_run(edge: &Edge, request: Request, order: SteerOrder) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let run = run_id(edge, &viewer, &mut parts).await?;
    asked(edge, (&viewer, who), (run, None, order), &body).await
}

/// Asks something of a task, or of all tasks of a run.
async fn asked(
    edge: &Edge,
    (viewer, who): (&Viewer, Decider),
    (run, task, order): (String, Option<Arc<str>>, SteerOrder),
    body: &[u8],
) -> Result<Response, Failure> {
    let by = request::parse::<Asked>(body)?.by(who);
    let steer = SteerTask { run, task, order, by: by.clone() };
    edge.service.steer_task(viewer, steer).await?;
    Ok(json(&Steered { at: edge.service.now().to_string(), by }))
}
