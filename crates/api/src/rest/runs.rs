//! `/api/v1/runs`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{
    CopyExecution, ExportFormat, Labels, ListRuns, Overlap, RedriveExecution, RerunTasks,
    StartExecution, StopExecution, Viewer,
};
use compasso_types::Timestamp;
use futures::stream;
use serde::{Deserialize, Serialize};

use super::access;
use super::answer::{admit, admit_person, created, json, query, respond, run_id, tagged, written};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Which runs.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    pub(super) workflow: Option<String>,
    pub(super) status: Option<String>,
    /// In the language of searches.
    pub(super) q: Option<String>,
    pub(super) started_from: Option<String>,
    /// Only those that failed and nobody dismissed.
    #[serde(default)]
    pub(super) open: bool,
    pub(super) order: Option<String>,
    pub(super) limit: Option<i64>,
    pub(super) next: Option<String>,
}

/// The tasks as they stood when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedTasks {
    /// At the end of this generation of the run; absent: now.
    generation: Option<u32>,
}

/// A run to be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    /// A workflow, version or alias: its ARN or its name.
    workflow: String,
    name: Option<String>,
    /// JSON text.
    input: Option<String>,
    /// The run that it runs again.
    again_of: Option<String>,
    /// What it is searched by beside its input.
    #[serde(default)]
    labels: Labels,
}

/// A run to be that begins at a state of another one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartAt {
    state: String,
    name: Option<String>,
    /// JSON text; that of the state if it is absent.
    input: Option<String>,
}

#[derive(Serialize)]
struct Started<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    error: Option<String>,
    cause: Option<String>,
    /// Who asks, on a server that cannot know.
    by: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Redrive {
    client_token: Option<String>,
}

/// How tasks run again.
#[derive(Deserialize)]
struct Rerunning {
    /// What happens instead of what the pipeline says when it has as many runs as it may.
    overlap: Option<Overlap>,
}

/// That a run is being given up.
#[derive(Serialize)]
struct Cancelled {
    /// When it stopped; null while it is cleaned up after.
    stopped: Option<String>,
}

/// When something was done.
#[derive(Serialize)]
struct Done {
    at: String,
}

/// Lists runs.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let wanted = query(&mut parts).await?;
    let wanted = listing(edge, &viewer, &parts.headers, wanted).await?;
    Ok(json(&edge.service.list_runs(&viewer, wanted).await?))
}

/// Reads which runs are asked for. A workflow may be named, and is then the viewer's own.
pub(super) async fn listing(
    edge: &Edge,
    viewer: &Viewer,
    headers: &HeaderMap,
    wanted: Wanted,
) -> Result<ListRuns, Failure> {
    let Wanted { workflow, status, q, started_from, open, order, limit, next } = wanted;
    let started_from = started_from.as_deref().map(str::parse::<Timestamp>).transpose();
    let started_from = started_from
        .map_err(|error| Failure::new("ValidationException", format!("startedFrom: {error}")))?;
    let workflow = match workflow {
        Some(name) => Some(edge.service.workflow_named(&owner(viewer, headers), name).await?),
        None => None,
    };
    Ok(ListRuns { workflow, status, query: q, started_from, open, order, limit, next })
}

/// Counts runs by when they started.
pub(super) async fn histogram(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = bars(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn bars(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let wanted = query(&mut parts).await?;
    let wanted = listing(edge, &viewer, &parts.headers, wanted).await?;
    Ok(json(&edge.service.run_histogram(&viewer, wanted).await?))
}

/// Tells of runs what listings do not.
pub(super) async fn facts(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = tell(&edge, request).await;
    respond(&edge, outcome)
}

async fn tell(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (_, body, viewer) = admit(edge, request).await?;
    Ok(json(&edge.service.run_facts(&viewer, request::parse(&body)?).await?))
}

/// Writes all runs that a listing finds as lines of text.
pub(super) async fn export(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = lines(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

/// Which runs are written, and how.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Exported {
    format: String,
    workflow: Option<String>,
    status: Option<String>,
    q: Option<String>,
    started_from: Option<String>,
    #[serde(default)]
    open: bool,
    /// What runs are searched by that has a column in a table, with commas between.
    #[serde(default)]
    columns: String,
}

async fn lines(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Exported { format, workflow, status, q, started_from, open, columns } =
        query(&mut parts).await?;
    let format = ExportFormat::read(&format, &columns)?;
    let wanted = Wanted { workflow, status, q, started_from, open, ..Wanted::default() };
    let wanted = listing(edge, &viewer, &parts.headers, wanted).await?;
    let (kind, name) = match format {
        ExportFormat::JsonLines => ("application/jsonl", "runs.jsonl"),
        ExportFormat::Csv { .. } => ("text/csv; charset=utf-8", "runs.csv"),
    };
    let export = edge.service.export_runs(&viewer, wanted, format).await?;
    let service = edge.service.clone();
    let parts = stream::try_unfold((service, export), |(service, mut export)| async move {
        let text = service.export_more(&mut export).await.map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(text.map(|text| (Bytes::from(text), (service, export))))
    });
    let mut response = Response::new(Body::from_stream(parts));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition).expect("the name is plain");
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// Answers with the output of a run, as it is shown.
pub(super) async fn output(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = given(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn given(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    let missing = || Failure::not_found("NoOutput", format!("The run {id} has no output"));
    let output = edge.service.run_output(&viewer, &id).await?.ok_or_else(missing)?;
    Ok(written(output.shown().into_owned().into()))
}

/// Shows a run.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    Ok(tagged(&parts.headers, &edge.service.run_view(&viewer, &id).await?))
}

/// Tells what became of the tasks of a pipeline's run.
pub(super) async fn tasks(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = tell_tasks(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn tell_tasks(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    let WantedTasks { generation } = query(&mut parts).await?;
    Ok(tagged(&parts.headers, &edge.service.run_tasks(&viewer, &id, generation).await?))
}

/// Starts a run.
pub(super) async fn start(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = begin(&edge, request).await;
    respond(&edge, outcome)
}

async fn begin(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let Start { workflow, name, input, again_of, labels } = request::parse(&body)?;
    let workflow = edge.service.workflow_named(&owner(&viewer, &parts.headers), workflow).await?;
    viewer.check("StartExecution", &workflow)?;
    let (state_machine_arn, trace_header) = (workflow, None);
    let start = StartExecution { state_machine_arn, name, input, trace_header, labels };
    let started = match again_of {
        Some(of) => {
            viewer.check("DescribeExecution", &of)?;
            edge.service.start_again(start, &of).await?
        }
        None => edge.service.start_execution(start).await?,
    };
    Ok(created(&Started { id: &started.execution_arn }))
}

/// Starts a run at a state that another one entered.
pub(super) async fn copy(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = begin_at(&edge, request).await;
    respond(&edge, outcome)
}

async fn begin_at(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let execution_arn = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("CopyExecution", &execution_arn)?;
    let StartAt { state: state_name, name, input } = request::parse(&body)?;
    let copy = CopyExecution { execution_arn, state_name, input, name };
    let started = edge.service.copy_execution(copy).await?;
    Ok(created(&Started { id: &started.execution_arn }))
}

/// Stops a run.
pub(super) async fn stop(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = end(&edge, request).await;
    respond(&edge, outcome)
}

async fn end(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let stop = read_stop(edge, request).await?;
    let stopped = edge.service.stop_execution(stop).await?;
    Ok(json(&Done { at: stopped.stop_date.to_string() }))
}

/// Gives a run up: what runs is asked to end, and what cleans up runs.
pub(super) async fn cancel(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = give_up(&edge, request).await;
    respond(&edge, outcome)
}

async fn give_up(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let stop = read_stop(edge, request).await?;
    let stopped = edge.service.cancel_execution(stop).await?;
    Ok(json(&Cancelled { stopped: stopped.map(|at| at.to_string()) }))
}

/// Reads which run is to end, why, and who says so.
async fn read_stop(edge: &Edge, request: Request) -> Result<StopExecution, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let execution_arn = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("StopExecution", &execution_arn)?;
    let Stop { error, cause, by } = request::parse(&body)?;
    let by = if who.is_anybody { by } else { Some(who.name) };
    Ok(StopExecution { execution_arn, error, cause, by })
}

/// Lets a run go on that was set aside.
pub(super) async fn release_from_quarantine(
    State(edge): State<Edge>,
    request: Request,
) -> Response {
    let outcome = take_up(&edge, request).await;
    respond(&edge, outcome)
}

async fn take_up(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let run = run_id(edge, &viewer, &mut parts).await?;
    edge.service.release_from_quarantine(&viewer, &run).await?;
    Ok(json(&Done { at: edge.service.now().to_string() }))
}

/// Redrives a run.
pub(super) async fn redrive(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = go_on(&edge, request).await;
    respond(&edge, outcome)
}

async fn go_on(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let execution_arn = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("RedriveExecution", &execution_arn)?;
    let Redrive { client_token } = request::parse(&body)?;
    let redrive = RedriveExecution { execution_arn, client_token };
    let redriven = edge.service.redrive_execution(redrive).await?;
    Ok(json(&Done { at: redriven.redrive_date.to_string() }))
}

/// Has tasks of a run run again.
pub(super) async fn rerun(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = run_again(&edge, request).await;
    respond(&edge, outcome)
}

async fn run_again(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, by) = admit_person(edge, request).await?;
    let run = run_id(edge, &viewer, &mut parts).await?;
    let Rerunning { overlap } = query(&mut parts).await?;
    let tasks: RerunTasks = request::parse(&body)?;
    Ok(json(&edge.service.rerun(&viewer, &by.name, &run, tasks, overlap).await?))
}
