//! `GET /api/v1/runs/{id}/events`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_history::{View, details};
use compasso_service::{Event, EventPage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access;
use super::answer::{json, query, respond, run_id};
use crate::Edge;
use crate::errors::Failure;

/// Which events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    /// The number of the first one.
    first: Option<u64>,
    limit: Option<i64>,
    #[serde(default)]
    newest_first: bool,
}

#[derive(Serialize)]
struct WrittenPage {
    items: Vec<WrittenEvent>,
    /// The number of the event that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

#[derive(Serialize)]
struct WrittenEvent {
    id: u64,
    previous: u64,
    at: String,
    #[serde(rename = "type")]
    kind: String,
    /// The branch or iteration it happened in; 0 is the run itself.
    scope: u32,
    /// As `GetExecutionHistory` has them.
    details: Map<String, Value>,
}

/// Reads events.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Wanted { first, limit, newest_first } = query(&mut parts).await?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    let page = edge.service.run_events(&viewer, &id, first, limit, newest_first).await?;
    Ok(json(&written(&page)))
}

fn written(page: &EventPage) -> WrittenPage {
    let event = |event: &Event| WrittenEvent {
        id: event.id,
        previous: event.previous,
        at: event.at.to_string(),
        kind: event.kind.type_name().into_owned(),
        scope: event.scope.0,
        details: details(event, View { region: &page.region, with_data: true, with_people: true }),
    };
    WrittenPage { items: page.events.iter().map(event).collect(), next: page.next }
}
