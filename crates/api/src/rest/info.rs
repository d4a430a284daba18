//! `GET /api/v1/info`: what a browser must know before it asks for anything else.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Role, zone_data_version};
use serde::Serialize;

use super::access;
use super::answer::{json, respond};
use crate::errors::Failure;
use crate::identity::Identity;
use crate::{Edge, origin};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    version: &'static str,
    /// The version of the rules of time zones, such as `2026b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_data: Option<&'static str>,
    /// Whether somebody must sign in first.
    needs_sign_in: bool,
    /// Whether access keys let somebody in, beside tokens.
    has_keys: bool,
    /// Where who asks works; absent on a server that asks nobody who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Arc<str>>,
    /// What who asks is called; absent as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Arc<str>>,
    /// What who asks may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

/// Says what the server is and who asks.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let outcome = asker(&edge, &parts).map(|who| {
        let (version, zone_data) = (env!("CARGO_PKG_VERSION"), zone_data_version());
        let known = who.as_ref().filter(|who| who.account.is_some());
        json(&Info {
            version,
            zone_data,
            needs_sign_in: who.is_none(),
            has_keys: !edge.keys().is_empty(),
            account: known.and_then(|who| who.account.clone()),
            user: known.map(|who| who.name.clone()),
            role: who.as_ref().map(|who| who.role),
        })
    });
    respond(&edge, outcome)
}

/// Returns who asks; nobody may who has not signed in.
fn asker(edge: &Edge, parts: &Parts) -> Result<Option<Identity>, Failure> {
    if edge.is_open() {
        origin::check_host(parts)?;
        return Ok(Some(Identity::nobody()));
    }
    Ok(access::looker(edge, parts).ok())
}
