//! `/api/v1/pipelines/{name}/grid`: the tasks of many runs in one answer, and what is done with many of
//! them at once: `/rerun` and `/mark`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Cell, CellChange, ChangeCells, MarkState, Overlap};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::access;
use super::answer::{admit_person, id, json, query, respond};
use super::pipelines::{check, named_by_reader, owner};
use crate::errors::Failure;
use crate::{Edge, request};

/// Which runs of a pipeline.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    runs: Option<i64>,
    next: Option<String>,
}

/// How tasks of runs are changed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changing {
    /// Whether it is only said what would happen.
    #[serde(default)]
    dry_run: bool,
    /// What happens instead of what the pipeline says when it has as many runs as it may.
    overlap: Option<Overlap>,
}

/// Tasks of runs that run again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rerun {
    cells: Vec<Cell>,
    /// And all that comes after them.
    #[serde(default)]
    downstream: bool,
    by: Option<Arc<str>>,
}

/// How tasks of runs ended.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marking {
    cells: Vec<Cell>,
    state: MarkState,
    reason: Option<Arc<str>>,
    by: Option<Arc<str>>,
}

/// What is asked for, and who asks, on a server that cannot know.
type Asked = (Vec<Cell>, CellChange, Option<Arc<str>>);

/// Shows what became of each task in the latest runs of a pipeline.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (_, name) = named_by_reader(edge, &mut parts).await?;
    let viewer = access::reader(edge, &parts)?;
    let Columns { runs, next } = query(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.run_grid(&viewer, &caller, &name, runs, next).await?))
}

/// Has tasks of runs run again.
pub(super) async fn rerun(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = change(&edge, request, |Rerun { cells, downstream, by }| {
        (cells, CellChange::Rerun { downstream }, by)
    });
    respond(&edge, outcome.await)
}

/// Says how tasks of runs ended.
pub(super) async fn mark(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = change(&edge, request, |Marking { cells, state, reason, by }| {
        (cells, CellChange::Mark { state, reason }, by)
    });
    respond(&edge, outcome.await)
}

async fn change<T: DeserializeOwned>(
    edge: &Edge,
    request: Request,
    asked: fn(T) -> Asked,
) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let name = id(&mut parts).await?;
    check(&viewer, "RerunTasks", &name)?;
    let Changing { dry_run, overlap } = query(&mut parts).await?;
    let (cells, change, by) = asked(request::parse(&body)?);
    let by = by.filter(|_| who.is_anybody).unwrap_or(who.name);
    let mut wanted = ChangeCells { cells, change, by, overlap };
    wanted.check()?;
    let caller = owner(&viewer, &parts.headers);
    for cell in &mut wanted.cells {
        cell.run = edge.service.run_named(&caller, cell.run.to_string()).await?.into();
    }
    let changed = if dry_run {
        edge.service.plan_cells(&viewer, &caller, &name, &wanted).await?
    } else {
        edge.service.change_cells(&viewer, &caller, &name, &wanted).await?
    };
    Ok(json(&changed))
}
