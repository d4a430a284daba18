//! `/api/v1/pipelines/{name}/backfills`.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{BackfillChange, CreateBackfill};
use serde::Deserialize;

use super::access;
use super::answer::{CreateQuery, PageQuery, admit, created, id, json, query, respond};
use super::pipelines::{check, named_by_reader, owner};
use crate::errors::Failure;
use crate::{Edge, request};

/// How a backfill is cancelled.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cancelling {
    /// Whether runs under way are asked to end.
    #[serde(default)]
    with_runs: bool,
}

/// Lists the backfills of a pipeline.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    Ok(json(&edge.service.list_backfills(&caller, &name, limit, next.as_deref()).await?))
}

/// Creates a backfill, or says what it would do.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make(&edge, request).await;
    respond(&edge, outcome)
}

async fn make(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    check(&viewer, "CreateBackfill", &name)?;
    let CreateQuery { dry_run } = query(&mut parts).await?;
    let mut create: CreateBackfill = request::parse(&body)?;
    create.by = create.by.or_else(|| viewer.account.clone());
    let caller = owner(&viewer, &parts.headers);
    if dry_run {
        return Ok(json(&edge.service.plan_backfill(&caller, &name, create).await?));
    }
    Ok(created(&edge.service.create_backfill(&caller, &name, create).await?))
}

/// Shows a backfill.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let (name, id) = both(&mut parts).await?;
    check(&viewer, "DescribePipeline", &name)?;
    Ok(json(&edge.service.backfill(&owner(&viewer, &parts.headers), &name, &id).await?))
}

/// Tells what became of the ticks of a backfill.
pub(super) async fn ticks(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = ticks_page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn ticks_page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let (name, id) = both(&mut parts).await?;
    check(&viewer, "DescribePipeline", &name)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.backfill_ticks(&caller, &name, &id, limit, next.as_deref()).await?))
}

/// Lets a backfill rest.
pub(super) async fn pause(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = change(&edge, request, BackfillChange::Pause).await;
    respond(&edge, outcome)
}

/// Lets a backfill go on.
pub(super) async fn resume(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = change(&edge, request, BackfillChange::Resume).await;
    respond(&edge, outcome)
}

/// Ends a backfill.
pub(super) async fn cancel(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = change(&edge, request, BackfillChange::Cancel { with_runs: false }).await;
    respond(&edge, outcome)
}

async fn change(
    edge: &Edge,
    request: Request,
    mut change: BackfillChange,
) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let (name, id) = both(&mut parts).await?;
    check(&viewer, "ChangeBackfill", &name)?;
    if let BackfillChange::Cancel { with_runs } = &mut change {
        *with_runs = request::parse::<Cancelling>(&body)?.with_runs;
    }
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.change_backfill(&caller, &name, &id, change).await?))
}

/// Reads the parts of a path that name a pipeline and a backfill of it.
async fn both(parts: &mut Parts) -> Result<(String, String), Failure> {
    let both = Path::<(String, String)>::from_request_parts(parts, &()).await;
    let both = both.map_err(|error: PathRejection| Failure::serialization(error.body_text()))?;
    Ok(both.0)
}
