//! `/api/v1/pipelines/{name}/triggers`, and what triggers are told: `/api/v1/events` and
//! `/api/v1/assets`.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use compasso_service::UpdateAsset;

use super::answer::{PageQuery, admit, admit_person, created, json, query, respond};
use super::cloud_events;
use super::pipelines::{check, named_by_reader, owner, reader_of};
use crate::errors::Failure;
use crate::{Edge, request};

/// A header that is the same when the same is asked for again.
const ASKED_AS: &str = "idempotency-key";

/// Lists the triggers of a pipeline.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(json(&edge.service.list_triggers(&caller, &name)?))
}

/// Lists what became of a trigger's events.
pub(super) async fn deliveries(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let path = Path::<(String, String)>::from_request_parts(&mut parts, &()).await;
    let Path((name, trigger)) = path.map_err(|error| Failure::serialization(error.body_text()))?;
    let caller = reader_of(edge, &parts, &name)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    let service = &edge.service;
    let page = service.list_deliveries(&caller, &name, &trigger, limit, next.as_deref()).await?;
    Ok(json(&page))
}

/// Starts a run of what came with a delivery.
pub(super) async fn replay(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = again(&edge, request).await;
    respond(&edge, outcome)
}

async fn again(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer, person) = admit_person(edge, request).await?;
    let path = Path::<(String, String, String)>::from_request_parts(&mut parts, &()).await;
    let path = path.map_err(|error| Failure::serialization(error.body_text()))?;
    let Path((name, trigger, delivery)) = path;
    check(&viewer, "StartPipeline", &name)?;
    let caller = owner(&viewer, &parts.headers);
    let by = (!person.is_anybody).then_some(person.name);
    let of = (trigger.as_str(), delivery.as_str());
    let asked_as = parts.headers.get(ASKED_AS).map(HeaderValue::to_str).transpose();
    let asked_as = asked_as
        .map_err(|_| Failure::serialization(format!("the header '{ASKED_AS}' is no text")))?;
    let service = &edge.service;
    let replayed = service.replay_delivery(&caller, &name, of, by, asked_as).await?;
    let mut response = created(&replayed);
    *response.status_mut() = match replayed.fate {
        "run" => StatusCode::CREATED,
        "waiting" => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    Ok(response)
}

/// Takes events.
pub(super) async fn tell(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = events(&edge, request).await;
    respond(&edge, outcome)
}

async fn events(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let events = cloud_events::read(&parts.headers, &body)?;
    Ok(json(&edge.service.tell_events(&viewer, &events).await?))
}

/// Takes an update of an asset.
pub(super) async fn update_asset(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = updated(&edge, request).await;
    respond(&edge, outcome)
}

async fn updated(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let update: UpdateAsset = request::parse(&body)?;
    edge.service.update_asset(&owner(&viewer, &parts.headers), update).await?;
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
