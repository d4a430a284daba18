//! `/api/v1/jobs`: one action on many runs.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Act, CreateJob, ListJobRuns};
use serde::Deserialize;

use super::access;
use super::answer::{
    CreateQuery, PageQuery, admit, admit_person, created, id, json, name_all, query, respond,
};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Which runs of a job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    state: Option<String>,
    limit: Option<i64>,
    next: Option<String>,
}

/// Lists jobs.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.list_jobs(&account, limit, next.as_deref()).await?))
}

/// Creates a job, or says what it would be about.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make(&edge, request).await;
    respond(&edge, outcome)
}

async fn make(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let CreateQuery { dry_run } = query(&mut parts).await?;
    let mut create: CreateJob = request::parse(&body)?;
    create.check_names()?;
    let caller = owner(&viewer, &parts.headers);
    let named = create.ids.as_deref_mut().unwrap_or_default();
    name_all(edge, &caller, named, create.runs.as_mut()).await?;
    if dry_run {
        return Ok(json(&edge.service.plan_job(&viewer, &create).await?));
    }
    create.by = create.by.filter(|_| person.is_anybody).or(Some(person.name));
    let job = edge.service.create_job(&viewer, &caller.account, create).await?;
    Act::concerns(format!("job:{}", job.id));
    Ok(created(&job))
}

/// Shows a job.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = id(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.job_view(&account, &id).await?))
}

/// Lists the runs of a job.
pub(super) async fn runs(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = runs_page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn runs_page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = id(&mut parts).await?;
    let Wanted { state, limit, next } = query(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    let wanted = ListJobRuns { state, limit, next };
    Ok(json(&edge.service.job_runs(&account, &id, wanted).await?))
}

/// Cancels a job.
pub(super) async fn cancel(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = give_up(&edge, request).await;
    respond(&edge, outcome)
}

async fn give_up(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let id = id(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.cancel_job(&account, &id).await?))
}
