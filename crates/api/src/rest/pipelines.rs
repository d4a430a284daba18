//! `/api/v1/pipelines`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use compasso_service::{
    Act, Caller, Labels, Overlap, PushPipelines, PushedPipeline, RunKind, StartPipeline, Viewer,
};
use compasso_types::Json;
use serde::{Deserialize, Serialize};

use super::access;
use super::answer::{admit, admit_person, created, id, json, nothing, query, respond, tagged};
use crate::errors::Failure;
use crate::{Edge, caller, request};

/// Which pipelines are listed: those whose names contain `q`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    q: Option<String>,
    limit: Option<i64>,
    next: Option<String>,
}

/// What goes with a pushed text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    #[serde(default)]
    check: bool,
    description: Option<Arc<str>>,
    author: Option<Arc<str>>,
    commit: Option<Arc<str>>,
    repository: Option<Arc<str>>,
}

#[derive(Serialize)]
struct Pushed {
    items: Vec<PushedPipeline>,
}

/// A run to be.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    name: Option<String>,
    params: Option<Json>,
    /// Whether all its tasks are held until they are released.
    #[serde(default)]
    hold: bool,
    /// Labels of the run beside those of the pipeline.
    #[serde(default)]
    labels: Labels,
}

/// How a run starts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starting {
    /// What happens instead of what the pipeline says when it has as many runs as it may.
    overlap: Option<Overlap>,
    /// Whether it starts even while the pipeline is paused.
    #[serde(default)]
    force: bool,
    /// Whether the answer waits for the end of the run.
    #[serde(default)]
    wait: bool,
}

/// How a pipeline is deleted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deletion {
    /// Whether it goes with runs under way.
    #[serde(default)]
    force: bool,
}

/// Lists pipelines.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Page { q, limit, next } = query(&mut parts).await?;
    let (q, next) = (q.as_deref(), next.as_deref());
    Ok(json(&edge.service.list_pipelines(&viewer, q, limit, next).await?))
}

/// Stores the pipelines of a text, or says what that would change.
pub(super) async fn push(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = store(&edge, request).await;
    respond(&edge, outcome)
}

async fn store(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let Push { check: is_check, description, author, commit, repository } =
        query(&mut parts).await?;
    let text = std::str::from_utf8(&body)
        .map_err(|error| Failure::serialization(format!("The text is not UTF-8: {error}")))?;
    let text = text.into();
    let push = PushPipelines { text, description, author, commit, repository, is_check };
    let told =
        [("description", &push.description), ("author", &push.author), ("commit", &push.commit)];
    for (name, value) in told.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))) {
        Act::detail(name, &*value);
    }
    let items = edge.service.push_pipelines(&owner(&viewer, &parts.headers), push).await?;
    let names: Vec<_> = items.iter().map(|item| format!("pipeline:{}", item.name)).collect();
    Act::concerns(names.join(", "));
    for item in &items {
        Act::detail(&item.name, format!("version {}, {}", item.version, item.change));
    }
    Ok(json(&Pushed { items }))
}

/// Shows a pipeline.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(tagged(&parts.headers, &edge.service.describe_pipeline(&caller, &name).await?))
}

/// Lists the versions of a pipeline.
pub(super) async fn versions(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = list_versions(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn list_versions(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(json(&edge.service.pipeline_versions(&caller, &name).await?))
}

/// Deletes a pipeline.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = remove(&edge, request).await;
    respond(&edge, outcome)
}

async fn remove(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    let Deletion { force } = query(&mut parts).await?;
    check(&viewer, "DeletePipeline", &name)?;
    edge.service.delete_pipeline(&owner(&viewer, &parts.headers), &name, force).await?;
    Ok(nothing())
}

/// Starts a run of a pipeline.
pub(super) async fn start(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = begin(&edge, request).await;
    respond(&edge, outcome)
}

async fn begin(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, person) = admit_person(edge, request).await?;
    let pipeline = id(&mut parts).await?;
    check(&viewer, "StartPipeline", &pipeline)?;
    let Starting { overlap, force, wait } = query(&mut parts).await?;
    let start = if body.is_empty() { Ok(Start::default()) } else { request::parse(&body) };
    let Start { name, params, hold, labels } = start?;
    let kind =
        if parts.headers.contains_key(access::MARK) { RunKind::Manual } else { RunKind::Api };
    let params = params.unwrap_or_else(Json::empty_object);
    let mut caller = owner(&viewer, &parts.headers);
    if let Some(account) = pipeline.split(':').nth(4) {
        // Who sees the runs of all accounts starts an ARN as its owner.
        caller.account = account.into();
    }
    let of_pipeline = StartPipeline::of(pipeline);
    let by = (!person.is_anybody).then_some(person.name);
    let start =
        StartPipeline { name, kind, by, params, overlap, force, hold, labels, ..of_pipeline };
    if wait {
        let ended = edge.service.run_pipeline(&caller, start).await?;
        let mut response = json(&ended);
        if ended.stopped.is_none() {
            *response.status_mut() = StatusCode::ACCEPTED;
        }
        return Ok(response);
    }
    let started = edge.service.start_pipeline(&caller, start).await?;
    Ok(created(&started))
}

/// Lets a reader in, and says which pipeline is meant.
pub(super) async fn named_by_reader(
    edge: &Edge,
    parts: &mut Parts,
) -> Result<(Caller, String), Failure> {
    let name = id(parts).await?;
    Ok((reader_of(edge, parts, &name)?, name))
}

/// Lets a reader of a pipeline in, and says whose pipelines names are about.
pub(super) fn reader_of(edge: &Edge, parts: &Parts, name: &str) -> Result<Caller, Failure> {
    let viewer = access::reader(edge, parts)?;
    check(&viewer, "DescribePipeline", name)?;
    Ok(owner(&viewer, &parts.headers))
}

/// Refuses ARNs of other accounts; names are always the caller's own.
pub(super) fn check(viewer: &Viewer, action: &str, name: &str) -> Result<(), Failure> {
    if name.starts_with("arn:") {
        viewer.check(action, name)?;
    }
    Ok(())
}

/// Returns whose pipelines names are about.
pub(super) fn owner(viewer: &Viewer, headers: &HeaderMap) -> Caller {
    let claimed = caller::claimed(headers);
    Caller { account: viewer.account.clone().unwrap_or(claimed.account), region: claimed.region }
}
