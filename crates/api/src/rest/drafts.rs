//! `/api/v1/drafts` and `/api/v1/check`: definitions that somebody is writing.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{
    Act, Author, Decider, LookAt, OpenDraft, PublishDraft, RunDraft, SaveDraft, TestState,
    TestTask, Viewer,
};
use serde::Serialize;

use super::access;
use super::answer::{admit, admit_person, created, id, json, nothing, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// A run that was started.
#[derive(Serialize)]
struct Started<'a> {
    id: &'a str,
}

/// Lists the drafts of whoever asks.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, &request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let author = reading_author(edge, parts)?;
    Ok(json(&edge.service.list_drafts(&author).await?))
}

/// Opens a draft.
pub(super) async fn open(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = begin(&edge, request).await;
    respond(&edge, outcome)
}

async fn begin(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer, person) = admit_person(edge, request).await?;
    let order: OpenDraft = request::parse(&body)?;
    if let Some(of) = &order.of {
        viewer.check("DescribeStateMachine", of)?;
    }
    let author = author(&parts, &viewer, person);
    Ok(json(&edge.service.open_draft(&author, order).await?))
}

/// Shows a draft.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let author = reading_author(edge, &parts)?;
    let id = id(&mut parts).await?;
    Ok(json(&edge.service.draft(&author, &id).await?))
}

/// Saves a draft.
pub(super) async fn save(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = keep(&edge, request).await;
    respond(&edge, outcome)
}

async fn keep(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    let save: SaveDraft = request::parse(&body)?;
    let author = author(&parts, &viewer, person);
    Ok(json(&edge.service.save_draft(&author, &id, save).await?))
}

/// Forgets a draft.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = forget(&edge, request).await;
    respond(&edge, outcome)
}

async fn forget(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer, person) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    edge.service.delete_draft(&author(&parts, &viewer, person), &id).await?;
    Ok(nothing())
}

/// Lists the texts that a draft had.
pub(super) async fn revisions(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = list_revisions(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn list_revisions(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let author = reading_author(edge, &parts)?;
    let id = id(&mut parts).await?;
    Ok(json(&edge.service.draft_revisions(&author, &id).await?))
}

/// Shows one of them.
pub(super) async fn revision(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show_revision(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show_revision(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let author = reading_author(edge, &parts)?;
    let both = Path::<(String, u64)>::from_request_parts(&mut parts, &()).await;
    let Path((id, number)) =
        both.map_err(|error: PathRejection| Failure::serialization(error.body_text()))?;
    Ok(json(&edge.service.draft_revision(&author, &id, number).await?))
}

/// Publishes a draft.
pub(super) async fn publish(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make_version(&edge, request).await;
    respond(&edge, outcome)
}

async fn make_version(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    let order: PublishDraft = request::parse(&body)?;
    let author = author(&parts, &viewer, person);
    let published = edge.service.publish_draft(&author, &id, order).await?;
    Act::detail("name", &*published.name);
    if let Some(version) = published.version {
        Act::detail("version", version);
    }
    Ok(json(&published))
}

/// Starts a trial run of a draft.
pub(super) async fn run(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = start(&edge, request).await;
    respond(&edge, outcome)
}

async fn start(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    let order: RunDraft = request::parse(&body)?;
    let author = author(&parts, &viewer, person);
    let started = edge.service.run_draft(&author, &id, order).await?;
    Ok(created(&Started { id: &started }))
}

/// Says what is wrong with a text.
pub(super) async fn check(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = look(&edge, request).await;
    respond(&edge, outcome)
}

async fn look(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (_, body, _) = admit(edge, request).await?;
    let text: LookAt = request::parse(&body)?;
    Ok(json(&edge.service.look_at(text).await?))
}

/// Runs one state of a definition, with a mocked result or its real task.
pub(super) async fn test_state(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = test(&edge, request).await;
    respond(&edge, outcome)
}

async fn test(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let state: TestState = request::parse(&body)?;
    Ok(json(&edge.service.test_state(&owner(&viewer, &parts.headers), state).await?))
}

/// Runs one task of a pipeline, with a mocked result, its real action, or up to the order it gives.
pub(super) async fn test_task(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = rehearse(&edge, request).await;
    respond(&edge, outcome)
}

async fn rehearse(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let task: TestTask = request::parse(&body)?;
    Ok(json(&edge.service.test_task(&owner(&viewer, &parts.headers), task).await?))
}

fn reading_author(edge: &Edge, parts: &Parts) -> Result<Author, Failure> {
    let (viewer, person) = access::reading_person(edge, parts)?;
    Ok(author(parts, &viewer, person))
}

fn author(parts: &Parts, viewer: &Viewer, person: Decider) -> Author {
    Author { caller: owner(viewer, &parts.headers), name: person.name }
}
