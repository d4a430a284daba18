//! `GET /api/v1/info`: what a browser must know before it asks for anything else.

use axum::extract::{Request, State};
use axum::response::Response;
use compasso_service::zone_data_version;
use serde::Serialize;

use super::answer::{json, respond};
use super::{access, session};
use crate::{Edge, origin};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    version: &'static str,
    /// The version of the rules of time zones, such as `2026b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_data: Option<&'static str>,
    /// Whether somebody must sign in first.
    needs_sign_in: bool,
    /// Who has signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
}

/// Says what the server is and who asks.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let (version, zone_data) = (env!("CARGO_PKG_VERSION"), zone_data_version());
    let outcome = match &edge.settings.credentials {
        None => origin::check_host(&parts)
            .map(|()| json(&Info { version, zone_data, needs_sign_in: false, account: None })),
        Some(keys) => {
            let account = session::account(keys, &parts.headers, edge.service.now());
            let needs_sign_in = account.is_none() && access::reader(&edge, &parts).is_err();
            Ok(json(&Info { version, zone_data, needs_sign_in, account }))
        }
    };
    respond(&edge, outcome)
}
