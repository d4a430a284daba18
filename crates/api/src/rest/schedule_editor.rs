//! `/api/v1/schedules`: those of state machines are made here; all are paused, resumed and shown
//! over time. What is made by hand needs `[beyond-aws] schedules`, as the actions do.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{
    Act, Caller, CreateSchedule, NamedSchedule, PauseSchedules, PreviewSchedule, ResumeSchedules,
    ScheduleSpec, UpdateSchedule, Viewer,
};
use compasso_types::Timestamp;
use serde::Deserialize;

use super::access;
use super::answer::{admit, admit_person, created, id, json, nothing, query, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::own_actions::demand;
use crate::{Edge, request};

/// What stands in the ARN of a schedule before its name.
const NAME_AFTER: &str = ":schedule:";

/// Which days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: String,
    to: String,
}

/// A schedule to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Creating {
    name: String,
    description: Option<String>,
    /// The ARN of a state machine, version or alias.
    workflow: String,
    /// JSON text.
    input: Option<String>,
    spec: ScheduleSpec,
    #[serde(default)]
    paused: bool,
}

/// What is to change; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changing {
    description: Option<String>,
    workflow: Option<String>,
    input: Option<String>,
    spec: Option<ScheduleSpec>,
}

/// Shows all schedules over some days.
pub(super) async fn timeline(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = over_time(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn over_time(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Span { from, to } = query(&mut parts).await?;
    let (from, to) = (instant("from", &from)?, instant("to", &to)?);
    Ok(json(&edge.service.timeline(&viewer, from, to).await?))
}

fn instant(name: &str, text: &str) -> Result<Timestamp, Failure> {
    let invalid = |error| Failure::new("ValidationException", format!("{name}: {error}"));
    text.parse().map_err(invalid)
}

/// Says what a schedule would mean.
pub(super) async fn preview(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = try_out(&edge, request).await;
    respond(&edge, outcome)
}

async fn try_out(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let preview: PreviewSchedule = request::parse(&body)?;
    Ok(json(&edge.service.preview_schedule(&owner(&viewer, &parts.headers), &preview)))
}

/// Shows a schedule of a state machine, with what it starts.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let (caller, name) = named(&viewer, &mut parts, "DescribeSchedule").await?;
    Ok(json(&edge.service.editable_schedule(&caller, NamedSchedule { name }).await?))
}

/// Creates a schedule of a state machine.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make(&edge, request).await;
    respond(&edge, outcome)
}

async fn make(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    demand("CreateSchedule", "schedules", edge.settings.beyond_aws.schedules)?;
    let Creating { name, description, workflow, input, spec, paused } = request::parse(&body)?;
    viewer.check("CreateSchedule", &workflow)?;
    Act::concerns(format!("schedule:{name}"));
    let caller = owner(&viewer, &parts.headers);
    let create = CreateSchedule {
        name: name.clone(),
        description,
        state_machine_arn: workflow,
        input,
        spec,
        paused,
    };
    edge.service.create_schedule(&caller, create).await?;
    let made = edge.service.editable_schedule(&caller, NamedSchedule { name }).await?;
    Ok(created(&made))
}

/// Changes a schedule of a state machine.
pub(super) async fn change(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = update(&edge, request).await;
    respond(&edge, outcome)
}

async fn update(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    demand("UpdateSchedule", "schedules", edge.settings.beyond_aws.schedules)?;
    let (caller, name) = named(&viewer, &mut parts, "UpdateSchedule").await?;
    let Changing { description, workflow, input, spec } = request::parse(&body)?;
    let name_again = name.clone();
    let change = UpdateSchedule { name, description, state_machine_arn: workflow, input, spec };
    edge.service.update_schedule(&caller, change).await?;
    let named = NamedSchedule { name: name_again };
    Ok(json(&edge.service.editable_schedule(&caller, named).await?))
}

/// Deletes a schedule of a state machine; its runs go on.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = remove(&edge, request).await;
    respond(&edge, outcome)
}

async fn remove(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    demand("DeleteSchedule", "schedules", edge.settings.beyond_aws.schedules)?;
    let (caller, name) = named(&viewer, &mut parts, "DeleteSchedule").await?;
    edge.service.delete_schedule(&caller, NamedSchedule { name }).await?;
    Ok(nothing())
}

/// Lets schedules rest.
pub(super) async fn pause(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = rest(&edge, request).await;
    respond(&edge, outcome)
}

async fn rest(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (_, body, viewer, person) = admit_person(edge, request).await?;
    let mut pause: PauseSchedules = request::parse(&body)?;
    pause.by = if person.is_anybody { pause.by } else { Some(person.name) };
    Ok(json(&edge.service.pause_schedules(&viewer, pause).await?))
}

/// Lets schedules go on.
pub(super) async fn resume(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = go_on(&edge, request).await;
    respond(&edge, outcome)
}

async fn go_on(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (_, body, viewer) = admit(edge, request).await?;
    let resume: ResumeSchedules = request::parse(&body)?;
    Ok(json(&edge.service.resume_schedules(&viewer, resume).await?))
}

/// Reads which schedule a path names, by its ARN or as the caller's own by its name.
async fn named(
    viewer: &Viewer,
    parts: &mut Parts,
    action: &str,
) -> Result<(Caller, String), Failure> {
    let named = id(parts).await?;
    let caller = owner(viewer, &parts.headers);
    let Some((realm, name)) = named.split_once(NAME_AFTER) else { return Ok((caller, named)) };
    viewer.check(action, &named)?;
    let mut realm = realm.split(':').skip(3);
    let (region, account) = (realm.next().unwrap_or_default(), realm.next().unwrap_or_default());
    Ok((Caller { account: account.into(), region: region.into() }, name.to_owned()))
}
