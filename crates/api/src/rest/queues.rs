//! What tasks wait for: `/api/v1/queues`, `/pools`, `/breakers`, `/runs/{id}/blocked`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::Act;
use serde::{Deserialize, Serialize};

use super::access;
use super::answer::{admit_operator, id, json, respond, run_id};
use crate::Edge;
use crate::errors::Failure;
use crate::request;

#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
struct Queues<Q, W> {
    items: Vec<Q>,
    /// How long tasks waited, hour by hour.
    waits: Vec<W>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    size: u32,
}

/// Lists queues.
pub(super) async fn queues(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let outcome = access::reader(&edge, &parts).map(|viewer| {
        let (dispatcher, account) = (edge.service.dispatcher(), viewer.account.as_deref());
        json(&Queues {
            items: dispatcher.queues(account),
            waits: dispatcher.waits_by_hour(account),
        })
    });
    respond(&edge, outcome)
}

/// Lists the tasks of a run that wait, and why.
pub(super) async fn blocked(State(edge): State<Edge>, request: Request) -> Response {
    let mut parts: Parts = request.into_parts().0;
    let outcome = async {
        let viewer = access::reader(&edge, &parts)?;
        let run = run_id(&edge, &viewer, &mut parts).await?;
        Ok(json(&Page { items: edge.service.blocked_tasks(&viewer, &run).await? }))
    };
    let outcome = outcome.await;
    respond(&edge, outcome)
}

/// Lists pools.
pub(super) async fn pools(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let outcome = access::reader(&edge, &parts)
        .map(|_| json(&Page { items: edge.service.dispatcher().pools() }));
    respond(&edge, outcome)
}

/// Makes a pool, or gives it another size.
pub(super) async fn set_pool(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let (mut parts, body) = admit_operator(&edge, request).await?;
        let name = id(&mut parts).await?;
        let Pool { size } = request::parse(&body)?;
        let pools = edge.service.dispatcher().pools();
        let before =
            pools.iter().find(|pool| *pool.name == *name).map(|pool| pool.size.to_string());
        Act::change("size", before, Some(size.to_string()));
        edge.service.dispatcher().set_pool(&name, Some(size)).await?;
        Ok(json(&serde_json::Map::new()))
    };
    let outcome = outcome.await;
    respond(&edge, outcome)
}

/// Takes a pool away.
pub(super) async fn delete_pool(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let (mut parts, _) = admit_operator(&edge, request).await?;
        let name = id(&mut parts).await?;
        edge.service.dispatcher().set_pool(&name, None).await?;
        Ok(json(&serde_json::Map::new()))
    };
    let outcome = outcome.await;
    respond(&edge, outcome)
}

/// Lists breakers.
pub(super) async fn breakers(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let outcome = access::reader(&edge, &parts)
        .map(|_| json(&Page { items: edge.service.dispatcher().breakers() }));
    respond(&edge, outcome)
}

/// Closes a breaker.
pub(super) async fn reset_breaker(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let (mut parts, _) = admit_operator(&edge, request).await?;
        let name = id(&mut parts).await?;
        if edge.service.dispatcher().reset_breaker(&name) {
            return Ok(json(&serde_json::Map::new()));
        }
        Err(Failure::not_found("BreakerDoesNotExist", format!("There is no breaker '{name}'")))
    };
    let outcome = outcome.await;
    respond(&edge, outcome)
}
