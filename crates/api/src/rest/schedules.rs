//! `/api/v1/pipelines/{name}/schedules`, and what belongs to them: ticks, runs that wait, pauses.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{ListPipelineTicks, PausePipeline};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::access;
use super::answer::{PageQuery, admit, admit_person, id, json, query, respond, run_id};
use super::pipelines::{check, named_by_reader, owner};
use crate::errors::Failure;
use crate::{Edge, request};

/// Which ticks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    trigger: Option<String>,
    limit: Option<i64>,
    next: Option<String>,
}

/// Asks that a pipeline rest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    by: Option<Arc<str>>,
    reason: Option<Arc<str>>,
    #[serde(default)]
    hold: bool,
    #[serde(default)]
    drain: bool,
    /// When it goes on by itself: RFC 3339.
    until: Option<String>,
}

/// Asks that a pipeline go on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resume {
    #[serde(default)]
    catch_up: bool,
}

/// That a pipeline goes on.
#[derive(Serialize)]
struct Resumed {
    paused: bool,
}

/// Lists the schedules of all workflows.
pub(super) async fn all(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all_schedules(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all_schedules(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    Ok(json(&edge.service.all_schedules(&viewer, limit, next.as_deref()).await?))
}

/// Shows the schedules of a pipeline.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = schedules(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn schedules(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(json(&edge.service.pipeline_schedules(&caller, &name).await?))
}

/// Lists what became of the ticks of a pipeline.
pub(super) async fn ticks(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    let Wanted { trigger, limit, next } = query(&mut parts).await?;
    let wanted = ListPipelineTicks { trigger, limit, next };
    Ok(json(&edge.service.pipeline_ticks(&caller, &name, wanted).await?))
}

/// Shows the runs of a pipeline that wait for others to end.
pub(super) async fn queue(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = waiting(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn waiting(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(json(&edge.service.pipeline_queue(&caller, &name).await?))
}

/// Shows where among those that wait a run is.
pub(super) async fn place(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = place_of(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn place_of(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("DescribeExecution", &id)?;
    match edge.service.waiting_run(&id) {
        Some(waiting) => Ok(json(&waiting)),
        None => Err(Failure::new("ExecutionDoesNotExist", format!("No run waits as '{id}'"))),
    }
}

/// Lets a pipeline rest.
pub(super) async fn pause(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = rest(&edge, request).await;
    respond(&edge, outcome)
}

async fn rest(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let name = id(&mut parts).await?;
    check(&viewer, "PausePipeline", &name)?;
    let Pause { by, reason, hold, drain, until } = request::parse(&body)?;
    let until = until.as_deref().map(str::parse::<Timestamp>).transpose();
    let until =
        until.map_err(|error| Failure::new("ValidationException", format!("until: {error}")))?;
    let by = if person.is_anybody { by } else { Some(person.name) };
    let pause = PausePipeline { by, reason, hold, drain, until };
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.pause_pipeline(&caller, &name, pause).await?))
}

/// Lets a pipeline go on.
pub(super) async fn resume(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = go_on(&edge, request).await;
    respond(&edge, outcome)
}

async fn go_on(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    check(&viewer, "ResumePipeline", &name)?;
    let Resume { catch_up } = request::parse(&body)?;
    edge.service.resume_pipeline(&owner(&viewer, &parts.headers), &name, catch_up).await?;
    Ok(json(&Resumed { paused: false }))
}
